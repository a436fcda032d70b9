/* SPDX-License-Identifier: MIT */
/* What is told to somebody who was away (XEP-0312). */
#include "unit.h"

#include <string.h>

#include "cmd/serve/presence/since.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"
#include "serve_bench.h"

#define BARE "user@example.com"
#define STAMP(time) "<delay xmlns='urn:xmpp:delay' from='" SVC "' stamp='" time "'/>"
#define MISSED(node, item, time) \
	"<message type='headline' from='" SVC "' to='" USER "' id='*'><event xmlns='" NS "#event'>" \
	"<items node='" node "'>" item "</items></event>" STAMP(time) "</message>"
#define AT_1 "1970-01-01T00:00:01Z"
#define AT_2 "1970-01-01T00:00:02Z"
#define AT_3 "1970-01-01T00:00:03Z"

static int64_t node_id(struct bench *b, const char *name)
{
	struct node n = { 0 };
	int64_t id;

	assert_int_equal(store_node_get(b->store, name, &n), 0);
	id = n.id;
	node_release(&n);
	return id;
}

static void put_at(struct bench *b, const char *node, const char *id, int64_t seconds)
{
	struct item item = { .id = id, .publisher = OWNED, .payload = X, .payload_len = strlen(X) };
	int64_t seq;
	bool replaced;

	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_item_put(b->store, node_id(b, node), &item, 1000 * seconds, &seq, &replaced), 0);
	assert_int_equal(store_commit(b->store), 0);
}

static void subscribe(struct bench *b, const char *node, const char *jid, enum sub_state state, bool deliver)
{
	struct sub_options options;
	struct new_subscription sub = {
		.node = node_id(b, node), .jid = jid, .subid = "s", .state = state, .options = &options
	};
	int64_t key;

	sub_options_init(&options);
	options.deliver = deliver;
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_sub_add(b->store, &sub, &key), 0);
	assert_int_equal(store_commit(b->store), 0);
	sub_options_release(&options);
}

static int replay(struct request *r, void *data)
{
	const int64_t *seconds = data;

	return since_replay(r, USER, 1000 * *seconds);
}

static void expect_since(struct bench *b, int64_t seconds, const char *expected)
{
	str_reset(&b->sent);
	assert_int_equal(service_change(b->service, replay, &seconds), 0);
	service_turn(b->service);
	bench_expect(b, "X0312-02", expected);
}

static void start(struct bench *b)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "CREATE-01", SET(OWNER, PS("<create node='m'/>")), RESULT(OWNER, "") },
	};

	bench_init(b);
	bench_start(b, SVC, false);
	PLAY_ON(b, steps);
}

/* X0312-02: each item once, as it is now; what has gone is not told. */
static void since_replay__items__the_newer_ones(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	subscribe(&b, "n", BARE, SUB_SUBSCRIBED, true);
	put_at(&b, "n", "a", 1);
	put_at(&b, "n", "b", 2);
	put_at(&b, "n", "c", 2);
	put_at(&b, "m", "x", 3);
	put_at(&b, "n", "a", 3);
	assert_int_equal(store_begin(b.store), 0);
	assert_int_equal(store_item_delete(b.store, node_id(&b, "n"), "c"), 0);
	assert_int_equal(store_commit(b.store), 0);
	expect_since(&b, 0, MISSED("n", ONE("b"), AT_2) MISSED("n", ONE("a"), AT_3));
	expect_since(&b, 2, MISSED("n", ONE("b"), AT_2) MISSED("n", ONE("a"), AT_3));
	expect_since(&b, 3, MISSED("n", ONE("a"), AT_3));
	expect_since(&b, 4, "");
	bench_stop(&b);
}

static void since_replay__subscriptions__those_of_the_resource(void **state)
{
	static const struct {
		const char *jid;
		enum sub_state state;
		bool deliver, told;
	} rows[] = {
		{ BARE, SUB_SUBSCRIBED, true, true },
		{ USER, SUB_SUBSCRIBED, true, true },
		{ "user@example.com/other", SUB_SUBSCRIBED, true, false },
		{ "eve@evil.example", SUB_SUBSCRIBED, true, false },
		{ BARE, SUB_PENDING, true, false },
		{ BARE, SUB_UNCONFIGURED, true, false },
		{ BARE, SUB_SUBSCRIBED, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;

		start(&b);
		put_at(&b, "n", "a", 1);
		subscribe(&b, "n", rows[i].jid, rows[i].state, rows[i].deliver);
		expect_since(&b, 0, rows[i].told ? MISSED("n", ONE("a"), AT_1) : "");
		bench_stop(&b);
	}
}

/* X0312-02, X0312-03: presence says since when, the first time that it comes. */
static void since__presence__replayed_once(void **state)
{
#define AGO(secs) "<ago xmlns='urn:xmpp:ago:0' secs='" secs "'/>"
#define HERE(body) "<presence xmlns='jabber:client' from='" USER "' to='" SVC "'>" body "</presence>"
#define GONE "<presence xmlns='jabber:client' from='" USER "' to='" SVC "' type='unavailable'/>"
	static const struct step steps[] = {
		{ "X0312-02", HERE(AGO("18446744073709551615")), MISSED("n", ONE("a"), AT_1) MISSED("n", ONE("b"), AT_2) },
		{ "X0312-03", HERE(AGO("18446744073709551615")), "" },
		{ "X0312-03", GONE, "" },
		{ "X0312-02", HERE(AGO("60")), "" },
		{ "X0312-03", GONE, "" },
		{ "CFG-34", HERE(""), MISSED("n", ONE("b"), AT_2) },
	};
	struct bench b;

	(void)state;
	start(&b);
	put_at(&b, "n", "a", 1);
	put_at(&b, "n", "b", 2);
	subscribe(&b, "n", BARE, SUB_SUBSCRIBED, true);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void since_replay__several_subscriptions__told_once(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	put_at(&b, "n", "a", 1);
	put_at(&b, "m", "b", 1);
	subscribe(&b, "n", BARE, SUB_SUBSCRIBED, true);
	subscribe(&b, "m", USER, SUB_SUBSCRIBED, true);
	subscribe(&b, "n", USER, SUB_SUBSCRIBED, true);
	expect_since(&b, 0, MISSED("n", ONE("a"), AT_1) MISSED("m", ONE("b"), AT_1));
	bench_stop(&b);
}

/* Who may read no more is told nothing. */
static void since_replay__banned__nothing(void **state)
{
	struct bench b;

	(void)state;
	start(&b);
	put_at(&b, "n", "a", 1);
	subscribe(&b, "n", BARE, SUB_SUBSCRIBED, true);
	bench_ban(&b, "n", BARE);
	expect_since(&b, 0, "");
	bench_stop(&b);
}

/* X0312-04 */
static void since_replay__long_absence__the_newest_alone(void **state)
{
	struct bench b;
	AUTO_STR want = { 0 };

	(void)state;
	start(&b);
	subscribe(&b, "n", BARE, SUB_SUBSCRIBED, true);
	for (int i = 0; i < SINCE_ITEMS + 2; i++) {
		AUTO_FREE char *id = mem_printf("i%d", i);

		put_at(&b, "n", id, 1);
		if (i >= 2)
			str_printf(&want, MISSED("n", ITEM("%s", OWNED), AT_1), id);
	}
	expect_since(&b, 0, want.p);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(since_replay__items__the_newer_ones),
		cmocka_unit_test(since_replay__subscriptions__those_of_the_resource),
		cmocka_unit_test(since__presence__replayed_once),
		cmocka_unit_test(since_replay__several_subscriptions__told_once),
		cmocka_unit_test(since_replay__banned__nothing),
		cmocka_unit_test(since_replay__long_absence__the_newest_alone),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
