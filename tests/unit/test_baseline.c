/* SPDX-License-Identifier: MIT */
/*
 * A follower of live events alone, over a cut: what it asks the service, which is played here, and
 * what it prints.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "cmd/sub/follow.h"
#include "cmd/sub/seen.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/session.h"

#define FORBIDDEN "<error type='auth'><forbidden xmlns='" NS_STANZAS "'/></error>"

static xmpp_ctx_t *ctx;
static struct follow *follow;
static char *request; /* that waits for its answer */
static session_reply_fn *reply_to;
static void *reply_data;
static bool settled;
static struct str printed;
static enum retry_hope hope;
static int failure; /* the exit code that goes with it */

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	(void)s;
	(void)type;
	(void)len;
	assert_string_equal(to, "service");
	assert_null(request);
	request = strdup(xml);
	reply_to = reply;
	reply_data = data;
	return true;
}

const char *session_jid(const struct session *s)
{
	(void)s;
	return "me@localhost/x";
}

/* NULL: the link is lost. */
static void answer(const char *content)
{
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	bool error = content && strstr(content, "<error");

	assert_non_null(request);
	free(request);
	request = NULL;
	if (!content) {
		reply_to(NULL, SESSION_LOST, NULL, reply_data);
		return;
	}
	str_printf(&text, "<iq xmlns='jabber:client' type='%s'>%s</iq>", error ? "error" : "result",
		   content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	reply_to(NULL, error ? SESSION_ERROR : SESSION_RESULT, s, reply_data);
}

static void answer_never(void)
{
	assert_non_null(request);
	free(request);
	request = NULL;
	reply_to(NULL, SESSION_TIMEOUT, NULL, reply_data);
}

static void answer_items(const char *ids)
{
	AUTO_STR xml = { 0 };

	assert_non_null(strstr(request, "<items "));
	str_puts(&xml, "<pubsub xmlns='" NS_PUBSUB "'><items node='n'>");
	for (; *ids; ids++)
		str_printf(&xml, "<item id='%c'/>", *ids);
	str_puts(&xml, "</items></pubsub>");
	answer(xml.p);
}

static void on_event(const struct event *e, void *data)
{
	(void)data;
	str_puts(&printed, e->kind == EVENT_ITEM ? e->id : e->kind == EVENT_PURGE ? "!" : "-");
}

static void on_settled(struct follow *f, void *data)
{
	(void)f;
	(void)data;
	settled = true;
}

static void on_caught_up(struct follow *f, void *data)
{
	(void)f;
	(void)data;
}

static void on_failed(struct follow *f, int code, enum retry_hope h, void *data)
{
	(void)f;
	(void)data;
	failure = code;
	hope = h;
}

static const struct follow_handler handler = {
	.event = on_event,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
};

static void arrives(enum event_kind kind, const char *id)
{
	follow_event(follow, &(struct event){ .kind = kind, .node = "n", .id = id });
}

static void subscribe(void)
{
	settled = false;
	follow_up(follow, NULL, "service");
	assert_non_null(strstr(request, "<subscribe "));
	answer("<pubsub xmlns='" NS_PUBSUB "'><subscription node='n' subscription='subscribed'/>"
	       "</pubsub>");
}

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

/* The link is cut and comes back; then @stored is there. */
static void cut(const char *stored)
{
	follow_down(follow);
	subscribe();
	assert_true(settled);
	assert_true(follow_read(follow));
	answer_items(stored);
	assert_null(request);
}

static void check_printed(const char *wanted)
{
	assert_string_equal(printed.p ? printed.p : "", wanted);
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
#define NO_OPTIONS "<error type='cancel'><feature-not-implemented xmlns='" NS_STANZAS "'/></error>"

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

/* The archive */

static char *place;

static void on_placed(struct follow *f, const char *where, void *data)
{
	(void)f;
	(void)data;
	free(place);
	place = strdup(where);
}

static void on_gone(struct follow *f, void *data)
{
	(void)f;
	(void)data;
	str_puts(&printed, "gone");
}

static const struct follow_handler placed_handler = {
	.event = on_event,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
	.placed = on_placed,
	.gone = on_gone,
};

static void arrives_at(const char *id, const char *archive_id)
{
	follow_event(follow,
		     &(struct event){
			     .kind = EVENT_ITEM, .node = "n", .id = id, .archive_id = archive_id });
}

/* A result of the query that waits for its answer. */
static void result(const char *id, const char *archive_id, bool taken)
{
	const char *query = strstr(request, "queryid='");
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	assert_non_null(query);
	query += strlen("queryid='");
	str_printf(&text,
		   "<message xmlns='jabber:client'><result xmlns='" NS_MAM
		   "' queryid='%.*s%s' id='%s'>"
		   "<forwarded xmlns='" NS_FORWARD "'><delay xmlns='" NS_DELAY
		   "' stamp='2026-01-01T00:00:00Z'/><message xmlns='jabber:client'><event "
		   "xmlns='" NS_PUBSUB_EVENT "'><items node='n'><item "
		   "id='%s'/></items></event></message></forwarded></result></message>",
		   (int)strcspn(query, "'"), query, taken ? "" : "x", archive_id, id);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	assert_int_equal(follow_message(follow, s), taken);
}

static void fin(const char *last, bool complete)
{
	AUTO_STR text = { 0 };

	str_printf(&text, "<fin xmlns='" NS_MAM "' complete='%s'><set xmlns='" NS_RSM "'>",
		   complete ? "true" : "false");
	if (last)
		str_printf(&text, "<first>1</first><last>%s</last>", last);
	str_puts(&text, "</set></fin>");
	answer(text.p);
}

/* An empty node with an archive. */
static void answer_empty(void)
{
	answer_items("");
	fin(NULL, true);
}

static void start_placed(void)
{
	struct follow_params p = {
		.node = "n", .subscribe = true, .all = true, .place = true, .patient = true
	};

	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
}

static void cut_and_replay(const char *after)
{
	AUTO_STR wanted = { 0 };

	follow_down(follow);
	subscribe();
	assert_true(follow_read(follow));
	str_printf(&wanted, "<after>%s</after>", after);
	assert_non_null(strstr(request, wanted.p));
}

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

/* For who begins with what comes, before it is settled. */
static void archive__baseline__place_is_looked_for_with_it(void **state)
{
	struct follow_params p = {
		.node = "n", .subscribe = true, .baseline = true, .place = true
	};

	(void)state;
	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	answer_items("b");
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
	struct follow_params p = {
		.node = "n", .subscribe = true, .baseline = true, .place = true
	};

	(void)state;
	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	answer_items("b");
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

static void arrives_numbered(uint64_t number, const char *id, const char *archive_id)
{
	follow_event(follow, &(struct event){
				     .node = "n", .id = id, .number = number, .archive_id = archive_id });
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

static int set_up(void **state)
{
	(void)state;
	ctx = xmpp_ctx_new(NULL, NULL);
	return !ctx;
}

static int tear_down(void **state)
{
	(void)state;
	follow_free(follow);
	free(request);
	request = NULL;
	settled = false;
	free(place);
	place = NULL;
	str_release(&printed);
	xmpp_ctx_free(ctx);
	return 0;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
		T(configuration__is_handed_out),
		T(forbidden__hope_only_for_who_was_subscribed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
