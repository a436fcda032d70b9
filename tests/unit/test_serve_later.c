/* SPDX-License-Identifier: MIT */
/*
 * What is told later and what is told in part: digests, nodes that hold back, filters.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/time.h"
#include "serve_bench.h"

#define FORM(type, fields) \
	"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>" NS "#" type "</value></field>" fields "</x>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define OPTIONS(from, node, fields) \
	SET(from, PS("<subscribe node='" node "' jid='" from "'/><options>" FORM("subscribe_options", fields) "</options>"))
#define DIGEST(frequency) FIELD("pubsub#digest", "1") FIELD("pubsub#digest_frequency", frequency)
#define CREATE(node, fields) \
	SET(OWNER, PS("<create node='" node "'/><configure>" FORM("node_config", fields) "</configure>"))
#define PUBLISH_TO(node, id) SET(OWNER, PS("<publish node='" node "'><item id='" id "'>" X "</item></publish>"))

/* What follows digests, until bench_answer() says that the server has them. */
#define PING "<iq type='get' id='ask' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>"
#define PONG "<iq xmlns='jabber:client' type='result' id='ask'/>"

static void sql(struct bench *b, const char *text)
{
	assert_int_equal(sqlite3_exec(b->store->db, text, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t number(struct bench *b, const char *text)
{
	sqlite3_stmt *stmt;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(b->store->db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

static void start(struct bench *b)
{
	bench_init(b);
	bench_start(b, SVC, false);
}

/* What has been asked for is done, and its answers do not matter. */
static void settle(struct bench *b)
{
	service_turn(b->service);
	str_reset(&b->sent);
}

/* Time passes. */
static void run_due(struct bench *b)
{
	sql(b, "UPDATE digest SET due = 1 WHERE due IS NOT NULL");
	sql(b, "UPDATE pace SET due = 1 WHERE due IS NOT NULL");
	service_run(b->service);
}

/* Another service on the same store. */
static void restart(struct bench *b)
{
	service_free(b->service);
	assert_int_equal(service_new(&b->config, b->store, &b->sink, &b->service), 0);
}

/* Digests */

static void digest__nobody_wants_one__nothing_is_noted(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"));
	settle(&b);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	/* Of another node's digest it takes no notice either. */
	TAKE(&b, SET(OWNER, PS("<create node='m'/>")), OPTIONS(EVE, "m", DIGEST("5000")), PUBLISH(OWNER, "1"));
	settle(&b);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

static void digest__survives_a_restart__and_leaves_nothing(void **state)
{
	struct bench b;
	int64_t due;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("5000")));
	settle(&b);
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, INT64_MAX);
	TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"));
	settle(&b);
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, number(&b, "SELECT due FROM digest"));
	restart(&b);
	service_run(b.service);
	bench_expect(&b, "not before its time", "");
	run_due(&b);
	bench_expect(&b, "OPT-22", EVENT(USER, "<items node='n'>" ONE("1") ONE("2") "</items>") PING);
	bench_answer(&b, PONG);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	run_due(&b);
	bench_expect(&b, "each once", "");
	bench_stop(&b);
}

static void digest__two_periods__each_gets_its_own(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("5000")),
	     OPTIONS(EVE, "n", DIGEST("900000")), PUBLISH(OWNER, "1"));
	settle(&b);
	sql(&b, "UPDATE digest SET due = 1 WHERE frequency = 5000");
	service_run(b.service);
	bench_expect(&b, "OPT-23", EVENT(USER, "<items node='n'>" ONE("1") "</items>") PING);
	bench_answer(&b, PONG);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 1);
	TAKE(&b, PUBLISH(OWNER, "2"));
	settle(&b);
	sql(&b, "UPDATE digest SET due = 1 WHERE frequency = 900000");
	service_run(b.service);
	bench_expect(&b, "OPT-23", EVENT(EVE, "<items node='n'>" ONE("1") ONE("2") "</items>") PING);
	bench_answer(&b, PONG);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 1);
	run_due(&b);
	bench_expect(&b, "OPT-23", EVENT(USER, "<items node='n'>" ONE("2") "</items>") PING);
	bench_answer(&b, PONG);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	/* Nobody waits any more. */
	TAKE(&b, PUBLISH(OWNER, "3"), SET(USER, PS("<unsubscribe node='n' jid='" USER "'/>")),
	     SET(EVE, PS("<unsubscribe node='n' jid='" EVE "'/>")));
	settle(&b);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	assert_int_equal(number(&b, "SELECT count(*) FROM digest"), 0);
	bench_stop(&b);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void digest__too_large_for_a_stanza__several(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("5000")));
	for (int i = 0; i < 20; i++) {
		char id[8];

		snprintf(id, sizeof(id), "%d", i);
		bench_take_large(&b, OWNER, id, 50000);
	}
	settle(&b);
	run_due(&b);
	for (int i = 0; i < 20; i++) {
		if (b.reply)
			bench_answer(&b, PONG);
		service_run(b.service);
	}
	assert_int_equal(count(b.sent.p, "<item "), 20);
	assert_int_equal(count(b.sent.p, "<message "), 10);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

#define ZERO(ids) EVENT(USER, "<items node='n'>" ids "</items>")

/* With a period of 0 each is told at once, and together what cannot be. */
static void digest__no_period__only_what_has_to_wait_comes_together(void **state)
{
	int64_t due;
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("0")));
	settle(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	settle(&b);
	assert_true(service_due(b.service, &due));
	assert_in_range(due, 1, time_now());
	service_run(b.service);
	bench_expect(&b, "nothing waits", ZERO(ONE("1")) PING);
	bench_answer(&b, PONG);

	/* The server takes nothing any more. */
	b.queued = b.sink.high;
	for (int i = 2; i <= 5; i++) {
		AUTO_FREE char *xml = mem_printf(SET(OWNER, PS("<publish node='n'><item id='%d'>" X "</item></publish>")), i);

		assert_true(bench_take(&b, xml));
		service_turn(b.service);
		service_run(b.service);
	}
	bench_expect(&b, "nothing can be sent", "");
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, INT64_MAX);
	b.queued = 0;
	service_resume(b.service);
	bench_expect(&b, "what was made already", PUBLISHED(OWNER, "2") ZERO(ONE("2")) PUBLISHED(OWNER, "3")
		     PUBLISHED(OWNER, "4") PUBLISHED(OWNER, "5") PING);
	bench_answer(&b, PONG);
	assert_true(service_due(b.service, &due));
	assert_in_range(due, 1, time_now());
	service_run(b.service);
	bench_expect(&b, "the rest", ZERO(ONE("3") ONE("4") ONE("5")) PING);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

/* The same while there is no connection. */
static void digest__no_connection__comes_together(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("0")));
	settle(&b);
	service_down(b.service);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	service_run(b.service);
	TAKE(&b, PUBLISH(OWNER, "2"), PUBLISH(OWNER, "3"));
	service_turn(b.service);
	service_run(b.service);
	bench_expect(&b, "away", "");
	b.service->away = false;
	service_turn(b.service);
	bench_expect(&b, "back", PUBLISHED(OWNER, "1") ZERO(ONE("1")) PUBLISHED(OWNER, "2") PUBLISHED(OWNER, "3") PING);
	bench_answer(&b, PONG);
	service_run(b.service);
	bench_expect(&b, "the rest", ZERO(ONE("2") ONE("3")) PING);
	bench_stop(&b);
}

static void publish(struct bench *b, int first, int last)
{
	for (int i = first; i <= last; i++) {
		AUTO_FREE char *xml = mem_printf(SET(OWNER, PS("<publish node='n'><item id='%d'>" X "</item></publish>")), i);

		assert_true(bench_take(b, xml));
		service_turn(b->service);
		service_run(b->service);
	}
}

static void expect_rest(struct bench *b)
{
	int64_t due;

	str_reset(&b->sent);
	assert_true(service_due(b->service, &due));
	assert_in_range(due, 1, time_now());
	service_run(b->service);
	bench_expect(b, "the rest", ZERO(ONE("2") ONE("3")) PING);
	assert_int_equal(number(b, "SELECT count(*) FROM news"), 0);
}

/* All has been handed over, and the server has not said that it has it. */
static void digest__not_confirmed__the_next_wait(void **state)
{
	static const char *const answers[] = { PONG, NULL };
	static const char *const outbox[] = { "on", "off" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct bench b;
		int64_t due;

		bench_init(&b);
		bench_outbox(&b, outbox[i / 2]);
		bench_start(&b, SVC, true);
		TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("0")));
		settle(&b);
		publish(&b, 1, 1);
		bench_expect(&b, "at once", PUBLISHED(OWNER, "1") ZERO(ONE("1")) PING);
		publish(&b, 2, 3);
		bench_expect(&b, "not yet", PUBLISHED(OWNER, "2") PUBLISHED(OWNER, "3"));
		assert_true(service_due(b.service, &due));
		assert_true(due > time_now());
		bench_answer(&b, answers[i % 2]);
		expect_rest(&b);
		bench_stop(&b);
	}
}

/* The connection is lost before the answer: the last ones are told again, and asked about again. */
static void digest__connection_lost__the_rest_comes_behind(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_outbox(&b, "on");
	bench_start(&b, SVC, true);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("0")));
	settle(&b);
	b.down = true; /* it is not asked any more */
	publish(&b, 1, 1);
	service_down(b.service);
	publish(&b, 2, 3);
	bench_expect(&b, "away", "");
	b.down = false;
	service_up(b.service);
	service_run(b.service);
	bench_expect(&b, "again", PUBLISHED(OWNER, "1") ZERO(ONE("1")) PUBLISHED(OWNER, "2") PUBLISHED(OWNER, "3") PING);
	bench_answer(&b, PONG);
	expect_rest(&b);
	/* Nor is it known in the end. */
	bench_answer(&b, PONG);
	publish(&b, 4, 4);
	str_reset(&b.sent);
	b.down = true;
	bench_answer(&b, NULL);
	service_down(b.service);
	publish(&b, 5, 7);
	b.down = false;
	service_up(b.service);
	service_run(b.service);
	bench_expect(&b, "again, and what was made since",
		     ZERO(ONE("4")) PUBLISHED(OWNER, "5") ZERO(ONE("5")) PUBLISHED(OWNER, "6") PUBLISHED(OWNER, "7") PING);
	bench_answer(&b, PONG);
	service_run(b.service);
	bench_expect(&b, "the rest", ZERO(ONE("6") ONE("7")) PING);
	bench_stop(&b);
}

/* Without a period, what has piled up comes in messages that are not large. */
static void digest__much_has_piled_up__in_several(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("0")));
	settle(&b);
	for (int i = 0; i < 20; i++) {
		char id[8];

		snprintf(id, sizeof(id), "%d", i);
		bench_take_large(&b, OWNER, id, 3000);
	}
	settle(&b);
	for (int i = 0; i < 5; i++) {
		service_run(b.service);
		if (b.reply)
			bench_answer(&b, PONG);
	}
	assert_int_equal(count(b.sent.p, "<item "), 20);
	assert_int_equal(count(b.sent.p, "<message "), 4);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

/* A session that confirms by itself. */
static void (*confirmed)(bool has, void *data);
static void *confirmed_data;

static bool confirm(void (*reply)(bool has, void *data), void *reply_data, void *data)
{
	(void)data;
	if (confirmed)
		return false;
	confirmed = reply;
	confirmed_data = reply_data;
	return true;
}

/* Much is due: two portions are under way, and then one more for each that has arrived. */
static void digest__many_are_due__in_portions(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	b.sink.confirm = confirm;
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("5000")),
	     OPTIONS(EVE, "n", DIGEST("5000")), OPTIONS(OWNER, "n", DIGEST("5000")),
	     OPTIONS(ADMIN, "n", DIGEST("5000")));
	bench_take_large(&b, OWNER, "1", 70000);
	settle(&b);
	sql(&b, "UPDATE digest SET due = 1");
	for (int i = 0; i < 5; i++)
		service_run(b.service);
	assert_int_equal(count(b.sent.p, "<message "), 2);
	confirmed(true, confirmed_data);
	confirmed = NULL;
	for (int i = 0; i < 5; i++)
		service_run(b.service);
	assert_int_equal(count(b.sent.p, "<message "), 3);
	bench_answer(&b, PONG);
	service_run(b.service);
	assert_int_equal(count(b.sent.p, "<message "), 4);
	confirmed(true, confirmed_data);
	confirmed = NULL;
	bench_stop(&b);
}

/* How often is the server asked until so many messages have gone out? */
static unsigned portions(struct bench *b, size_t messages)
{
	unsigned n = 0;

	sql(b, "UPDATE digest SET due = 1 WHERE due IS NOT NULL");
	str_reset(&b->sent);
	while (count(b->sent.p ? b->sent.p : "", "<message ") < messages) {
		assert_true(n++ < 2 * messages);
		service_run(b->service);
		bench_answer(b, PONG);
	}
	assert_int_equal(count(b->sent.p, "<message "), messages);
	return n;
}

/* After large ones, which fill a portion each, small ones come together again. */
static void digest__large_then_small__portions_grow(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", ""));
	for (int i = 0; i < 70; i++) {
		AUTO_FREE char *xml = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='u%d@example.com/r' to='" SVC "' id='q'>"
			PS("<subscribe node='n' jid='u%d@example.com'/><options>"
			   FORM("subscribe_options", DIGEST("5000")) "</options>") "</iq>", i, i);

		assert_true(bench_take(&b, xml));
	}
	bench_take_large(&b, OWNER, "1", 70000);
	settle(&b);
	assert_in_range(portions(&b, 70), 35, 70);
	TAKE(&b, PUBLISH(OWNER, "2"));
	settle(&b);
	assert_in_range(portions(&b, 70), 2, 7);
	TAKE(&b, PUBLISH(OWNER, "3"));
	settle(&b);
	assert_int_equal(portions(&b, 70), 2); /* 64, and those that are left */
	bench_stop(&b);
}

/* Those at the same place are told the same, in the same portion as others who are not. */
static void digest__different_places__each_gets_its_own(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", ""), OPTIONS(USER, "n", DIGEST("5000")), OPTIONS(EVE, "n", DIGEST("5000")),
	     PUBLISH(OWNER, "1"), OPTIONS(ADMIN, "n", DIGEST("5000")), PUBLISH(OWNER, "2"));
	settle(&b);
	run_due(&b);
	bench_expect(&b, "by place", EVENT(USER, "<items node='n'>" ONE("1") ONE("2") "</items>")
		     EVENT(EVE, "<items node='n'>" ONE("1") ONE("2") "</items>")
		     EVENT(ADMIN, "<items node='n'>" ONE("2") "</items>") PING);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

/* What one still waits for stays, and goes with it. */
static void digest__one_is_behind__what_it_needs_stays(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", ""), OPTIONS(USER, "n", DIGEST("5000")), OPTIONS(EVE, "n", DIGEST("900000")),
	     PUBLISH(OWNER, "1"));
	settle(&b);
	for (int i = 0; i < 2; i++) {
		sql(&b, "UPDATE digest SET due = 1 WHERE frequency = 5000 AND due IS NOT NULL");
		service_run(b.service);
		bench_answer(&b, PONG);
		assert_int_equal(number(&b, "SELECT count(*) FROM news"), 1 + i);
		TAKE(&b, PUBLISH(OWNER, "2"));
		settle(&b);
	}
	sql(&b, "UPDATE digest SET due = 1 WHERE frequency = 900000");
	service_run(b.service);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 1);
	run_due(&b);
	bench_answer(&b, PONG);
	service_run(b.service);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

#define SET_OPTIONS(from, node, fields) \
	SET(from, PS("<options node='" node "' jid='" from "'>" FORM("subscribe_options", fields) "</options>"))
#define AT_ONCE FIELD("pubsub#digest", "0")

#define ITEM_OF(id) EVENT(USER, "<items node='n'>" ONE(id) "</items>")

/* Of two items, one is published before and one behind it, all in one turn. */
static void change_between(struct bench *b, const char *before, const char *after)
{
	bench_init(b);
	bench_outbox(b, "on");
	bench_start(b, SVC, true);
	/* Somebody takes digests, so that all is noted for them. */
	TAKE(b, CREATE("n", ""), OPTIONS(EVE, "n", DIGEST("900000")), before);
	settle(b);
	TAKE(b, PUBLISH(OWNER, "1"), after, PUBLISH(OWNER, "2"));
	service_turn(b->service);
}

/* What the server may not have got is told again. */
static void lose_connection(struct bench *b)
{
	service_down(b->service);
	service_up(b->service);
	service_run(b->service);
}

static void digest__begins_meanwhile__each_item_once(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct bench b;

		change_between(&b, OPTIONS(USER, "n", AT_ONCE), SET_OPTIONS(USER, "n", DIGEST("5000")));
		bench_expect(&b, "at once", PUBLISHED(OWNER, "1") ITEM_OF("1") RESULT(USER, "") PUBLISHED(OWNER, "2"));
		if (lost) {
			lose_connection(&b);
			bench_expect(&b, "again", ITEM_OF("1"));
		}
		sql(&b, "UPDATE digest SET due = 1 WHERE frequency = 5000");
		service_run(b.service);
		bench_expect(&b, "OPT-22", ITEM_OF("2") PING);
		bench_stop(&b);
	}
}

static void digest__ends_meanwhile__each_item_once(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct bench b;

		change_between(&b, OPTIONS(USER, "n", DIGEST("5000")), SET_OPTIONS(USER, "n", AT_ONCE));
		bench_expect(&b, "at once", PUBLISHED(OWNER, "1") RESULT(USER, "") PUBLISHED(OWNER, "2") ITEM_OF("2"));
		if (lost) {
			lose_connection(&b);
			bench_expect(&b, "again, and the rest", ITEM_OF("2") ITEM_OF("1") PING);
		} else {
			service_run(b.service);
			bench_expect(&b, "the rest", ITEM_OF("1") PING);
		}
		bench_stop(&b);
	}
}

/* Of a collection's subscriber that is known before the node's own have changed as well. */
static void digest__begins_above_and_ends_below__as_at_first(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_outbox(&b, "on");
	bench_start(&b, SVC, true);
	TAKE(&b, CREATE("c", FIELD("pubsub#node_type", "collection")), CREATE("n", FIELD("pubsub#collection", "c")),
	     OPTIONS(EVE, "n", DIGEST("900000")), OPTIONS(USER, "c", AT_ONCE FIELD("pubsub#subscription_type", "items")));
	settle(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), SET_OPTIONS(USER, "c", DIGEST("5000") FIELD("pubsub#subscription_type", "items")),
	     SET_OPTIONS(EVE, "n", AT_ONCE));
	service_turn(b.service);
	assert_int_equal(count(b.sent.p, "<message "), 1);
	str_reset(&b.sent);
	service_down(b.service);
	service_up(b.service);
	assert_int_equal(count(b.sent.p ? b.sent.p : "", "<message "), 1);
	assert_non_null(strstr(b.sent.p, "to='" USER "'"));
	bench_stop(&b);
}

/* It is not written down again for nothing. */
static void digest__begins_and_ends_often__is_written_once(void **state)
{
	struct bench b;

	(void)state;
	change_between(&b, OPTIONS(USER, "n", AT_ONCE), SET_OPTIONS(USER, "n", DIGEST("5000")));
	assert_int_equal(number(&b, "SELECT count(*) FROM farewell"), 1);
	for (int i = 0; i < 3; i++)
		TAKE(&b, SET_OPTIONS(USER, "n", AT_ONCE), SET_OPTIONS(USER, "n", DIGEST("5000")));
	assert_int_equal(number(&b, "SELECT count(*) FROM farewell"), 2); /* for the second item */
	service_turn(b.service);
	bench_stop(&b);
}

static void digest__too_much__the_oldest_go(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(USER, "n", DIGEST("5000")));
	settle(&b);
	sql(&b, "WITH RECURSIVE c (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 10495) "
		"INSERT INTO news (node, item, entry, payload) SELECT id, i, '<retract id=''x''/>', 0 FROM c, node");
	TAKE(&b, PUBLISH(OWNER, "1"));
	settle(&b);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 10000);
	bench_stop(&b);
}

static void digest__of_a_collection__a_list_for_each_node(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("c", FIELD("pubsub#node_type", "collection")),
	     CREATE("n", FIELD("pubsub#collection", "c")), CREATE("m", FIELD("pubsub#collection", "c")),
	     SET(OWNER, PS("<create node='o'/>")),
	     OPTIONS(USER, "c", DIGEST("5000") FIELD("pubsub#subscription_type", "items")),
	     PUBLISH_TO("n", "1"), PUBLISH_TO("m", "2"), PUBLISH_TO("o", "x"), PUBLISH_TO("n", "3"),
	     SET(OWNER, PS("<retract node='n'><item id='1'/></retract>")));
	settle(&b);
	run_due(&b);
	bench_expect(&b, "OPT-22 X0248",
		     "<message type='headline' from='" SVC "' to='" USER "' id='*'><event xmlns='" NS "#event'>"
		     "<items node='n'>" ONE("1") ONE("3") "<retract id='1'/></items><items node='m'>" ONE("2") "</items></event>"
		     "<headers xmlns='http://jabber.org/protocol/shim'><header name='Collection'>c</header></headers></message>" PING);
	assert_int_equal(number(&b, "SELECT count(*) FROM news"), 0);
	bench_stop(&b);
}

/* Holding back */

/* Names of nodes take room, too. */
static void digest__of_nodes_with_long_names__nothing_is_lost(void **state)
{
	struct bench b;
	size_t n = 0;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("c", FIELD("pubsub#node_type", "collection")),
	     OPTIONS(USER, "c", DIGEST("5000") FIELD("pubsub#subscription_type", "items")));
	for (int i = 0; i < 300; i++) {
		AUTO_FREE char *create = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
			PS("<create node='%01000d'/><configure>" FORM("node_config", FIELD("pubsub#collection", "c"))
			   "</configure>") "</iq>", i);
		AUTO_FREE char *publish = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
			PS("<publish node='%01000d'><item id='i%03d'>" X "</item></publish>") "</iq>", i, i);

		TAKE(&b, create, publish);
	}
	settle(&b);
	run_due(&b);
	for (int i = 0; i < 5; i++) {
		if (b.reply)
			bench_answer(&b, PONG);
		service_run(b.service);
	}
	for (const char *p = b.sent.p; (p = strstr(p, "<item id='i")); p++)
		n++;
	assert_int_equal(n, 300);
	bench_stop(&b);
}

static void pace__survives_a_restart__and_goes_with_the_node(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", FIELD("x-max_delay", "60000")), SUBSCRIBE(USER, USER));
	settle(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	bench_expect(&b, "held back", PUBLISHED(OWNER, "1"));
	restart(&b);
	run_due(&b);
	bench_expect(&b, "told", EVENT(USER, "<items node='n'>" ONE("1") "</items>"));
	TAKE(&b, PUBLISH(OWNER, "2"), SET(OWNER, OWN("<delete node='n'/>")));
	service_turn(b.service);
	bench_expect(&b, "dropped", PUBLISHED(OWNER, "2") RESULT(OWNER, "") EVENT(USER, "<delete node='n'/>"));
	run_due(&b);
	bench_expect(&b, "dropped", "");
	assert_int_equal(number(&b, "SELECT count(*) FROM held"), 0);
	assert_int_equal(number(&b, "SELECT count(*) FROM pace"), 0);
	bench_stop(&b);
}

static void pace__one_request__is_told_together(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", FIELD("x-min_interval", "60000")), SUBSCRIBE(USER, USER));
	settle(&b);
	TAKE(&b, SET(OWNER, PS("<publish node='n'><item id='1'>" X "</item><item id='2'>" X "</item></publish>")));
	service_turn(b.service);
	bench_expect(&b, "PUB-40", RESULT(OWNER, PS("<publish node='n'><item id='1'/><item id='2'/></publish>"))
		     EVENT(USER, "<items node='n'>" ONE("1") ONE("2") "</items>"));
	TAKE(&b, PUBLISH(OWNER, "3"));
	service_turn(b.service);
	bench_expect(&b, "held back", PUBLISHED(OWNER, "3"));
	bench_stop(&b);
}

/* More than are told in one step. */
static void pace__much_is_held__all_of_it_in_order(void **state)
{
	struct bench b;
	const char *p;
	char id[16];

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", FIELD("x-max_delay", "60000")), SUBSCRIBE(USER, USER));
	settle(&b);
	sql(&b, "WITH RECURSIVE c (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 600) "
		"INSERT INTO held (node, item, entry, payload) SELECT id, i, '<item id=''' || i || '''/>', 0 FROM c, node");
	TAKE(&b, PUBLISH(OWNER, "601"));
	settle(&b);
	run_due(&b);
	service_run(b.service);
	service_run(b.service);
	p = b.sent.p;
	for (int i = 1; i <= 601; i++) {
		snprintf(id, sizeof(id), "id='%d'", i);
		p = strstr(p, id);
		assert_non_null(p);
	}
	assert_int_equal(number(&b, "SELECT count(*) FROM held"), 0);
	bench_stop(&b);
}

/* PUB-20: what makes room is told later as well. */
static void trim__told_later__after_the_items_have_gone(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, CREATE("n", FIELD("pubsub#max_items", "1")), OPTIONS(USER, "n", DIGEST("5000")));
	TAKE(&b, CREATE("m", FIELD("pubsub#max_items", "1") FIELD("x-min_interval", "60000")),
	     SET(EVE, PS("<subscribe node='m' jid='" EVE "'/>")));
	settle(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"), PUBLISH_TO("m", "1"), PUBLISH_TO("m", "2"));
	settle(&b);
	run_due(&b);
	bench_expect(&b, "PUB-20",
		     EVENT(EVE, "<items node='m'>" ONE("2") "</items>")
		     EVENT(EVE, "<items node='m'><retract id='1'/></items>")
		     EVENT(USER, "<items node='n'>" ONE("1") ONE("2") "<retract id='1'/></items>") PING);
	bench_stop(&b);
}

/* CONF-21: more than are dropped in one step. */
static void trim__many__all_of_them_in_order(void **state)
{
	struct bench b;
	const char *p;
	char id[40];

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER));
	settle(&b);
	sql(&b, "WITH RECURSIVE c (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM c WHERE i < 600) "
		"INSERT INTO item (node, id, publisher, created, published) SELECT id, i, 'o@h', 1, 1 FROM c, node");
	sql(&b, "UPDATE node SET items = 600");
	TAKE(&b, SET(OWNER, OWN("<configure node='n'>" FORM("node_config", FIELD("pubsub#max_items", "3"))
				"</configure>")));
	service_turn(b.service);
	p = b.sent.p;
	for (int i = 1; i <= 597; i++) {
		snprintf(id, sizeof(id), "<retract id='%d'/>", i);
		p = strstr(p, id);
		assert_non_null(p);
	}
	assert_null(strstr(p + 1, "<retract"));
	assert_int_equal(number(&b, "SELECT count(*) FROM item"), 3);
	assert_int_equal(number(&b, "SELECT items FROM node"), 3);
	bench_stop(&b);
}

/* Filters: more than are kept compiled. */
static void filter__many__each_gets_what_it_wants(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	for (int i = 0; i < 100; i++) {
		AUTO_FREE char *xml = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='u%d@example.com/r' to='" SVC "' id='q'>"
			PS("<subscribe node='n' jid='u%d@example.com'/><options>"
			   FORM("subscribe_options", FIELD("x-filter", "@a = %d")) "</options>") "</iq>", i, i, i);

		assert_true(bench_take(&b, xml));
	}
	settle(&b);
	for (int i = 0; i < 100; i += 9) {
		AUTO_FREE char *xml = mem_printf(
			SET(OWNER, PS("<publish node='n'><item id='i'><x xmlns='urn:x' a='%d'/></item></publish>")), i);
		AUTO_FREE char *want = mem_printf(
			PUBLISHED(OWNER, "i") EVENT("u%d@example.com", "<items node='n'><item id='i' publisher='" OWNED "'>"
			"<x xmlns='urn:x' a='%d'/></item></items>"), i, i);

		assert_true(bench_take(&b, xml));
		service_turn(b.service);
		bench_expect(&b, "IMPL-07", want);
	}
	bench_stop(&b);
}

/* What costs too much counts as no match; others are not harmed. */
static void filter__too_much_to_read__is_not_delivered(void **state)
{
	AUTO_STR xml = { 0 };
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), OPTIONS(EVE, "n", FIELD("x-filter", "true()")),
	     SUBSCRIBE(USER, USER));
	settle(&b);
	str_puts(&xml, "<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
		       "<pubsub xmlns='" NS "'><publish node='n'><item id='1'><x xmlns='urn:x'>");
	for (int i = 0; i < 3000; i++)
		str_puts(&xml, "<y/>");
	str_puts(&xml, "</x></item></publish></pubsub></iq>");
	assert_true(bench_take(&b, xml.p));
	service_turn(b.service);
	bench_expect(&b, "IMPL-07", PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'><item id='1' publisher='" OWNED "'>*</item></items>"));
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "IMPL-07", PUBLISHED(OWNER, "2") EVENT(EVE, "<items node='n'>" ONE("2") "</items>")
		     EVENT(USER, "<items node='n'>" ONE("2") "</items>"));
	bench_stop(&b);
}

/* Bodies */

static void body__by_a_stylesheet__for_those_who_asked(void **state)
{
	char file[] = "/tmp/pubsub-test-XXXXXX";
	int fd = mkstemp(file);
	FILE *f = fdopen(fd, "w");
	struct bench b;
	AUTO_FREE char *given = mem_printf("urn:x?a=b=%s", file);

	(void)state;
	assert_non_null(f);
	fputs("<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
	      "<xsl:template match='/'>level &lt;<xsl:value-of select='*/@level'/>&gt;</xsl:template></xsl:stylesheet>", f);
	fclose(f);
	bench_init(&b);
	strings_add(&b.config.given.stylesheets, given);
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(EVE, EVE),
	     OPTIONS(USER, "n", FIELD("pubsub#include_body", "1")));
	settle(&b);
	TAKE(&b, SET(OWNER, PS("<publish node='n'><item id='1'><y xmlns='urn:x?a=b' level='3'/></item></publish>")));
	service_turn(b.service);
	bench_expect(&b, "OPT-26", PUBLISHED(OWNER, "1")
		     EVENT(EVE, "<items node='n'><item id='1' publisher='" OWNED "'>*</item></items>")
		     "<message type='headline' from='" SVC "' to='" USER "' id='*'><body>level &lt;3&gt;</body>"
		     "<event xmlns='" NS "#event'><items node='n'><item id='1' publisher='" OWNED "'>*</item></items></event></message>");
	bench_stop(&b);
	unlink(file);
}

static void stylesheets__that_cannot_be__are_refused(void **state)
{
	static const struct {
		const char *given;
		int code;
	} rows[] = {
		{ "urn:x", EX_USAGE },
		{ "urn:x=/nonexistent/file.xsl", EX_CONFIG },
		{ "urn:x=/dev/null", EX_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config c;

		config_init(&c);
		strings_add(&c.given.stylesheets, rows[i].given);
		assert_int_equal(config_resolve(&c, SVC, false), rows[i].code);
		config_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest__nobody_wants_one__nothing_is_noted),
		cmocka_unit_test(digest__survives_a_restart__and_leaves_nothing),
		cmocka_unit_test(digest__two_periods__each_gets_its_own),
		cmocka_unit_test(digest__too_large_for_a_stanza__several),
		cmocka_unit_test(digest__no_period__only_what_has_to_wait_comes_together),
		cmocka_unit_test(digest__no_connection__comes_together),
		cmocka_unit_test(digest__not_confirmed__the_next_wait),
		cmocka_unit_test(digest__connection_lost__the_rest_comes_behind),
		cmocka_unit_test(digest__much_has_piled_up__in_several),
		cmocka_unit_test(digest__many_are_due__in_portions),
		cmocka_unit_test(digest__large_then_small__portions_grow),
		cmocka_unit_test(digest__different_places__each_gets_its_own),
		cmocka_unit_test(digest__one_is_behind__what_it_needs_stays),
		cmocka_unit_test(digest__begins_meanwhile__each_item_once),
		cmocka_unit_test(digest__ends_meanwhile__each_item_once),
		cmocka_unit_test(digest__begins_above_and_ends_below__as_at_first),
		cmocka_unit_test(digest__begins_and_ends_often__is_written_once),
		cmocka_unit_test(digest__too_much__the_oldest_go),
		cmocka_unit_test(digest__of_a_collection__a_list_for_each_node),
		cmocka_unit_test(digest__of_nodes_with_long_names__nothing_is_lost),
		cmocka_unit_test(pace__survives_a_restart__and_goes_with_the_node),
		cmocka_unit_test(pace__one_request__is_told_together),
		cmocka_unit_test(pace__much_is_held__all_of_it_in_order),
		cmocka_unit_test(trim__told_later__after_the_items_have_gone),
		cmocka_unit_test(trim__many__all_of_them_in_order),
		cmocka_unit_test(filter__many__each_gets_what_it_wants),
		cmocka_unit_test(filter__too_much_to_read__is_not_delivered),
		cmocka_unit_test(body__by_a_stylesheet__for_those_who_asked),
		cmocka_unit_test(stylesheets__that_cannot_be__are_refused),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
