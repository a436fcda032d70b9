/* SPDX-License-Identifier: MIT */
/* A follower of live events alone, over a cut; and options. */
#include "follow_peer.h"

#include <string.h>

#define FORBIDDEN "<error type='auth'><forbidden xmlns='" NS_STANZAS "'/></error>"

static void start(bool baseline, const char *newest)
{
	struct follow_params p = { .node = "n", .subscribe = true, .baseline = baseline };

	follow = follow_new(&p, &handler, NULL);
	subscribe();
	if (baseline) {
		assert_false(settled);
		assert_non_null(strstr(request, "max_items='1'"));
		answer_items(newest);
	}
	assert_true(settled);
	assert_false(follow_read(follow));
	assert_null(request);
}

static void baseline__nothing_seen__what_is_behind_it_was_missed(void **state)
{
	(void)state;
	start(true, "b");
	cut("abcd");
	check_printed("cd");
	arrives(EVENT_ITEM, "e");
	cut("abcdef");
	check_printed("cdef");
}

static void baseline__empty_node__all_was_missed(void **state)
{
	(void)state;
	start(true, "");
	cut("ab");
	check_printed("ab");
	cut("abc");
	check_printed("abc");
}

static void baseline__comes_live_too__is_printed(void **state)
{
	(void)state;
	start(true, "a");
	arrives(EVENT_ITEM, "a"); /* the last item, sent on subscribing */
	check_printed("a");
}

static void baseline__event_before_its_answer__is_kept(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .baseline = true };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	subscribe();
	arrives(EVENT_ITEM, "b");
	check_printed("");
	answer_items("a");
	assert_false(follow_read(follow));
	check_printed("b");
}

static void baseline__retracted__another_one_is_taken(void **state)
{
	(void)state;
	start(true, "b");
	arrives(EVENT_RETRACT, "b");
	assert_non_null(strstr(request, "max_items='1'"));
	answer_items("a");
	cut("ac");
	check_printed("-c");
}

static void baseline__purged__all_was_missed(void **state)
{
	(void)state;
	start(true, "b");
	arrives(EVENT_PURGE, NULL);
	assert_null(request);
	cut("cd");
	check_printed("!cd");
}

static void baseline__not_to_be_had__goes_on_without(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .baseline = true };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	subscribe();
	answer(FORBIDDEN);
	assert_true(settled);
	assert_false(follow_read(follow));
	arrives(EVENT_ITEM, "a");
	check_printed("a");
}

static void baseline__link_lost_while_it_is_asked_for__asked_for_again(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .baseline = true };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	subscribe();
	answer(NULL);
	assert_false(settled);
	follow_down(follow);
	subscribe();
	answer_items("a");
	assert_true(settled);
}

static void baseline__not_wanted__none_is_taken(void **state)
{
	(void)state;
	start(false, NULL);
}

#define SUBSCRIBED                                                                                 \
	"<pubsub xmlns='" NS_PUBSUB "'><subscription node='n' "                                    \
				    "subscription='subscribed'/></pubsub>"
static void options__go_with_the_subscription(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .options = "<x/>" };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	follow_up(follow, NULL, "service");
	assert_non_null(strstr(request, "/><options><x/></options></pubsub>"));
	answer(SUBSCRIBED);
	assert_true(settled);
	assert_null(request);
}

static void options__service_without__set_behind_it(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .options = "<x/>" };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	follow_up(follow, NULL, "service");
	for (int run = 0; run < 2; run++) { /* it is asked once whether it can */
		if (!run)
			answer(NO_OPTIONS);
		assert_null(strstr(request, "<options"));
		answer(SUBSCRIBED);
		assert_false(settled);
		assert_non_null(
			strstr(request, "<options node='n' jid='me@localhost/x'><x/></options>"));
		answer("");
		assert_true(settled);
		settled = false;
		follow_down(follow);
		follow_up(follow, NULL, "service");
	}
}

static void options__unconfigured__they_are_set(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .options = "<x/>" };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	follow_up(follow, NULL, "service");
	answer("<pubsub xmlns='" NS_PUBSUB
	       "'><subscription node='n' subscription='unconfigured'/></pubsub>");
	assert_non_null(strstr(request, "<options node='n'"));
	answer("");
	assert_true(settled);
}

static void options__refused__it_fails(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true, .options = "<x/>" };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	follow_up(follow, NULL, "service");
	answer(NO_OPTIONS);
	answer(SUBSCRIBED);
	answer(FORBIDDEN);
	assert_false(settled);
	assert_true(follow_is_down(follow));
}

static void configuration__is_handed_out(void **state)
{
	(void)state;
	start(false, NULL);
	arrives(EVENT_CONFIG, NULL);
	arrives(EVENT_SUBSCRIPTION, NULL);
	check_printed("--");
}

static void forbidden__hope_only_for_who_was_subscribed(void **state)
{
	struct follow_params p = { .node = "n", .subscribe = true };

	(void)state;
	follow = follow_new(&p, &handler, NULL);
	follow_up(follow, NULL, "service");
	answer(FORBIDDEN);
	assert_int_equal(failure, 77);
	assert_int_equal(hope, RETRY_NEVER);
	subscribe();
	follow_down(follow);
	follow_up(follow, NULL, "service");
	answer(FORBIDDEN);
	assert_int_equal(failure, 77);
	assert_int_equal(hope, RETRY_DOUBTFUL);
	assert_true(follow_is_down(follow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(baseline__nothing_seen__what_is_behind_it_was_missed),
		T(baseline__empty_node__all_was_missed),
		T(baseline__comes_live_too__is_printed),
		T(baseline__event_before_its_answer__is_kept),
		T(baseline__retracted__another_one_is_taken),
		T(baseline__purged__all_was_missed),
		T(baseline__not_to_be_had__goes_on_without),
		T(baseline__link_lost_while_it_is_asked_for__asked_for_again),
		T(baseline__not_wanted__none_is_taken),
		T(options__go_with_the_subscription),
		T(options__service_without__set_behind_it),
		T(options__unconfigured__they_are_set),
		T(options__refused__it_fails),
		T(configuration__is_handed_out),
		T(forbidden__hope_only_for_who_was_subscribed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
