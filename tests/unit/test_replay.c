/* SPDX-License-Identifier: MIT */
/* What the archive has behind our place. */
#include "follow_peer.h"

#include <string.h>

static void archive__place_of_an_event__what_was_missed_is_replayed(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	arrives_at("c", "C"); /* live, while it is read */
	arrives_at("d", "D");
	result("b", "B", true);
	result("z", "Z", false);
	result("b", "B2", true); /* replaced: each version is there */
	result("c", "C", true);
	fin("C", false);
	assert_non_null(strstr(request, "<after>C</after>"));
	fin(NULL, true);
	check_printed("abbcd");
	arrives_at("c", "C"); /* late */
	arrives_at("b", "B3");
	check_printed("abbcdb");
	cut_and_replay("B3");
	fin(NULL, true);
	check_printed("abbcdb");
	assert_null(request);
}

static void archive__place_lost__items_are_compared(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	answer("<error type='cancel'><item-not-found xmlns='" NS_STANZAS "'/></error>");
	answer_items("ab");
	check_printed("ab");
	assert_non_null(strstr(request, "<before/>")); /* a place is looked for again */
	result("b", "B", true);
	fin("B", true);
	cut_and_replay("B");
}

/* On subscribing anew, the last item may come again. */
static void archive__newest_comes_again__once_from_each_place(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	fin(NULL, true);
	arrives_at("a", "A");
	arrives_at("a", "A2"); /* published again */
	check_printed("aa");
	cut_and_replay("A2");
	fin(NULL, true);
	arrives(EVENT_ITEM, "a"); /* nor does it say from where */
	check_printed("aa");
	arrives(EVENT_ITEM, "a"); /* once */
	check_printed("aaa");
	arrives_at("a", "A4");
	cut_and_replay("A4");
	arrives_at("b", "B");
	fin(NULL, true);
	arrives_at("a", "A5"); /* nor is it the newest any more */
	check_printed("aaaaba");
}

#define AWAY                                                                                       \
	"<error type='wait'><remote-server-timeout xmlns='" NS_STANZAS "'/></error>"
#define NOBODY                                                                                     \
	"<error type='cancel'><service-unavailable xmlns='" NS_STANZAS "'/></error>"

static void check_failed_and_replay(int code, const char *after)
{
	assert_int_equal(failure, code);
	assert_int_equal(hope, RETRY_AWAY);
	assert_true(follow_is_down(follow));
	cut_and_replay(after);
}

/* Items that were published again meanwhile would be taken for those that are known. */
static void archive__service_away__the_place_stays(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	arrives_at("b", "B");
	cut_and_replay("B");
	result("a", "A2", true);
	answer(AWAY);
	check_failed_and_replay(75, "A2");
	answer_never();
	check_failed_and_replay(75, "A2");
	result("b", "B2", true);
	fin("B2", true);
	check_printed("abab");
}

static void archive__wait_and_wait_again__items_are_compared(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	for (int i = 0; i < 8; i++) {
		answer(AWAY);
		check_failed_and_replay(75, "A");
	}
	answer(AWAY);
	answer_items("ab");
	check_printed("ab");
}

/* The link has held: what waits is more than items. */
static void archive__service_away__what_waits_stays(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	arrives_at("b", "B");
	arrives(EVENT_RETRACT, "a");
	answer(AWAY);
	assert_true(follow_is_down(follow));
	arrives_at("c", "C");
	subscribe();
	assert_true(follow_read(follow));
	assert_non_null(strstr(request, "<after>A</after>"));
	result("b", "B", true);
	result("c", "C", true);
	fin("C", true);
	check_printed("abc-");
}

static void archive__service_away_and_deleted__it_is_told(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	arrives(EVENT_DELETE, NULL);
	answer(AWAY);
	assert_false(follow_is_down(follow));
	answer("<error type='cancel'><item-not-found xmlns='" NS_STANZAS "'/></error>");
	check_printed("a-gone");
}

/* The service was put back to an earlier state: what it says next has places that others had. */
static void archive__other_items_at_known_places__are_told(void **state)
{
	static const struct event before = { .node = "n", .id = "a", .number = 1,
					     .archive_id = "B", .payload = "<x/>", .payload_len = 4 },
				  after = { .node = "n", .id = "a", .number = 1,
					    .archive_id = "B", .payload = "<y/>", .payload_len = 4 };

	(void)state;
	start_placed();
	answer_empty();
	follow_event(follow, &before);
	arrives_at("a", "C");
	cut_and_replay("C");
	fin(NULL, true);
	follow_event(follow, &before);
	check_printed("aa");
	follow_event(follow, &after);
	check_printed("aaa");
}

/* The newest item that is known is not the one that the place is of. */
static void archive__baseline_after_a_retract__is_not_told(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .baseline = true };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	subscribe();
	answer_items("b");
	assert_false(follow_read(follow));
	arrives_at("r", "R");
	arrives(EVENT_RETRACT, "r");
	answer_items("b");
	cut_and_replay("R");
	fin(NULL, true);
	arrives_at("b", "B");
	check_printed("r-");
}

/* It says what one says that has no archive. */
static void archive__nobody_there__is_asked_again_and_then_items_are_compared(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	for (int round = 0; round < 2; round++) {
		cut_and_replay("A");
		for (int i = 0; i < 3; i++) {
			answer(NOBODY);
			check_failed_and_replay(69, "A");
		}
		if (round == 0)
			fin(NULL, true); /* so it was away */
	}
	answer(NOBODY);
	answer_items("ab");
	check_printed("ab");
	assert_non_null(strstr(request, "<before/>")); /* a place is looked for again */
	answer(NOBODY);
}

static void archive__nobody_there_and_no_time__items_are_compared(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .all = true, .place = true };

	(void)state;
	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	answer(NOBODY);
	answer_items("ab");
	check_printed("ab");
}

static void archive__stored_items_read__place_is_looked_for(void **state)
{
	(void)state;
	start_placed();
	answer_items("ab");
	assert_non_null(strstr(request, "<max>1</max><before/>"));
	result("b", "B", true);
	fin("B", true);
	assert_string_equal(place, "B");
	check_printed("ab");
	arrives_at("c", NULL); /* of a message with several items */
	follow_down(follow);
	subscribe();
	assert_true(follow_read(follow));
	answer_items("abc");
	check_printed("abc");
}

static void archive__newest_is_not_ours__no_place(void **state)
{
	(void)state;
	start_placed();
	answer_items("ab");
	result("c", "C", true);
	fin("C", true);
	assert_null(place);
}

/* Each version of what comes then, also of what is replaced at once. */
static void archive__empty__its_beginning_is_the_place(void **state)
{
	(void)state;
	start_placed();
	answer_items("");
	fin(NULL, true);
	assert_string_equal(place, "");
	follow_down(follow);
	subscribe();
	assert_true(follow_read(follow));
	assert_non_null(strstr(request, "<max>100</max></set>"));
	arrives_at("a", "A2");
	result("a", "A", true);
	result("a", "A2", true);
	fin("A2", true);
	check_printed("aa");
}

static void start_at_baseline(void)
{
	static const struct follow_params p = {
		.node = "n", .subscribe = true, .baseline = true, .place = true
	};

	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	answer_items("b");
}

/* For who begins with what comes, before it is settled. */
static void archive__baseline__place_is_looked_for_with_it(void **state)
{
	(void)state;
	start_at_baseline();
	assert_false(settled);
	result("b", "B", true);
	fin("B", true);
	assert_true(settled);
	assert_string_equal(place, "B");
	assert_false(follow_read(follow));
	cut_and_replay("B");
	result("b", "B2", true);
	fin("B2", true);
	check_printed("b");
}

static void archive__none__is_asked_for_once(void **state)
{
	(void)state;
	start_at_baseline();
	answer(NO_OPTIONS);
	assert_true(settled);
	assert_false(follow_read(follow));
	assert_null(request);
}

static void archive__empty_but_for_what_is_past__that_is_the_place(void **state)
{
	(void)state;
	start_placed();
	answer_items("");
	result("o", "OLD", true);
	fin("OLD", true);
	assert_string_equal(place, "OLD");
	cut_and_replay("OLD");
}

static void archive__event_comes_first__it_is_the_place(void **state)
{
	(void)state;
	start_placed();
	answer_items("");
	arrives_at("a", "A");
	result("a", "A", true);
	fin("A", true);
	check_printed("a");
	assert_null(place);
	cut_and_replay("A");
}

static void archive__none__goes_on_without(void **state)
{
	(void)state;
	start_placed();
	answer_items("ab");
	arrives(EVENT_ITEM, "c");
	answer(NO_OPTIONS);
	assert_null(place);
	check_printed("abc");
}

static void archive__link_lost__goes_on_behind_what_was_replayed(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_at("a", "A");
	cut_and_replay("A");
	result("b", "B", true);
	answer(NULL);
	cut_and_replay("B");
	result("c", "C", true);
	fin("C", true);
	check_printed("abc");
}

static void archive__resumed__goes_on_behind_the_place(void **state)
{
	struct follow_params p = { .node = "n", .place = true };
	struct seen seen = { 0 }, places = { 0 };

	(void)state;
	seen_add(&seen, &(struct event){ .id = "a" }, 0);
	follow = follow_new(&p, &placed_handler, NULL);
	follow_resume(follow, &(struct follow_position){ &seen, &places, true, "A", 0 });
	follow_up(follow, NULL, "service");
	assert_true(follow_read(follow));
	assert_non_null(strstr(request, "<after>A</after>"));
	result("b", "B", true);
	fin("B", true);
	check_printed("b");
	seen_clear(&seen);
}

/* The service does not know what had arrived. */
static void archive__told_again_after_a_cut__is_dropped(void **state)
{
	(void)state;
	start_placed();
	answer_empty();
	arrives_numbered(1, "a", "A");
	arrives_numbered(2, "b", "B");
	arrives_numbered(3, "b", "B2"); /* replaced */
	arrives_numbered(4, "c", "C");
	cut_and_replay("C");
	arrives_numbered(2, "b", "B");
	arrives_numbered(3, "b", "B2");
	result("d", "D", true);
	arrives_numbered(4, "c", "C");
	fin("D", true);
	arrives_numbered(1, "a", "A");
	arrives_numbered(5, "d", "D");
	arrives_numbered(6, "e", "E");
	check_printed("abbcde");
	assert_null(request);
	cut_and_replay("E");
}

/* Nor does it know of an earlier run. */
static void archive__told_again_to_the_next_run__is_dropped(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .place = true };
	struct seen seen = { 0 }, places = { 0 };

	(void)state;
	seen_add(&seen, &(struct event){ .id = "a" }, 0);
	seen_add(&seen, &(struct event){ .id = "b" }, 0);
	seen_add_mark(&places, seen_place_mark(&(struct event){ .id = "a", .archive_id = "A" }), 0);
	seen_add_mark(&places, seen_place_mark(&(struct event){ .id = "b", .archive_id = "B" }), 0);
	follow = follow_new(&p, &placed_handler, NULL);
	follow_resume(follow, &(struct follow_position){ &seen, &places, true, "B", 0 });
	subscribe();
	assert_true(follow_read(follow));
	arrives_numbered(1, "a", "A"); /* of the service, not read by the run before */
	result("c", "C", true);
	fin("C", true);
	arrives_numbered(2, "b", "B");
	arrives_numbered(3, "c", "C");
	check_printed("c");
	follow_event(follow, &(struct event){ .kind = EVENT_RETRACT, .node = "n", .id = "b" });
	arrives_numbered(2, "b", "B"); /* the retract was told twice as well */
	fin(NULL, true);
	check_printed("c-b");
	seen_clear(&seen);
	seen_clear(&places);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(archive__place_of_an_event__what_was_missed_is_replayed),
		T(archive__newest_comes_again__once_from_each_place),
		T(archive__place_lost__items_are_compared),
		T(archive__service_away__the_place_stays),
		T(archive__wait_and_wait_again__items_are_compared),
		T(archive__service_away__what_waits_stays),
		T(archive__service_away_and_deleted__it_is_told),
		T(archive__other_items_at_known_places__are_told),
		T(archive__baseline_after_a_retract__is_not_told),
		T(archive__nobody_there__is_asked_again_and_then_items_are_compared),
		T(archive__nobody_there_and_no_time__items_are_compared),
		T(archive__stored_items_read__place_is_looked_for),
		T(archive__newest_is_not_ours__no_place),
		T(archive__empty__its_beginning_is_the_place),
		T(archive__baseline__place_is_looked_for_with_it),
		T(archive__none__is_asked_for_once),
		T(archive__empty_but_for_what_is_past__that_is_the_place),
		T(archive__event_comes_first__it_is_the_place),
		T(archive__none__goes_on_without),
		T(archive__link_lost__goes_on_behind_what_was_replayed),
		T(archive__resumed__goes_on_behind_the_place),
		T(archive__told_again_after_a_cut__is_dropped),
		T(archive__told_again_to_the_next_run__is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
