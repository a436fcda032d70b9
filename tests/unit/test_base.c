/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/base64.h"
#include "common/base/log.h"
#include "common/base/out.h"
#include "common/base/parse.h"
#include "common/base/random.h"
#include "common/base/str.h"

static void str__grows__keeps_content_and_terminator(void **state)
{
	AUTO_STR s = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		str_printf(&s, "%d,", i % 10);
	assert_int_equal(s.len, 2000);
	assert_int_equal(strlen(s.p), 2000);
	assert_memory_equal(s.p + 1990, "5,6,7,8,9,", 10);
	str_reset(&s);
	assert_int_equal(s.len, 0);
	assert_string_equal(s.p, "");
}

static void str__steal__leaves_it_empty(void **state)
{
	AUTO_STR s = { 0 };
	AUTO_FREE char *none = str_steal(&s);
	AUTO_FREE char *some = NULL;

	(void)state;
	assert_string_equal(none, "");
	str_add(&s, "a\0b", 3);
	some = str_steal(&s);
	assert_memory_equal(some, "a\0b", 4);
	assert_null(s.p);
	assert_int_equal(s.len, 0);
}

static void str__add_lines__replaces_line_feeds(void **state)
{
	static const char text[] = "\na\0\n\nb";
	AUTO_STR s = { 0 };

	(void)state;
	str_add_lines(&s, NULL, 0, " ");
	assert_int_equal(s.len, 0);
	str_add_lines(&s, text, sizeof(text) - 1, "<>");
	assert_int_equal(s.len, 9);
	assert_memory_equal(s.p, "<>a\0<><>b", 10);
}

static void parse_uint__table__value_or_errno(void **state)
{
	static const struct {
		const char *in;
		int r;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },	       { "10", 0, 10 },	     { "007", 0, 7 },
		{ "", -EINVAL, 0 },    { "-1", -EINVAL, 0 }, { "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },  { "1 ", -EINVAL, 0 }, { "1k", -EINVAL, 0 },
		{ "101", -ERANGE, 0 }, { NULL, -EINVAL, 0 }, { "18446744073709551617", -ERANGE, 0 },
		{ "18446744073709551617x", -EINVAL, 0 }, { "99999999999999999999 ", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 4711;

		assert_int_equal(parse_uint(rows[i].in, 0, 100, &value), rows[i].r);
		assert_int_equal(value, rows[i].r ? 4711 : rows[i].value);
	}
}

/* GEN-16 */
static void parse_bool__table__four_words(void **state)
{
	bool value;

	(void)state;
	assert_int_equal(parse_bool("1", &value), 0);
	assert_true(value);
	assert_int_equal(parse_bool("false", &value), 0);
	assert_false(value);
	assert_int_equal(parse_bool("true", &value), 0);
	assert_true(value);
	assert_int_equal(parse_bool("0", &value), 0);
	assert_false(value);
	assert_int_equal(parse_bool("True", &value), -EINVAL);
	assert_int_equal(parse_bool("yes", &value), -EINVAL);
	assert_int_equal(parse_bool("", &value), -EINVAL);
	assert_int_equal(parse_bool(NULL, &value), -EINVAL);
}

/*
 * What @say writes to standard error. JOURNAL_STREAM names that, with @behind added; NULL: it is
 * not set.
 */
static void random_id_at__one_after_the_other__sorted_and_none_twice(void **state)
{
	char ids[200][RANDOM_ID_LEN + 1];

	(void)state;
	for (int i = 0; i < 200; i++) {
		random_id_at(INT64_C(0x123456789ab) + i / 2, ids[i]);
		assert_int_equal(strlen(ids[i]), RANDOM_ID_LEN);
		assert_int_equal(strspn(ids[i], "0123456789abcdef"), RANDOM_ID_LEN);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(ids[i], ids[j]);
		if (i > 1)
			assert_true(strcmp(ids[i - 2], ids[i]) < 0);
	}
	assert_memory_equal(ids[0], "0123456789ab", 12);
}

static void expect_log(const char *behind, void (*say)(void), const char *expected)
{
	char buf[256];
	int fds[2], saved = dup(2);
	struct stat st;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], 2);
	assert_int_equal(fstat(2, &st), 0);
	if (behind) {
		AUTO_STR value = { 0 };

		str_printf(&value, "%ju:%ju%s", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, behind);
		setenv("JOURNAL_STREAM", value.p, 1);
	} else {
		unsetenv("JOURNAL_STREAM");
	}
	log_init("pubsub-x");
	say();
	dup2(saved, 2);
	close(fds[1]);
	n = read(fds[0], buf, sizeof(buf) - 1);
	close(fds[0]);
	close(saved);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, expected);
}

static void say_controls(void)
{
	log_error("node '%s'", "a\nb\x1b[2J\x7f"
			       "\xc2\x9b"
			       "2J\xc2\x9d \xe2\x80\xae\xe2\x81\xa6\xd8\x9c "
			       "\x9b"
			       "2J \xc3\xa4\xe2\x82\xac");
}

/* What came from the network drives no terminal and forges no line. */
static void log__control_characters__one_harmless_line(void **state)
{
	(void)state;
	expect_log(NULL, say_controls,
		   "pubsub-x: node 'a?b?[2J??2J? ??? ?2J \xc3\xa4\xe2\x82\xac'\n");
}

static void say_levels(void)
{
	log_set_level(LOG_DEBUG);
	log_error("e");
	log_warn("w");
	log_note("n");
	log_info("i");
	log_debug("d");
	log_set_level(LOG_NOTE);
}

static bool take_warnings(enum log_level level, const char *text, void *data)
{
	if (level != LOG_WARN)
		return false;
	assert_string_equal(text, "a?b");
	++*(int *)data;
	return true;
}

static int taken;

static void say_diverted(void)
{
	log_divert(take_warnings, &taken);
	log_warn("a\nb");
	log_info("below the level");
	log_error("e");
	log_divert(NULL, NULL);
	log_warn("w");
}

static void log__diverted__unless_it_is_left(void **state)
{
	(void)state;
	expect_log(NULL, say_diverted, "pubsub-x: e\npubsub-x: w\n");
	assert_int_equal(taken, 1);
}

static void log__journal__levels_in_front(void **state)
{
	(void)state;
	expect_log("", say_levels,
		   "<3>pubsub-x: e\n<4>pubsub-x: w\n<5>pubsub-x: n\n<6>pubsub-x: i\n"
		   "<7>pubsub-x: d\n");
}

/* The variable is inherited by those whose standard error is another. */
static void log__another_stream__plain(void **state)
{
	(void)state;
	expect_log("1", say_controls,
		   "pubsub-x: node 'a?b?[2J??2J? ??? ?2J \xc3\xa4\xe2\x82\xac'\n");
	expect_log(" ", say_controls,
		   "pubsub-x: node 'a?b?[2J??2J? ??? ?2J \xc3\xa4\xe2\x82\xac'\n");
}

static int asked;

static bool stop_when_asked_twice(void)
{
	return ++asked >= 2;
}

static void out_write__slow_reader__all_of_it(void **state)
{
	static char text[300000], got[sizeof(text)];
	size_t n = 0;
	int fds[2];
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 23);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid)
		_exit(out_write(fds[1], text, sizeof(text), NULL) ? 1 : 0);
	close(fds[1]);
	for (ssize_t r; (r = read(fds[0], got + n, sizeof(got) - n)) > 0;)
		n += (size_t)r;
	assert_int_equal(waitpid(pid, &fds[1], 0), pid);
	assert_int_equal(fds[1], 0);
	assert_int_equal(n, sizeof(text));
	assert_memory_equal(got, text, n);
	close(fds[0]);
}

static void out_write__stuck_reader__stops_when_told(void **state)
{
	static char text[300000];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	asked = 0;
	assert_int_equal(out_write(fds[1], text, sizeof(text), stop_when_asked_twice), -EINTR);
	assert_int_equal(out_write(fds[1], text, 1, stop_when_asked_twice), -EINTR);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(out_write(fds[1], text, 1, NULL), -EPIPE);
	close(fds[1]);
	assert_int_equal(out_write(fds[1], text, 1, NULL), -EBADF);
}

/* RFC 4648 section 10, and what is not of it. */
static void base64__table__both_ways(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *text;
	} rows[] = {
		{ "", 0, "" },		 { "f", 1, "Zg==" },	       { "fo", 2, "Zm8=" },
		{ "foo", 3, "Zm9v" },	 { "foob", 4, "Zm9vYg==" },    { "fooba", 5, "Zm9vYmE=" },
		{ "\0\0", 2, "AAA=" }, { "\xfb\xff\xbf", 3, "+/+/" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_FREE char *text = base64_encode(rows[i].data, rows[i].len);
		size_t len = SIZE_MAX;
		AUTO_FREE char *data = base64_decode(rows[i].text, &len);

		assert_string_equal(text, rows[i].text);
		assert_int_equal(len, rows[i].len);
		assert_memory_equal(data, rows[i].data, len + 1);
	}
}

static void base64_decode__anything_else__refused(void **state)
{
	static const char *const rows[] = {
		"=",	"Z",	"Zg",	"Zg=",	   "Z===",	"====",	    "Zg==Zg==", "Z=g=",
		"Zm9v=", "Zm9 ", " m9v", "Zm9v\n", "Zm9vZm9\n", "Zm-v",     "Zm_v",	"Zm9v    ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len;

		assert_null(base64_decode(rows[i], &len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(str__grows__keeps_content_and_terminator),
		cmocka_unit_test(str__steal__leaves_it_empty),
		cmocka_unit_test(str__add_lines__replaces_line_feeds),
		cmocka_unit_test(parse_uint__table__value_or_errno),
		cmocka_unit_test(parse_bool__table__four_words),
		cmocka_unit_test(random_id_at__one_after_the_other__sorted_and_none_twice),
		cmocka_unit_test(out_write__slow_reader__all_of_it),
		cmocka_unit_test(out_write__stuck_reader__stops_when_told),
		cmocka_unit_test(base64__table__both_ways),
		cmocka_unit_test(base64_decode__anything_else__refused),
		cmocka_unit_test(log__control_characters__one_harmless_line),
		cmocka_unit_test(log__diverted__unless_it_is_left),
		cmocka_unit_test(log__journal__levels_in_front),
		cmocka_unit_test(log__another_stream__plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
