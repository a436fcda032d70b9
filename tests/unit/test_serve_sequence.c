/* SPDX-License-Identifier: MIT */
/*
 * The numbers of a node's events (sequence.h): what counts, who is told, and what they go on from.
 */
#include "unit.h"

#include <stdlib.h>

#include "cmd/serve/store/store.h"
#include "serve_bench.h"

#define FORM_OF(kind, fields)                                                                \
	"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"       \
	"<value>" NS "#" kind "</value></field>" fields "</x>"
#define F(var, value) "<field var='" var "'><value>" value "</value></field>"
#define CREATE(node, fields)                                                                 \
	SET(OWNER, PS("<create node='" node "'/><configure>" FORM_OF("node_config", fields) "</configure>"))
#define CONFIGURE(fields)                                                                    \
	SET(OWNER, OWN("<configure node='n'>" FORM_OF("node_config", fields) "</configure>"))
#define SUBSCRIBE_WITH(node, fields)                                                         \
	SET(USER, PS("<subscribe node='" node "' jid='" USER "'/><options>"                  \
		     FORM_OF("subscribe_options", fields) "</options>"))
#define RETRACT(id) SET(OWNER, PS("<retract node='n' notify='true'><item id='" id "'/></retract>"))
#define PURGE SET(OWNER, OWN("<purge node='n'/>"))
#define DELETE SET(OWNER, OWN("<delete node='n'/>"))
#define OK RESULT(OWNER, "")

#define HEADER(name, value) "<header name='" name "'>" value "</header>"
#define NUMBER(n) HEADER("Pubsub-Sequence", n)
#define HEADERS(list) "<headers xmlns='http://jabber.org/protocol/shim'>" list "</headers>"
#define MESSAGE(body, rest)                                                                  \
	"<message type='headline' from='" SVC "' to='" USER "' id='*'><event xmlns='" NS     \
	"#event'>" body "</event>" rest "</message>"
#define TOLD(body, n) MESSAGE(body, HEADERS(NUMBER(n)))
#define DELAY "<delay xmlns='urn:xmpp:delay' from='" SVC "' stamp='*Z'/>"
#define NEWS(body) "<items node='n'>" body "</items>"
#define GONE(id) NEWS("<retract id='" id "'/>")

/* One more each, whatever it is; "nothing at all" would not be told from a number left out. */
static void number__all_that_is_told__one_more_each(void **state)
{
	static const struct step steps[] = {
		{ "-", CREATE("n", F("pubsub#notify_config", "1")), OK },
		{ "-", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "item", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") TOLD(NEWS(ONE("1")), "1") },
		{ "batch", SET(OWNER, PS("<publish node='n'><item id='2'>" X "</item><item id='3'>" X "</item></publish>")),
		  RESULT(OWNER, PS("<publish node='n'><item id='2'/><item id='3'/></publish>"))
		  TOLD(NEWS(ONE("2") ONE("3")), "2") },
		{ "retract", RETRACT("2"), OK TOLD(GONE("2"), "3") },
		{ "refused", RETRACT("none"), NOT_FOUND(OWNER) },
		{ "purge", PURGE, OK TOLD("<purge node='n'/>", "4") },
		{ "settings", CONFIGURE(F("pubsub#deliver_payloads", "0")), OK TOLD("<configuration node='n'/>", "5") },
		{ "delete", DELETE, OK TOLD("<delete node='n'/>", "6") },
		{ "anew", SET(OWNER, PS("<create node='n'/>")), OK },
		{ "-", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "anew", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") TOLD(NEWS(ONE("1")), "1") },
	};

	(void)state;
	PLAY(steps);
}

static void number__what_nobody_is_to_be_told__does_not_count(void **state)
{
	static const struct step steps[] = {
		{ "-", CREATE("n", F("pubsub#notify_retract", "0") F("pubsub#notify_delete", "0")), OK },
		{ "-", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "-", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") TOLD(NEWS(ONE("1")), "1") },
		{ "-", SET(OWNER, PS("<retract node='n'><item id='1'/></retract>")), OK },
		{ "-", PURGE, OK },
		{ "-", CONFIGURE(F("pubsub#deliver_notifications", "0")), OK },
		{ "-", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "-", CONFIGURE(F("pubsub#deliver_notifications", "1")), OK },
		{ "-", PUBLISH(OWNER, "3"), PUBLISHED(OWNER, "3") TOLD(NEWS(ONE("3")), "2") },
	};

	(void)state;
	PLAY(steps);
}

/* Also without subscribers; who comes is told where the node is. */
static void number__last_item__says_where_the_node_is(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "-", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "-", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "-", SET(OWNER, PS("<retract node='n' notify='1'><item id='1'/></retract>")), OK },
		{ "SUB-32", SUBSCRIBE(USER, USER),
		  SUBSCRIBED(USER, USER) MESSAGE(NEWS(ONE("2")), DELAY HEADERS(NUMBER("3"))) },
		{ "-", PUBLISH(OWNER, "3"), PUBLISHED(OWNER, "3") TOLD(NEWS(ONE("3")), "4") },
	};

	(void)state;
	PLAY(steps);
}

static void number__restart__goes_on(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"));
	service_turn(b.service);
	str_reset(&b.sent);
	service_free(b.service);
	assert_int_equal(service_new(&b.config, b.store, &b.sink, &b.service), 0);
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "2", PUBLISHED(OWNER, "2") TOLD(NEWS(ONE("2")), "2"));
	bench_stop(&b);
}

/* To them a hole would be none. */
static void number__part_of_the_news__has_none(void **state)
{
	static const char *const wishes[] = {
		SUBSCRIBE_WITH("n", F("x-filter", "true()")),
		SUBSCRIBE_WITH("n", F("pubsub#digest", "1")),
		SUBSCRIBE_WITH("n", "<field var='pubsub#show-values'><value>chat</value><value>online</value></field>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct bench b;

		bench_init(&b);
		bench_start(&b, SVC, true);
		TAKE(&b, SET(OWNER, PS("<create node='n'/>")), wishes[i],
		     "<presence xmlns='jabber:client' from='" USER "' to='" SVC "'/>");
		service_turn(b.service);
		str_reset(&b.sent);
		TAKE(&b, PURGE);
		service_turn(b.service);
		assert_non_null(strstr(b.sent.p, "<purge node='n'/>"));
		assert_null(strstr(b.sent.p, "Pubsub-Sequence"));
		bench_stop(&b);
	}
}

/* At a collection, those alone who want all of it; all headers are in one element. */
static void number__collection__of_the_node_where_it_happened(void **state)
{
#define IN_C(rest) F("pubsub#collection", "c") rest
#define VIA_C HEADER("Collection", "c")
	static const struct step all[] = {
		{ "-", CREATE("c", F("pubsub#node_type", "collection")), OK },
		{ "-", CREATE("n", IN_C("")), OK },
		{ "-", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "-", SUBSCRIBE_WITH("c", F("pubsub#subscription_type", "all") F("pubsub#subscription_depth", "all")),
		  RESULT(USER, PS("*")) },
		{ "all", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") MESSAGE(NEWS(ONE("2")), HEADERS(VIA_C NUMBER("2"))) },
		/* A node's own subscribers cannot be told that it has been made. */
		{ "made", CREATE("m", IN_C("")), OK MESSAGE("<create node='m'/>", HEADERS(VIA_C)) },
		{ "link", SET(OWNER, OWN("<collection node='c'><dissociate node='m'/></collection>")),
		  OK TOLD("<collection node='c'><dissociate node='m'/></collection>", "1") },
	};
	static const struct step some[] = {
		{ "-", CREATE("c", F("pubsub#node_type", "collection")), OK },
		{ "-", CREATE("n", IN_C("")), OK },
		{ "-", SUBSCRIBE_WITH("c", F("pubsub#subscription_type", "items")),
		  RESULT(USER, PS("*")) },
		/* The second message shows that numbers are looked at. */
		{ "items", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") MESSAGE(NEWS(ONE("1")), HEADERS(VIA_C)) },
		{ "-", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) MESSAGE(NEWS(ONE("1")), DELAY HEADERS(NUMBER("1"))) },
		{ "both", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") MESSAGE(NEWS(ONE("2")), HEADERS(VIA_C NUMBER("2"))) },
	};

	(void)state;
	PLAY(all);
	PLAY(some);
}

/* Of a node that holds back, what is told counts, not what happens. */
static void number__held_back__counts_when_it_is_told(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, CREATE("n", F("x-max_delay", "1")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	str_reset(&b.sent);
	while (!b.sent.len)
		service_run(b.service);
	bench_expect(&b, "together", TOLD(NEWS(ONE("1") ONE("2")), "1"));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number__all_that_is_told__one_more_each),
		cmocka_unit_test(number__what_nobody_is_to_be_told__does_not_count),
		cmocka_unit_test(number__last_item__says_where_the_node_is),
		cmocka_unit_test(number__restart__goes_on),
		cmocka_unit_test(number__part_of_the_news__has_none),
		cmocka_unit_test(number__collection__of_the_node_where_it_happened),
		cmocka_unit_test(number__held_back__counts_when_it_is_told),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
