/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sub/monitor_model.h"
#include "cmd/sub/monitor_text.h"
#include "cmd/sub/pretty.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/xpath.h"

AUTO_DEFINE(struct monitor_model *, monitor_model_free);
#define AUTO_MODEL AUTO(monitor_model_free) struct monitor_model

static const struct monitor_limits small = { .events = 8, .bytes = 1 << 20, .payload = 1000 };
static const char *const nodes[] = { "a", "b" };

static struct monitor_model *model_new(const struct monitor_limits *limits)
{
	return monitor_model_new(limits, nodes, 2);
}

static void add(struct monitor_model *m, const char *node, const char *id, const char *payload)
{
	const struct event e = { .kind = EVENT_ITEM,
				 .node = node,
				 .id = id,
				 .payload = payload,
				 .payload_len = payload ? strlen(payload) : 0 };

	monitor_model_add(m, &e, 1000);
}

/* Items with the ids @from to @to. */
static void add_many(struct monitor_model *m, int from, int to)
{
	char id[16];

	for (int i = from; i <= to; i++) {
		snprintf(id, sizeof(id), "%d", i);
		add(m, "a", id, "<x/>");
	}
}

/* The list as "1 2 [3]": ids, the chosen one in brackets. */
static void check_list(struct monitor_model *m, size_t rows, const char *wanted)
{
	const struct monitor_event *list[32];
	size_t n = monitor_model_window(m, rows, list);
	AUTO_STR got = { 0 };

	str_puts(&got, "");
	for (size_t i = 0; i < n; i++)
		str_printf(&got, list[i] == monitor_model_chosen(m) ? "%s[%s]" : "%s%s",
			   i ? " " : "", list[i]->event.id);
	assert_string_equal(got.p, wanted);
}

static void monitor_nodes__events__are_counted(void **state)
{
	AUTO_MODEL *m = model_new(&small);
	const struct monitor_node *a = monitor_model_node(m, 0);
	struct event e = { .kind = EVENT_ITEM, .node = "a" };

	(void)state;
	assert_int_equal(monitor_model_nodes(m), 2);
	assert_true(monitor_node_rate(a, 100000) == 0);
	for (int i = 0; i < 95; i++)
		monitor_model_add(m, &e, 100000 + 100 * i);
	e.kind = EVENT_PURGE;
	monitor_model_add(m, &e, 109500);
	assert_int_equal(a->items, 95);
	assert_int_equal(a->others, 1);
	assert_int_equal(a->last, 109500);
	assert_float_equal(monitor_node_rate(a, 109500), 96 / 9.5, 0.01);
	assert_float_equal(monitor_node_rate(a, 114500), 46 / 9.5, 0.01);
	assert_true(monitor_node_rate(a, 130000) == 0);
	assert_false(a->deleted);
	e.kind = EVENT_DELETE;
	monitor_model_add(m, &e, 50000); /* the clock was set back */
	assert_true(a->deleted);
	assert_float_equal(monitor_node_rate(a, 50000), 1 / 9., 0.01);
	e.node = "c";
	monitor_model_add(m, &e, 50000);
	assert_int_equal(monitor_model_nodes(m), 3);
	assert_string_equal(monitor_model_node(m, 2)->name, "c");
	assert_null(monitor_model_node(m, 3));
}

static void monitor_list__more_than_is_kept__oldest_goes(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	check_list(m, 3, "");
	add_many(m, 1, 2);
	check_list(m, 3, "1 [2]");
	add_many(m, 3, 20);
	check_list(m, 3, "18 19 [20]");
	monitor_model_move(m, -LONG_MAX);
	check_list(m, 3, "[13] 14 15");
	assert_int_equal(monitor_model_counts(m).events, 20);
	assert_int_equal(monitor_model_counts(m).held, 8);
	add_many(m, 21, 21); /* what was chosen has gone */
	check_list(m, 3, "[14] 15 16");
}

static void monitor_list__bytes__are_bounded(void **state)
{
	static const struct monitor_limits limits = { .events = 100, .bytes = 5000, .payload = 4 };
	AUTO_MODEL *m = model_new(&limits);
	AUTO_FREE char *id = mem_zalloc(100001);

	(void)state;
	add(m, "a", "1", "<\303\244\303\244/>"); /* not cut within a character */
	assert_true(monitor_model_chosen(m)->cut);
	assert_string_equal(monitor_model_chosen(m)->event.payload, "<\303\244");
	add_many(m, 1, 100);
	assert_true(monitor_model_counts(m).bytes <= 5000);
	assert_in_range(monitor_model_counts(m).held, 10, 40);
	assert_false(monitor_model_chosen(m)->cut);
	memset(id, 'x', 100000);
	add(m, "a", id, NULL);
	assert_true(monitor_model_counts(m).bytes <= 5000);
	assert_int_equal(strlen(monitor_model_chosen(m)->event.id), 4095);
}

static void monitor_choice__moves__and_follows_at_the_end(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	monitor_model_move(m, -1);
	add_many(m, 1, 6);
	monitor_model_move(m, -1);
	assert_false(monitor_model_follows(m));
	check_list(m, 3, "4 [5] 6");
	add_many(m, 7, 7);
	check_list(m, 3, "4 [5] 6");
	monitor_model_move(m, 2);
	assert_true(monitor_model_follows(m));
	add_many(m, 8, 8);
	check_list(m, 3, "6 7 [8]");
	monitor_model_move(m, -5);
	check_list(m, 3, "[3] 4 5");
	monitor_model_move(m, 2);
	check_list(m, 3, "3 4 [5]");
	check_list(m, 2, "4 [5]");	       /* the window has become smaller... */
	check_list(m, 8, "1 2 3 4 [5] 6 7 8"); /* ...and larger */
	check_list(m, 0, "");
}

static void monitor_pause__what_comes__waits(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	add_many(m, 1, 6);
	monitor_model_pause(m, true);
	add_many(m, 7, 8);
	check_list(m, 4, "3 4 5 [6]");
	assert_int_equal(monitor_model_counts(m).waiting, 2);
	add_many(m, 9, 30); /* half of the room stays with those that were there */
	check_list(m, 8, "3 4 5 [6]");
	assert_int_equal(monitor_model_counts(m).waiting, 24);
	assert_int_equal(monitor_model_counts(m).held, 8);
	monitor_model_pause(m, false);
	check_list(m, 8, "3 4 5 6 27 28 29 [30]");
	add_many(m, 31, 32);
	check_list(m, 8, "5 6 27 28 29 30 31 [32]");
	assert_int_equal(monitor_model_counts(m).waiting, 0);
}

static void monitor_pause__nothing_was_there__nothing_is_shown(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	monitor_model_pause(m, true);
	add_many(m, 1, 20);
	check_list(m, 8, "");
	monitor_model_pause(m, false);
	check_list(m, 2, "19 [20]");
}

static void monitor_filter__text_and_node__hide_the_others(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	add(m, "a", "1", "<t>Hello</t>");
	add(m, "b", "2", "<t>hello</t>");
	add(m, "a", "3", NULL);
	monitor_model_set_text(m, "hello");
	check_list(m, 8, "1 [2]");
	monitor_model_set_text(m, "Hello"); /* a capital: as it is written */
	check_list(m, 8, "[1]");
	assert_int_equal(monitor_model_counts(m).shown, 1);
	add(m, "a", "4", "<t>Hello</t>");
	add(m, "a", "5", "<t>x</t>");
	check_list(m, 8, "1 [4]");
	monitor_model_set_text(m, "none of them");
	check_list(m, 8, "");
	assert_null(monitor_model_chosen(m));
	monitor_model_set_text(m, "");
	assert_null(monitor_model_text(m));
	check_list(m, 8, "1 2 3 4 [5]");
	monitor_model_set_node(m, "b");
	check_list(m, 8, "[2]");
	monitor_model_set_node(m, monitor_model_only(m));
	check_list(m, 8, "[2]");
	monitor_model_set_node(m, NULL);
	check_list(m, 8, "1 2 3 4 [5]");
}

static void monitor_filter__xpath__items_for_which_it_is_true(void **state)
{
	AUTO_MODEL *m = model_new(&small);
	AUTO_STR why = { 0 };
	struct xpath *x;

	(void)state;
	add(m, "a", "1", "<t>21</t>");
	add(m, "a", "2", "<t>23</t>");
	add(m, "a", "3", NULL);
	add(m, "a", "4", "<t>not well-formed");
	assert_int_equal(xpath_compile(". > 22", NULL, &why, &x), 0);
	monitor_model_set_xpath(m, x);
	check_list(m, 8, "[2]");
	add(m, "a", "5", "<t>24</t>");
	check_list(m, 8, "2 [5]");
	monitor_model_set_xpath(m, NULL);
	check_list(m, 8, "1 2 3 4 [5]");
}

static void monitor_search__among_those_shown(void **state)
{
	AUTO_MODEL *m = model_new(&small);

	(void)state;
	assert_false(monitor_model_search(m, "x", true));
	add(m, "a", "1", "<t>one</t>");
	add(m, "b", "2", "<t>one</t>");
	add(m, "a", "3", "<t>two</t>");
	assert_false(monitor_model_search(m, "one", true));
	assert_true(monitor_model_search(m, "one", false));
	check_list(m, 8, "1 [2] 3");
	assert_true(monitor_model_search(m, "one", false));
	check_list(m, 8, "[1] 2 3");
	assert_false(monitor_model_search(m, "one", false));
	monitor_model_set_node(m, "a");
	assert_false(monitor_model_search(m, "one", true));
	assert_true(monitor_model_search(m, "two", true));
	check_list(m, 8, "1 [3]");
	assert_true(monitor_model_follows(m));
}

/* Text */

static void check_line(const char *s, size_t len, const char *wanted)
{
	AUTO_STR got = { 0 };

	str_puts(&got, "");
	text_add_line(&got, s, len);
	assert_string_equal(got.p, wanted);
}

static void text_line__what_drives_a_terminal__is_escaped(void **state)
{
	static const struct {
		const char *s, *wanted;
	} cases[] = {
		{ "plain \303\244 \346\274\242 e\314\201",
		  "plain \303\244 \346\274\242 e\314\201" },
		{ " a\n\t b\r\n", " a b " },
		{ "\033[2J\a\b\177", "&#x1B;[2J&#x7;&#x8;&#x7F;" },
		{ "\302\2332J\302\205", "&#x9B;2J&#x85;" },	      /* C1 */
		{ "\342\200\256x\342\201\246", "&#x202E;x&#x2066;" }, /* directions */
		{ "\330\234\342\200\217\342\200\213", "&#x61C;&#x200F;&#x200B;" },
		{ "\342\200\215\357\270\217\357\273\277", "&#x200D;&#xFE0F;&#xFEFF;" },
		{ "\342\200\250\342\200\251", "&#x2028;&#x2029;" },
		{ "\363\240\201\201", "&#xE0041;" }, /* tags */
		/* not UTF-8: bytes of C1, cut off, overlong, a surrogate, beyond Unicode */
		{ "\2332J", "\357\277\2752J" },
		{ "x\303", "x\357\277\275" },
		{ "\300\233", "\357\277\275\357\277\275" },
		{ "\340\202\233", "\357\277\275\357\277\275\357\277\275" },
		{ "\355\240\200", "\357\277\275\357\277\275\357\277\275" },
		{ "\364\220\200\200", "\357\277\275\357\277\275\357\277\275\357\277\275" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_line(cases[i].s, strlen(cases[i].s), cases[i].wanted);
	check_line("abc", 2, "ab");
}

static void text_line__no_utf8_locale__ascii_alone(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	check_line("a\303\244", 3, "a&#xE4;");
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void text_pretty__only_its_colours_stay(void **state)
{
	static const char payload[] = "<x a='1'><y>\302\2332J\t\342\200\215</y></x>";
	AUTO_STR pretty = { 0 }, got = { 0 };

	(void)state;
	pretty_payload(&pretty, payload, strlen(payload), true);
	text_add_pretty(&got, pretty.p);
	assert_non_null(strstr(got.p, "\033[34m<y"));
	assert_non_null(strstr(got.p, "&#x9B;2J    &#x200D;"));
	str_reset(&got);
	text_add_pretty(&got, "\033[2J\033[1;2m\033[m\033[31m");
	assert_string_equal(got.p, "&#x1B;[2J&#x1B;[1;2m&#x1B;[m\033[31m");
}

static void text_wrap__lines_of_the_width(void **state)
{
	struct text_lines l = { 0 };

	(void)state;
	text_wrap("abcdef\n\n\033[34mxy\346\274\242z\033[0mw\nend", 4, 100, &l);
	assert_int_equal(l.count, 6);
	assert_memory_equal(l.v[0].p, "abcd", l.v[0].len);
	assert_memory_equal(l.v[1].p, "ef", l.v[1].len);
	assert_int_equal(l.v[2].len, 0);
	assert_memory_equal(l.v[3].p, "\033[34mxy\346\274\242", l.v[3].len); /* two columns */
	assert_int_equal(l.v[3].hue, 0);
	assert_memory_equal(l.v[4].p, "z\033[0mw", l.v[4].len);
	assert_int_equal(l.v[4].hue, 34);
	assert_memory_equal(l.v[5].p, "end", l.v[5].len);
	assert_int_equal(l.v[5].hue, 0);
	text_wrap("\346\274\242\346\274\242", 1, 100, &l); /* wider than the screen */
	assert_int_equal(l.count, 2);
	text_wrap("a\nb\nc\nd", 4, 2, &l);
	assert_int_equal(l.count, 2);
	text_lines_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(monitor_nodes__events__are_counted),
		cmocka_unit_test(monitor_list__more_than_is_kept__oldest_goes),
		cmocka_unit_test(monitor_list__bytes__are_bounded),
		cmocka_unit_test(monitor_choice__moves__and_follows_at_the_end),
		cmocka_unit_test(monitor_pause__what_comes__waits),
		cmocka_unit_test(monitor_pause__nothing_was_there__nothing_is_shown),
		cmocka_unit_test(monitor_filter__text_and_node__hide_the_others),
		cmocka_unit_test(monitor_filter__xpath__items_for_which_it_is_true),
		cmocka_unit_test(monitor_search__among_those_shown),
		cmocka_unit_test(text_line__what_drives_a_terminal__is_escaped),
		cmocka_unit_test(text_line__no_utf8_locale__ascii_alone),
		cmocka_unit_test(text_pretty__only_its_colours_stay),
		cmocka_unit_test(text_wrap__lines_of_the_width),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77; /* skipped */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
