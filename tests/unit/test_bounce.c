/* SPDX-License-Identifier: MIT */
/* Notifications that come back (XEP-0060 section 12.4). */
#include "unit.h"

#include <inttypes.h>
#include <string.h>

#include "cmd/serve/metrics.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/time.h"
#include "serve_bench.h"

#define GONE "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
#define PUBLISH_SOME SET(OWNER, PS("<publish node='n'><item id='1'>" X "</item></publish>"))

struct started {
	struct bench b;
	struct metrics metrics;
	char *id; /* of the last notification to @USER */
};

/* Node n, to which @USER, its account and @EVE are subscribed. */
static void start_with(struct started *t, const char *max_bounces, const char *outbox)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "sub", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "sub", SUBSCRIBE(USER, "user@example.com"), SUBSCRIBED(USER, "user@example.com") },
		{ "sub", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
	};

	*t = (struct started){ 0 };
	bench_init(&t->b);
	if (max_bounces)
		t->b.config.given.max_bounces = mem_strdup(max_bounces);
	bench_outbox(&t->b, outbox);
	bench_start(&t->b, SVC, false);
	metrics_init(&t->metrics);
	t->b.service->metrics = &t->metrics;
	PLAY_ON(&t->b, steps);
}

static void start(struct started *t, const char *max_bounces)
{
	start_with(t, max_bounces, "off");
}

static void stop(struct started *t)
{
	t->b.service->metrics = NULL;
	metrics_release(&t->metrics);
	bench_stop(&t->b);
	free(t->id);
}

/* Publishes; the id of the message that @USER gets. */
static void publish(struct started *t)
{
	const char *message, *id;

	TAKE(&t->b, PUBLISH_SOME);
	service_turn(t->b.service);
	message = strstr(t->b.sent.p, "to='" USER "'");
	assert_non_null(message);
	while (strncmp(message, "<message", 8))
		message--;
	id = strstr(message, " id='") + 5;
	free(t->id);
	t->id = mem_strndup(id, strcspn(id, "'"));
	str_reset(&t->b.sent);
}

static void bounce(struct started *t, const char *from, const char *id, const char *type,
		   const char *condition)
{
	AUTO_FREE char *xml = mem_printf(
		"<message xmlns='jabber:client' type='error' from='%s' to='" SVC "' id='%s'><error type='%s'>"
		"<%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
		from, id, type, condition);

	assert_true(bench_take(&t->b, xml));
	service_turn(t->b.service);
	/* An error is never answered. */
	bench_expect(&t->b, "bounce", "");
}

static int note(const struct subscription *row, void *data)
{
	*(struct bounces *)data = row->bounces;
	return 0;
}

/* -1: there is no such subscription. */
static int64_t bounces_of(struct started *t, const char *jid)
{
	struct bounces b = { .n = -1 };
	struct node n = { 0 };

	assert_int_equal(store_node_get(t->b.store, "n", &n), 0);
	assert_int_equal(store_sub_find(t->b.store, n.id, jid, note, &b), 0);
	node_release(&n);
	return b.n;
}

/* As if they had come so much earlier. */
static void age(struct started *t, int64_t first, int64_t last)
{
	int64_t now = time_now();
	struct bounces b = { .n = bounces_of(t, USER), .first = now - first, .last = now - last };

	/* Of the first subscription. */
	assert_int_equal(store_begin(t->b.store), 0);
	assert_int_equal(store_sub_set_bounces(t->b.store, 1, &b), 0);
	assert_int_equal(store_commit(t->b.store), 0);
	assert_int_equal(bounces_of(t, USER), b.n);
}

static void bounce__each_condition__ends_counts_or_is_passed_over(void **state)
{
	static const struct {
		const char *rows, *type, *condition;
		int64_t n; /* -1: ended */
	} rows[] = {
		{ "BOUNCE-02", "cancel", "item-not-found", -1 },
		{ "BOUNCE-02", "cancel", "remote-server-not-found", -1 },
		{ "BOUNCE-02", "modify", "gone", -1 },
		{ "BOUNCE-02", "wait", "gone", -1 },
		{ "BOUNCE-02", "modify", "jid-malformed", -1 },
		{ "BOUNCE-02", "cancel", "service-unavailable", 0 },
		/* Prosody, of what a client has not acknowledged before it left. */
		{ "BOUNCE-02", "cancel", "recipient-unavailable", 0 },
		{ "BOUNCE-04", "auth", "registration-required", 1 },
		{ "BOUNCE-04", "wait", "remote-server-timeout", 1 },
		{ "BOUNCE-04", "modify", "bad-request", 1 },
		{ "BOUNCE-04", "cancel", "bad-request", 1 },
		{ "BOUNCE-04", "cancel", "redirect", 1 },
		{ "BOUNCE-04", "modify", "not-acceptable", 1 },
		{ "other", "continue", "undefined-condition", 0 },
		{ "other", "modify", "undefined-condition", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct started t;

		start(&t, NULL);
		publish(&t);
		bounce(&t, USER, t.id, rows[i].type, rows[i].condition);
		if (bounces_of(&t, USER) != rows[i].n)
			fail_msg("%s %s: %" PRId64, rows[i].type, rows[i].condition,
				 bounces_of(&t, USER));
		/* The others' are theirs. */
		assert_int_equal(bounces_of(&t, "user@example.com"), 0);
		assert_int_equal(bounces_of(&t, EVE), 0);
		assert_int_equal(t.metrics.values[METRIC_BOUNCES_ENDED], rows[i].n == -1);
		assert_int_equal(t.metrics.values[METRIC_BOUNCES_COUNTED], rows[i].n == 1);
		assert_int_equal(t.metrics.values[METRIC_BOUNCES_IGNORED], rows[i].n == 0);
		stop(&t);
	}
}

/* BOUNCE-07 */
static void bounce__forged__no_effect(void **state)
{
	struct started t;
	AUTO_FREE char *longer = NULL, *later = NULL, *upper = NULL;
	const char *number;

	(void)state;
	start(&t, NULL);
	publish(&t);
	number = strrchr(t.id, '-') + 1;
	longer = mem_printf("%s-1", t.id);
	later = mem_printf("%.*sff%s", (int)(number - t.id), t.id, number);
	upper = mem_printf("%.*sX", (int)(number - t.id), t.id);
	bounce(&t, "mallory@evil.example/x", t.id, "cancel", "item-not-found");
	bounce(&t, "user@example.com/other", t.id, "cancel", "item-not-found");
	bounce(&t, USER, "some-1-1", "cancel", "item-not-found");
	bounce(&t, USER, "", "cancel", "item-not-found");
	bounce(&t, USER, strchr(t.id, '-'), "cancel", "item-not-found");
	bounce(&t, USER, longer, "cancel", "item-not-found");
	bounce(&t, USER, later, "cancel", "item-not-found");
	bounce(&t, USER, upper, "cancel", "item-not-found");
	/* Not an error. */
	assert_true(bench_take(&t.b, "<message xmlns='jabber:client' from='" USER "' to='" SVC
				     "'><error type='cancel'>" GONE "</error></message>"));
	assert_int_equal(bounces_of(&t, USER), 0);
	assert_int_equal(bounces_of(&t, "user@example.com"), 0);
	assert_int_equal(bounces_of(&t, EVE), 0);
	stop(&t);
}

/* What may be sent again has ids of another kind, which say whose they are. */
static void bounce__of_the_outbox__ends(void **state)
{
	AUTO_FREE char *others = NULL, *longer = NULL;
	struct started t;

	(void)state;
	start_with(&t, NULL, "on");
	publish(&t);
	others = mem_printf("%.*s-1", (int)(strrchr(t.id, '-') - t.id), t.id);
	longer = mem_printf("%s-1", t.id);
	bounce(&t, USER, others, "cancel", "item-not-found");
	bounce(&t, USER, longer, "cancel", "item-not-found");
	bounce(&t, EVE, t.id, "cancel", "item-not-found");
	assert_int_equal(bounces_of(&t, USER), 0);
	assert_int_equal(bounces_of(&t, EVE), 0);
	bounce(&t, USER, t.id, "cancel", "item-not-found");
	assert_int_equal(bounces_of(&t, USER), -1);
	stop(&t);
}

/* Of a node that is not there any more, and twice. */
static void bounce__too_late__no_effect(void **state)
{
	struct started t;

	(void)state;
	start(&t, NULL);
	publish(&t);
	bounce(&t, USER, t.id, "cancel", "item-not-found");
	bounce(&t, USER, t.id, "cancel", "item-not-found");
	assert_int_equal(bounces_of(&t, USER), -1);
	TAKE(&t.b, SET(OWNER, OWN("<delete node='n'/>")));
	service_turn(t.b.service);
	str_reset(&t.b.sent);
	bounce(&t, "user@example.com", t.id, "cancel", "item-not-found");
	assert_int_equal(t.metrics.values[METRIC_BOUNCES_ENDED], 1);
	assert_int_equal(t.metrics.values[METRIC_BOUNCES_IGNORED], 2);
	stop(&t);
}

/* BOUNCE-06 */
static void bounce__so_many_times__ends(void **state)
{
	struct started t;

	(void)state;
	start(&t, "3/0");
	publish(&t);
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), 2);
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), -1);
	stop(&t);
}

#define HOURS(n) ((n) * INT64_C(3600000))

/* An outage of an hour ends nothing, however much comes back in it. */
static void bounce__not_for_so_long__goes_on(void **state)
{
	struct started t;

	(void)state;
	start(&t, "3/48");
	publish(&t);
	for (int i = 0; i < 10; i++)
		bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), 10);
	age(&t, HOURS(47), HOURS(1));
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), 11);
	age(&t, HOURS(49), HOURS(1));
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), -1);
	stop(&t);
}

static void bounce__after_a_day_without__counted_anew(void **state)
{
	struct started t;

	(void)state;
	start(&t, "3/1");
	publish(&t);
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	age(&t, HOURS(70), HOURS(25));
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), 1);
	stop(&t);
}

/* BOUNCE-06: success resets it. */
static void bounce__sign_of_life__forgiven(void **state)
{
	struct started t;

	(void)state;
	start(&t, "3/0");
	publish(&t);
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	bounce(&t, EVE, t.id, "wait", "remote-server-timeout");
	TAKE(&t.b, ITEMS("user@example.com/other", "", ""));
	service_turn(t.b.service);
	str_reset(&t.b.sent);
	assert_int_equal(bounces_of(&t, USER), 0);
	assert_int_equal(bounces_of(&t, EVE), 1);
	bounce(&t, USER, t.id, "wait", "remote-server-timeout");
	assert_int_equal(bounces_of(&t, USER), 1);
	stop(&t);
}

/* Owners hear of it where the node says so (CFG-24). */
static void bounce__subscription_ends__owners_are_told(void **state)
{
	struct started t;
	AUTO_FREE char *xml = NULL;

	(void)state;
	start(&t, NULL);
	TAKE(&t.b, SET(OWNER, OWN("<configure node='n'><x xmlns='jabber:x:data' type='submit'>"
				  "<field var='FORM_TYPE' type='hidden'><value>" NS
				  "#node_config</value></field><field var='pubsub#notify_sub'>"
				  "<value>1</value></field></x></configure>")));
	service_turn(t.b.service);
	bench_expect(&t.b, "configure", RESULT(OWNER, ""));
	publish(&t);
	xml = mem_printf("<message xmlns='jabber:client' type='error' from='" USER "' to='" SVC
			 "' id='%s'><error type='modify'>" GONE "</error></message>",
			 t.id);
	assert_true(bench_take(&t.b, xml));
	service_turn(t.b.service);
	bench_expect(&t.b, "notify_sub",
		     "<message from='" SVC "' to='" OWNED "' id='*'><event xmlns='" NS
		     "#event'><subscription node='n' jid='" USER
		     "' subscription='none'/></event></message>");
	stop(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounce__each_condition__ends_counts_or_is_passed_over),
		cmocka_unit_test(bounce__forged__no_effect),
		cmocka_unit_test(bounce__of_the_outbox__ends),
		cmocka_unit_test(bounce__too_late__no_effect),
		cmocka_unit_test(bounce__so_many_times__ends),
		cmocka_unit_test(bounce__not_for_so_long__goes_on),
		cmocka_unit_test(bounce__after_a_day_without__counted_anew),
		cmocka_unit_test(bounce__sign_of_life__forgiven),
		cmocka_unit_test(bounce__subscription_ends__owners_are_told),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
