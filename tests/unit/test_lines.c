/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/pub/lines.h"
#include "common/base/mem.h"
#include "common/base/str.h"

struct taken {
	struct str text;
	size_t pause_at; /* after so many: "no more now" */
	size_t n;
};

static int take(const struct in_item *item, void *data)
{
	struct taken *t = data;

	assert_int_equal(item->kind, IN_ITEM);
	assert_null(item->id);
	assert_null(item->node);
	str_printf(&t->text, "%lu:%.*s\n", item->line, (int)item->payload_len, item->payload);
	return ++t->n == t->pause_at;
}

/* Whole, and byte by byte. */
static void check(const char *name, const char *input, const char *wanted)
{
	for (size_t step = strlen(input) + 1; step; step = step > 1 ? 1 : 0) {
		struct taken t = { 0 };
		struct lines *l = lines_new(name, take, &t);
		size_t used;

		assert_non_null(l);
		for (const char *p = input; *p; p += used) {
			size_t len = strlen(p) < step ? strlen(p) : step;

			assert_int_equal(lines_feed(l, p, len, &used), 0);
			assert_int_equal(used, len);
		}
		assert_int_equal(lines_end(l), 0);
		assert_string_equal(t.text.p ? t.text.p : "", wanted);
		lines_free(l);
		str_release(&t.text);
	}
}

static void lines__text__becomes_elements(void **state)
{
	(void)state;
	check("l", "", "");
	check("l", "a\nb\n", "1:<l xmlns=''>a</l>\n2:<l xmlns=''>b</l>\n");
	check("l", "a\n\nb", "1:<l xmlns=''>a</l>\n2:<l xmlns=''/>\n3:<l xmlns=''>b</l>\n");
	check("l", " <&>]]>\t'\"\n", "1:<l xmlns=''> &lt;&amp;&gt;]]&gt;\t'\"</l>\n");
	check("l", "a\r\n", "1:<l xmlns=''>a&#13;</l>\n");
	check("l", "\xc3\xa9\xf0\x9f\x98\x80\n", "1:<l xmlns=''>\xc3\xa9\xf0\x9f\x98\x80</l>\n");
	check("{urn:x'&}\xc3\xa9-1", "a",
	      "1:<\xc3\xa9-1 xmlns='urn:x&apos;&amp;'>a</\xc3\xa9-1>\n");
	check("{}l", "a", "1:<l xmlns=''>a</l>\n");
}

static void lines__name__must_be_one(void **state)
{
	static const char *const bad[] = { "",	      "a b",	"1a",	"a:b",	   "<a",
					   "{urn:x}", "{urn:x", "\xff", "{\001}a", "a\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (lines_new(bad[i], take, NULL))
			fail_msg("accepted: '%s'", bad[i]);
}

static void lines__bad_line__is_refused_with_its_number(void **state)
{
	static const char *const bad[] = { "b\001", "\xc3", "\xff", "\xed\xa0\x80", "a\x0b" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct taken t = { 0 };
		struct lines *l = lines_new("l", take, &t);
		char input[32];
		size_t used;

		snprintf(input, sizeof(input), "good\n%s\nrest\n", bad[i]);
		assert_int_equal(lines_feed(l, input, strlen(input), &used), -EBADMSG);
		assert_string_equal(t.text.p, "1:<l xmlns=''>good</l>\n");
		assert_memory_equal(lines_error(l), "line 2: ", 8);
		lines_free(l);
		str_release(&t.text);
	}
}

static void lines__nul__is_refused(void **state)
{
	struct taken t = { 0 };
	struct lines *l = lines_new("l", take, &t);
	size_t used;

	(void)state;
	assert_int_equal(lines_feed(l, "a\0b\n", 4, &used), -EBADMSG);
	assert_int_equal(t.n, 0);
	lines_free(l);
}

static void lines__pause__hands_back_the_rest(void **state)
{
	struct taken t = { .pause_at = 2 };
	struct lines *l = lines_new("l", take, &t);
	size_t used;

	(void)state;
	assert_int_equal(lines_feed(l, "1\n2\n3\n4", 7, &used), 1);
	assert_int_equal(used, 4);
	assert_int_equal(lines_feed(l, "3\n4", 3, &used), 0);
	assert_int_equal(used, 3);
	assert_int_equal(t.n, 3);
	assert_int_equal(lines_end(l), 0);
	assert_int_equal(t.n, 4);
	lines_free(l);
	str_release(&t.text);
}

static void lines__endless_line__is_refused(void **state)
{
	struct taken t = { 0 };
	struct lines *l = lines_new("l", take, &t);
	char *chunk = mem_alloc(4096);
	size_t used, fed = 0;
	int r;

	(void)state;
	memset(chunk, 'x', 4096);
	while (!(r = lines_feed(l, chunk, 4096, &used)))
		fed += used;
	assert_int_equal(r, -EBADMSG);
	assert_int_equal(fed, ITEM_READER_MAX_SIZE);
	free(chunk);
	lines_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines__text__becomes_elements),
		cmocka_unit_test(lines__name__must_be_one),
		cmocka_unit_test(lines__bad_line__is_refused_with_its_number),
		cmocka_unit_test(lines__nul__is_refused),
		cmocka_unit_test(lines__pause__hands_back_the_rest),
		cmocka_unit_test(lines__endless_line__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
