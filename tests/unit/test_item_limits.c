/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/str.h"
#include "tests/unit/item_log.h"

/* 1 MB between items, in comments and blanks, takes no more than the time to read it; '>' in it are
 * no ends. */
static void item_reader__feed__large_gaps(void **state)
{
	AUTO_LOG log = { 0 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR s = { 0 };

	(void)state;
	str_puts(&s, "<item/><!--");
	repeat(&s, ">item/>\n", 128 * 1024);
	str_puts(&s, "--><?p ");
	repeat(&s, "->", 1024);
	str_puts(&s, "?><items>");
	repeat(&s, "  \r\n", 256 * 1024);
	str_puts(&s, "<item/><!--");
	repeat(&s, "x", 1024 * 1024);
	str_puts(&s, "--></items>");
	repeat(&s, "\t \n\n", 256 * 1024);
	str_puts(&s, "<item/>\n<");
	assert_int_equal(read_all(r, s.p, s.len), -EBADMSG);
	assert_int_equal(log.n, 3);
	assert_string_equal(
		item_reader_error(r),
		"line 917506, column 1: the input ends before the markup that begins here");
}

/* @head, as many @fill as it takes for @size bytes in all, @tail. */
static int read_filled(struct log *log, const char *around, const char *head, const char *fill,
		       const char *tail, size_t size, char *ret_error, size_t error_size)
{
	AUTO_READER *r = item_reader_new(record, log);
	AUTO_STR s = { 0 };
	int ret;

	str_puts(&s, around);
	str_puts(&s, head);
	repeat(&s, fill, (size - strlen(head) - strlen(tail)) / strlen(fill));
	str_puts(&s, tail);
	if (*around)
		str_printf(&s, "</%s", around + 1);
	ret = read_all(r, s.p, s.len);
	snprintf(ret_error, error_size, "%s", ret ? item_reader_error(r) : "");
	return ret;
}

static void item_reader__feed__bounds_an_element(void **state)
{
	static const struct {
		const char *head, *fill, *tail;
	} shapes[] = {
		{ "<item><a>", "x", "</a></item>" },
		{ "<item><a b='", "x", "'/></item>" },
		{ "<a b='", ">", "'/>" },
		{ "<a>", " ", "</a>" },
		{ "<a><!--", "-->x<!--", "--></a>" },
		{ "<a><![CDATA[", ">", "]]></a>" },
		{ "<item id='", "x", "'/>" },
		{ "<retract id='1'>", "\n", "</retract>" },
		{ "<delete xmlns='" EV "'><x>", "text", "</x></delete>" },
	};
	static const char *const around[] = { "", "<items>" };
	char error[200];

	(void)state;
	for (size_t i = 0; i < 2 * N(shapes); i++) {
		const char *wrapper = around[i % 2], *head = shapes[i / 2].head,
			   *fill = shapes[i / 2].fill;
		const char *tail = shapes[i / 2].tail;
		AUTO_LOG log = { 0 };

		if (*wrapper && strncmp(head, "<item", 5) != 0)
			continue;
		if (read_filled(&log, wrapper, head, fill, tail, ITEM_READER_MAX_SIZE, error,
				sizeof(error)))
			fail_msg("%s: %s", head, error);
		assert_int_equal(log.n, 1);
		assert_int_equal(read_filled(&log, wrapper, head, fill, tail,
					     ITEM_READER_MAX_SIZE + strlen(fill), error,
					     sizeof(error)),
				 -EBADMSG);
		assert_non_null(
			strstr(error, *wrapper ? "line 1, column 8: " : "line 1, column 1: "));
		assert_non_null(strstr(error, "larger than 262144 bytes"));
		assert_int_equal(log.n, 1);
	}
}

static void item_reader__feed__refuses_endless_markup_early(void **state)
{
	static const char *const starts[] = {
		"<a b='", "<items><item><![CDATA[", "<!--", "<a", "<items>x", "<a>", "<?"
	};
	AUTO_STR fill = { 0 };

	(void)state;
	repeat(&fill, "xxxxxxxx", 8192);
	for (size_t i = 0; i < N(starts); i++) {
		AUTO_LOG log = { 0 };
		AUTO_READER *r = item_reader_new(record, &log);
		size_t used, total = 0;
		int ret = item_reader_feed(r, starts[i], strlen(starts[i]), &used);

		for (; !ret && total < 2 * (size_t)ITEM_READER_MAX_COMMENT; total += used)
			ret = item_reader_feed(r, fill.p, fill.len, &used);
		assert_int_equal(ret, -EBADMSG);
		assert_true(total <= (starts[i][1] == '!' || starts[i][1] == '?'
					      ? ITEM_READER_MAX_COMMENT
					      : ITEM_READER_MAX_SIZE));
		assert_non_null(strstr(item_reader_error(r), "larger than "));
	}
}

/* @depth levels of payload. */
static int read_nested(struct log *log, const char *before, unsigned depth, const char *after,
		       char *ret_error, size_t size)
{
	AUTO_READER *r = item_reader_new(record, log);
	AUTO_STR s = { 0 };
	int ret;

	str_puts(&s, before);
	repeat(&s, "<a>", depth - 1);
	str_puts(&s, "<a/>");
	repeat(&s, "</a>", depth - 1);
	str_puts(&s, after);
	ret = read_all(r, s.p, s.len);
	snprintf(ret_error, size, "%s", ret ? item_reader_error(r) : "");
	return ret;
}

static void item_reader__feed__bounds_depth(void **state)
{
	static const struct {
		const char *before, *after, *where;
	} places[] = {
		{ "", "", "line 1, column 751: " },
		{ "<item>", "</item>", "line 1, column 757: " },
		{ "<pubsub><items><item>", "</item></items></pubsub>", "line 1, column 772: " },
		{ "<event><x>", "</x></event>", "line 1, column 761: " },
	};
	char error[200];

	(void)state;
	for (size_t i = 0; i < N(places); i++) {
		AUTO_LOG log = { 0 };

		assert_int_equal(read_nested(&log, places[i].before, 250, places[i].after, error,
					     sizeof(error)),
				 0);
		assert_int_equal(log.n, 1);
		assert_int_equal(read_nested(&log, places[i].before, 251, places[i].after, error,
					     sizeof(error)),
				 -EBADMSG);
		assert_int_equal(log.n, 1);
		assert_memory_equal(error, places[i].where, strlen(places[i].where));
		assert_non_null(strstr(error, "elements are nested more than 250 levels deep"));
	}
}

static int read_many_attributes(struct log *log, const char *format, unsigned n, const char *tail)
{
	AUTO_READER *r = item_reader_new(record, log);
	AUTO_STR s = { 0 };

	str_puts(&s, "<items");
	for (unsigned i = 0; i < n; i++) {
		str_puts(&s, format);
		str_printf(&s, "%u='='", i);
	}
	str_puts(&s, tail);
	return read_all(r, s.p, s.len);
}

static void item_reader__feed__bounds_attributes(void **state)
{
	AUTO_LOG log = { 0 };

	(void)state;
	assert_int_equal(read_many_attributes(&log, " a", ITEM_READER_MAX_ATTRIBUTES, "><item/></items>"), 0);
	assert_int_equal(read_many_attributes(&log, " a", ITEM_READER_MAX_ATTRIBUTES + 1, "><item/></items>"), -EBADMSG);
	assert_int_equal(read_many_attributes(&log, " a", 100000, ""), -EBADMSG);
	assert_int_equal(read_many_attributes(&log, " xmlns:p", 256, "><item/></items>"), 0);
	assert_int_equal(read_many_attributes(&log, " xmlns:p", 257, "><item/></items>"), -EBADMSG);
	assert_int_equal(log.n, 2);
}

/* What a message quotes is cut, at the end of a character. */
static void item_reader__error__is_bounded(void **state)
{
	AUTO_LOG log = { 0 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR s = { 0 };
	const char *e;

	(void)state;
	str_puts(&s, "<items><");
	repeat(&s, "\xe1\x8a\xa0", 10000);
	str_puts(&s, "/></items>");
	assert_int_equal(read_all(r, s.p, s.len), -EBADMSG);
	e = item_reader_error(r);
	assert_true(strlen(e) < 300);
	assert_string_equal(e + strlen(e) - 3, "\xe1\x8a\xa0");
}

/* A wrapper may go on for ever: what it held is not kept, nor do lines or ids in it run over. */
static void item_reader__feed__an_endless_wrapper(void **state)
{
	static const char one[] =
		"<item id='1'><e xml:id='same' xmlns='urn:e'>some text</e></item>\n";
	enum { EACH = 2000, TIMES = 50 };
	AUTO_LOG log = { 0 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR s = { 0 };
	size_t used;

	(void)state;
	repeat(&s, one, EACH);
	assert_int_equal(item_reader_feed(r, "<items>", 7, &used), 0);
	for (int i = 0; i < TIMES; i++) {
		assert_int_equal(item_reader_feed(r, s.p, s.len, &used), 0);
		str_reset(&log.text);
	}
	assert_int_equal(log.n, EACH * TIMES);
	assert_int_equal(log.line, EACH * TIMES);
	assert_int_equal(item_reader_feed(r, "<oops/>", 7, &used), -EBADMSG);
	assert_string_equal(item_reader_error(r),
			    "line 100001, column 1: <oops> in <items>, where an <item> should be");
}

/* But different names without end are not stored without end. */
static void item_reader__feed__bounds_names(void **state)
{
	AUTO_LOG log = { 0 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR name = { 0 };
	AUTO_STR s = { 0 };
	unsigned n = 0;
	size_t used;
	int ret = item_reader_feed(r, "<items>", 7, &used);

	(void)state;
	repeat(&name, "name", 250);
	for (; !ret && n < 100000; n++) {
		str_reset(&s);
		str_printf(&s, "<item><%s%u/></item>", name.p, n);
		ret = item_reader_feed(r, s.p, s.len, &used);
		str_reset(&log.text);
	}
	assert_int_equal(ret, -EBADMSG);
	assert_true(n > 4000);
	assert_non_null(strstr(item_reader_error(r), "too many different names in one element"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(item_reader__feed__large_gaps),
		cmocka_unit_test(item_reader__feed__bounds_an_element),
		cmocka_unit_test(item_reader__feed__refuses_endless_markup_early),
		cmocka_unit_test(item_reader__feed__bounds_depth),
		cmocka_unit_test(item_reader__feed__bounds_attributes),
		cmocka_unit_test(item_reader__error__is_bounded),
		cmocka_unit_test(item_reader__feed__an_endless_wrapper),
		cmocka_unit_test(item_reader__feed__bounds_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
