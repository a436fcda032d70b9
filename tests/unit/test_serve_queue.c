/* SPDX-License-Identifier: MIT */
/*
 * When things are sent: after the commit, in order, no faster than they are taken, and never too
 * large.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "serve_bench.h"

#define BIG(id) "<item id='" id "' publisher='" OWNED "'><x xmlns='urn:x'>*</x></item>"

static void start(struct bench *b)
{
	bench_init(b);
	bench_start(b, SVC, false);
}

/* Node n with a subscriber, and nothing in the queue. */
static void start_node(struct bench *b)
{
	start(b);
	TAKE(b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER));
	service_turn(b->service);
	str_reset(&b->sent);
}

static void take__before_the_turn__nothing_is_sent(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"), ITEMS(EVE, "", ""), PUBLISH(EVE, "3"));
	bench_expect(&b, "not committed", "");
	service_turn(b.service);
	/* PUB-40: each answer, then what it caused; all in the order of the requests. */
	bench_expect(&b, "committed", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>")
		     PUBLISHED(OWNER, "2") EVENT(USER, "<items node='n'>" ONE("2") "</items>")
		     ITEMS_ARE(EVE, ONE("1") ONE("2"), "") FORBIDDEN(EVE));
	assert_true(service_idle(b.service));
	bench_stop(&b);
}

static void take__many_requests__committed_without_a_turn(void **state)
{
	struct bench b;
	int64_t count = 0;

	(void)state;
	start_node(&b);
	for (int i = 0; i < 255; i++)
		TAKE(&b, PUBLISH(OWNER, "1"));
	assert_true(store_in_transaction(b.store));
	TAKE(&b, PUBLISH(OWNER, "2"));
	assert_false(store_in_transaction(b.store));
	assert_int_equal(store_item_count(b.store, 1, &count), 0);
	assert_int_equal(count, 2);
	bench_stop(&b);
}

/* One request undone leaves the others of its batch alone. */
static void take__refused_in_the_middle__others_stay(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	TAKE(&b, PUBLISH(OWNER, "1"),
	     SET(OWNER, PS("<retract node='n'><item id='1'/><item id='missing'/></retract>")),
	     SET(USER, PS("<publish node='auto'><item/></publish>")), ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "undone alone", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>")
		     NOT_FOUND(OWNER) BAD(USER, "payload-required") ITEMS_ARE(EVE, ONE("1"), ""));
	bench_stop(&b);
}

/* What was told before a node went is still told, and then that it went. */
static void delete__with_events_in_the_queue__they_arrive(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), SET(OWNER, OWN("<delete node='n'/>")), SET(OWNER, PS("<create node='n'/>")),
	     SUBSCRIBE(EVE, EVE), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "in order", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>")
		     RESULT(OWNER, "") EVENT(USER, "<delete node='n'/>") RESULT(OWNER, "") SUBSCRIBED(EVE, EVE)
		     PUBLISHED(OWNER, "2") EVENT(EVE, "<items node='n'>" ONE("2") "</items>"));
	bench_stop(&b);
}

/* The same with events that are committed and wait for the server. */
static void delete__with_events_on_their_way__they_arrive(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	b.queued = b.sink.high;
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	TAKE(&b, SET(OWNER, OWN("<delete node='n'/>")));
	service_turn(b.service);
	bench_expect(&b, "the server takes nothing", "");
	b.queued = 0;
	service_resume(b.service);
	bench_expect(&b, "in order", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>")
		     RESULT(OWNER, "") EVENT(USER, "<delete node='n'/>"));
	bench_stop(&b);
}

/* An event goes to those who were subscribed when it happened. */
static void subscribe__behind_a_publish__does_not_get_it(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), SUBSCRIBE(EVE, EVE));
	service_turn(b.service);
	/* It has it as the last item, once, behind the answer to the subscription. */
	bench_expect(&b, "only the first", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>")
		     SUBSCRIBED(EVE, EVE) LAST(EVE, ONE("1")));
	bench_stop(&b);

	bench_init(&b);
	bench_give(&b.config.given.defaults, "pubsub#send_last_published_item=never");
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"),
	     SUBSCRIBE(EVE, EVE), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "not at all", RESULT(OWNER, "") SUBSCRIBED(USER, USER) PUBLISHED(OWNER, "1")
		     EVENT(USER, "<items node='n'>" ONE("1") "</items>") SUBSCRIBED(EVE, EVE) PUBLISHED(OWNER, "2")
		     EVENT(EVE, "<items node='n'>" ONE("2") "</items>") EVENT(USER, "<items node='n'>" ONE("2") "</items>"));
	bench_stop(&b);
}

/* STATE-01 */
static void notify__other_states__get_nothing(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	assert_int_equal(store_begin(b.store), 0);
	for (enum sub_state in = SUB_NONE; in < SUB_SUBSCRIBED; in++) {
		const struct new_subscription sub = {
			.node = 1, .jid = EVE, .subid = "x", .state = in, .created = 1
		};

		assert_int_equal(store_sub_add(b.store, &sub, NULL), 0);
	}
	assert_int_equal(store_commit(b.store), 0);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	bench_expect(&b, "subscribed", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>"));
	bench_stop(&b);
}

/* Those who get nothing take time, too: others are served in between. */
static void notify__crowd_that_wants_nothing__in_pieces(void **state)
{
	struct bench b;
	int64_t due;
	unsigned turns = 0;

	(void)state;
	start_node(&b);
	assert_int_equal(store_begin(b.store), 0);
	for (unsigned i = 0; i < 10000; i++) {
		AUTO_FREE char *jid = mem_printf("p%u@example.com", i);
		const struct new_subscription sub = {
			.node = 1, .jid = jid, .subid = "x", .state = SUB_PENDING, .created = 1
		};

		assert_int_equal(store_sub_add(b.store, &sub, NULL), 0);
	}
	assert_int_equal(store_commit(b.store), 0);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	bench_expect(&b, "the answer", PUBLISHED(OWNER, "1"));
	for (; !service_idle(b.service); turns++) {
		assert_true(service_due(b.service, &due));
		assert_int_equal(due, 0);
		service_run(b.service);
	}
	assert_in_range(turns, 2, 5);
	bench_expect(&b, "the event", EVENT(USER, "<items node='n'>" ONE("1") "</items>"));
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, INT64_MAX);
	assert_false(service_due(b.service, &due));
	bench_stop(&b);
}

/* Sends what the sink takes, again and again, as if each time all had gone. Returns how often. */
static unsigned drain(struct bench *b)
{
	unsigned turns = 0;

	for (; !service_idle(b->service); turns++) {
		assert_true(b->queued >= b->sink.high);
		b->queued = 0;
		service_resume(b->service);
	}
	return turns;
}

/*
 * The numbers of subscribers in the order in which messages went to them: 0, 1, 2, ... and so on
 * for each event.
 */
static void check_order(const char *sent, unsigned subscribers, unsigned events)
{
	unsigned next = 0;

	for (const char *p = sent; (p = strstr(p, " to='u")); next++) {
		p += strlen(" to='u");
		assert_int_equal(strtoul(p, NULL, 10), next % subscribers);
	}
	assert_int_equal(next, subscribers * events);
}

static void notify__slow_server__waits_and_keeps_the_order(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	bench_subscribe_many(&b, 1000);
	b.counting = true;
	bench_take_large(&b, OWNER, "1", 4000);
	bench_take_large(&b, OWNER, "2", 4000);
	service_turn(b.service);
	/* 8 MB to be sent, and so much is in memory: */
	assert_false(service_idle(b.service));
	assert_in_range(b.queued, b.sink.high, b.sink.high + 64 * 1024);
	assert_in_range(b.service->out.bytes, 1, 10000);
	assert_in_range(b.sends, 20, 50);
	/* The second answer waits behind the first event. */
	assert_non_null(strstr(b.sent.p, "<item id='1'/>"));
	assert_null(strstr(b.sent.p, "<item id='2'/>"));
	assert_in_range(drain(&b), 10, 20);
	assert_int_equal(b.service->out.bytes, 0);
	check_order(b.sent.p, 1000, 2);
	bench_stop(&b);
}

/* X0114-07: a lost connection loses nothing that was not handed over. */
static void notify__connection_down__goes_on_later(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	bench_subscribe_many(&b, 100);
	b.down = true;
	TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	service_turn(b.service);
	assert_false(service_idle(b.service));
	assert_int_equal(b.sent.len, 0);
	b.down = false;
	service_resume(b.service);
	assert_true(service_idle(b.service));
	check_order(b.sent.p, 100, 2);
	bench_stop(&b);
}

/* PUB-12, BOUNCE-01 */
static void notify__message_ids__differ_from_each_other_and_from_run_to_run(void **state)
{
	char first[64] = "", id[64];

	(void)state;
	for (int run = 0; run < 2; run++) {
		struct bench b;
		char previous[64] = "";

		start(&b);
		TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
		bench_subscribe_many(&b, 3);
		TAKE(&b, PUBLISH(OWNER, "1"));
		service_turn(b.service);
		for (const char *p = b.sent.p; (p = strstr(p, "<message ")); p++) {
			assert_int_equal(sscanf(strstr(p, " id='"), " id='%63[^']'", id), 1);
			assert_string_not_equal(id, previous);
			strcpy(previous, id);
		}
		assert_string_not_equal(id, first);
		strcpy(first, id);
		bench_stop(&b);
	}
}

/* PUB-26, CFG-40, ACCT-08 */
static void publish__sizes__up_to_what_servers_let_pass(void **state)
{
#define TOO_BIG ERROR(OWNER, "modify", CONDITION("not-acceptable") SPECIAL("payload-too-big"))
	struct bench b;

	(void)state;
	start_node(&b);
	bench_take_large(&b, OWNER, "1", 240 * 1024);
	service_turn(b.service);
	assert_in_range(b.sent.len, 240 * 1024, 256 * 1024);
	bench_expect(&b, "fits", PUBLISHED(OWNER, "1") "*");
	bench_take_large(&b, OWNER, "1", 240 * 1024 + 1);
	service_turn(b.service);
	bench_expect(&b, "does not", TOO_BIG);
	bench_stop(&b);

	bench_init(&b);
	b.config.given.max_payload = mem_strdup("100");
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	bench_take_large(&b, OWNER, "1", 100);
	bench_take_large(&b, OWNER, "1", 101);
	service_turn(b.service);
	bench_expect(&b, "as told", RESULT(OWNER, "") PUBLISHED(OWNER, "1") TOO_BIG);
	bench_stop(&b);
}

/*
 * A stanza that the server does not take ends the stream: none may become one, whatever peers put
 * into it.
 */
static void answer__too_large__not_sent(void **state)
{
#define WITH_ID "<iq xmlns='jabber:client' type='get' from='" EVE "' to='" SVC "' id='%s'>" PS("<items node='n'/>") "</iq>"
#define PUBLISH_ID SET(OWNER, PS("<publish node='n'><item id='%s'>" X "</item></publish>"))
	AUTO_FREE char *text = mem_zalloc(70001);
	AUTO_FREE char *larger = NULL;
	AUTO_FREE char *large = NULL;
	AUTO_FREE char *larger_item = NULL;
	AUTO_FREE char *item = NULL;
	struct bench b;

	(void)state;
	memset(text, '>', 70000); /* four times as long when it is written: &gt; */
	larger = mem_printf(WITH_ID, text);
	larger_item = mem_printf(PUBLISH_ID, text);
	text[60000] = '\0';
	large = mem_printf(WITH_ID, text);
	item = mem_printf(PUBLISH_ID, text);
	start_node(&b);
	bench_take_large(&b, OWNER, "1", 240 * 1024);
	service_turn(b.service);
	str_reset(&b.sent);
	TAKE(&b, large);
	service_turn(b.service);
	assert_in_range(b.sent.len, 240000, 256 * 1024);
	bench_expect(&b, "the items do not fit", "<iq type='error' from='" SVC "' to='" EVE "' id='*'><error type='modify'>"
		     CONDITION("policy-violation") "</error></iq>");
	TAKE(&b, larger);
	service_turn(b.service);
	bench_expect(&b, "not even an error fits", "");
	TAKE(&b, item);
	service_turn(b.service);
	assert_in_range(b.sent.len, 480000, 2 * 256 * 1024);
	bench_expect(&b, "id of an item", PUBLISHED(OWNER, "*") EVENT(USER, "*"));
	TAKE(&b, larger_item);
	service_turn(b.service);
	bench_expect(&b, "id of an item", TOO_BIG);
	bench_stop(&b);
}

/* The answer would fit, and what subscribers are to be told would not: they would miss it. */
static void publish__item_that_fits_no_event__refused(void **state)
{
	AUTO_FREE char *id = mem_zalloc(5001);
	struct bench b;

	(void)state;
	memset(id, '>', 5000); /* &gt; */
	start_node(&b);
	bench_take_large(&b, OWNER, id, 240 * 1024);
	TAKE(&b, ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "id of a large item", TOO_BIG ITEMS_ARE(EVE, "", ""));
	bench_stop(&b);
}

/*
 * A batch whose event would not fit comes as several. One whose answer would not fit is refused as
 * a whole.
 */
static void publish__batch_that_fits_no_stanza__split_or_refused(void **state)
{
#define BATCH                                                                                                \
	SET(OWNER, PS("<publish node='n'><item id='1'>" X "</item><item id='2%s'><x xmlns='urn:x'>%s</x></item>" \
		      "<item id='3%s'><x xmlns='urn:x'>%s</x></item></publish>"))
	AUTO_FREE char *text = mem_zalloc(40001);
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *refused = NULL;
	struct bench b;

	(void)state;
	memset(text, '>', 40000);
	refused = mem_printf(BATCH, text, "", text, "");
	text[25000] = '\0';
	fits = mem_printf(BATCH, text, text + 15000, text, text + 15000);
	start_node(&b);
	TAKE(&b, fits);
	service_turn(b.service);
	bench_expect(&b, "split", RESULT(OWNER, PS("<publish node='n'><item id='1'/><item id='2*'/><item id='3*'/></publish>"))
		     EVENT(USER, "<items node='n'>" ONE("1") BIG("2*") "</items>") EVENT(USER, "<items node='n'>" BIG("3*") "</items>"));
	TAKE(&b, SET(OWNER, OWN("<purge node='n'/>")), refused, ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "refused", RESULT(OWNER, "") EVENT(USER, "<purge node='n'/>")
		     ERROR(OWNER, "modify", CONDITION("policy-violation")) ITEMS_ARE(EVE, "", ""));
	bench_stop(&b);
}

/* DEL-03: a node does not go without its subscribers being told. */
static void delete__redirect_that_fits_no_stanza__refused(void **state)
{
	AUTO_FREE char *uri = mem_zalloc(70001);
	AUTO_FREE char *request = NULL;
	struct bench b;

	(void)state;
	memset(uri, '>', 70000);
	request = mem_printf(SET(OWNER, OWN("<delete node='n'><redirect uri='%s'/></delete>")), uri);
	start_node(&b);
	TAKE(&b, request, ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "refused", ERROR(OWNER, "modify", CONDITION("policy-violation")) ITEMS_ARE(EVE, "", ""));
	bench_stop(&b);
}

/* A subscriber whose address makes a message too large does not end the stream for the others. */
static void notify__message_too_large__dropped(void **state)
{
	AUTO_FREE char *resource = mem_zalloc(1024);
	AUTO_FREE char *id = mem_zalloc(3201);
	AUTO_FREE char *subscribe = NULL;
	struct bench b;

	(void)state;
	memset(resource, '\'', 1023); /* &apos; */
	memset(id, '>', 3200);
	subscribe = mem_printf(SET(EVE, PS("<subscribe node='n' jid=\"eve@evil.example/%s\"/>")), resource);
	start_node(&b);
	TAKE(&b, subscribe);
	service_turn(b.service);
	assert_non_null(strstr(b.sent.p, "type='result'"));
	str_reset(&b.sent);
	bench_take_large(&b, OWNER, id, 239 * 1024);
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "eve@evil.example"));
	bench_expect(&b, "one of two", PUBLISHED(OWNER, "*") EVENT(USER, "*"));
	bench_stop(&b);
}

/* ITEMS-06, ITEMS-10 */
static void items__more_than_fit__part_and_set(void **state)
{
	struct bench b;

	(void)state;
	start_node(&b);
	bench_take_large(&b, OWNER, "1", 90000);
	bench_take_large(&b, OWNER, "2", 90000);
	bench_take_large(&b, OWNER, "3", 90000);
	bench_take_large(&b, OWNER, "4", 90000);
	bench_take_large(&b, OWNER, "5", 239 * 1024);
	service_turn(b.service);
	str_reset(&b.sent);
	static const struct step steps[] = {
		{ "ITEMS-06", ITEMS(EVE, "", ""),
		  ITEMS_ARE(EVE, BIG("1") BIG("2"), PAGE("@1", "@2", "0", "5")) },
		{ "ITEMS-06", ITEMS(EVE, "", RSM("<after>@2</after>")),
		  ITEMS_ARE(EVE, BIG("3") BIG("4"), PAGE("@3", "@4", "2", "5")) },
		{ "ITEMS-06", ITEMS(EVE, "", RSM("<after>@4</after>")),
		  ITEMS_ARE(EVE, BIG("5"), PAGE("@5", "@5", "4", "5")) },
		{ "X0059-05", ITEMS(EVE, "", RSM("<before>@5</before>")),
		  ITEMS_ARE(EVE, BIG("3") BIG("4"), PAGE("@3", "@4", "2", "5")) },
		{ "X0059-06", ITEMS(EVE, "", RSM("<before/>")),
		  ITEMS_ARE(EVE, BIG("5"), PAGE("@5", "@5", "4", "5")) },
		{ "ITEMS-10", ITEMS(EVE, "max_items='3'", ""),
		  ITEMS_ARE(EVE, BIG("5"), PAGE("@5", "@5", "2", "3")) },
		{ "ITEMS-10", ITEMS(EVE, "max_items='3'", RSM("")),
		  ITEMS_ARE(EVE, BIG("3") BIG("4"), PAGE("@3", "@4", "0", "3")) },
		{ "ITEMS-09", GET(EVE, PS("<items node='n'><item id='4'/><item id='3'/><item id='2'/></items>")),
		  ITEMS_ARE(EVE, BIG("4") BIG("3"), PAGE("@4", "@3", "0", "3")) },
	};
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

/* With a server that takes nothing, memory has an end. */
static void queue__full__new_requests_are_refused(void **state)
{
	struct bench b;
	unsigned taken = 0;

	(void)state;
	start_node(&b);
	b.queued = b.sink.high;
	while (b.service->out.bytes < 64 * 1024 * 1024) {
		assert_true(++taken < 400);
		bench_take_large(&b, OWNER, "1", 200000);
		service_turn(b.service);
	}
	assert_in_range(taken, 300, 340);
	TAKE(&b, PUBLISH(OWNER, "1"), ITEMS(OWNER, "", ""));
	service_turn(b.service);
	b.queued = 0;
	service_resume(b.service);
	assert_true(service_idle(b.service));
	assert_string_equal(strstr(b.sent.p, "resource-constraint") ? "refused" : "taken", "refused");
	assert_null(strstr(b.sent.p, "<items node='n'><item id='1' publisher='" OWNED "'><x xmlns='urn:x'/>"));
	bench_stop(&b);
}

/* Who is to be told of nodes that have gone counts as well as what is told. */
static void queue__full_of_recipients__new_requests_are_refused(void **state)
{
	struct bench b;
	size_t one;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	bench_subscribe_many(&b, 1000);
	b.queued = b.sink.high;
	TAKE(&b, SET(OWNER, OWN("<delete node='n'/>")));
	service_turn(b.service);
	one = b.service->written;
	assert_in_range(one, 100000, 1000000);
	b.queued = 0;
	service_resume(b.service);
	assert_true(service_idle(b.service));
	assert_int_equal(b.service->written, 0);

	b.service->written = 64 * 1024 * 1024 + 1; /* as so many nodes would */
	str_reset(&b.sent);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	service_turn(b.service);
	bench_expect(&b, "full", ERROR(OWNER, "wait", CONDITION("resource-constraint")));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take__before_the_turn__nothing_is_sent),
		cmocka_unit_test(take__many_requests__committed_without_a_turn),
		cmocka_unit_test(take__refused_in_the_middle__others_stay),
		cmocka_unit_test(delete__with_events_in_the_queue__they_arrive),
		cmocka_unit_test(delete__with_events_on_their_way__they_arrive),
		cmocka_unit_test(subscribe__behind_a_publish__does_not_get_it),
		cmocka_unit_test(notify__other_states__get_nothing),
		cmocka_unit_test(notify__crowd_that_wants_nothing__in_pieces),
		cmocka_unit_test(notify__slow_server__waits_and_keeps_the_order),
		cmocka_unit_test(notify__connection_down__goes_on_later),
		cmocka_unit_test(notify__message_ids__differ_from_each_other_and_from_run_to_run),
		cmocka_unit_test(publish__sizes__up_to_what_servers_let_pass),
		cmocka_unit_test(answer__too_large__not_sent),
		cmocka_unit_test(publish__item_that_fits_no_event__refused),
		cmocka_unit_test(publish__batch_that_fits_no_stanza__split_or_refused),
		cmocka_unit_test(delete__redirect_that_fits_no_stanza__refused),
		cmocka_unit_test(notify__message_too_large__dropped),
		cmocka_unit_test(items__more_than_fit__part_and_set),
		cmocka_unit_test(queue__full__new_requests_are_refused),
		cmocka_unit_test(queue__full_of_recipients__new_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
