/* SPDX-License-Identifier: MIT */
/*
 * One message to many (XEP-0033): what is put together, what is not, and what becomes of it where
 * the multicast service refuses.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/multicast.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "serve_bench.h"

#define MC "mc.example.com"
#define NS_ADDR "http://jabber.org/protocol/address"
#define ASKED(to, what) \
	"<iq type='get' id='ask' to='" to "'><query xmlns='http://jabber.org/protocol/disco#" what "'/></iq>"
#define SAYS(what, body) \
	"<iq xmlns='jabber:client' type='result' id='ask' from='" MC "'><query xmlns='http://jabber.org/protocol/disco#" what \
	"'>" body "</query></iq>"
#define FEATURE(var) "<feature var='" var "'/>"
#define LIMITS(fields) \
	"<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>" NS_ADDR \
	"</value></field>" fields "</x>"
#define LIMIT(var, n) "<field var='" var "'><value>" n "</value></field>"
#define OFFERS(body) SAYS("info", FEATURE(NS_ADDR) body)
#define OFFERS_NOTHING SAYS("info", FEATURE("urn:xmpp:ping"))
#define HAS SAYS("items", "<item jid='room.example.com'/><item jid='" MC "'/><item jid='some@example.com'/>")
#define NOBODY "<iq xmlns='jabber:client' type='error' id='ask'/>"

#define U(n) "u" n "@example.com/r"
#define TO(n) "<address type='bcc' jid='" U(n) "'/>"
#define MANY(addresses, body) \
	"<message type='headline' from='" SVC "' to='" MC "' id='*'><addresses xmlns='" NS_ADDR "'>" addresses \
	"</addresses><event xmlns='" NS "#event'>" body "</event></message>"
#define NEWS(id) "<items node='n'>" ONE(id) "</items>"
#define TOLD(to, id) EVENT(to, NEWS(id))
#define ALL_SIX TO("1") TO("2") TO("3") TO("4") TO("5") TO("6")
#define EACH_SIX(id) \
	TOLD(U("1"), id) TOLD(U("2"), id) TOLD(U("3"), id) TOLD(U("4"), id) TOLD(U("5"), id) TOLD(U("6"), id)

static void subscribe_at(struct bench *b, const char *node, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++) {
		AUTO_FREE char *xml = mem_printf("<iq xmlns='jabber:client' type='set' from='u%u@example.com/r' to='" SVC
						 "' id='q'>" PS("<subscribe node='%s' jid='u%u@example.com/r'/>") "</iq>",
						 i, node, i);

		assert_true(bench_take(b, xml));
	}
	service_turn(b->service);
	str_reset(&b->sent);
}

static void subscribe(struct bench *b, unsigned from, unsigned to)
{
	subscribe_at(b, "n", from, to);
}

/* It is found, and six are subscribed. */
static void start_with(struct bench *b, const char *outbox, const char *info)
{
	bench_init(b);
	bench_outbox(b, outbox);
	bench_multicast(b, "on");
	bench_start(b, SVC, false);
	service_up(b->service);
	bench_answer(b, OFFERS_NOTHING);
	bench_answer(b, HAS); /* the other service does not answer */
	bench_answer(b, info);
	TAKE(b, SET(OWNER, PS("<create node='n'/>")));
	subscribe(b, 1, 6);
}

static void start(struct bench *b)
{
	start_with(b, "off", OFFERS());
}

/* Those who have been published to once. */
static void start_used(struct bench *b, const char *outbox)
{
	start_with(b, outbox, OFFERS());
	TAKE(b, PUBLISH(OWNER, "0"));
	service_turn(b->service);
	bench_answer(b, OFFERS());
	str_reset(&b->sent);
}

/* The time of the question has come. */
static void ask(struct bench *b)
{
	b->service->multicast.ask_at = 1;
	service_turn(b->service);
	assert_non_null(b->reply);
}

static void publish(struct bench *b, const char *id)
{
	AUTO_FREE char *xml = mem_printf(SET(OWNER, PS("<publish node='n'><item id='%s'>" X "</item></publish>")), id);

	assert_true(bench_take(b, xml));
	service_turn(b->service);
}

/* What @from answers to the last message of the service's to many. */
static void refuse(struct bench *b, const char *message, const char *from)
{
	const char *id = strstr(message, " id='") + 5;
	const char *addresses = strstr(message, "<addresses");
	AUTO_FREE char *echo = addresses ? mem_strndup(addresses, (size_t)(strstr(addresses, "<event") - addresses)) :
					   mem_strdup("");
	AUTO_FREE char *xml = mem_printf("<message xmlns='jabber:client' type='error' from='%s' to='" SVC "' id='%.*s'>%s"
					 "<error type='auth'>" CONDITION("forbidden") "</error></message>",
					 from, (int)strcspn(id, "'"), id, echo);

	assert_true(bench_take(b, xml));
	service_turn(b->service);
}

/* Finding it */

static void look__service_of_the_server__found(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_multicast(&b, "on");
	bench_start(&b, SVC, false);
	service_up(b.service);
	assert_non_null(strstr(b.sent.p, ASKED("example.com", "info")));
	str_reset(&b.sent);
	bench_answer(&b, OFFERS_NOTHING);
	bench_expect(&b, "what services it has", ASKED("example.com", "items"));
	bench_answer(&b, HAS);
	bench_expect(&b, "each of them", ASKED("room.example.com", "info") ASKED(MC, "info"));
	bench_answer(&b, OFFERS(LIMITS(LIMIT("presence", "7") LIMIT("message", "40"))));
	bench_expect(&b, "no more", "");
	assert_string_equal(b.service->multicast.address, MC);
	assert_int_equal(b.service->multicast.limit, 40);
	assert_int_equal(multicast_due(b.service), INT64_MAX);
	assert_true(multicast_serves(b.service, USER));
	assert_true(multicast_serves(b.service, "x@room.example.com"));
	assert_false(multicast_serves(b.service, EVE));
	assert_false(multicast_serves(b.service, "x@example.co"));
	assert_false(multicast_serves(b.service, "x@example.com.au"));
	service_down(b.service);
	assert_false(multicast_serves(b.service, USER));
	bench_stop(&b);
}

static void look__the_server_itself__found(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_multicast(&b, "on");
	bench_start(&b, "pubsub.example.com", true);
	service_up(b.service);
	bench_expect(&b, "a component asks above", ASKED("example.com", "info"));
	bench_answer(&b, OFFERS());
	bench_answer(&b, HAS);
	assert_string_equal(b.service->multicast.address, "example.com");
	assert_int_equal(b.service->multicast.limit, 20);
	bench_stop(&b);
}

static void look__says_what_it_takes__that_is_the_limit(void **state)
{
	/* clang-format off */
	static const struct {
		const char *info;
		size_t limit; /* 0: it is not used */
	} rows[] = {
		{ OFFERS(), 100 },
		{ OFFERS(LIMITS(LIMIT("presence", "7"))), 100 },
		{ OFFERS(LIMITS(LIMIT("message", "infinite"))), 1000 },
		{ OFFERS(LIMITS(LIMIT("message", "5000"))), 1000 },
		{ OFFERS(LIMITS(LIMIT("message", "many"))), 100 },
		{ OFFERS(LIMITS(LIMIT("message", "5"))), 5 },
		{ OFFERS(LIMITS(LIMIT("message", "4"))), 0 },
		{ OFFERS(LIMITS(LIMIT("message", "0"))), 0 },
		{ OFFERS("<x xmlns='jabber:x:data' type='result'>" LIMIT("message", "5") "</x>"), 100 },
		{ OFFERS_NOTHING, 0 },
		{ NOBODY, 0 },
		{ NULL, 0 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;

		start_with(&b, "off", rows[i].info);
		assert_int_equal(!b.service->multicast.address, !rows[i].limit);
		if (rows[i].limit)
			assert_int_equal(b.service->multicast.limit, rows[i].limit);
		else
			assert_true(multicast_due(b.service) < INT64_MAX);
		publish(&b, "1");
		if (!rows[i].limit)
			bench_expect(&b, "to each", PUBLISHED(OWNER, "1") EACH_SIX("1"));
		bench_stop(&b);
	}
}

static void look__connection_lost_meanwhile__begins_anew(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_multicast(&b, "on");
	bench_start(&b, "pubsub.example.com", true);
	service_up(b.service);
	service_down(b.service);
	bench_answer(&b, OFFERS());
	assert_null(b.reply);
	service_up(b.service);
	bench_answer(&b, OFFERS());
	bench_answer(&b, NOBODY);
	assert_string_equal(b.service->multicast.address, "example.com");
	bench_stop(&b);
}

static void look__switched_off__never(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, "pubsub.example.com", true);
	service_up(b.service);
	assert_null(b.reply);
	b.config.multicast = true;
	service_reconfigured(b.service);
	assert_non_null(b.reply); /* and on */
	bench_stop(&b);
}

/* Putting together */

static void publish__to_many__one_message(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SUBSCRIBE(EVE, EVE));
	service_turn(b.service);
	str_reset(&b.sent);
	publish(&b, "1");
	/* The other server's is sent first, as it waits for nobody. */
	bench_expect(&b, "told", PUBLISHED(OWNER, "1") TOLD(EVE, "1") MANY(ALL_SIX, NEWS("1")) ASKED(MC, "info"));
	assert_false(service_is_done(b.service));
	bench_answer(&b, OFFERS());
	assert_true(service_is_done(b.service));
	bench_expect(&b, "no more", "");
	bench_stop(&b);
}

static void publish__to_few__to_each(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(U("6"), PS("<unsubscribe node='n' jid='" U("6") "'/>")),
	     SET(U("5"), PS("<unsubscribe node='n' jid='" U("5") "'/>")));
	service_turn(b.service);
	str_reset(&b.sent);
	publish(&b, "1");
	bench_expect(&b, "told", PUBLISHED(OWNER, "1") TOLD(U("1"), "1") TOLD(U("2"), "1") TOLD(U("3"), "1")
		     TOLD(U("4"), "1"));
	assert_true(service_is_done(b.service));
	bench_stop(&b);
}

static void publish__more_than_it_takes__in_parts(void **state)
{
	struct bench b;

	(void)state;
	start_with(&b, "off", OFFERS(LIMITS(LIMIT("message", "5"))));
	subscribe(&b, 7, 9);
	publish(&b, "1");
	/* It has not shown yet that it takes five. */
	bench_expect(&b, "the first part", PUBLISHED(OWNER, "1") MANY(TO("1") TO("2") TO("3") TO("4") TO("5"), NEWS("1"))
		     ASKED(MC, "info"));
	bench_answer(&b, OFFERS(LIMITS(LIMIT("message", "5"))));
	bench_expect(&b, "too few for another", TOLD(U("6"), "1") TOLD(U("7"), "1") TOLD(U("8"), "1") TOLD(U("9"), "1"));
	publish(&b, "2");
	bench_expect(&b, "nothing is waited for", PUBLISHED(OWNER, "2")
		     MANY(TO("1") TO("2") TO("3") TO("4") TO("5"), NEWS("2")) TOLD(U("6"), "2") TOLD(U("7"), "2")
		     TOLD(U("8"), "2") TOLD(U("9"), "2"));
	bench_stop(&b);
}

/* Who takes his items by another way, or with another text, is told by a message of his own. */
static void publish__not_the_same_for_all__those_together_that_are(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_multicast(&b, "on");
	b.config.given.multi_subscribe = 1;
	bench_start(&b, SVC, false);
	service_up(b.service);
	bench_answer(&b, OFFERS());
	bench_answer(&b, NOBODY);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	subscribe(&b, 1, 6);
	publish(&b, "1");
	assert_null(strstr(b.sent.p, "<addresses"));
	assert_non_null(strstr(b.sent.p, "SubID")); /* each has its own */
	bench_stop(&b);
}

/* Numbers of events are for those who get them all. */
static void publish__two_kinds__two_messages(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	subscribe(&b, 7, 9);
	subscribe(&b, 0, 0);
	for (unsigned i = 0; i < 10; i += 2) {
		AUTO_FREE char *xml = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='u%u@example.com/r' to='" SVC "' id='q'>"
			PS("<options node='n' jid='u%u@example.com/r'><x xmlns='jabber:x:data' type='submit'>"
			   "<field var='x-filter'><value>/*</value></field></x></options>") "</iq>", i, i);

		assert_true(bench_take(&b, xml));
	}
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "<error"));
	str_reset(&b.sent);
	publish(&b, "1");
	bench_expect(&b, "told", PUBLISHED(OWNER, "1") MANY(TO("0") TO("2") TO("4") TO("6") TO("8"), NEWS("1"))
		     MANY(TO("1") TO("3") TO("5") TO("7") TO("9"), NEWS("1")) ASKED(MC, "info"));
	bench_stop(&b);
}

/* Behind what flies */

#define NEWS_M(id) "<items node='m'>" ONE(id) "</items>"

static void to_one_of_many(const char *outbox, const char *wanted)
{
	struct bench b;

	start_used(&b, outbox);
	TAKE(&b, SET(OWNER, PS("<create node='m'/>")),
	     SET(U("2"), PS("<subscribe node='m' jid='" U("2") "'/>")), SET(USER, PS("<subscribe node='m' jid='" USER "'/>")));
	service_turn(b.service);
	publish(&b, "1");
	str_reset(&b.sent);
	TAKE(&b, SET(OWNER, PS("<publish node='m'><item id='a'>" X "</item></publish>")));
	service_turn(b.service);
	bench_expect(&b, "the same way", wanted);
	ask(&b);
	bench_answer(&b, OFFERS());
	str_reset(&b.sent);
	TAKE(&b, SET(OWNER, PS("<publish node='m'><item id='b'>" X "</item></publish>")));
	service_turn(b.service);
	bench_expect(&b, "nothing flies", RESULT(OWNER, PS("<publish node='m'><item id='b'/></publish>"))
		     EVENT(U("2"), NEWS_M("b")) EVENT(USER, NEWS_M("b")));
	bench_stop(&b);
}

static void publish__to_one_of_many__behind_them(void **state)
{
	(void)state;
	to_one_of_many("off", RESULT(OWNER, PS("<publish node='m'><item id='a'/></publish>"))
		       MANY(TO("2") "<address type='bcc' jid='" USER "'/>", NEWS_M("a")));
	/* In the outbox each has an id of its own, and to the other one nothing flies. */
	to_one_of_many("on", RESULT(OWNER, PS("<publish node='m'><item id='a'/></publish>"))
		       MANY(TO("2"), NEWS_M("a")) EVENT(USER, NEWS_M("a")));
}

static void publish_at(struct bench *b, const char *node)
{
	AUTO_FREE char *xml = mem_printf(SET(OWNER, PS("<publish node='%s'><item id='a'>" X "</item></publish>")), node);

	str_reset(&b->sent);
	assert_true(bench_take(b, xml));
	service_turn(b->service);
}

/* Between a question's answer and the next question: of those that fly, some have been asked about. */
static void publish__some_have_landed__behind_those_that_fly(void **state)
{
	struct bench b;

	(void)state;
	start_used(&b, "off");
	TAKE(&b, SET(OWNER, PS("<create node='others'/>")), SET(OWNER, PS("<create node='k'/>")),
	     SET(OWNER, PS("<create node='m'/>")));
	subscribe_at(&b, "others", 11, 16);
	subscribe_at(&b, "k", 1, 1);
	subscribe_at(&b, "m", 11, 11);
	publish_at(&b, "n");
	ask(&b);
	publish_at(&b, "others");
	assert_non_null(strstr(b.sent.p, "<addresses"));
	bench_answer(&b, OFFERS());
	assert_true(multicast_is_open(b.service));
	publish_at(&b, "k");
	bench_expect(&b, "has got it", RESULT(OWNER, PS("<publish node='k'><item id='a'/></publish>"))
		     EVENT(U("1"), "<items node='k'>" ONE("a") "</items>"));
	publish_at(&b, "m");
	bench_expect(&b, "the same way", RESULT(OWNER, PS("<publish node='m'><item id='a'/></publish>"))
		     MANY(TO("11"), NEWS_M("a")));
	bench_stop(&b);
}

/* As large as an event may be: there is no room for addresses, and it waits until nothing flies. */
static void publish__large__to_each_behind_them(void **state)
{
	AUTO_FREE char *filling = NULL;
	AUTO_FREE char *xml = NULL;
	struct bench b;
	unsigned n = 0;
	int size;

	(void)state;
	start_used(&b, "on");
	b.config.max_event = 2000;
	b.config.max_stanza = b.config.max_event + CONFIG_HEAD_ROOM;
	size = (int)b.config.max_event - 180; /* with the names around it, it is just allowed */
	filling = mem_alloc((size_t)size + 1);
	memset(filling, 'x', (size_t)size);
	filling[size] = '\0';
	xml = mem_printf(SET(OWNER, PS("<publish node='n'><item id='large'><x xmlns='urn:x'>%s</x></item></publish>")),
			 filling + strlen("<x xmlns='urn:x'></x>"));
	publish(&b, "1");
	str_reset(&b.sent);
	assert_true(bench_take(&b, xml));
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "<message"));
	ask(&b);
	bench_answer(&b, OFFERS());
	for (const char *at = b.sent.p; (at = strstr(at, "<item id='large'")); at++)
		n++;
	assert_int_equal(n, 1 + 6); /* with what the publisher is told */
	assert_null(strstr(b.sent.p, "<addresses"));
	bench_stop(&b);
}

/* Later it is not looked for again, also where the time has come. */
static void switch__off_before_it_is_looked_for__nothing_is_due(void **state)
{
	struct bench b;

	(void)state;
	start_used(&b, "on");
	b.service->multicast.look_at = 1;
	b.config.multicast = false;
	service_turn(b.service);
	assert_int_equal(multicast_due(b.service), INT64_MAX);
	bench_stop(&b);
}

static void publish__never_taken_so_many__waits_for_it(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	publish(&b, "1");
	str_reset(&b.sent);
	publish(&b, "2");
	bench_expect(&b, "nothing before it", "");
	bench_answer(&b, OFFERS());
	bench_expect(&b, "then", PUBLISHED(OWNER, "2") MANY(ALL_SIX, NEWS("2")));
	publish(&b, "3");
	bench_expect(&b, "six it takes", PUBLISHED(OWNER, "3") MANY(ALL_SIX, NEWS("3")));
	bench_stop(&b);
}

static void switch__off_while_something_flies__nothing_overtakes(void **state)
{
	struct bench b;

	(void)state;
	start_used(&b, "off");
	publish(&b, "1");
	str_reset(&b.sent);
	b.config.multicast = false;
	publish(&b, "2");
	bench_expect(&b, "the same way", PUBLISHED(OWNER, "2") MANY(ALL_SIX, NEWS("2")));
	ask(&b);
	bench_answer(&b, OFFERS());
	str_reset(&b.sent);
	publish(&b, "3");
	bench_expect(&b, "off", PUBLISHED(OWNER, "3") EACH_SIX("3"));
	bench_stop(&b);
}

/* Refused */

static void refused__the_first__to_each_and_nothing_lost(void **state)
{
	AUTO_FREE char *message = NULL;
	struct bench b;

	(void)state;
	start(&b);
	publish(&b, "1");
	message = mem_strdup(strstr(b.sent.p, "<message"));
	str_reset(&b.sent);
	publish(&b, "2");
	refuse(&b, message, "room.example.com"); /* is no business of its */
	refuse(&b, message, U("1"));
	assert_false(b.service->multicast.failing);
	refuse(&b, message, MC);
	bench_expect(&b, "not before the answer", "");
	bench_answer(&b, OFFERS());
	assert_memory_equal(strstr(b.sent.p, " id='"), strstr(message, " id='"), strcspn(strstr(message, " id='") + 5, "'") + 5);
	bench_expect(&b, "in order", EACH_SIX("1") PUBLISHED(OWNER, "2") EACH_SIX("2"));
	assert_true(service_is_done(b.service));
	publish(&b, "3");
	bench_expect(&b, "for a while", PUBLISHED(OWNER, "3") EACH_SIX("3"));
	/* It is looked for once more. */
	assert_true(multicast_due(b.service) < INT64_MAX);
	b.service->multicast.look_at = 1;
	service_turn(b.service);
	bench_expect(&b, "again", ASKED("example.com", "info"));
	bench_stop(&b);
}

/* What was sent behind it may have arrived, or may not: until that is known nothing is sent. */
static void refused__one_of_some__that_one_is_sent_again(void **state)
{
	AUTO_FREE char *message = NULL;
	struct bench b;

	(void)state;
	start_used(&b, "off");
	publish(&b, "1");
	message = mem_strdup(strstr(b.sent.p, "<message"));
	ask(&b);
	publish(&b, "2");
	refuse(&b, message, MC);
	str_reset(&b.sent);
	publish(&b, "3");
	bench_answer(&b, OFFERS());
	bench_expect(&b, "it is asked about the rest", ASKED(MC, "info"));
	bench_answer(&b, OFFERS());
	bench_expect(&b, "then", EACH_SIX("1") PUBLISHED(OWNER, "3") EACH_SIX("3"));
	bench_stop(&b);
}

/* Some servers send an error without what it is about. */
static void refused__without_addresses__all_of_the_event(void **state)
{
	AUTO_FREE char *message = NULL;
	struct bench b;

	(void)state;
	start_used(&b, "off");
	publish(&b, "1");
	message = mem_strdup(strstr(b.sent.p, "<message"));
	*strstr(message, "<addresses") = '\0';
	str_reset(&b.sent);
	refuse(&b, message, MC);
	bench_answer(&b, OFFERS());
	bench_expect(&b, "all", ASKED(MC, "info") EACH_SIX("1"));
	bench_stop(&b);
}

static void question__no_good_answer__sent_again(void **state)
{
	static const char *const answers[] = { NULL, NOBODY, OFFERS_NOTHING };

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct bench b;

		start_used(&b, "off");
		publish(&b, "1");
		ask(&b);
		str_reset(&b.sent);
		bench_answer(&b, answers[i]);
		bench_expect(&b, "to each", EACH_SIX("1"));
		assert_true(service_is_done(b.service));
		bench_stop(&b);
	}
}

/* The outbox */

static int64_t proved(const struct bench *b)
{
	return b->service->outbox.proved.event;
}

static void outbox__of_what_flies__proved_by_its_answer(void **state)
{
	struct bench b;
	int64_t before;

	(void)state;
	start_used(&b, "on");
	assert_false(outbox_is_waiting(b.service));
	before = proved(&b);
	publish(&b, "1");
	b.service->outbox.ask_at = 1;
	service_turn(b.service);
	assert_null(b.reply); /* the server's own answer would say nothing */
	ask(&b);
	assert_int_equal(proved(&b), before);
	bench_answer(&b, OFFERS());
	assert_int_equal(proved(&b), before + 1);
	assert_true(service_is_done(b.service));
	bench_stop(&b);
}

static void outbox__refused__proved_by_the_server(void **state)
{
	AUTO_FREE char *message = NULL;
	struct bench b;
	int64_t before;

	(void)state;
	start_used(&b, "on");
	before = proved(&b);
	publish(&b, "1");
	message = mem_strdup(strstr(b.sent.p, "<message"));
	ask(&b);
	refuse(&b, message, MC);
	str_reset(&b.sent);
	bench_answer(&b, OFFERS());
	bench_expect(&b, "again", EACH_SIX("1"));
	assert_int_equal(proved(&b), before);
	b.service->outbox.ask_at = 1;
	service_turn(b.service);
	bench_expect(&b, "asked", "<iq type='get' id='ask' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>");
	bench_answer(&b, "<iq xmlns='jabber:client' type='result' id='ask'/>");
	assert_int_equal(proved(&b), before + 1);
	bench_stop(&b);
}

static void outbox__connection_lost__sent_again_under_the_same_id(void **state)
{
	AUTO_FREE char *message = NULL;
	struct bench b;

	(void)state;
	start_used(&b, "on");
	publish(&b, "1");
	message = mem_strdup(strstr(strstr(b.sent.p, "<message"), " id='"));
	message[strcspn(message + 5, "'") + 5] = '\0';
	service_down(b.service);
	assert_false(multicast_is_open(b.service));
	str_reset(&b.sent);
	service_up(b.service);
	service_turn(b.service);
	assert_non_null(strstr(b.sent.p, message));
	assert_non_null(strstr(b.sent.p, U("1")));
	assert_null(strstr(b.sent.p, "<addresses"));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look__service_of_the_server__found),
		cmocka_unit_test(look__the_server_itself__found),
		cmocka_unit_test(look__says_what_it_takes__that_is_the_limit),
		cmocka_unit_test(look__connection_lost_meanwhile__begins_anew),
		cmocka_unit_test(look__switched_off__never),
		cmocka_unit_test(publish__to_many__one_message),
		cmocka_unit_test(publish__to_few__to_each),
		cmocka_unit_test(publish__more_than_it_takes__in_parts),
		cmocka_unit_test(publish__not_the_same_for_all__those_together_that_are),
		cmocka_unit_test(publish__two_kinds__two_messages),
		cmocka_unit_test(publish__to_one_of_many__behind_them),
		cmocka_unit_test(publish__some_have_landed__behind_those_that_fly),
		cmocka_unit_test(publish__large__to_each_behind_them),
		cmocka_unit_test(switch__off_before_it_is_looked_for__nothing_is_due),
		cmocka_unit_test(publish__never_taken_so_many__waits_for_it),
		cmocka_unit_test(switch__off_while_something_flies__nothing_overtakes),
		cmocka_unit_test(refused__the_first__to_each_and_nothing_lost),
		cmocka_unit_test(refused__one_of_some__that_one_is_sent_again),
		cmocka_unit_test(refused__without_addresses__all_of_the_event),
		cmocka_unit_test(question__no_good_answer__sent_again),
		cmocka_unit_test(outbox__of_what_flies__proved_by_its_answer),
		cmocka_unit_test(outbox__refused__proved_by_the_server),
		cmocka_unit_test(outbox__connection_lost__sent_again_under_the_same_id),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
