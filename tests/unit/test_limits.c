/* SPDX-License-Identifier: MIT */
/* What there may be no more of, and who may not ask any more. */
#include "unit.h"

#include <string.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "serve_bench.h"

#define CREATE(from, node) SET(from, PS("<create node='" node "'/>"))
#define PUBLISH_AT(from, node, id) \
	SET(from, PS("<publish node='" node "'><item id='" id "'>" X "</item></publish>"))
#define PUBLISHED_AT(to, node, id) RESULT(to, PS("<publish node='" node "'><item id='" id "'/></publish>"))
#define TOO_MANY_SUBS(to) \
	ERROR(to, "wait", CONDITION("policy-violation") SPECIAL("too-many-subscriptions"))
#define TOO_MANY_NODES(to) ERROR(to, "cancel", CONDITION("not-allowed") SPECIAL("max-nodes-exceeded"))
#define TOO_MANY_ITEMS(to) ERROR(to, "cancel", CONDITION("not-allowed") SPECIAL("max-items-exceeded"))
#define TOO_FAST(to) ERROR(to, "wait", CONDITION("policy-violation"))
#define RETRACT(from, node, id) SET(from, PS("<retract node='" node "'><item id='" id "'/></retract>"))

/* One option is given; its text is at that place of config.given. */
static void play_with(size_t option, const char *value, const struct step *steps, size_t n)
{
	struct bench b;

	bench_init(&b);
	*(char **)((char *)&b.config.given + option) = mem_strdup(value);
	bench_start(&b, SVC, false);
	bench_play_on(&b, steps, n);
	bench_stop(&b);
}
#define PLAY_WITH(option, value, steps) \
	play_with(offsetof(__typeof__(((struct config *)NULL)->given), option), value, steps, \
		  sizeof(steps) / sizeof((steps)[0]))

static void subscribers__of_one_node__limited(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "create", CREATE(OWNER, "m"), RESULT(OWNER, "") },
		{ "1", SUBSCRIBE(USER, "user@example.com"), SUBSCRIBED(USER, "user@example.com") },
		{ "2", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
		{ "3", SUBSCRIBE(OWNER, OWNER), TOO_MANY_SUBS(OWNER) },
		{ "again", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
		{ "elsewhere", SET(OWNER, PS("<subscribe node='m' jid='" OWNER "'/>")),
		  RESULT(OWNER, PS("<subscription node='m' jid='" OWNER "' subscription='subscribed'/>")) },
		{ "leave", SET(EVE, PS("<unsubscribe node='n' jid='" EVE "'/>")), RESULT(EVE, "") },
		{ "room", SUBSCRIBE(OWNER, OWNER), SUBSCRIBED(OWNER, OWNER) },
	};

	(void)state;
	PLAY_WITH(max_subscribers, "2", steps);
}

static void items__of_one_owner__limited_over_all_nodes(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "create", CREATE(OWNER, "m"), RESULT(OWNER, "") },
		{ "create", CREATE(USER, "e"), RESULT(USER, "") },
		{ "1", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "2", PUBLISH_AT(OWNER, "m", "2"), PUBLISHED_AT(OWNER, "m", "2") },
		{ "3", PUBLISH_AT(OWNER, "m", "3"), PUBLISHED_AT(OWNER, "m", "3") },
		{ "4", PUBLISH(OWNER, "4"), TOO_MANY_ITEMS(OWNER) },
		{ "nothing of it", ITEMS(OWNER, "", ""), ITEMS_ARE(OWNER, ONE("1"), "") },
		{ "created by publishing", PUBLISH_AT(OWNER, "o", "4"), TOO_MANY_ITEMS(OWNER) },
		{ "replace", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "others", PUBLISH_AT(USER, "e", "1"), PUBLISHED_AT(USER, "e", "1") },
		{ "retract", RETRACT(OWNER, "m", "2"), RESULT(OWNER, "") },
		{ "room", PUBLISH(OWNER, "4"), PUBLISHED(OWNER, "4") },
		{ "full", PUBLISH(OWNER, "5"), TOO_MANY_ITEMS(OWNER) },
		{ "delete", SET(OWNER, OWN("<delete node='m'/>")), RESULT(OWNER, "") },
		{ "room", PUBLISH(OWNER, "5"), PUBLISHED(OWNER, "5") },
		{ "full", PUBLISH(OWNER, "6"), TOO_MANY_ITEMS(OWNER) },
		{ "purge", SET(OWNER, OWN("<purge node='n'/>")), RESULT(OWNER, "") },
		{ "room", PUBLISH(OWNER, "6"), PUBLISHED(OWNER, "6") },
	};

	(void)state;
	PLAY_WITH(max_owner_items, "3", steps);
}

static void nodes__of_all_together__limited(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "2", CREATE(USER, "e"), RESULT(USER, "") },
		{ "3", CREATE(USER, "u"), TOO_MANY_NODES(USER) },
		{ "by publishing", PUBLISH_AT(USER, "u", "1"), TOO_MANY_NODES(USER) },
		{ "delete", SET(OWNER, OWN("<delete node='n'/>")), RESULT(OWNER, "") },
		{ "room", CREATE(USER, "u"), RESULT(USER, "") },
	};

	(void)state;
	PLAY_WITH(max_total_nodes, "2", steps);
}

#define AFFILIATE(list) SET(OWNER, OWN("<affiliations node='n'>" list "</affiliations>"))
#define TOLD(jid, affiliation_) "<message from='" SVC "' to='" jid "' id='*'>" \
	PS("<affiliations node='n'><affiliation jid='" jid "' affiliation='" affiliation_ "'/></affiliations>") "</message>"
#define MEMBER(jid) "<affiliation jid='" jid "' affiliation='member'/>"

static void affiliations__of_one_node__limited(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "two more, one is too many", AFFILIATE(MEMBER("a@example.com") MEMBER("b@example.com")),
		  ERROR(OWNER, "wait", CONDITION("resource-constraint")) },
		{ "nothing of it", GET(OWNER, OWN("<affiliations node='n'/>")),
		  RESULT(OWNER, OWN("<affiliations node='n'><affiliation jid='" OWNED
				    "' affiliation='owner'/></affiliations>")) },
		{ "one", AFFILIATE(MEMBER("a@example.com")),
		  RESULT(OWNER, "") TOLD("a@example.com", "member") },
		{ "another for it", AFFILIATE("<affiliation jid='a@example.com' affiliation='none'/>"
					      MEMBER("b@example.com")),
		  RESULT(OWNER, "") TOLD("a@example.com", "none") TOLD("b@example.com", "member") },
	};

	(void)state;
	PLAY_WITH(max_subscribers, "2", steps);
}

/* Others, and those who look after the service, are not slowed down by it. */
static void rate__one_asks_too_often__that_one_is_refused(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "1", PUBLISH(USER, "1"), FORBIDDEN(USER) },
		{ "2, no operation", SET(USER, PS("")), BAD_REQUEST(USER) },
		{ "3", SUBSCRIBE(USER, "user@example.com"), TOO_FAST(USER) },
		{ "another resource",
		  SET("user@example.com/other", PS("<subscribe node='n' jid='user@example.com'/>")),
		  TOO_FAST("user@example.com/other") },
		{ "others", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
		{ "admin", CREATE(ADMIN, "1"), RESULT(ADMIN, "") },
		{ "admin", CREATE(ADMIN, "2"), RESULT(ADMIN, "") },
		{ "admin", CREATE(ADMIN, "3"), RESULT(ADMIN, "") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.max_rate = mem_strdup("1/2");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	/* What is for the session to answer is none of the service's business. */
	assert_false(bench_take(&b, GET(USER, "<ping xmlns='urn:xmpp:ping'/>")));
	bench_stop(&b);
}

/* SUB-13 */
static void anonymous__by_domain__may_read_and_not_subscribe(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "SUB-13", SUBSCRIBE(EVE, EVE), ERROR(EVE, "cancel", CONDITION("forbidden")) },
		{ "SUB-13", SUBSCRIBE(EVE, "eve@evil.example"),
		  ERROR(EVE, "cancel", CONDITION("forbidden")) },
		{ "read", ITEMS(EVE, "", ""), ITEMS_ARE(EVE, "", "") },
		{ "part of the name",
		  SUBSCRIBE("eve@not.evil.example/x", "eve@not.evil.example/x"),
		  SUBSCRIBED("eve@not.evil.example/x", "eve@not.evil.example/x") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_give(&b.config.given.anonymous, "Evil.Example");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void options__with_two_numbers__both_or_one(void **state)
{
	static const struct {
		const char *given;
		int result;
		uint64_t n, more;
	} rows[] = {
		{ "5", 0, 5, 5 },	   { "5/7", 0, 5, 7 },	     { "1/1000000000", 0, 1, 1000000000 },
		{ "0", EX_USAGE, 0, 0 },   { "/", EX_USAGE, 0, 0 },  { "5/", EX_USAGE, 0, 0 },
		{ "5/0", EX_USAGE, 0, 0 }, { "x", EX_USAGE, 0, 0 },  { "5/1/2", EX_USAGE, 0, 0 },
		{ "", EX_USAGE, 0, 0 },	   { "-1", EX_USAGE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config c;

		config_init(&c);
		c.given.store = mem_strdup("memory:");
		c.given.max_rate = mem_strdup(rows[i].given);
		assert_int_equal(config_resolve(&c, SVC, false), rows[i].result);
		if (!rows[i].result) {
			assert_int_equal(c.max_rate, rows[i].n);
			assert_int_equal(c.rate_burst, rows[i].more);
			assert_int_equal(c.max_bounces, 20);
			assert_int_equal(c.bounce_hours, 168);
		}
		config_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subscribers__of_one_node__limited),
		cmocka_unit_test(items__of_one_owner__limited_over_all_nodes),
		cmocka_unit_test(nodes__of_all_together__limited),
		cmocka_unit_test(affiliations__of_one_node__limited),
		cmocka_unit_test(rate__one_asks_too_often__that_one_is_refused),
		cmocka_unit_test(anonymous__by_domain__may_read_and_not_subscribe),
		cmocka_unit_test(options__with_two_numbers__both_or_one),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
