/* SPDX-License-Identifier: MIT */
/*
 * Presence and rosters: what comes in, what goes out, what ends. Each step names the rows of the
 * requirements that it shows.
 */
#include "unit.h"

#include "serve_bench.h"

#include <stdio.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"

#define ROSTER(body) "<query xmlns='jabber:iq:roster'>" body "</query>"
#define PUSH(from, body) "<iq xmlns='jabber:client' type='set' id='p' " from ">" ROSTER(body) "</iq>"
#define PRESENCE(from, attrs, body) \
	"<presence xmlns='jabber:client' from='" from "' to='" SVC "' " attrs ">" body "</presence>"
#define HERE(from) PRESENCE(from, "", "")
#define GONE(from) PRESENCE(from, "type='unavailable'", "")
#define CAPS "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x-pubsub:serve' ver='*'/>"
#define USERB "user@example.com"
#define SVCB "svc@example.com"
#define CREATE_WITH(fields) \
	{ "CREATE-09", SET(OWNER, PS("<create node='n'/><configure><x xmlns='jabber:x:data' type='submit'>" \
				     fields "</x></configure>")), RESULT(OWNER, "") }
#define FIELD(var, value) "<field var='pubsub#" var "'><value>" value "</value></field>"
#define SUB_NEWS(to, jid, state) \
	"<message from='" SVC "' to='" to "' id='*'><event xmlns='" NS "#event'><subscription node='n' jid='" jid \
	"' subscription='" state "'/></event></message>"

/* A component's own */
#define COMP "pubsub.example.com"
#define CP(from, type) "<presence xmlns='jabber:component:accept' from='" from "' to='" COMP "' type='" type "'/>"
#define FROM_COMP(type, to) "<presence from='" COMP "' to='" to "' type='" type "'/>"
#define COMP_HERE(to) "<presence from='" COMP "' to='" to "'>" CAPS "</presence>"

static void account__login__roster_then_presence(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	service_up(b.service);
	bench_expect(&b, "ACCT-05", "<iq type='get' id='ask'>" ROSTER("") "</iq>");
	bench_answer(&b, "<iq type='result'>" ROSTER(
		"<item jid='" USERB "' subscription='from'><group>Kin</group></item>"
		"<item jid='Both@example.com' subscription='both'/>"
		"<item jid='to@example.com' subscription='to'/>"
		"<item jid='asked@example.com' subscription='none' ask='subscribe'/>") "</iq>");
	bench_expect(&b, "ACCT-03 X0115-05", "<presence>" CAPS "</presence>");
	bench_stop(&b);
}

/* X0115-05: presence names what is offered now. */
static void caps__after_a_reload__said_anew_where_they_are_others(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, COMP, true);
	TAKE(&b, CP("u@example.com", "subscribe"), CP("u@example.com", "unsubscribed"));
	service_turn(b.service);
	str_reset(&b.sent);
	service_reconfigured(b.service);
	bench_expect(&b, "X0115-05 (nothing has changed)", "");
	bench_give(&b.config.disabled, "purge-nodes");
	service_reconfigured(b.service);
	bench_expect(&b, "X0115-05", COMP_HERE("u@example.com"));
	service_reconfigured(b.service);
	bench_expect(&b, "X0115-05 (nothing has changed)", "");
	bench_stop(&b);
}

/* The roster decides who may read, and says so in pushes. */
static void roster__pushes__from_the_account_alone(void **state)
{
	static const struct step steps[] = {
		CREATE_WITH(FIELD("access_model", "roster") FIELD("roster_groups_allowed", "Kin")),
		{ "ACC-07", ITEMS(USER, "", ""),
		  ERROR(USER, "auth", CONDITION("not-authorized") SPECIAL("not-in-roster-group")) },
		{ "ACCT-04", PUSH("", "<item jid='" USERB "' subscription='both'><group>Kin</group></item>"),
		  "<iq type='result' id='p'/>" },
		{ "ACC-08 ACCT-04", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
		{ "ACCT-04", PUSH("from='" SVCB "'", "<item jid='" USERB "' subscription='from'><group>Foes</group>"
				  "<group>Kin</group></item>"), "<iq type='result' id='p'/>" },
		{ "ACC-08", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
		{ "ACC-07", SUBSCRIBE(USER, USERB), SUBSCRIBED(USER, USERB) },
		{ "ACC-20", PUSH("from='" SVCB "'", "<item jid='" USERB "' subscription='from'><group>Foes</group></item>"),
		  SUB_NEWS(USERB, USERB, "none") "<iq type='result' id='p'/>" },
		{ "ACC-20", ITEMS(USER, "", ""),
		  ERROR(USER, "auth", CONDITION("not-authorized") SPECIAL("not-in-roster-group")) },
		{ "ACCT-04", PUSH("", "<item jid='" USERB "' subscription='to'><group>Kin</group></item>"),
		  "<iq type='result' id='p'/>" },
		{ "SUB-10 (in the group, sees no presence)", SUBSCRIBE(USER, USERB),
		  ERROR(USER, "auth", CONDITION("not-authorized") SPECIAL("not-in-roster-group")) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	/* ACCT-04 */
	assert_false(bench_take(&b, PUSH("from='" EVE "'", "<item jid='" USERB "' subscription='both'><group>Kin</group></item>")));
	assert_false(bench_take(&b, PUSH("from='" ADMIN "'", "<item jid='" USERB "' subscription='both'><group>Kin</group></item>")));
	TAKE(&b, ITEMS(USER, "", ""));
	service_turn(b.service);
	bench_expect(&b, "ACCT-04",
		     ERROR(USER, "auth", CONDITION("not-authorized") SPECIAL("not-in-roster-group")));
	bench_stop(&b);
}

/* What has been lost while the service was away ends subscriptions, too. */
static void roster__fetched_again__what_is_missing_is_lost(void **state)
{
	static const struct step steps[] = {
		CREATE_WITH(FIELD("access_model", "presence")),
		{ "ACCT-05", PUSH("", "<item jid='" USERB "' subscription='from'/>"), "<iq type='result' id='p'/>" },
		{ "ACC-05", SUBSCRIBE(USER, USERB), SUBSCRIBED(USER, USERB) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	service_up(b.service);
	bench_expect(&b, "ACCT-05", "<iq type='get' id='ask'>" ROSTER("") "</iq>");
	bench_answer(&b, "<iq type='error'/>");
	bench_expect(&b, "ACCT-03", "<presence>" CAPS "</presence>");
	service_up(b.service);
	bench_expect(&b, "ACCT-05", "<iq type='get' id='ask'>" ROSTER("") "</iq>");
	bench_answer(&b, "<iq type='result'>" ROSTER("<item jid='other@example.com' subscription='both'/>") "</iq>");
	bench_expect(&b, "ACC-19", "<presence>" CAPS "</presence>" SUB_NEWS(USERB, USERB, "none"));
	bench_stop(&b);
}

static void component__subscriptions__both_ways(void **state)
{
	static const struct step steps[] = {
		{ "PRES-03 (a stranger)", CP("u@example.com", "probe"), FROM_COMP("unsubscribed", "u@example.com") },
		{ "PRES-04 IM-05", CP("u@example.com", "subscribe"),
		  FROM_COMP("subscribed", "u@example.com") COMP_HERE("u@example.com") FROM_COMP("subscribe", "u@example.com") },
		{ "PRES-04 (again)", CP("u@example.com", "subscribe"),
		  FROM_COMP("subscribed", "u@example.com") COMP_HERE("u@example.com") },
		{ "PRES-03", CP("u@example.com", "probe"), COMP_HERE("u@example.com") },
		{ "PRES-04", CP("u@example.com", "subscribed"), "" },
		{ "PRES-04 (nobody has asked)", CP("v@example.com", "subscribed"), "" },
		{ "PRES-04 (another domain)", CP("eve@evil.example", "subscribe"), FROM_COMP("unsubscribed", "eve@evil.example") },
		{ "PRES-04", CP("w@pubsub.example.com", "subscribe"),
		  FROM_COMP("subscribed", "w@pubsub.example.com") COMP_HERE("w@pubsub.example.com")
		  FROM_COMP("subscribe", "w@pubsub.example.com") },
		{ "PRES-04", CP("w@pubsub.example.com", "unsubscribed"), "" },
		{ "X0114-06", "<presence xmlns='jabber:component:accept' from='u@example.com' to='x@" COMP "' type='subscribe'/>", "" },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, COMP, true);
	PLAY_ON(&b, steps);
	service_up(b.service);
	bench_expect(&b, "PRES-03", COMP_HERE("u@example.com") FROM_COMP("probe", "u@example.com")
		     COMP_HERE("w@pubsub.example.com"));
	service_leave(b.service);
	service_turn(b.service);
	bench_expect(&b, "PRES-03", FROM_COMP("unavailable", "u@example.com")
		     FROM_COMP("unavailable", "w@pubsub.example.com"));
	TAKE(&b, CP("u@example.com", "unsubscribe"));
	service_turn(b.service);
	bench_expect(&b, "PRES-04", FROM_COMP("unavailable", "u@example.com") FROM_COMP("unsubscribed", "u@example.com"));
	bench_stop(&b);
}

static void policy__each__as_it_says(void **state)
{
	static const struct {
		const char *who, *jid;
		bool component, approved, refused;
	} rows[] = {
		{ "anyone", "eve@evil.example", true, true, false },
		{ "domain", "eve@evil.example", true, false, true },
		{ "domain", "u@example.com", true, true, false },
		{ "admins", "u@example.com", true, false, true },
		{ "admins", "admin@far.example", true, true, false },
		{ "domain", "admin@far.example", true, true, false },
		{ "nobody", "admin@far.example", true, false, true },
		{ "anyone", "eve@evil.example", false, true, false },
		{ "domain", "eve@evil.example", false, false, true },
		/* left to another client of the account's */
		{ "nobody", "eve@evil.example", false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char in[200];
		struct bench b;

		bench_init(&b);
		b.config.given.presence = mem_strdup(rows[i].who);
		bench_give(&b.config.given.admins, "admin@far.example");
		bench_start(&b, rows[i].component ? COMP : SVC, rows[i].component);
		snprintf(in, sizeof(in), "<presence xmlns='jabber:client' from='%s' type='subscribe'/>", rows[i].jid);
		assert_true(bench_take(&b, in));
		service_turn(b.service);
		assert_int_equal(b.sent.len && strstr(b.sent.p, "type='subscribed'"), rows[i].approved);
		assert_int_equal(b.sent.len && strstr(b.sent.p, "type='unsubscribed'"), rows[i].refused);
		bench_stop(&b);
	}
}

static void contacts__limit__refused_beyond(void **state)
{
	static const struct step steps[] = {
		{ "PRES-04", CP("a@example.com", "subscribe"),
		  FROM_COMP("subscribed", "a@example.com") COMP_HERE("a@example.com") FROM_COMP("subscribe", "a@example.com") },
		{ "PRES-04 (no room)", CP("b@example.com", "subscribe"), FROM_COMP("unsubscribed", "b@example.com") },
		{ "PRES-04", CP("a@example.com", "subscribe"), FROM_COMP("subscribed", "a@example.com") COMP_HERE("a@example.com") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.max_contacts = mem_strdup("1");
	bench_start(&b, COMP, true);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

/* Gives the only subscription of node n options, as if by a request. */
static void set_options(struct bench *b, int64_t expire, unsigned shows)
{
	struct sub_options options;

	sub_options_init(&options);
	options.expire = expire;
	options.shows = shows;
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_sub_set_options(b->store, 1, &options), 0);
	assert_int_equal(store_commit(b->store), 0);
	sub_options_release(&options);
}

static void options__show_values__in_these_alone(void **state)
{
	static const struct step before[] = {
		CREATE_N,
		{ "SUB-04", SUBSCRIBE(USER, USERB), SUBSCRIBED(USER, USERB) },
	};
#define SHOWN(id) { "OPT-30", PUBLISH(OWNER, id), PUBLISHED(OWNER, id) EVENT(USERB, "<items node='n'>" ONE(id) "</items>") }
#define HIDDEN(id) { "OPT-30", PUBLISH(OWNER, id), PUBLISHED(OWNER, id) }
#define SHOW(show) { "OPT-30", PRESENCE(USER, "", "<show>" show "</show>"), "" }
	static const struct step after[] = {
		HIDDEN("1"), /* not known to be available at all */
		{ "CFG-34", HERE(USER), LAST(USER, ONE("1")) },
		SHOWN("2"), SHOW("dnd"), HIDDEN("3"), SHOW("chat"), SHOWN("4"), SHOW("away"), HIDDEN("5"),
		{ "OPT-30", PRESENCE(USERB "/two", "", "<show>chat</show><priority>-1</priority>"), LAST(USERB "/two", ONE("5")) },
		HIDDEN("6"),
		{ "OPT-30", GONE(USER), "" },
		HIDDEN("7"),
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	set_options(&b, 0, 1u << SHOW_ONLINE | 1u << SHOW_CHAT);
	PLAY_ON(&b, after);
	bench_stop(&b);
}

static void options__expire_with_presence__of_the_last_resource(void **state)
{
	static const struct step before[] = {
		CREATE_N,
		{ "SUB-04", SUBSCRIBE(USER, USERB), SUBSCRIBED(USER, USERB) },
		{ "OPT-25", HERE(USER), "" },
		{ "OPT-25", HERE(USERB "/two"), "" },
	};
	static const struct step after[] = {
		{ "OPT-25", GONE(USER), "" },
		{ "OPT-25", SUBSCRIBE(USER, USERB), SUBSCRIBED(USER, USERB) },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") EVENT(USERB, "<items node='n'>" ONE("1") "</items>") },
		{ "OPT-25 (not to the service's knowledge)", GONE(USERB), "" },
		{ "OPT-25 PRES-09", PRESENCE(USERB "/two", "type='error'", ""), "" },
		{ "OPT-25 PRES-09", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	set_options(&b, EXPIRE_PRESENCE, (1u << SHOW_MAX) - 1);
	PLAY_ON(&b, after);
	bench_stop(&b);
}

/* PRES-03: who has not come back after a login has gone. */
static void sweep__after_a_login__ends_what_went_with_presence(void **state)
{
	static const struct step before[] = {
		CREATE_WITH(FIELD("tempsub", "1") FIELD("purge_offline", "1") FIELD("publish_model", "open")),
		{ "PRES-01", SUBSCRIBE(USER, USERB), "<presence type='subscribe' to='" USERB "'/>" SUBSCRIBED(USER, USERB) },
		{ "PRES-01", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) "<presence type='subscribe' to='eve@evil.example'/>" },
	};
	static const struct step after[] = {
		{ "PRES-09", HERE(EVE), "" },
		{ "CFG-30", PUBLISH(EVE, "1"), "*" },
		{ "CFG-30", PUBLISH(OWNER, "2"), "*" },
	};
	struct bench b;
	int64_t time;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		TAKE(&b, before[i].in);
		service_turn(b.service);
	}
	str_reset(&b.sent);
	service_up(b.service);
	bench_answer(&b, "<iq type='result'>" ROSTER("") "</iq>");
	assert_true(service_due(b.service, &time));
	assert_true(time < INT64_MAX);
	str_reset(&b.sent);
	PLAY_ON(&b, after);
	b.service->sweep_at = 1;
	service_run(b.service);
	bench_expect(&b, "PRES-03 PRES-09 CFG-30", EVENT(EVE, "<items node='n'><retract id='2'/></items>"));
	TAKE(&b, SUBSCRIBE(EVE, EVE), ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "PRES-09 CFG-30", SUBSCRIBED(EVE, EVE)
		     ITEMS_ARE(EVE, ITEM("1", "eve@evil.example"), ""));
	bench_stop(&b);
}

/* What the server has not taken yet is dropped for those who have gone meanwhile (PRES-02). */
static void presence_based__gone_before_it_is_sent__nothing(void **state)
{
	static const struct step before[] = {
		CREATE_WITH(FIELD("presence_based_delivery", "1")),
		{ "PRES-01", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) "<presence type='subscribe' to='" USERB "'/>" },
		{ "PRES-02", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PRES-02 CFG-34", HERE(USER), LAST(USER, ONE("1")) },
		{ "PRES-02", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") EVENT(USER, "<items node='n'>" ONE("2") "</items>") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	b.queued = b.sink.high;
	TAKE(&b, PUBLISH(OWNER, "3"), GONE(USER));
	service_turn(b.service);
	b.queued = 0;
	service_resume(b.service);
	bench_expect(&b, "PRES-02", PUBLISHED(OWNER, "3"));
	bench_stop(&b);
}

/* A hash that is asked of several, until one tells the truth. */
static void caps__wrong_answer__the_next_is_asked(void **state)
{
#define WITH_CAPS(from) \
	PRESENCE(from, "", "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:c' ver='8T7kgXIRYiLDGh14cfWbU/Wbrds='/>")
#define ASKED(to) "<iq type='get' id='ask' to='" to "'>" QUERY("info", "node='urn:c#8T7kgXIRYiLDGh14cfWbU/Wbrds='", "") "</iq>"
#define TELLS(features) "<iq type='result'>" QUERY("info", "", "<identity category='client' type='pc' name='w'/>" features) "</iq>"
#define TUNE "<feature var='tune+notify'/>"
#define IN_TUNE(to) \
	"<message type='headline' from='" SVC "' to='" to "' id='*'><event xmlns='" NS "#event'><items node='tune'>*" \
	"</items></event><delay xmlns='urn:xmpp:delay' from='" SVC "' stamp='*Z'/></message>"
	static const struct step before[] = {
		{ "CREATE-01", SET(OWNER, PS("<create node='tune'/>")), RESULT(OWNER, "") },
		{ "PUB-07", SET(OWNER, PS("<publish node='tune'><item id='1'>" X "</item></publish>")), "*" },
		{ "X0115-02", WITH_CAPS(EVE), ASKED(EVE) },
		{ "X0115-02 (one is asked already)", WITH_CAPS(USER), "" },
		{ "X0115-02", WITH_CAPS(OWNER), "" },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_give(&b.config.given.anonymous, "guest.example");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	bench_answer(&b, TELLS(TUNE "<feature var='lie'/>"));
	bench_expect(&b, "X0115-03", ASKED(OWNER) IN_TUNE(EVE));
	bench_answer(&b, TELLS(TUNE));
	bench_expect(&b, "X0115-02 PRES-05", IN_TUNE(OWNER) IN_TUNE(USER));
	TAKE(&b, WITH_CAPS(ADMIN));
	service_turn(b.service);
	bench_expect(&b, "X0115-02 IM-02", IN_TUNE(ADMIN));
	TAKE(&b, WITH_CAPS("x@guest.example/1"));
	service_turn(b.service);
	bench_expect(&b, "SUB-13", "");
	/* Who names none any more wishes nothing any more. */
	TAKE(&b, HERE(ADMIN), GONE(EVE), GONE(OWNER));
	TAKE(&b, SET(OWNER, PS("<publish node='tune'><item id='2'>" X "</item></publish>")));
	service_turn(b.service);
	bench_expect(&b, "PRES-06 PRES-07 PRES-08",
		     RESULT(OWNER, PS("<publish node='tune'><item id='2'/></publish>"))
		     EVENT(USER, "<items node='tune'><item id='2' publisher='" OWNED "'>" X "</item></items>"));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account__login__roster_then_presence),
		cmocka_unit_test(caps__after_a_reload__said_anew_where_they_are_others),
		cmocka_unit_test(roster__pushes__from_the_account_alone),
		cmocka_unit_test(roster__fetched_again__what_is_missing_is_lost),
		cmocka_unit_test(component__subscriptions__both_ways),
		cmocka_unit_test(policy__each__as_it_says),
		cmocka_unit_test(contacts__limit__refused_beyond),
		cmocka_unit_test(options__show_values__in_these_alone),
		cmocka_unit_test(options__expire_with_presence__of_the_last_resource),
		cmocka_unit_test(sweep__after_a_login__ends_what_went_with_presence),
		cmocka_unit_test(presence_based__gone_before_it_is_sent__nothing),
		cmocka_unit_test(caps__wrong_answer__the_next_is_asked),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
