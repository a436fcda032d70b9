/* SPDX-License-Identifier: MIT */
/*
 * The outbox: what the server may not have is sent again, in order and under the same ids, and
 * nothing else is.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_outbox.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/repeat.h"
#include "common/xmpp/own.h"
#include "serve_bench.h"

#define PONG "<iq xmlns='jabber:client' type='result' id='ask'/>"
#define PING "<iq type='get' id='ask' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>"
#define TOLD(to, id) EVENT(to, "<items node='n'>" ONE(id) "</items>")

static void start(struct bench *b)
{
	bench_init(b);
	bench_outbox(b, "on");
	bench_start(b, SVC, true); /* nothing is asked for at login */
	TAKE(b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER));
	service_turn(b->service);
	str_reset(&b->sent);
}

static int64_t number(struct bench *b, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(b->store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int64_t rows(struct bench *b)
{
	return number(b, "SELECT count(*) FROM outbox");
}

/* The ping's time has come; until bench_answer() it is under way. */
static void ask(struct bench *b)
{
	b->service->outbox.ask_at = 1;
	service_turn(b->service);
	assert_non_null(b->reply);
}

static void prove(struct bench *b)
{
	ask(b);
	bench_answer(b, PONG);
	str_reset(&b->sent);
}

/* What the server has is said to the store. */
static void save(struct bench *b)
{
	b->service->outbox.save_at = 1;
	service_run(b->service);
}

/* Another service on the same store, which is about to connect. */
static void restart(struct bench *b)
{
	if (b->reply)
		bench_answer(b, NULL);
	service_free(b->service);
	assert_int_equal(service_new(&b->config, b->store, &b->sink, &b->service), 0);
	service_down(b->service);
	b->queued = 0;
	str_reset(&b->sent);
}

static void go_up(struct bench *b)
{
	service_up(b->service);
	service_turn(b->service);
}

static void publish__nobody_is_told__nothing_is_written(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SET(OWNER, PS("<create node='m'/>")), SET(OWNER, PS("<publish node='m'><item/></publish>")));
	service_turn(b.service);
	assert_int_equal(rows(&b), 0);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	assert_int_equal(rows(&b), 1);
	bench_stop(&b);
}

static void publish__switched_off__nothing_is_written(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"));
	service_turn(b.service);
	assert_int_equal(rows(&b), 0);
	assert_true(service_is_done(b.service));
	bench_stop(&b);
}

static void publish__refused__nothing_is_written(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(EVE, "1"));
	service_turn(b.service);
	assert_int_equal(rows(&b), 0);
	bench_stop(&b);
}

/* A session that confirms by itself what the server has. */
static struct {
	bool can;
	void (*reply)(bool has, void *data);
	void *data;
} session;

static bool confirm(void (*reply)(bool has, void *data), void *reply_data, void *data)
{
	(void)data;
	session.reply = reply;
	session.data = reply_data;
	return session.can;
}

static void confirmed__by_the_session__ends_it(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	b.sink.confirm = confirm;
	session.can = true;
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	str_reset(&b.sent);
	b.service->outbox.ask_at = 1;
	service_turn(b.service);
	bench_expect(&b, "no ping", "");
	session.reply(true, session.data);
	save(&b);
	assert_int_equal(rows(&b), 0);
	assert_true(service_is_done(b.service));
	/* The session ends before it knows, and the next one does not confirm. */
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	b.service->outbox.ask_at = 1;
	service_turn(b.service);
	session.reply(false, session.data);
	save(&b);
	assert_int_equal(rows(&b), 1);
	session.can = false;
	str_reset(&b.sent);
	ask(&b);
	bench_expect(&b, "a ping", PING);
	bench_answer(&b, PONG);
	save(&b);
	assert_int_equal(rows(&b), 0);
	bench_stop(&b);
}

static void answer__of_the_server__ends_it(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	bench_expect(&b, "told", PUBLISHED(OWNER, "1") TOLD(USER, "1"));
	assert_false(service_is_done(b.service));
	ask(&b);
	bench_expect(&b, "asked", PING);
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "one ping at a time", PUBLISHED(OWNER, "2") TOLD(USER, "2"));
	bench_answer(&b, PONG);
	/* What stands there goes with the next commit, and without one when it is due. */
	assert_int_equal(rows(&b), 2);
	save(&b);
	assert_int_equal(rows(&b), 1);
	assert_int_equal(b.service->outbox.count, 1);
	prove(&b);
	assert_true(service_is_done(b.service));
	TAKE(&b, PUBLISH(OWNER, "3"));
	service_turn(b.service);
	assert_int_equal(rows(&b), 1);
	bench_stop(&b);
}

static void answer__none__asked_again(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	ask(&b);
	bench_answer(&b, NULL);
	save(&b);
	assert_int_equal(rows(&b), 1);
	assert_false(service_is_done(b.service));
	prove(&b);
	save(&b);
	assert_int_equal(rows(&b), 0);
	assert_true(service_is_done(b.service));
	bench_stop(&b);
}

static void restart__unproved__sent_again_under_the_same_id(void **state)
{
	AUTO_STR first = { 0 };
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	prove(&b);
	TAKE(&b, PUBLISH(OWNER, "2"), PUBLISH(OWNER, "3"));
	service_turn(b.service);
	str_puts(&first, strstr(b.sent.p, "<message"));
	restart(&b);
	TAKE(&b, PUBLISH(OWNER, "4"));
	service_turn(b.service);
	bench_expect(&b, "nothing before it is connected", "");
	go_up(&b);
	assert_memory_equal(b.sent.p, first.p, strcspn(first.p, ">"));
	bench_expect(&b, "in order", TOLD(USER, "2") TOLD(USER, "3") PUBLISHED(OWNER, "4") TOLD(USER, "4"));
	restart(&b);
	go_up(&b);
	bench_expect(&b, "still not proved", TOLD(USER, "2") TOLD(USER, "3") TOLD(USER, "4"));
	prove(&b);
	restart(&b);
	go_up(&b);
	bench_expect(&b, "proved", "");
	bench_stop(&b);
}

static void down__in_between__sent_again_before_what_is_newer(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	prove(&b);
	TAKE(&b, PUBLISH(OWNER, "3"));
	service_turn(b.service);
	str_reset(&b.sent);
	TAKE(&b, PUBLISH(OWNER, "4"));
	service_down(b.service);
	b.queued = 0;
	str_reset(&b.sent);
	TAKE(&b, PUBLISH(OWNER, "5"));
	service_turn(b.service);
	bench_expect(&b, "not connected", "");
	go_up(&b);
	bench_expect(&b, "in order", TOLD(USER, "3") TOLD(USER, "4") PUBLISHED(OWNER, "4")
		     PUBLISHED(OWNER, "5") TOLD(USER, "5"));
	bench_stop(&b);
}

/* The number of the first recipient, of all that got something; they follow each other. */
static unsigned first_told(const char *sent, unsigned *ret_n)
{
	unsigned first = 0;

	*ret_n = 0;
	for (const char *p = sent; (p = strstr(p, " to='u0")); ++*ret_n) {
		unsigned this;

		p += strlen(" to='u");
		this = (unsigned)strtoul(p, NULL, 10);
		first = *ret_n ? first : this;
		assert_int_equal(this, first + *ret_n);
	}
	return first;
}

/* A place within an event is kept, and told on from there. */
static void restart__in_the_middle_of_an_event__goes_on_from_there(void **state)
{
	struct bench b;
	unsigned had, n, first;

	(void)state;
	start(&b);
	bench_subscribe_many(&b, 500);
	b.counting = true;
	bench_take_large(&b, OWNER, "1", 4000);
	service_turn(b.service);
	first_told(b.sent.p, &had);
	assert_in_range(had, 50, 400);
	prove(&b);
	save(&b);
	assert_int_equal(number(&b, "SELECT told IS NOT NULL FROM outbox"), 1);
	restart(&b);
	b.counting = false;
	go_up(&b);
	first = first_told(b.sent.p, &n);
	assert_int_equal(first, had);
	assert_int_equal(first + n, 500);
	assert_non_null(strstr(b.sent.p, "user@example.com/r")); /* behind them all */
	prove(&b);
	save(&b);
	assert_int_equal(rows(&b), 0);
	bench_stop(&b);
}

/* The subscriptions are gone by then, but not from what is still told. */
static void restart__node_deleted__its_subscribers_are_told(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"), SET(OWNER, OWN("<delete node='n'/>")), SET(OWNER, PS("<create node='n'/>")),
	     SUBSCRIBE(EVE, EVE), PUBLISH(OWNER, "2"));
	service_turn(b.service);
	assert_int_equal(number(&b, "SELECT count(*) FROM farewell"), 1);
	restart(&b);
	go_up(&b);
	bench_expect(&b, "all of it", TOLD(USER, "1") EVENT(USER, "<delete node='n'/>") TOLD(EVE, "2"));
	prove(&b);
	save(&b);
	assert_int_equal(rows(&b), 0);
	assert_int_equal(number(&b, "SELECT count(*) FROM farewell"), 0);
	assert_int_equal(b.service->written, 0);
	bench_stop(&b);
}

/* It was sent, but is not proved, when the node goes. */
static void delete__after_it_was_sent__told_again(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	TAKE(&b, SET(OWNER, OWN("<delete node='n'/>")));
	service_turn(b.service);
	service_down(b.service);
	str_reset(&b.sent);
	go_up(&b);
	bench_expect(&b, "both", TOLD(USER, "1") EVENT(USER, "<delete node='n'/>"));
	bench_stop(&b);
}

/* Who subscribes later does not get it, who has left neither. */
static void restart__other_subscribers__those_of_then_are_told(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, SUBSCRIBE(EVE, EVE), PUBLISH(OWNER, "1"));
	service_turn(b.service);
	TAKE(&b, SUBSCRIBE("new@h/x", "new@h/x"), SET(EVE, PS("<unsubscribe node='n' jid='" EVE "'/>")));
	service_turn(b.service);
	restart(&b);
	go_up(&b);
	/* The last item on subscribing is for one address, and is told again as well. */
	bench_expect(&b, "those", TOLD(USER, "1") LAST("new@h/x", ONE("1")));
	bench_stop(&b);
}

static void collection__restart__its_subscribers_are_told(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b,
	     SET(OWNER, PS("<create node='c'/><configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#node_type'>"
			   "<value>collection</value></field></x></configure>")),
	     SET(OWNER, OWN("<configure node='n'><x xmlns='jabber:x:data' type='submit'><field var='pubsub#collection'>"
			    "<value>c</value></field></x></configure>")),
	     SET(EVE, PS("<subscribe node='c' jid='" EVE "'/><options><x xmlns='jabber:x:data' type='submit'>"
			 "<field var='pubsub#subscription_type'><value>items</value></field>"
			 "<field var='pubsub#subscription_depth'><value>all</value></field></x></options>")));
	service_turn(b.service);
	TAKE(&b, PUBLISH(OWNER, "1"), SET(OWNER, OWN("<delete node='c'/>")));
	service_turn(b.service);
	restart(&b);
	go_up(&b);
	assert_non_null(strstr(b.sent.p, "to='" EVE "'"));
	assert_non_null(strstr(b.sent.p, "<header name='Collection'>c</header>"));
	assert_non_null(strstr(b.sent.p, "<delete node='c'/>"));
	bench_stop(&b);
}

/* However much is to be sent, memory has an end, and all of it comes in order. */
static void spill__server_takes_nothing__all_comes_later(void **state)
{
	struct bench b;
	unsigned next = 1;

	(void)state;
	start(&b);
	b.queued = b.sink.high;
	for (int i = 1; i <= 200; i++) {
		AUTO_FREE char *id = mem_printf("%d", i);

		bench_take_large(&b, OWNER, id, 200000);
		service_turn(b.service);
		assert_in_range(b.service->out.bytes, 0, 9 * 1024 * 1024);
	}
	assert_int_equal(rows(&b), 200);
	b.counting = true;
	b.queued = 0;
	do {
		b.queued = 0;
		service_resume(b.service);
		for (const char *p = b.sent.p; p && (p = strstr(p, "<event")); next++) {
			AUTO_FREE char *id = mem_printf("<item id='%u'", next);

			p = strstr(p, "<item ");
			assert_non_null(p);
			assert_memory_equal(p, id, strlen(id));
		}
		str_reset(&b.sent);
	} while (next <= 200);
	while (!service_is_done(b.service))
		prove(&b);
	save(&b);
	assert_int_equal(rows(&b), 0);
	bench_stop(&b);
}

static void full__requests_are_refused_and_nothing_is_dropped(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	TAKE(&b, PUBLISH(OWNER, "1"));
	service_turn(b.service);
	str_reset(&b.sent);
	b.service->outbox.bytes += INT64_C(1) << 30;
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "no room", ERROR(OWNER, "wait", CONDITION("resource-constraint")));
	b.service->outbox.bytes -= INT64_C(1) << 30;
	TAKE(&b, PUBLISH(OWNER, "2"));
	service_turn(b.service);
	bench_expect(&b, "room", PUBLISHED(OWNER, "2") TOLD(USER, "2"));
	bench_stop(&b);
}

/* A row that is no event does not hold up the others. */
static void damaged__row__passed_over(void **state)
{
	static const char *const harm[] = {
		"UPDATE outbox SET traits = 'x' WHERE event = (SELECT min(event) FROM outbox)",
		"UPDATE outbox SET traits = '99 0 0 0 0 0 ' WHERE event = (SELECT min(event) FROM outbox)",
		"UPDATE outbox SET traits = '0 0 0 9 1 5 999999999 0 0 0 ' WHERE event = (SELECT min(event) FROM outbox)",
		"UPDATE outbox SET traits = '0 0 0 9 99999999 0 0 0 0 0 ' WHERE event = (SELECT min(event) FROM outbox)",
		"UPDATE outbox SET recipients = '1 0 n' WHERE event = (SELECT min(event) FROM outbox)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		struct bench b;

		start(&b);
		TAKE(&b, PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"));
		service_turn(b.service);
		assert_int_equal(sqlite3_exec(b.store->db, harm[i], NULL, NULL, NULL), SQLITE_OK);
		restart(&b);
		go_up(&b);
		bench_expect(&b, harm[i], TOLD(USER, "2"));
		bench_stop(&b);
	}
}

/* The store */

static int note_key(const struct store_event *e, void *data)
{
	*(int64_t *)data = e->key;
	assert_int_equal(e->xml_len, 3);
	assert_memory_equal(e->xml, "<x>", 3);
	return 0;
}

static void store__places__rows_go_in_order(void **state)
{
	struct store_event e = { .node = 7, .traits = "t", .recipients = "r", .xml = "<x>", .xml_len = 3 };
	struct store_outbox size;
	struct bench b;
	int64_t found;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	assert_int_equal(store_begin(b.store), 0);
	for (e.key = 1; e.key <= 3; e.key++)
		assert_int_equal(store_outbox_add(b.store, &e), 0);
	assert_int_equal(store_outbox_get(b.store, 1, 4, note_key, &found), 0);
	assert_int_equal(found, 1);
	assert_int_equal(store_outbox_measure(b.store, &size), 0);
	assert_int_equal(size.last, 3);
	assert_int_equal(store_outbox_get(b.store, 3, 3, note_key, &found), -ENOENT);
	assert_int_equal(store_outbox_told(b.store, 3, "a@b", &size), 0);
	assert_int_equal(size.count, 2);
	assert_int_equal(size.bytes, 6);
	assert_int_equal(store_outbox_get(b.store, 1, 4, note_key, &found), 0);
	assert_int_equal(found, 3);
	assert_int_equal(store_outbox_told(b.store, 4, NULL, &size), 0);
	assert_int_equal(store_outbox_measure(b.store, &size), 0);
	assert_int_equal(size.count, 0);
	assert_int_equal(size.last, 0);
	store_rollback(b.store);
	bench_stop(&b);
}

/* The subscriber's side */

static bool repeated(struct repeats *r, const char *from, const char *id, const char *inner)
{
	AUTO_FREE char *xml = mem_printf("<message xmlns='jabber:client' from='%s'%s%s%s><event xmlns='" NS "#event'>%s"
					 "</event></message>", from, *id ? " id='" : "", id, *id ? "'" : "", inner);
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	s = xmpp_stanza_new_from_string(bench_context(), xml);
	assert_non_null(s);
	return repeats_has(r, s);
}

#define I(id) "<items node='n'><item id='" id "'/></items>"

static void repeats__same_id_sender_and_content__one(void **state)
{
	struct repeats r = { 0 };

	(void)state;
	assert_false(repeated(&r, "a@b", "1", I("x")));
	assert_true(repeated(&r, "a@b", "1", I("x")));
	assert_false(repeated(&r, "a@b", "2", I("x")));
	assert_false(repeated(&r, "a@c", "1", I("x")));
	assert_false(repeated(&r, "a@b", "1", I("y")));
	assert_false(repeated(&r, "a@b", "1", "<items node='n'><retract id='x'/></items>"));
	assert_true(repeated(&r, "a@b", "2", I("x")));
	/* Without an id nobody can tell. */
	assert_false(repeated(&r, "a@b", "", I("x")));
	assert_false(repeated(&r, "a@b", "", I("x")));
	repeats_release(&r);
}

static bool numbered(struct repeats *r, int n)
{
	AUTO_FREE char *id = mem_printf("%d", n);

	return repeated(r, "a@b", id, I("x"));
}

static void repeats__many__the_last_are_known(void **state)
{
	const int count = 2 * REPEAT_LEAST + 100;
	struct repeats r = { 0 };

	(void)state;
	for (int i = 0; i < count; i++)
		assert_false(numbered(&r, i));
	assert_in_range(r.young.used + r.old.used, REPEAT_LEAST, 2 * REPEAT_LEAST);
	for (int i = count - REPEAT_LEAST; i < count; i += 100)
		assert_true(numbered(&r, i));
	assert_false(numbered(&r, 0));
	repeats_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publish__nobody_is_told__nothing_is_written),
		cmocka_unit_test(publish__switched_off__nothing_is_written),
		cmocka_unit_test(publish__refused__nothing_is_written),
		cmocka_unit_test(confirmed__by_the_session__ends_it),
		cmocka_unit_test(answer__of_the_server__ends_it),
		cmocka_unit_test(answer__none__asked_again),
		cmocka_unit_test(restart__unproved__sent_again_under_the_same_id),
		cmocka_unit_test(down__in_between__sent_again_before_what_is_newer),
		cmocka_unit_test(restart__in_the_middle_of_an_event__goes_on_from_there),
		cmocka_unit_test(restart__node_deleted__its_subscribers_are_told),
		cmocka_unit_test(delete__after_it_was_sent__told_again),
		cmocka_unit_test(restart__other_subscribers__those_of_then_are_told),
		cmocka_unit_test(collection__restart__its_subscribers_are_told),
		cmocka_unit_test(spill__server_takes_nothing__all_comes_later),
		cmocka_unit_test(full__requests_are_refused_and_nothing_is_dropped),
		cmocka_unit_test(damaged__row__passed_over),
		cmocka_unit_test(store__places__rows_go_in_order),
		cmocka_unit_test(repeats__same_id_sender_and_content__one),
		cmocka_unit_test(repeats__many__the_last_are_known),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
