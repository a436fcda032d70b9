/* SPDX-License-Identifier: MIT */
/*
 * What keeps followed events from being lost or printed twice: the memory of printed items, and the
 * backlog.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sub/backlog.h"
#include "common/base/map.h"
#include "cmd/sub/seen.h"
#include "common/base/mem.h"

static struct event item(const char *id, const char *payload)
{
	return (struct event){
		.kind = EVENT_ITEM,
		.node = "n",
		.id = id,
		.payload = payload,
		.payload_len = payload ? strlen(payload) : 0,
	};
}

static void map__many_keys__all_found(void **state)
{
	struct map m = { 0 };

	(void)state;
	assert_null(map_get(&m, 1));
	for (uint64_t i = 1; i <= 10000; i++)
		map_put(&m, map_hash(&i, sizeof(i), NULL, 0))->value = i;
	assert_int_equal(m.used, 10000);
	for (uint64_t i = 1; i <= 10000; i++)
		assert_int_equal(map_get(&m, map_hash(&i, sizeof(i), NULL, 0))->value, i);
	map_clear(&m);
	assert_null(map_get(&m, 1));
}

static void map__hash__tells_where_the_parts_meet(void **state)
{
	(void)state;
	assert_int_equal(map_hash("ab", 2, "c", 1), map_hash("ab", 2, "c", 1));
	assert_int_not_equal(map_hash("ab", 2, "c", 1), map_hash("a", 1, "bc", 2));
	assert_int_not_equal(map_hash("abcdefgh", 8, NULL, 0), map_hash("abcdefgi", 8, NULL, 0));
	assert_int_not_equal(map_hash("abcdefgh", 8, NULL, 0), map_hash("abcdefgh\0", 9, NULL, 0));
	assert_int_not_equal(map_hash(NULL, 0, NULL, 0), 0);
}

static void seen__same_id_and_payload__is_known(void **state)
{
	struct seen s = { 0 };
	struct event a = item("a", "<x/>"), a2 = item("a", "<y/>"), b = item("b", "<x/>"),
		     none = item(NULL, "<x/>");

	(void)state;
	assert_false(seen_has(&s, &a));
	seen_add(&s, &a, 0);
	assert_true(seen_has(&s, &a));
	assert_false(seen_has(&s, &a2));
	assert_false(seen_has(&s, &b));
	assert_false(seen_has(&s, &none));
	seen_add(&s, &a2, 0); /* overwritten */
	assert_false(seen_has(&s, &a));
	assert_true(seen_has(&s, &a2));
	seen_forget(&s, "a");
	assert_false(seen_has(&s, &a2));
	seen_add(&s, &a, 0);
	seen_add(&s, &b, 0);
	seen_clear(&s);
	assert_false(seen_has(&s, &a));
	assert_false(seen_has(&s, &b));
}

static void seen__echo__once_and_only_in_time(void **state)
{
	struct seen s = { 0 };
	struct event a = item("a", "<x/>"), b = item("b", "<x/>");

	(void)state;
	seen_add(&s, &a, 0);
	assert_false(seen_is_echo(&s, &a, 1)); /* it came as one: a second is news */
	seen_add(&s, &a, 10);
	assert_false(seen_is_echo(&s, &a, 11));
	assert_true(seen_is_echo(&s, &a, 9));
	assert_false(seen_is_echo(&s, &a, 9));
	seen_add(&s, &a, 10);
	seen_forget(&s, "a");
	assert_false(seen_is_echo(&s, &a, 9));
	seen_add(&s, &b, 10);
	seen_clear(&s);
	assert_false(seen_is_echo(&s, &b, 9));
}

static void seen__bounded__the_newest_stay(void **state)
{
	struct seen s = { 0 };
	size_t known = 0;
	char id[24];

	(void)state;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 10 * SEEN_LEAST; i++) {
			struct event e = item(id, "<x/>");

			snprintf(id, sizeof(id), "%d", i);
			if (!pass)
				seen_add(&s, &e, 0);
			else if (seen_has(&s, &e))
				known++;
			if (pass && i >= 9 * SEEN_LEAST)
				assert_true(seen_has(&s, &e));
		}
	}
	assert_in_range(known, SEEN_LEAST, 2 * SEEN_LEAST);
	assert_true(s.young.used <= SEEN_LEAST && s.old.used <= SEEN_LEAST);
	seen_clear(&s);
}

/* More than it holds in memory: order, ids and payloads stay. */
static void backlog__spills__and_gives_back_in_order(void **state)
{
	struct backlog *b = backlog_new();
	size_t size = 100000, count = 3 * (BACKLOG_MEMORY / size);
	char *payload = mem_zalloc(size + 1), id[24];
	struct event e;

	(void)state;
	memset(payload, 'x', size);
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < count; i++) {
			snprintf(id, sizeof(id), "%zu", i);
			memset(payload, 'x', sizeof(id));
			memcpy(payload, id, strlen(id));
			e = item(id, payload);
			assert_int_equal(backlog_push(b, &e), 0);
		}
		for (size_t i = 0; i < count; i++) {
			assert_false(backlog_is_empty(b));
			for (int twice = 0; twice < 2; twice++) {
				assert_int_equal(backlog_first(b, &e), 0);
				assert_int_equal(strtoul(e.id, NULL, 10), i);
				assert_int_equal(e.payload_len, size);
				assert_int_equal(strtoul(e.payload, NULL, 10), i);
				assert_int_equal(strlen(e.payload), size);
			}
			backlog_pop(b);
		}
		assert_true(backlog_is_empty(b));
	}
	backlog_free(b);
	free(payload);
}

/*
 * Pushes a script, a letter and a digit each: item with payload, retract, purge; covers; gives back
 * the rest.
 */
static void check_cover(const char *script, const char *cover, enum backlog_cover wanted,
			const char *rest)
{
	struct backlog *b = backlog_new();
	char got[64] = "", id[2] = "", payload[2] = "";
	struct event e;

	for (; *script; script += script[1] ? 2 : 1) {
		id[0] = script[0];
		payload[0] = script[1];
		e = item(id, payload);
		if (script[1] == '-')
			e = (struct event){ .kind = EVENT_RETRACT, .node = "n", .id = id };
		if (script[0] == '!')
			e = (struct event){ .kind = EVENT_PURGE, .node = "n" };
		assert_int_equal(backlog_push(b, &e), 0);
	}
	id[0] = cover[0];
	payload[0] = cover[1];
	e = item(id, payload);
	assert_int_equal(backlog_cover(b, &e), wanted);
	if (wanted == BACKLOG_COVERED) /* a page may be read twice */
		assert_int_equal(backlog_cover(b, &e), BACKLOG_WITHOUT);
	while (!backlog_is_empty(b)) {
		assert_int_equal(backlog_first(b, &e), 0);
		strcat(got, e.kind == EVENT_PURGE ? "!" : e.id);
		strcat(got, e.kind == EVENT_PURGE     ? "!"
			    : e.kind == EVENT_RETRACT ? "-"
						      : e.payload);
		backlog_pop(b);
	}
	assert_string_equal(got, rest);
	e = item(id, payload);
	assert_int_equal(backlog_cover(b, &e), BACKLOG_WITHOUT);
	backlog_free(b);
}

static void backlog__cover__drops_what_the_store_shows(void **state)
{
	(void)state;
	check_cover("", "a1", BACKLOG_WITHOUT, "");
	check_cover("a1b1", "c1", BACKLOG_WITHOUT, "a1b1");
	check_cover("a1b1", "a2", BACKLOG_WITHOUT, "a1b1");
	check_cover("a1b1", "a1", BACKLOG_COVERED, "b1");
	check_cover("a1b1", "b1", BACKLOG_COVERED, "a1");
	check_cover("a1b1a2", "a2", BACKLOG_COVERED, "b1");	/* overwritten since */
	check_cover("a1b1a2", "a1", BACKLOG_COVERED, "b1a2");	/* after the page was made */
	check_cover("a1a-a1b1a-", "a1", BACKLOG_COVERED, "b1a-");
	check_cover("a1!!a2b1", "a1", BACKLOG_COVERED, "!!a2b1");
	check_cover("a1!!a2b1", "a2", BACKLOG_LEAVE, "a1!!a2b1");
	check_cover("a1!!a1", "a1", BACKLOG_LEAVE, "a1!!a1");
}

/* What is published again unchanged is an event of its own, as its place in the archive says. */
static void backlog__cover__same_item_from_elsewhere__waits(void **state)
{
	struct backlog *b = backlog_new();
	struct event first = item("a", "1"), again = first, other = item("a", "2"), got;

	(void)state;
	first.archive_id = "4";
	again.archive_id = "6";
	other.archive_id = "5";
	assert_int_equal(backlog_push(b, &again), 0);
	assert_int_equal(backlog_cover(b, &first), BACKLOG_WITHOUT);
	assert_int_equal(backlog_first(b, &got), 0);
	assert_string_equal(got.archive_id, "6");
	assert_int_equal(backlog_cover(b, &again), BACKLOG_COVERED);
	assert_true(backlog_is_empty(b));

	assert_int_equal(backlog_push(b, &first), 0);
	assert_int_equal(backlog_push(b, &other), 0);
	assert_int_equal(backlog_push(b, &again), 0);
	assert_int_equal(backlog_cover(b, &first), BACKLOG_COVERED);
	assert_false(backlog_is_empty(b));
	assert_int_equal(backlog_first(b, &got), 0);
	assert_string_equal(got.archive_id, "5");
	first.archive_id = NULL; /* read from the items: whichever it is, it is the newest */
	assert_int_equal(backlog_cover(b, &first), BACKLOG_COVERED);
	assert_true(backlog_is_empty(b));
	backlog_free(b);
}

static void backlog__hole__stays_with_its_event(void **state)
{
	struct backlog *b = backlog_new();
	struct event a = item("a", "<x/>"), c = item("c", "<x/>"), d = item("d", "<x/>"), e;

	(void)state;
	assert_int_equal(backlog_push(b, &a), 0);
	assert_int_equal(backlog_push(b, &c), 0);
	backlog_add_hole(b);
	assert_int_equal(backlog_push(b, &d), 0);
	backlog_add_hole(b);
	assert_false(backlog_has_hole(b));
	assert_true(backlog_holds(b, &c));
	assert_int_equal(backlog_cover(b, &c), BACKLOG_COVERED); /* and its hole with it */
	assert_false(backlog_holds(b, &c));
	backlog_pop(b);
	assert_false(backlog_is_empty(b));
	assert_int_equal(backlog_first(b, &e), 0);
	assert_string_equal(e.id, "d");
	assert_true(backlog_has_hole(b));
	backlog_fill_hole(b);
	assert_false(backlog_has_hole(b));
	a.id = NULL;
	assert_false(backlog_holds(b, &a));
	backlog_free(b);
}

static void backlog__no_room_on_disk__is_told(void **state)
{
	struct backlog *b = backlog_new();
	char *payload = mem_zalloc(BACKLOG_MEMORY + 2);
	struct event e;

	(void)state;
	memset(payload, 'x', BACKLOG_MEMORY + 1);
	e = item("a", payload);
	setenv("TMPDIR", "/nonexistent", 1);
	assert_int_equal(backlog_push(b, &e), -ENOENT);
	assert_true(backlog_is_empty(b));
	unsetenv("TMPDIR");
	backlog_free(b);
	free(payload);
}

static void backlog__other_events__are_kept(void **state)
{
	struct backlog *b = backlog_new();
	struct event e = { .kind = EVENT_RETRACT, .node = "n", .id = "a", .stamp = 7 };

	(void)state;
	assert_int_equal(backlog_push(b, &e), 0);
	e = (struct event){ .kind = EVENT_PURGE, .node = "n" };
	assert_int_equal(backlog_push(b, &e), 0);
	assert_int_equal(backlog_first(b, &e), 0);
	assert_true(e.kind == EVENT_RETRACT && e.stamp == 7 && !e.payload);
	assert_string_equal(e.id, "a");
	backlog_pop(b);
	assert_int_equal(backlog_first(b, &e), 0);
	assert_true(e.kind == EVENT_PURGE && !e.id);
	backlog_free(b); /* one is left in it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map__many_keys__all_found),
		cmocka_unit_test(map__hash__tells_where_the_parts_meet),
		cmocka_unit_test(seen__same_id_and_payload__is_known),
		cmocka_unit_test(seen__echo__once_and_only_in_time),
		cmocka_unit_test(seen__bounded__the_newest_stay),
		cmocka_unit_test(backlog__spills__and_gives_back_in_order),
		cmocka_unit_test(backlog__cover__drops_what_the_store_shows),
		cmocka_unit_test(backlog__cover__same_item_from_elsewhere__waits),
		cmocka_unit_test(backlog__hole__stays_with_its_event),
		cmocka_unit_test(backlog__no_room_on_disk__is_told),
		cmocka_unit_test(backlog__other_events__are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
