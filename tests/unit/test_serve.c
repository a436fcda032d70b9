/* SPDX-License-Identifier: MIT */
/*
 * The dispatch of the service: a stanza in, stanzas out. Each step names the rows of the
 * requirements that it shows.
 */
#include "unit.h"

#include "cmd/serve/features.h"
#include "cmd/serve/op/ops.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "serve_bench.h"

static void iq__requests_that_make_no_sense__refused(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "GEN-07", SET(EVE, ""), BAD_REQUEST(EVE) },
		{ "GEN-07", SET(EVE, PS("<create/>") PS("<create/>")), BAD_REQUEST(EVE) },
		{ "GEN-07", IQ("fetch", EVE, PS("<create/>")), BAD_REQUEST(EVE) },
		{ "GEN-08", SET(OWNER, PS("")), BAD_REQUEST(OWNER) },
		{ "GEN-08", SET(OWNER, PS("<dance node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-08", SET(OWNER, PS("<create node='m'/><publish node='n'/>")),
		  BAD_REQUEST(OWNER) },
		{ "GEN-08", SET(OWNER, PS("<create node='m'/><configure/><configure/>")),
		  BAD_REQUEST(OWNER) },
		{ "GEN-09", GET(OWNER, PS("<publish node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-09", SET(OWNER, PS("<items node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-09", GET(OWNER, OWN("<delete node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-10", SET(OWNER, PS("<delete node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-10", SET(OWNER, OWN("<create node='m'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-10", GET(OWNER, PS("<configure node='n'/>")), BAD_REQUEST(OWNER) },
		{ "GEN-11", SET(USER, OWN("<purge node='n'/>")), FORBIDDEN(USER) },
		{ "GEN-08 GEN-09 GEN-10", GET(OWNER, QUERY("items", "", "")),
		  RESULT(OWNER, QUERY("items", "", "<item jid='" SVC "' node='n'/>")) },
		{ "GEN-05", IQ("result", EVE, ""), "" },
		{ "GEN-05", IQ("error", EVE, PS("<publish/>")), "" },
		{ "messages",
		  "<message xmlns='jabber:client' from='" EVE "' type='error'><body>x</body></message>",
		  "" },
		{ "presence", "<presence xmlns='jabber:client' from='" EVE "' type='invisible'/>",
		  "" },
		{ "sender", SET("a b@example.com", PS("<create/>")),
		  ERROR("a b@example.com", "modify", CONDITION("jid-malformed")) },
	};

	(void)state;
	PLAY(steps);
}

/*
 * GEN-04: what is known and not offered says so. Features that are there are switched off for it,
 * together with what would be looked at before.
 */
static void iq__known_but_not_offered__names_the_feature(void **state)
{
	static const struct {
		const char *feature, *in, *out;
	} rows[] = {
#define OFF(from, feature, in) { feature, in, UNSUPPORTED(from, feature) }
		OFF(OWNER, "config-node", GET(OWNER, OWN("<configure node='n'/>"))),
		OFF(OWNER, "config-node", SET(OWNER, OWN("<configure node='n'/>"))),
		OFF(OWNER, "config-node", GET(OWNER, OWN("<default/>"))),
		OFF(OWNER, "retrieve-default", GET(OWNER, OWN("<default/>"))),
		OFF(OWNER, "publish-options",
		    SET(OWNER, PS("<publish node='n'><item>" X "</item></publish><publish-options/>"))),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct step steps[] = {
			CREATE_N,
			{ rows[i].feature, rows[i].in, rows[i].out },
			{ "nothing has changed", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
		};
		struct bench b;

		bench_init(&b);
		if (feature_known(rows[i].feature))
			bench_give(&b.config.given.disabled, rows[i].feature);
		bench_start(&b, SVC, false);
		PLAY_ON(&b, steps);
		bench_stop(&b);
	}
}

/* The same for each row of the table, and for what may follow it; commands apart (PEND-05). */
static void iq__each_operation__can_be_switched_off(void **state)
{
	(void)state;
	for (const struct op *op = ops; op->type; op++) {
		const char *const features[] = { op->feature, op->also, op->companion_feature };

		for (size_t i = 0; i < 3; i++) {
			AUTO_FREE char *in = mem_printf(
				"<iq xmlns='jabber:client' type='%s' from='" USER "' to='" SVC "' id='q'>"
				"<pubsub xmlns='%s'><%s node='n' jid='" USER "'/>%s%s%s</pubsub></iq>",
				op->type, op->ns, op->element, i == 2 ? "<" : "", i == 2 ? op->companion : "",
				i == 2 ? "/>" : "");
			AUTO_FREE char *alone = mem_printf(
				"<iq xmlns='jabber:client' type='%s' from='" USER "' to='" SVC "' id='q'>"
				"<%s xmlns='%s' node='n'/></iq>",
				op->type, op->element, op->ns);
			AUTO_FREE char *out = NULL;
			bool is_pubsub = !strncmp(op->ns, NS, strlen(NS));
			struct bench b;

			if (!features[i] || strchr(features[i], ':') || (i == 2 && op->flags & OP_FORM_OPTIONAL))
				continue;
			/* What is in another namespace is as if it were not known. */
			out = is_pubsub ? mem_printf(UNSUPPORTED(USER, "%s"), features[i])
					: mem_strdup(ERROR(USER, "cancel", CONDITION("service-unavailable")));
			bench_init(&b);
			bench_give(&b.config.given.disabled, features[i]);
			bench_start(&b, SVC, false);
			assert_true(bench_take(&b, is_pubsub ? in : alone));
			service_turn(b.service);
			bench_expect(&b, is_pubsub ? in : alone, out);
			bench_stop(&b);
		}
	}
}

/* GEN-06, X0199-01, X0092-01: the session answers these. */
static void iq__other_namespaces__left_alone(void **state)
{
	static const char *const rows[] = {
		GET(EVE, "<query xmlns='urn:unknown'/>"),
		GET(EVE, "<ping xmlns='urn:xmpp:ping'/>"),
		GET(EVE, "<query xmlns='jabber:iq:version'/>"),
		GET(EVE, "<pubsub xmlns='" NS "#event'/>"),
		"<iq xmlns='jabber:client' type='get' id='q'><ping xmlns='urn:xmpp:ping'/></iq>",
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(bench_take(&b, rows[i]));
		service_turn(b.service);
		bench_expect(&b, rows[i], "");
	}
	bench_stop(&b);
}

/* X0114-05, X0114-06: a component's own address alone is the service. */
static void iq__component__answers_under_its_name(void **state)
{
#define TO(to) "<iq xmlns='jabber:client' type='get' from='" USER "' to='" to "' id='q'>" \
	PS("<items node='n'/>") "</iq>"
#define FROM(from) "<iq type='error' to='" USER "' from='" from "' id='q'><error type='cancel'>" \
	CONDITION("item-not-found") "</error></iq>"
	static const struct step steps[] = {
		{ "X0114-05", TO("pubsub.example.com"), FROM("pubsub.example.com") },
		{ "CREATE-19", "<iq xmlns='jabber:client' type='set' from='" USER "' to='PubSub.example.com' id='q'>"
			       PS("<create node='n'/>") "</iq>",
		  "<iq type='result' to='" USER "' from='PubSub.example.com' id='q'/>" },
		{ "X0114-06", TO("x@pubsub.example.com"), FROM("x@pubsub.example.com") },
		{ "X0114-06", TO("pubsub.example.com/n"), FROM("pubsub.example.com/n") },
		{ "CREATE-19", "<iq xmlns='jabber:client' type='set' from='" EVE "' to='pubsub.example.com' id='q'>"
			       PS("<create node='m'/>") "</iq>",
		  "<iq type='error' to='" EVE "' from='pubsub.example.com' id='q'><error type='auth'>"
		  CONDITION("forbidden") "</error></iq>" },
		{ "X0114-05", "<iq xmlns='jabber:client' type='set' from='" USER "' to='pubsub.example.com' id='q'>"
			      PS("<subscribe node='n' jid='" USER "'/>") "</iq>", "*" },
		{ "X0114-05", "<iq xmlns='jabber:client' type='set' from='" USER "' to='pubsub.example.com' id='q'>"
			      PS("<publish node='n'><item id='1'>" X "</item></publish>") "</iq>",
		  "<iq type='result' to='" USER "' from='pubsub.example.com' id='q'>"
		  PS("<publish node='n'><item id='1'/></publish>") "</iq>"
		  "<message type='headline' from='pubsub.example.com' to='" USER "' id='*'><event xmlns='" NS "#event'>"
		  "<items node='n'>" ITEM("1", "user@example.com") "</items></event></message>" },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, "pubsub.example.com", true);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void create__by_name_or_not(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "CREATE-05 GEN-13", SET(USER, PS("<create node='n'/>")),
		  ERROR(USER, "cancel", CONDITION("conflict")) },
		{ "GEN-13", SET(USER, PS("<create node='N'/>")), RESULT(USER, "") },
		{ "GEN-15", SET(USER, PS("<create node='a/b/c'/>")), RESULT(USER, "") },
		{ "GEN-15", GET(USER, QUERY("info", "node='a/b'", "")), NOT_FOUND(USER) },
		{ "CREATE-07 CREATE-08", SET(USER, PS("<create/>")),
		  RESULT(USER, PS("<create node='*'/>")) },
		{ "CREATE-07", SET(USER, PS("<create node=''/>")),
		  RESULT(USER, PS("<create node='*'/>")) },
		{ "CREATE-08 ADDR-04", SET(USER, PS("<create node='x\xef\xac\x81'/>")),
		  RESULT(USER, PS("<create node='xfi'/>")) },
		{ "ADDR-04", SET(USER, PS("<publish node='x\xef\xac\x81'><item id='1'>" X "</item></publish>")),
		  RESULT(USER, PS("<publish node='xfi'><item id='1'/></publish>")) },
		{ "ADDR-04", SET(USER, PS("<create node='x\xe2\x80\xa8y'/>")),
		  ERROR(USER, "modify", CONDITION("not-acceptable")) },
		{ "ADDR-04", SET(USER, PS("<create node='x&#10;y'/>")),
		  ERROR(USER, "modify", CONDITION("not-acceptable")) },
		{ "ADDR-04", SET(USER, PS("<create node='\xd0\xb4 &lt;&amp;/ \xf0\x9f\x98\x80'/>")),
		  RESULT(USER, "") },
		{ "CREATE-04 CREATE-19", SET(EVE, PS("<create node='m'/>")), FORBIDDEN(EVE) },
		{ "CREATE-16", SET(USER, PS("<create node='c'/><configure><x xmlns='jabber:x:data' type='submit'/></configure>")),
		  RESULT(USER, "") },
		{ "CREATE-14", SET(USER, PS("<create node='d'/><configure node='d'/>")),
		  BAD_REQUEST(USER) },
		{ "CREATE-14", SET(USER, PS("<configure/><create node='d'/>")), BAD_REQUEST(USER) },
		{ "CREATE-14", GET(USER, QUERY("info", "node='d'", "")), NOT_FOUND(USER) },
	};

	(void)state;
	PLAY(steps);
}

#define GONE(to, uri) ERROR(to, "modify", "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" uri "</gone>")

static void delete__takes_everything_along(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "SUB-04", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "PUB-07 GEN-01", PUBLISH(OWNER, "1"),
		  PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ITEM("1", OWNED) "</items>") },
		{ "DEL-07", SET(USER, OWN("<delete node='n'/>")), FORBIDDEN(USER) },
		{ "DEL-08", SET(USER, OWN("<delete node='missing'/>")), NOT_FOUND(USER) },
		{ "DEL-01 DEL-03", SET(OWNER, OWN("<delete node='n'/>")),
		  RESULT(OWNER, "") EVENT(USER, "<delete node='n'/>") },
		{ "DEL-02", PUBLISH(USER, "2"), PUBLISHED(USER, "2") },
		{ "DEL-02", ITEMS(USER, "", ""),
		  ITEMS_ARE(USER, ITEM("2", "user@example.com"), "") },
		{ "SUB-04 SUB-32", SUBSCRIBE(USER, USER),
		  SUBSCRIBED(USER, USER) LAST(USER, ITEM("2", "user@example.com")) },
		{ "DEL-02", SET(OWNER, OWN("<delete node='n'/>")), FORBIDDEN(OWNER) },
		{ "DEL-05", SET(USER, OWN("<delete node='n'><redirect uri='xmpp:a@b?;node=&apos;'/></delete>")),
		  RESULT(USER, "") EVENT(USER, "<delete node='n'><redirect uri='xmpp:a@b?;node=&apos;'/></delete>") },
		{ "DEL-06", ITEMS(EVE, "", ""), GONE(EVE, "xmpp:a@b?;node='") },
		{ "DEL-06 SUB-18", SUBSCRIBE(EVE, EVE), GONE(EVE, "xmpp:a@b?;node='") },
		{ "DEL-06 PUB-34", PUBLISH(USER, "3"), GONE(USER, "xmpp:a@b?;node='") },
		{ "DEL-06", SET(OWNER, PS("<create node='n'/>")), RESULT(OWNER, "") },
		{ "DEL-06", ITEMS(EVE, "", ""), ITEMS_ARE(EVE, "", "") },
		{ "DEL-05", SET(OWNER, OWN("<delete node='n'><redirect/></delete>")), BAD_REQUEST(OWNER) },
	};

	(void)state;
	PLAY(steps);
}

/* IMPL-01, CONF-18: items alone are told with the subscriptions' ids. */
static void subids__in_use__with_items_alone(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "SUB-27", SUBSCRIBE(USER, USER),
		  RESULT(USER, PS("<subscription node='n' jid='" USER "' subscription='subscribed' subid='*'/>")) },
		{ "IMPL-01", PUBLISH(OWNER, "1"),
		  PUBLISHED(OWNER, "1") "<message type='headline' from='" SVC "' to='" USER "' id='*'><event xmlns='" NS
		  "#event'><items node='n'>" ONE("1") "</items></event><headers xmlns='http://jabber.org/protocol/shim'>"
		  "<header name='SubID'>*</header></headers></message>" },
		{ "CONF-18", SET(OWNER, OWN("<purge node='n'/>")), RESULT(OWNER, "") EVENT(USER, "<purge node='n'/>") },
		{ "CONF-18", SET(OWNER, OWN("<delete node='n'/>")), RESULT(OWNER, "") EVENT(USER, "<delete node='n'/>") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.multi_subscribe = 1;
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void purge__one_event_and_no_items(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "PURGE-09", SET(OWNER, OWN("<purge node='n'/>")), RESULT(OWNER, "") },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PUB-07", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "SUB-04 SUB-32 SUB-33", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) LAST(USER, ONE("2")) },
		{ "PURGE-05", SET(USER, OWN("<purge node='n'/>")), FORBIDDEN(USER) },
		{ "PURGE-08", SET(USER, OWN("<purge node='missing'/>")), NOT_FOUND(USER) },
		{ "PURGE-10", SET(USER, OWN("<purge/>")), BAD(USER, "nodeid-required") },
		{ "PURGE-01 PURGE-02", SET(OWNER, OWN("<purge node='n'/>")),
		  RESULT(OWNER, "") EVENT(USER, "<purge node='n'/>") },
		{ "PURGE-01 ITEMS-26", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
		{ "PURGE-03", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
		{ "ACCT-07", SET(ADMIN, OWN("<purge node='n'/>")),
		  RESULT(ADMIN, "") EVENT(EVE, "<purge node='n'/>") EVENT(USER, "<purge node='n'/>") },
	};

	(void)state;
	PLAY(steps);
}

static void subscribe__who_what_and_how_often(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "SUB-20", SET(USER, PS("<subscribe node='missing' jid='" USER "'/>")),
		  NOT_FOUND(USER) },
		{ "SUB-03", SET(USER, PS("<subscribe node='n'/>")), BAD(USER, "invalid-jid") },
		{ "SUB-03", SUBSCRIBE(USER, "@@"), BAD(USER, "invalid-jid") },
		{ "SUB-06", SUBSCRIBE(USER, EVE), BAD(USER, "invalid-jid") },
		{ "SUB-01 SUB-04 SUB-05", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "SUB-29 SUB-36", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) },
		{ "SUB-37", SUBSCRIBE(USER, "User@EXAMPLE.com/R"),
		  SUBSCRIBED(USER, "user@example.com/R") },
		{ "SUB-37", SUBSCRIBE(USER, "User@EXAMPLE.com"),
		  SUBSCRIBED(USER, "user@example.com") },
		{ "SUB-07", SUBSCRIBE(ADMIN, EVE), SUBSCRIBED(ADMIN, EVE) },
		{ "PUB-11 PUB-18 SUB-05 SUB-31", PUBLISH(OWNER, "1"),
		  PUBLISHED(OWNER, "1") EVENT(EVE, "<items node='n'>" ITEM("1", OWNED) "</items>")
		  EVENT("user@example.com", "<items node='n'>" ITEM("1", OWNED) "</items>")
		  EVENT("user@example.com/R", "<items node='n'>" ITEM("1", OWNED) "</items>")
		  EVENT(USER, "<items node='n'>" ITEM("1", OWNED) "</items>") },
		{ "UNSUB-05", SET(EVE, PS("<unsubscribe node='n' jid='" USER "'/>")),
		  FORBIDDEN(EVE) },
		{ "UNSUB-06", SET(EVE, PS("<unsubscribe node='missing' jid='" EVE "'/>")),
		  NOT_FOUND(EVE) },
		{ "UNSUB-12", SET(EVE, PS("<unsubscribe node='n'/>")), BAD(EVE, "invalid-jid") },
		{ "UNSUB-04", SET(EVE, PS("<unsubscribe node='n' jid='eve@evil.example'/>")),
		  ERROR(EVE, "cancel", CONDITION("unexpected-request") SPECIAL("not-subscribed")) },
		{ "UNSUB-01 UNSUB-02 UNSUB-09",
		  SET(EVE, PS("<unsubscribe node='n' jid='" EVE "'/>")), RESULT(EVE, "") },
		{ "UNSUB-08", SET(USER, PS("<unsubscribe node='n' jid='" USER "' subid='x'/>")),
		  RESULT(USER, "") },
		{ "UNSUB-05", SET(ADMIN, PS("<unsubscribe node='n' jid='user@example.com/R'/>")),
		  RESULT(ADMIN, "") },
		{ "STATE-01", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") EVENT("user@example.com", "<items node='n'>" ITEM("2", OWNED) "</items>") },
	};

	(void)state;
	PLAY(steps);
}

/* ACC-09, ACC-10, GEN-12: nobody lets itself in. */
static void subscribe__authorize_and_whitelist__not_by_oneself(void **state)
{
#define CREATE(name, model) \
	SET(OWNER, PS("<create node='" name "'/><configure><x xmlns='jabber:x:data' type='submit'>" \
		      "<field var='pubsub#access_model'><value>" model "</value></field></x></configure>"))
#define WHITE_N(body) PS("<" body " node='w' jid='" EVE "'/>")
	static const struct step steps[] = {
		{ "CREATE-11", CREATE("n", "authorize"), RESULT(OWNER, "") },
		{ "CREATE-11", CREATE("w", "whitelist"), RESULT(OWNER, "") },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "SUB-11", SET(EVE, WHITE_N("subscribe")),
		  ERROR(EVE, "cancel", CONDITION("not-allowed") SPECIAL("closed-node")) },
		{ "ITEMS-22", GET(EVE, WHITE_N("items")),
		  ERROR(EVE, "cancel", CONDITION("not-allowed") SPECIAL("closed-node")) },
		{ "ACC-10", ITEMS(EVE, "", ""),
		  ERROR(EVE, "auth", CONDITION("not-authorized") SPECIAL("not-subscribed")) },
		{ "DISCO-26", GET(EVE, QUERY("items", "node='n'", "")),
		  RESULT(EVE, QUERY("items", "node='n'", "")) },
		{ "ACC-15", SUBSCRIBE(OWNER, OWNER), SUBSCRIBED(OWNER, OWNER) LAST(OWNER, ONE("1")) },
		{ "ACC-09 STATE-05", SUBSCRIBE(EVE, EVE),
		  RESULT(EVE, PS("<subscription node='n' jid='" EVE "' subscription='pending'/>")) "*" },
		{ "ACC-10", ITEMS(EVE, "", ""),
		  ERROR(EVE, "auth", CONDITION("not-authorized") SPECIAL("not-subscribed")) },
		{ "SUB-14", SUBSCRIBE(EVE, EVE),
		  ERROR(EVE, "auth", CONDITION("not-authorized") SPECIAL("pending-subscription")) },
		{ "STATE-02", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") EVENT(OWNER, "<items node='n'>" ONE("2") "</items>") },
	};

	(void)state;
	PLAY(steps);
}

static void outcast__shut_out(void **state)
{
	static const struct step before[] = {
		CREATE_N,
		{ "SUB-04", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") EVENT(EVE, "*") },
	};
	static const struct step after[] = {
		{ "SUB-15", SUBSCRIBE(EVE, "eve@evil.example"), FORBIDDEN(EVE) },
		{ "SUB-15", SUBSCRIBE(ADMIN, "eve@evil.example"), FORBIDDEN(ADMIN) },
		{ "ITEMS-24 GEN-12", ITEMS(EVE, "", ""), FORBIDDEN(EVE) },
		{ "DISCO-26 GEN-12", GET(EVE, QUERY("items", "node='n'", "")),
		  RESULT(EVE, QUERY("items", "node='n'", "")) },
		{ "PUB-23", PUBLISH(EVE, "2"), FORBIDDEN(EVE) },
		{ "RETR-08", SET(EVE, PS("<retract node='n'><item id='1'/></retract>")),
		  FORBIDDEN(EVE) },
		{ "UNSUB-11", SET(EVE, PS("<unsubscribe node='n' jid='" EVE "'/>")),
		  RESULT(EVE, "") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	bench_ban(&b, "n", "eve@evil.example");
	PLAY_ON(&b, after);
	bench_stop(&b);
}

static void publish__items_good_and_bad(void **state)
{
#define PUB(from, items) SET(from, PS("<publish node='n'>" items "</publish>"))
	static const struct step steps[] = {
		CREATE_N,
		{ "SUB-04", SUBSCRIBE(USER, "user@example.com"),
		  SUBSCRIBED(USER, "user@example.com") },
		{ "PUB-03", SET(OWNER, PS("<publish><item>" X "</item></publish>")),
		  BAD(OWNER, "nodeid-required") },
		{ "PUB-23", PUBLISH(USER, "1"), FORBIDDEN(USER) },
		{ "PUB-30", PUB(OWNER, ""), BAD(OWNER, "item-required") },
		{ "PUB-31", PUB(OWNER, "<item id='1'/>"), BAD(OWNER, "payload-required") },
		{ "PUB-31", PUB(OWNER, "<item id='1'> </item>"), BAD(OWNER, "payload-required") },
		{ "PUB-27", PUB(OWNER, "<item id='1'>" X X "</item>"),
		  BAD(OWNER, "invalid-payload") },
		{ "PUB-27", PUB(OWNER, "<item id='1'>text</item>"), BAD(OWNER, "invalid-payload") },
		{ "PUB-27", PUB(OWNER, "<item id='1'>" X "text</item>"),
		  BAD(OWNER, "invalid-payload") },
		{ "PUB-41", PUB(OWNER, "<item id='1'>" X "</item><item id='2'/>"),
		  BAD(OWNER, "payload-required") },
		{ "PUB-41", PUB(OWNER, "<item id='1'>" X "</item><retract id='2'/>"),
		  BAD_REQUEST(OWNER) },
		{ "PUB-41", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
		{ "PUB-02 PUB-06 PUB-07 PUB-13 PUB-15 PUB-16",
		  PUB(OWNER, "<item id='a' publisher='eve@evil.example'><p:y xmlns:p='urn:p' p:k='1' k='2'>t<b xmlns=''/></p:y></item>"),
		  PUBLISHED(OWNER, "a") EVENT("user@example.com", "<items node='n'><item id='a' publisher='" OWNED "'>"
		  "<p:y xmlns:p='urn:p' p:k='1' k='2'>t<b xmlns=''/></p:y></item></items>") },
		{ "PUB-05 PUB-08 PUB-29", PUB(OWNER, "<item>" X "</item>"),
		  PUBLISHED(OWNER, "*") EVENT("user@example.com", "<items node='n'>" ITEM("*", OWNED) "</items>") },
		{ "PUB-05", PUB(OWNER, "<item id=''>" X "</item>"),
		  PUBLISHED(OWNER, "*") EVENT("user@example.com", "*") },
		{ "PUB-04", PUB(OWNER, "<item id='b'>" X "</item><item id='c'>" X "</item>"),
		  RESULT(OWNER, PS("<publish node='n'><item id='b'/><item id='c'/></publish>"))
		  EVENT("user@example.com", "<items node='n'>" ITEM("b", OWNED) ITEM("c", OWNED) "</items>") },
		{ "PUB-09", PUB(OWNER, "<item id='b'>" X "</item>"),
		  PUBLISHED(OWNER, "b") EVENT("user@example.com", "<items node='n'>" ITEM("b", OWNED) "</items>") },
		{ "PUB-10 ITEMS-10", ITEMS(USER, "max_items='2'", ""),
		  ITEMS_ARE(USER, ITEM("c", OWNED) ITEM("b", OWNED), "") },
		{ "PUB-34 AFF-03", SET(USER, PS("<publish node='new'><item id='1'>" X "</item></publish>")),
		  RESULT(USER, PS("<publish node='new'><item id='1'/></publish>")) },
		{ "PUB-34 CFG-26",
		  SET(OWNER, PS("<publish node='new'><item id='2'>" X "</item></publish>")),
		  FORBIDDEN(OWNER) },
		{ "PUB-34", SET(EVE, PS("<publish node='newer'><item>" X "</item></publish>")),
		  FORBIDDEN(EVE) },
		{ "PUB-34", SET(USER, PS("<publish node='newer'><item/></publish>")),
		  BAD(USER, "payload-required") },
		{ "PUB-34", GET(USER, QUERY("info", "node='newer'", "")), NOT_FOUND(USER) },
	};

	(void)state;
	PLAY(steps);
}

static void retract__own_items_and_others(void **state)
{
#define RETRACT(from, attrs, items) SET(from, PS("<retract node='n' " attrs ">" items "</retract>"))
	static const struct step steps[] = {
		CREATE_N,
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PUB-07", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "PUB-07", PUBLISH(OWNER, "3"), PUBLISHED(OWNER, "3") },
		{ "SUB-04 SUB-32", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) LAST(USER, ONE("3")) },
		{ "RETR-18 RETR-08", RETRACT(USER, "", "<item id='1'/>"), FORBIDDEN(USER) },
		{ "RETR-18", RETRACT(USER, "", "<item id='missing'/>"), FORBIDDEN(USER) },
		{ "RETR-14", SET(OWNER, PS("<retract><item id='1'/></retract>")),
		  BAD(OWNER, "nodeid-required") },
		{ "RETR-13", SET(OWNER, PS("<retract node='missing'><item id='1'/></retract>")),
		  NOT_FOUND(OWNER) },
		{ "RETR-13", RETRACT(OWNER, "", "<item id='missing'/>"), NOT_FOUND(OWNER) },
		{ "RETR-15", RETRACT(OWNER, "", ""), BAD(OWNER, "item-required") },
		{ "RETR-15", RETRACT(OWNER, "", "<item/>"), BAD(OWNER, "item-required") },
		{ "GEN-16", RETRACT(OWNER, "notify='yes'", "<item id='1'/>"), BAD_REQUEST(OWNER) },
		{ "RETR-01", RETRACT(OWNER, "", "<item id='1'/><item id='missing'/>"),
		  NOT_FOUND(OWNER) },
		{ "RETR-02 RETR-03 RETR-06 GEN-16", RETRACT(OWNER, "notify='1'", "<item id='1'/>"),
		  RESULT(OWNER, "") EVENT(USER, "<items node='n'><retract id='1'/></items>") },
		{ "RETR-04", RETRACT(OWNER, "", "<item id='2'/><item id='3'/>"),
		  RESULT(OWNER, "") EVENT(USER, "<items node='n'><retract id='2'/><retract id='3'/></items>") },
		{ "RETR-02 ITEMS-05", ITEMS(USER, "", ""), ITEMS_ARE(USER, "", "") },
	};
	static const struct step open[] = {
		{ "CFG-28", PUBLISH(USER, "1"), PUBLISHED(USER, "1") },
		{ "CFG-28", PUBLISH(EVE, "2"), PUBLISHED(EVE, "2") },
		{ "RETR-12", RETRACT(EVE, "", "<item id='1'/>"), FORBIDDEN(EVE) },
		{ "RETR-12 PUB-39", RETRACT(EVE, "", "<item id='2'/>"), RESULT(EVE, "") },
		{ "ACCT-07", RETRACT(ADMIN, "", "<item id='1'/>"), RESULT(ADMIN, "") },
	};
	struct bench b;

	(void)state;
	PLAY(steps);
	bench_init(&b);
	b.config.given.nodes = mem_zalloc(2 * sizeof(char *));
	b.config.given.nodes[0] = mem_strdup("n");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, open);
	bench_stop(&b);
}

static void items__all_some_and_by_id(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "ITEMS-26", ITEMS(EVE, "", ""), ITEMS_ARE(EVE, "", "") },
		{ "X0059-11", ITEMS(EVE, "", RSM("<max>5</max>")),
		  ITEMS_ARE(EVE, "", RSM("<count>0</count>")) },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PUB-07", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "PUB-07", PUBLISH(OWNER, "3"), PUBLISHED(OWNER, "3") },
		{ "ITEMS-01 ITEMS-04 ITEMS-14 ACC-04", ITEMS(EVE, "", ""),
		  ITEMS_ARE(EVE, ONE("1") ONE("2") ONE("3"), "") },
		{ "ITEMS-11", ITEMS(EVE, "max_items='50'", ""),
		  ITEMS_ARE(EVE, ONE("1") ONE("2") ONE("3"), "") },
		{ "ITEMS-12", ITEMS(EVE, "max_items='0'", ""), BAD_REQUEST(EVE) },
		{ "ITEMS-12", ITEMS(EVE, "max_items='-1'", ""), BAD_REQUEST(EVE) },
		{ "ITEMS-12", ITEMS(EVE, "max_items='abc'", ""), BAD_REQUEST(EVE) },
		{ "ITEMS-12", ITEMS(EVE, "max_items='99999999999999999999'", ""),
		  ITEMS_ARE(EVE, ONE("1") ONE("2") ONE("3"), "") },
		{ "ITEMS-13 GEN-14", GET(EVE, PS("<items node='n'><item id='2'/></items>")),
		  ITEMS_ARE(EVE, ONE("2"), "") },
		{ "ITEMS-09", GET(EVE, PS("<items node='n'><item id='3'/><item id='missing'/><item id='1'/></items>")),
		  ITEMS_ARE(EVE, ONE("3") ONE("1"), "") },
		{ "ITEMS-26", GET(EVE, PS("<items node='n'><item id='missing'/></items>")),
		  ITEMS_ARE(EVE, "", "") },
		{ "ITEMS-26", GET(EVE, PS("<items node='n'><item/></items>")), BAD_REQUEST(EVE) },
		{ "ITEMS-25", GET(EVE, PS("<items node='missing'/>")), NOT_FOUND(EVE) },
		{ "ITEMS-27", GET(EVE, PS("<items/>")), BAD(EVE, "nodeid-required") },
		{ "ITEMS-16", ITEMS(EVE, "subid='x'", ""),
		  ITEMS_ARE(EVE, ONE("1") ONE("2") ONE("3"), "") },
	};

	(void)state;
	PLAY(steps);
}

/* CONF-09: what a node has, it keeps, though the service would not give it any more. */
static void configure__what_is_not_to_be_had_any_more__kept(void **state)
{
#define SETTING(var, value) "<field var='pubsub#" var "'><value>" value "</value></field>"
#define CONFIGURE(field) \
	SET(OWNER, OWN("<configure node='n'><x xmlns='jabber:x:data' type='submit'>" field "</x></configure>"))
	static const struct step before[] = {
		CREATE_N,
		{ "CFG-13", CONFIGURE(SETTING("max_items", "500") SETTING("access_model", "whitelist")),
		  RESULT(OWNER, "") },
	};
	static const struct step after[] = {
		{ "CONF-09", CONFIGURE(SETTING("title", "T")), RESULT(OWNER, "") },
		{ "CONF-09", CONFIGURE(SETTING("max_items", "500") SETTING("access_model", "whitelist")),
		  RESULT(OWNER, "") },
		{ "CFG-15", CONFIGURE(SETTING("max_items", "400")), ERROR(OWNER, "modify", CONDITION("not-acceptable")) },
		{ "CFG-01", CONFIGURE(SETTING("access_model", "authorize")),
		  ERROR(OWNER, "modify", CONDITION("not-acceptable") SPECIAL("unsupported-access-model")) },
		{ "CFG-13", CONFIGURE(SETTING("max_items", "50") SETTING("access_model", "open")), RESULT(OWNER, "") },
		{ "CFG-01", CONFIGURE(SETTING("access_model", "whitelist")),
		  ERROR(OWNER, "modify", CONDITION("not-acceptable") SPECIAL("unsupported-access-model")) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, before);
	/* As if it were started again with other settings. */
	b.config.max_items = 100;
	strings_add(&b.config.disabled, "access-whitelist");
	strings_add(&b.config.disabled, "access-authorize");
	PLAY_ON(&b, after);
	bench_stop(&b);
}

static void limits__each_with_its_error(void **state)
{
	static const struct step steps[] = {
		{ "PUB-34", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "SUB-04 SUB-32", SUBSCRIBE(USER, USER), SUBSCRIBED(USER, USER) LAST(USER, ONE("1")) },
		{ "PUB-19 PUB-20", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") EVENT(USER, "<items node='n'>" ONE("2") "</items>") },
		{ "PUB-19", PUBLISH(OWNER, "1"),
		  PUBLISHED(OWNER, "1") EVENT(USER, "<items node='n'>" ONE("1") "</items>") },
		{ "PUB-20", PUBLISH(OWNER, "3"),
		  PUBLISHED(OWNER, "3") EVENT(USER, "<items node='n'>" ONE("3") "</items>")
		  EVENT(USER, "<items node='n'><retract id='2'/></items>") },
		{ "PUB-41", SET(OWNER, PS("<publish node='n'><item>" X "</item><item>" X "</item><item>" X "</item></publish>")),
		  ERROR(OWNER, "cancel", CONDITION("not-allowed") SPECIAL("max-items-exceeded")) },
		{ "PUB-41", ITEMS(EVE, "", ""), ITEMS_ARE(EVE, ONE("1") ONE("3"), "") },
		{ "SUB-16", SUBSCRIBE(USER, "user@example.com"),
		  SUBSCRIBED(USER, "user@example.com") LAST("user@example.com", ONE("3")) },
		{ "SUB-16", SUBSCRIBE(USER, "user@example.com/3"),
		  ERROR(USER, "wait", CONDITION("policy-violation") SPECIAL("too-many-subscriptions")) },
		{ "SUB-16", SUBSCRIBE(EVE, EVE), SUBSCRIBED(EVE, EVE) LAST(EVE, ONE("3")) },
		{ "max-nodes", SET(OWNER, PS("<create node='m'/>")), RESULT(OWNER, "") },
		{ "max-nodes", SET(OWNER, PS("<create node='o'/>")),
		  ERROR(OWNER, "cancel", CONDITION("not-allowed") SPECIAL("max-nodes-exceeded")) },
		{ "CREATE-05", SET(OWNER, PS("<create node='m'/>")),
		  ERROR(OWNER, "cancel", CONDITION("conflict")) },
		{ "max-nodes", GET(OWNER, QUERY("info", "node='o'", "")), NOT_FOUND(OWNER) },
		{ "max-nodes", SET(USER, PS("<create node='o'/>")), RESULT(USER, "") },
	};
	static const struct step strict[] = {
		{ "PUB-25", PUBLISH(OWNER, "1"), NOT_FOUND(OWNER) },
		{ "CREATE-04", SET(OWNER, PS("<create node='n'/>")), FORBIDDEN(OWNER) },
		{ "CREATE-04", SET(EVE, PS("<create node='n'/>")), RESULT(EVE, "") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.max_items = mem_strdup("2");
	b.config.given.max_nodes = mem_strdup("2");
	b.config.given.max_subscriptions = mem_strdup("2");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	bench_stop(&b);

	bench_init(&b);
	b.config.given.auto_create = 0;
	b.config.given.create = mem_strdup("admins");
	b.config.given.admins = mem_zalloc(2 * sizeof(char *));
	b.config.given.admins[0] = mem_strdup("Eve@evil.example/any");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, strict);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iq__requests_that_make_no_sense__refused),
		cmocka_unit_test(iq__known_but_not_offered__names_the_feature),
		cmocka_unit_test(iq__each_operation__can_be_switched_off),
		cmocka_unit_test(iq__other_namespaces__left_alone),
		cmocka_unit_test(iq__component__answers_under_its_name),
		cmocka_unit_test(create__by_name_or_not),
		cmocka_unit_test(delete__takes_everything_along),
		cmocka_unit_test(subids__in_use__with_items_alone),
		cmocka_unit_test(purge__one_event_and_no_items),
		cmocka_unit_test(subscribe__who_what_and_how_often),
		cmocka_unit_test(subscribe__authorize_and_whitelist__not_by_oneself),
		cmocka_unit_test(outcast__shut_out),
		cmocka_unit_test(publish__items_good_and_bad),
		cmocka_unit_test(retract__own_items_and_others),
		cmocka_unit_test(items__all_some_and_by_id),
		cmocka_unit_test(configure__what_is_not_to_be_had_any_more__kept),
		cmocka_unit_test(limits__each_with_its_error),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
