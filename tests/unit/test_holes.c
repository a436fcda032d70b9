/* SPDX-License-Identifier: MIT */
/* What waits for room, and what the numbers of events show to be missing. */
#include "follow_peer.h"

#include <string.h>

/* Who takes what is handed out only when there is room. */

static bool has_room;

static bool on_ready(void *data)
{
	(void)data;
	return has_room;
}

static void on_event_fill(const struct event *e, void *data)
{
	on_event(e, data);
	has_room = false;
}

static const struct follow_handler full_handler = {
	.event = on_event_fill,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
	.gone = on_gone,
	.ready = on_ready,
};

static void start_full(void)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true };

	has_room = true;
	follow = follow_new(&p, &full_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
	answer_items("");
}

static void go_on(void)
{
	has_room = true;
	follow_go_on(follow);
}

static void full__live_events__wait_for_room(void **state)
{
	(void)state;
	start_full();
	arrives(EVENT_ITEM, "a");
	arrives(EVENT_ITEM, "b");
	arrives(EVENT_RETRACT, "b");
	check_printed("a");
	go_on();
	check_printed("ab");
	go_on();
	check_printed("ab-");
	arrives(EVENT_ITEM, "c");
	go_on();
	check_printed("ab-c");
}

static void full__too_many__read_from_the_store(void **state)
{
	(void)state;
	start_full();
	arrives(EVENT_ITEM, "a");
	for (int i = 0; i < 5000; i++)
		arrives(i % 2 ? EVENT_RETRACT : EVENT_ITEM, "b");
	arrives(EVENT_ITEM, "c");
	assert_null(request);
	go_on();
	arrives(EVENT_ITEM, "d"); /* while it is read */
	answer_items("abcd");
	check_printed("abcd");
	assert_null(request);
	go_on();
	arrives(EVENT_ITEM, "e");
	check_printed("abcde");
}

static void full__too_many_while_stored_items_are_read__read_again(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true };

	(void)state;
	has_room = false;
	follow = follow_new(&p, &full_handler, NULL);
	subscribe();
	assert_true(follow_read(follow)); /* waits itself */
	assert_null(request);
	for (int i = 0; i < 5000; i++)
		arrives(EVENT_ITEM, "b");
	go_on();
	answer_items("a");
	check_printed("a");
	go_on();
	answer_items("ab");
	check_printed("ab");
}

static void full__deleted_meanwhile__it_is_told(void **state)
{
	(void)state;
	start_full();
	arrives(EVENT_ITEM, "a");
	for (int i = 0; i < 5000; i++)
		arrives(EVENT_ITEM, "b");
	arrives(EVENT_DELETE, NULL);
	go_on();
	answer("<error type='cancel'><item-not-found xmlns='" NS_STANZAS "'/></error>");
	check_printed("a-gone");
}

static void full__link_lost_while_it_waits__begins_anew(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true };

	(void)state;
	has_room = false;
	follow = follow_new(&p, &full_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
	follow_down(follow);
	has_room = true;
	subscribe();
	assert_true(follow_read(follow));
	answer_items("a");
	check_printed("a");
}

/* Numbers */

static uint64_t counted;

static void on_counted(struct follow *f, uint64_t number, void *data)
{
	(void)f;
	(void)data;
	counted = number;
}

static const struct follow_handler numbers_handler = {
	.event = on_event,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
	.placed = on_placed,
	.counted = on_counted,
};

static void arrives_as(uint64_t number, enum event_kind kind, const char *id)
{
	follow_event(follow,
		     &(struct event){ .kind = kind, .node = "n", .id = id, .number = number });
}

/* Of an empty node, all is read. */
static void start_numbers(void)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true };

	counted = 0;
	follow = follow_new(&p, &numbers_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
	answer_items("");
}

static void hole__stored_items__are_read_before_it(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(4, EVENT_ITEM, "d");
	check_printed("a");
	answer_items("abcd");
	check_printed("abcd");
	arrives_as(5, EVENT_RETRACT, "a");
	arrives_as(6, EVENT_ITEM, "e");
	check_printed("abcd-e");
	assert_null(request);
	arrives_as(8, EVENT_RETRACT, "b"); /* what was lost was no item */
	answer_items("cde");
	check_printed("abcd-e-");
	assert_null(request);
}

static void hole__archive__is_replayed_from_the_place(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	follow_event(follow, &(struct event){ .node = "n", .id = "a", .number = 1, .archive_id = "A" });
	follow_event(follow, &(struct event){ .node = "n", .id = "a", .number = 4, .archive_id = "A4" });
	assert_non_null(strstr(request, "<after>A</after>"));
	result("b", "B", true);
	result("a", "A3", true); /* each version */
	result("a", "A4", true);
	fin("A4", true);
	check_printed("abaa");
	assert_null(request);
}

static void hole__while_one_is_mended__is_mended_next(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "c");
	arrives_as(5, EVENT_ITEM, "e"); /* d is published behind the answer */
	answer_items("abc");
	check_printed("abc");
	answer_items("abcde");
	check_printed("abcde");
	assert_null(request);
}

static void hole__covered_by_the_answer__is_none(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "c");
	arrives_as(5, EVENT_ITEM, "e");
	answer_items("abcde");
	check_printed("abcde");
	assert_null(request);
}

static void hole__no_store__the_event_is_handed_out(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "c");
	answer(NO_OPTIONS);
	check_printed("ac");
	assert_null(request);
}

static void hole__no_room__waits_for_it(void **state)
{
	(void)state;
	start_full();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "c");
	assert_null(request);
	go_on();
	answer_items("abc");
	check_printed("abc");
}

static void hole__place_is_looked_for__is_mended_then(void **state)
{
	(void)state;
	start_placed();
	answer_items("a");
	arrives_as(3, EVENT_ITEM, "c");
	check_printed("a");
	result("c", "C", true);
	fin("C", true);
	answer_items("abc");
	check_printed("abc");
}

static void number__twice__dropped_if_it_is_known(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(2, EVENT_ITEM, "b");
	arrives_as(2, EVENT_ITEM, "b");
	arrives_as(2, EVENT_ITEM, "c"); /* of the same message */
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "a"); /* published again */
	check_printed("abca");
	assert_null(request);
}

static void number__first_after_the_items__they_are_compared_once(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(7, EVENT_ITEM, "a");
	answer_items("a");
	arrives_as(8, EVENT_ITEM, "b");
	check_printed("ab");
	assert_null(request);
}

static void number__before_the_answer__is_where_the_node_is(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true };

	(void)state;
	follow = follow_new(&p, &numbers_handler, NULL);
	subscribe();
	arrives_as(7, EVENT_ITEM, "b"); /* the last item */
	assert_true(follow_read(follow));
	answer_items("ab");
	check_printed("ab");
	arrives_as(8, EVENT_ITEM, "c");
	check_printed("abc");
	assert_null(request);
	arrives_as(10, EVENT_ITEM, "e");
	answer_items("abcde");
	check_printed("abcde");
}

/* All that is known stays known: an old message must not bring items again. */
static void number__smaller__the_node_may_be_another(void **state)
{
	(void)state;
	start_numbers();
	for (uint64_t i = 1; i <= 3; i++)
		arrives_as(i, EVENT_ITEM, "a");
	check_printed("aaa");
	arrives_as(2, EVENT_ITEM, "c");
	answer_items("bc");
	check_printed("aaabc");
	arrives_as(3, EVENT_ITEM, "d");
	check_printed("aaabcd");
	assert_null(request);
}

static void number__last_item_again__is_counted(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	follow_down(follow);
	subscribe();
	arrives_as(5, EVENT_ITEM, "a"); /* the last one; what came behind it was no item */
	assert_true(follow_read(follow));
	answer_items("a");
	check_printed("a");
	assert_int_equal(counted, 5);
}

static void number__link_lost__begins_anew(void **state)
{
	(void)state;
	start_numbers();
	arrives_as(1, EVENT_ITEM, "a");
	arrives_as(3, EVENT_ITEM, "c");
	answer(NULL);
	cut("abc");
	check_printed("abc");
	arrives_as(4, EVENT_ITEM, "d");
	check_printed("abcd");
	assert_null(request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(full__live_events__wait_for_room),
		T(full__too_many__read_from_the_store),
		T(full__too_many_while_stored_items_are_read__read_again),
		T(full__deleted_meanwhile__it_is_told),
		T(full__link_lost_while_it_waits__begins_anew),
		T(hole__stored_items__are_read_before_it),
		T(hole__archive__is_replayed_from_the_place),
		T(hole__while_one_is_mended__is_mended_next),
		T(hole__covered_by_the_answer__is_none),
		T(hole__no_store__the_event_is_handed_out),
		T(hole__no_room__waits_for_it),
		T(hole__place_is_looked_for__is_mended_then),
		T(number__twice__dropped_if_it_is_known),
		T(number__first_after_the_items__they_are_compared_once),
		T(number__before_the_answer__is_where_the_node_is),
		T(number__smaller__the_node_may_be_another),
		T(number__last_item_again__is_counted),
		T(number__link_lost__begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
