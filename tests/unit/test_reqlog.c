/* SPDX-License-Identifier: MIT */
/* What is told of each request in the log. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/serve/reqlog.h"
#include "common/base/log.h"
#include "serve_bench.h"

static void quote__table__nothing_drives_or_forges(void **state)
{
	static const char *const rows[][2] = {
		{ "", "\"\"" },
		{ "user@example.com/r", "\"user@example.com/r\"" },
		{ "a b=c", "\"a b=c\"" },
		{ "\" op=\"x", "\"\\\" op=\\\"x\"" },
		{ "\\u000a", "\"\\\\u000a\"" },
		{ "a\nb\x1b[2J\x7f", "\"a\\u000ab\\u001b[2J\\u007f\"" },
		{ "\xc2\x9b", "\"\\u009b\"" },		   /* C1: CSI */
		{ "\xe2\x80\xae x", "\"\\u202e x\"" },	   /* right-to-left override */
		{ "\xe2\x80\xa8", "\"\\u2028\"" },	   /* line separator */
		{ "\xf3\xa0\x80\x81", "\"\\U000e0001\"" }, /* a tag */
		{ "gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\"gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xff\xc3", "\"\\xff\\xc3\"" },
		{ "\xc0\x8a", "\"\\xc0\\x8a\"" }, /* a line end, too long */
		{ "\xe2\x80", "\"\\xe2\\x80\"" },
		{ "\x80z", "\"\\x80z\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		reqlog_quote(&out, rows[i][0]);
		assert_string_equal(out.p, rows[i][1]);
	}
}

/* What a request with this stanza leaves on standard error, without the time it took. */
static void logged(struct bench *b, const char *xml, struct str *ret)
{
	char buf[1024];
	int fds[2], saved = dup(2);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], 2);
	bench_take(b, xml);
	dup2(saved, 2);
	close(saved);
	close(fds[1]);
	n = read(fds[0], buf, sizeof(buf) - 1);
	close(fds[0]);
	assert_true(n >= 0);
	buf[n] = '\0';
	if (strstr(buf, " us="))
		*strstr(buf, " us=") = '\0';
	str_reset(ret);
	str_puts(ret, buf);
}

static void take__verbose__a_line_for_each_request(void **state)
{
	AUTO_STR line = { 0 };
	struct bench b;

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_init("serve");
	bench_init(&b);
	bench_start(&b, SVC, false);
	logged(&b, SET(OWNER, PS("<create node='n'/>")), &line);
	assert_string_equal(line.p, "");
	log_set_level(LOG_INFO);
	logged(&b, PUBLISH(OWNER, "1"), &line);
	assert_string_equal(line.p, "serve: request 2: from=\"" OWNER
				    "\" op=publish node=\"n\" outcome=ok");
	logged(&b, SET(EVE, OWN("<delete node='a&#10;&quot;b'/>")), &line);
	assert_string_equal(line.p, "serve: request 3: from=\"" EVE "\" op=owner-delete "
				    "node=\"a\\u000a\\\"b\" outcome=item-not-found");
	logged(&b, SET(EVE, OWN("<purge/>")), &line);
	assert_string_equal(line.p, "serve: request 4: from=\"" EVE
				    "\" op=owner-purge outcome=bad-request/nodeid-required");
	logged(&b, SET(EVE, PS("<nonsense/>")), &line);
	assert_string_equal(line.p,
			    "serve: request 5: from=\"" EVE "\" op=none outcome=bad-request");
	log_set_level(LOG_NOTE);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quote__table__nothing_drives_or_forges),
		cmocka_unit_test(take__verbose__a_line_for_each_request),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
