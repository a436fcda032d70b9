/* SPDX-License-Identifier: MIT */
/*
 * Nodes in collections (XEP-0248): the rules of the graph, who may change it, who hears of it.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/sub_fields.h"
#include "serve_bench.h"

#define FORM_OF(fields)                                                                      \
	"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"       \
	"<value>" NS "#node_config</value></field>" fields "</x>"
#define V(text) "<value>" text "</value>"
#define F(var, values) "<field var='pubsub#" var "'>" values "</field>"
#define COLL F("node_type", V("collection"))
#define IN(parent) F("collection", V(parent))
#define CREATE(from, node, fields)                                                           \
	SET(from, PS("<create node='" node "'/><configure>" FORM_OF(fields) "</configure>"))
#define CONFIGURE(from, node, fields)                                                        \
	SET(from, OWN("<configure node='" node "'>" FORM_OF(fields) "</configure>"))
#define CHANGE(from, parent, what, child)                                                    \
	SET(from, OWN("<collection node='" parent "'><" what " node='" child "'/></collection>"))
#define ASSOCIATE(from, parent, child) CHANGE(from, parent, "associate", child)
#define DISSOCIATE(from, parent, child) CHANGE(from, parent, "dissociate", child)
#define LIST(node) GET(EVE, QUERY("items", node, ""))
#define NODE(name) "<item jid='" SVC "' node='" name "'/>"
#define LISTED(node, nodes) RESULT(EVE, QUERY("items", node, nodes))
#define OK(to) RESULT(to, "")

#define HERE(to) ERROR(to, "cancel", CONDITION("forbidden"))
#define INVALID(to) ERROR(to, "cancel", CONDITION("not-allowed") SPECIAL("invalid-options"))
#define TOO_MANY(to) ERROR(to, "cancel", CONDITION("not-allowed") SPECIAL("max-nodes-exceeded"))
#define NOT_ALLOWED(to) ERROR(to, "cancel", CONDITION("not-allowed"))

#define SUBSCRIBE_TO(from, node) SET(from, PS("<subscribe " node " jid='" from "'/>"))
#define SUBSCRIBED_TO(to, node)                                                              \
	RESULT(to, PS("<subscription " node " jid='" to "' subscription='subscribed'/>"))
#define LINKED(collection, what, child)                                                      \
	"<collection node='" collection "'><" what " node='" child "'/></collection>"
#define ROOTED(what, child) "<collection><" what " node='" child "'/></collection>"
#define COLLECTION(name) "<header name='Collection'>" name "</header>"
/* As it comes through collections. */
#define VIA(to, body, headers)                                                               \
	"<message type='headline' from='" SVC "' to='" to "' id='*'><event xmlns='" NS       \
	"#event'>" body "</event><headers xmlns='http://jabber.org/protocol/shim'>" headers  \
	"</headers></message>"

#define PUT(node, id) SET(OWNER, PS("<publish node='" node "'><item id='" id "'>" X "</item></publish>"))
#define DONE(node, id) RESULT(OWNER, PS("<publish node='" node "'><item id='" id "'/></publish>"))
#define NEWS(node, id) "<items node='" node "'>" ITEM(id, OWNED) "</items>"

#define FORM(node) GET(OWNER, OWN("<configure node='" node "'/>"))
/* What somebody gets to fill in, with these fields in it. */
#define FIELD_IS(var, type, values)                                                          \
	"<field var='pubsub#" var "' type='" type "' label='*'>" values "</field>*"
#define SHOWN(node, fields)                                                                  \
	RESULT(OWNER, OWN("<configure node='" node "'><x xmlns='jabber:x:data' type='form'>*" \
			  fields "</x></configure>"))
#define PARENTS_ARE(values) FIELD_IS("collection", "text-multi", values)
#define CHILDREN_ARE(values) FIELD_IS("children", "text-multi", values)
#define POLICY_IS(name) FIELD_IS("children_association_policy", "list-single", "*" V(name))

static void create__in_collections__listed_there(void **state)
{
	static const struct step steps[] = {
		{ "X0248-05 CFG-17", CREATE(OWNER, "c", COLL), OK(OWNER) },
		{ "X0248-03 DISCO-05", GET(EVE, QUERY("info", "node='c'", "")),
		  "<iq type='result' to='" EVE "' from='" SVC "' id='q'>"
		  "<query xmlns='http://jabber.org/protocol/disco#info' node='c'>"
		  "<identity category='pubsub' type='collection'/>*</query></iq>" },
		{ "X0248-20", CREATE(OWNER, "a", IN("c")), OK(OWNER) },
		CREATE_N,
		{ "X0248-02 DISCO-03", LIST(""), LISTED("", NODE("c") NODE("n")) },
		{ "X0248-02", LIST("node='c'"), LISTED("node='c'", NODE("a")) },
		{ "X0248-01", CREATE(OWNER, "d", COLL F("children", V("a") V("n"))), OK(OWNER) },
		{ "X0248-02 X0248-20", LIST("node='d'"), LISTED("node='d'", NODE("a") NODE("n")) },
		{ "X0248-02 X0248-20", LIST("node='c'"), LISTED("node='c'", NODE("a")) },
		{ "X0248-02", LIST(""), LISTED("", NODE("c") NODE("d")) },
		{ "X0248-08", CREATE(EVE, "e", COLL), FORBIDDEN(EVE) },
		{ "X0248-04 PUB-24", PUT("c", "1"), UNSUPPORTED(OWNER, "publish") },
		{ "X0248-04 RETR-16", SET(OWNER, PS("<retract node='c'><item id='1'/></retract>")),
		  UNSUPPORTED(OWNER, "persistent-items") },
		{ "X0248-04 PURGE-07", SET(OWNER, OWN("<purge node='c'/>")),
		  UNSUPPORTED(OWNER, "persistent-items") },
		{ "names that are none", CREATE(OWNER, "e", IN("missing")), NOT_FOUND(OWNER) },
		{ "names that are none", LIST("node='e'"), NOT_FOUND(EVE) },
		{ "X0248-15", CREATE(OWNER, "e", IN("n")), INVALID(OWNER) },
		{ "X0248-15", CREATE(OWNER, "e", F("children", V("n"))), INVALID(OWNER) },
		{ "X0248-16", CREATE(USER, "e", IN("c")), HERE(USER) },
		{ "the old way", SET(OWNER, PS("<create node='o' type='collection'/>")), OK(OWNER) },
		{ "the old way", LIST("node='o'"), LISTED("node='o'", "") },
		{ "the old way", ASSOCIATE(OWNER, "o", "n"), OK(OWNER) },
	};

	(void)state;
	PLAY(steps);
}

static void configure__links_on_either_side__agree(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "X0248-05", CREATE(OWNER, "c", COLL), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "d", COLL IN("")), OK(OWNER) },
		{ "X0248-42: the root is shown", FORM("n"), SHOWN("n", PARENTS_ARE("<value/>")) },
		{ "X0248-20", CONFIGURE(OWNER, "n", F("collection", V("d") V("c"))), OK(OWNER) },
		{ "X0248-09 X0248-20", FORM("c"), SHOWN("c", PARENTS_ARE("<value/>") CHILDREN_ARE(V("n"))) },
		{ "X0248-09 X0248-20", FORM("n"),
		  SHOWN("n", PARENTS_ARE(V("c") V("d"))) },
		{ "what is not named stays", CONFIGURE(OWNER, "n", F("title", V("N"))), OK(OWNER) },
		{ "X0248-20", CONFIGURE(OWNER, "c", F("children", V("d"))), OK(OWNER) },
		{ "X0248-20", LIST("node='c'"), LISTED("node='c'", NODE("d")) },
		{ "X0248-20", LIST("node='d'"), LISTED("node='d'", "<item jid='" SVC "' node='n' name='N'/>") },
		{ "X0248-42", CONFIGURE(OWNER, "d", IN("")), OK(OWNER) },
		{ "X0248-20", LIST("node='c'"), LISTED("node='c'", "") },
		{ "the root among others", CONFIGURE(OWNER, "d", F("collection", V("") V("c"))), OK(OWNER) },
		{ "the root among others", LIST("node='c'"), LISTED("node='c'", NODE("d")) },
		{ "the root among others", LIST(""), LISTED("", NODE("c") NODE("d")) },
		{ "both ways at once", CONFIGURE(OWNER, "d", IN("") F("children", V("c"))), OK(OWNER) },
		{ "both ways at once", LIST(""), LISTED("", NODE("d") "<item jid='" SVC "' node='n' name='N'/>") },
		{ "the other way round", CONFIGURE(OWNER, "d", IN("c") F("children", "")), OK(OWNER) },
		{ "the other way round", LIST("node='c'"), LISTED("node='c'", NODE("d")) },
		{ "X0248-17", CONFIGURE(OWNER, "c", F("node_type", V("leaf"))), INVALID(OWNER) },
		{ "X0248-15", CONFIGURE(OWNER, "n", F("children", V("c"))), INVALID(OWNER) },
		{ "X0248-15", CONFIGURE(OWNER, "c", IN("n")), INVALID(OWNER) },
		{ "X0248-15", CONFIGURE(OWNER, "n", F("children", V(""))), OK(OWNER) },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "X0248-18", SUBSCRIBE_TO(USER, "node='n'"), SUBSCRIBED_TO(USER, "node='n'") "*" },
		{ "X0248-18", CONFIGURE(OWNER, "n", COLL F("children", V("c"))),
		  OK(OWNER) EVENT(USER, "<purge node='n'/>") EVENT(USER, LINKED("n", "associate", "c")) },
		{ "X0248-18 X0248-38", ITEMS(OWNER, "", ""), RESULT(OWNER, PS("")) },
	};

	(void)state;
	PLAY(steps);
}

static void configure__forms__show_what_collections_have(void **state)
{
	static const struct step steps[] = {
		{ "X0248-43 DCONF-02", GET(OWNER, OWN("<default type='collection'/>")),
		  RESULT(OWNER, OWN("<default><x xmlns='jabber:x:data' type='form'>*"
			FIELD_IS("node_type", "list-single", "*" V("collection")) PARENTS_ARE("") CHILDREN_ARE("")
			POLICY_IS("owners") FIELD_IS("children_association_whitelist", "jid-multi", "")
			FIELD_IS("children_max", "text-single", "*" V("max")) "</x></default>")) },
		{ "X0248-05", CREATE(OWNER, "c", COLL F("children_association_policy", V("owner"))), OK(OWNER) },
		{ "X0248-10", FORM("c"), SHOWN("c", POLICY_IS("owners")) },
	};
	struct bench b;
	char *found;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	assert_true(bench_take(&b, SET(OWNER, PS("<create node='n'/>"))));
	assert_true(bench_take(&b, GET(OWNER, OWN("<configure node='n'/>"))));
	service_turn(b.service);
	/* X0248-13 */
	found = strstr(b.sent.p, "pubsub#children");
	assert_null(found);
	assert_non_null(strstr(b.sent.p, "pubsub#collection"));
	bench_stop(&b);
}

static void associate__by_the_rules(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "X0248-05", CREATE(OWNER, "c", COLL), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "d", COLL IN("c")), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "e", COLL IN("d")), OK(OWNER) },
		{ "X0248-21", ASSOCIATE(OWNER, "c", "n"), OK(OWNER) },
		{ "X0248-21: again", ASSOCIATE(OWNER, "c", "n"), OK(OWNER) },
		{ "X0248-22 X0248-19", ASSOCIATE(OWNER, "c", "c"), INVALID(OWNER) },
		{ "X0248-22 X0248-19", ASSOCIATE(OWNER, "d", "c"), INVALID(OWNER) },
		{ "X0248-22 X0248-19", ASSOCIATE(OWNER, "e", "c"), INVALID(OWNER) },
		{ "X0248-19", CONFIGURE(OWNER, "c", IN("e")), INVALID(OWNER) },
		{ "X0248-19", CONFIGURE(OWNER, "e", F("children", V("c"))), INVALID(OWNER) },
		{ "X0248-19", CONFIGURE(OWNER, "e", F("children", V("e"))), INVALID(OWNER) },
		{ "X0248-19", LIST("node='e'"), LISTED("node='e'", "") },
		{ "X0248-15", ASSOCIATE(OWNER, "n", "c"), INVALID(OWNER) },
		{ "X0248-22", ASSOCIATE(USER, "c", "n"), HERE(USER) },
		{ "missing", ASSOCIATE(OWNER, "c", "missing"), NOT_FOUND(OWNER) },
		{ "missing", ASSOCIATE(OWNER, "missing", "c"), NOT_FOUND(OWNER) },
		{ "X0248-25", DISSOCIATE(USER, "c", "n"), HERE(USER) },
		{ "X0248-25", DISSOCIATE(USER, "c", "missing"), HERE(USER) },
		{ "X0248-24", DISSOCIATE(OWNER, "e", "n"), BAD_REQUEST(OWNER) },
		{ "X0248-23", DISSOCIATE(OWNER, "c", "n"), OK(OWNER) },
		{ "X0248-24", DISSOCIATE(OWNER, "c", "n"), BAD_REQUEST(OWNER) },
		{ "X0248-21", ASSOCIATE(OWNER, "c", "n"), OK(OWNER) },
		{ "X0248-23", CHANGE(OWNER, "c", "disassociate", "n"), OK(OWNER) },
		{ "malformed", SET(OWNER, OWN("<collection node='c'/>")), BAD_REQUEST(OWNER) },
		{ "malformed", SET(OWNER, OWN("<collection node='c'><associate/></collection>")),
		  BAD(OWNER, "nodeid-required") },
		{ "malformed", SET(OWNER, OWN("<collection><associate node='n'/></collection>")),
		  BAD(OWNER, "nodeid-required") },
		{ "malformed", CHANGE(OWNER, "c", "adopt", "n"), BAD_REQUEST(OWNER) },
		{ "X0248-12", CONFIGURE(OWNER, "c", F("children_max", V("1"))), OK(OWNER) },
		{ "X0248-12 X0248-22", ASSOCIATE(OWNER, "c", "n"), TOO_MANY(OWNER) },
		{ "X0248-12", CONFIGURE(OWNER, "n", IN("c")), TOO_MANY(OWNER) },
		{ "X0248-12", CONFIGURE(OWNER, "c", F("children", V("d") V("n"))), TOO_MANY(OWNER) },
		{ "X0248-12", CONFIGURE(OWNER, "c", F("children_max", V("0"))), TOO_MANY(OWNER) },
		{ "X0248-12: instead", CONFIGURE(OWNER, "c", F("children", V("n"))), OK(OWNER) },
	};

	(void)state;
	PLAY(steps);
}

/* X0248-10, X0248-11: what others do with a node does not take it from where its owners have it. */
static void associate__policies__let_others_in(void **state)
{
#define POLICY(name) F("children_association_policy", V(name))
	static const struct step steps[] = {
		CREATE_N,
		{ "USER's", SET(USER, PS("<create node='u'/>")), OK(USER) },
		{ "X0248-10", CREATE(OWNER, "all", COLL POLICY("all")), OK(OWNER) },
		{ "X0248-11", CREATE(OWNER, "white", COLL POLICY("whitelist")
			F("children_association_whitelist", V("user@example.com"))), OK(OWNER) },
		{ "X0248-10", ASSOCIATE(EVE, "white", "u"), HERE(EVE) },
		{ "X0248-11", ASSOCIATE(USER, "white", "u"), OK(USER) },
		{ "X0248-10", ASSOCIATE(EVE, "all", "n"), OK(EVE) },
		{ "its place", LIST(""), LISTED("", NODE("all") NODE("n") NODE("white")) },
		{ "its place", LIST("node='all'"), LISTED("node='all'", NODE("n")) },
		{ "X0248-25", DISSOCIATE(EVE, "all", "n"), HERE(EVE) },
		{ "the collection's owner", DISSOCIATE(OWNER, "white", "u"), OK(OWNER) },
		{ "the collection's owner", LIST(""), LISTED("", NODE("all") NODE("n") NODE("u") NODE("white")) },
		{ "X0248-16", CONFIGURE(USER, "u", F("collection", V("white") V("all"))), OK(USER) },
		{ "the node's owner", DISSOCIATE(USER, "all", "u"), OK(USER) },
		{ "an owner's place", CONFIGURE(OWNER, "n", IN("all")), OK(OWNER) },
		{ "an owner's place", LIST(""), LISTED("", NODE("all") NODE("white")) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	bench_ban(&b, "all", "eve@evil.example");
	assert_true(bench_take(&b, ASSOCIATE(EVE, "all", "u")));
	service_turn(b.service);
	bench_expect(&b, "outcasts", HERE(EVE));
	bench_stop(&b);
}

/* Subscriptions with options, put into the store */

struct wish {
	enum sub_type type;
	uint64_t depth;
};

static int set_options(const struct subscription *sub, void *data)
{
	*(int64_t *)data = sub->key;
	return 0;
}

static void subscribe(struct bench *b, const char *node, const char *jid, enum sub_type type,
		      uint64_t depth)
{
	AUTO_FREE char *xml = mem_printf("<iq xmlns='jabber:client' type='set' from='%s' to='" SVC "' id='q'>"
					 PS("<subscribe %s%s%s jid='%s'/>") "</iq>",
					 jid, *node ? "node='" : "", node, *node ? "'" : "", jid);
	struct sub_options o;
	struct node n = { 0 };
	int64_t key = 0;

	assert_true(bench_take(b, xml));
	service_turn(b->service);
	str_reset(&b->sent);
	if (*node)
		assert_int_equal(store_node_get(b->store, node, &n), 0);
	assert_int_equal(store_sub_find(b->store, n.id, jid, set_options, &key), 0);
	assert_true(key);
	sub_options_init(&o);
	o.type = type;
	o.depth = depth;
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_sub_set_options(b->store, key, &o), 0);
	assert_int_equal(store_commit(b->store), 0);
	sub_options_release(&o);
	node_release(&n);
}

#define A "a@example.com/a"
#define B "b@example.com/b"
#define C "c@example.com/c"
#define D "d@example.com/d"
#define E "e@example.com/e"

/* c > d > n, and c > m. */
static const struct step family[] = {
	{ "X0248-05", CREATE(OWNER, "c", COLL), OK(OWNER) },
	{ "X0248-05", CREATE(OWNER, "d", COLL IN("c")), OK(OWNER) },
	{ "X0248-05", CREATE(OWNER, "n", IN("d")), OK(OWNER) },
	{ "X0248-05", CREATE(OWNER, "m", IN("c")), OK(OWNER) },
};

static void deliver__types_and_depths__decide(void **state)
{
#define TITLED(to) EVENT(to, "<configuration node='c'><x xmlns='jabber:x:data' type='result'>*</x></configuration>")
	static const struct step steps[] = {
		{ "X0248-27 X0248-29 X0248-30 X0248-33", PUT("m", "1"),
		  DONE("m", "1") VIA(A, NEWS("m", "1"), COLLECTION("c")) VIA(B, NEWS("m", "1"), COLLECTION("c"))
		  VIA(C, NEWS("m", "1"), COLLECTION("c")) },
		{ "X0248-30", PUT("n", "1"),
		  DONE("n", "1") VIA(B, NEWS("n", "1"), COLLECTION("c")) VIA(C, NEWS("n", "1"), COLLECTION("c")) },
		{ "X0248-27", SET(OWNER, PS("<retract node='m' notify='1'><item id='1'/></retract>")),
		  OK(OWNER) VIA(A, "<items node='m'><retract id='1'/></items>", COLLECTION("c"))
		  VIA(B, "<items node='m'><retract id='1'/></items>", COLLECTION("c"))
		  VIA(C, "<items node='m'><retract id='1'/></items>", COLLECTION("c")) },
		{ "X0248-27", SET(OWNER, OWN("<purge node='m'/>")),
		  OK(OWNER) VIA(A, "<purge node='m'/>", COLLECTION("c")) VIA(B, "<purge node='m'/>", COLLECTION("c"))
		  VIA(C, "<purge node='m'/>", COLLECTION("c")) },
		{ "X0248-28 X0248-35", CREATE(OWNER, "x", IN("c")),
		  OK(OWNER) VIA(C, "<create node='x'/>", COLLECTION("c")) VIA(D, "<create node='x'/>", COLLECTION("c")) },
		{ "X0248-28 X0248-35", CREATE(OWNER, "y", IN("d")),
		  OK(OWNER) VIA(C, "<create node='y'/>", COLLECTION("c")) },
		{ "X0248-36", ASSOCIATE(OWNER, "c", "y"),
		  OK(OWNER) EVENT(C, LINKED("c", "associate", "y")) EVENT(D, LINKED("c", "associate", "y")) },
		{ "X0248-36", DISSOCIATE(OWNER, "d", "y"),
		  OK(OWNER) VIA(C, LINKED("d", "dissociate", "y"), COLLECTION("c")) },
		{ "X0248-36", CONFIGURE(OWNER, "y", IN("d")),
		  OK(OWNER) VIA(C, LINKED("d", "associate", "y"), COLLECTION("c"))
		  EVENT(C, LINKED("c", "dissociate", "y")) EVENT(D, LINKED("c", "dissociate", "y")) },
		{ "X0248-28", CONFIGURE(OWNER, "m", F("notify_config", V("1")) F("deliver_payloads", V("0"))),
		  OK(OWNER) VIA(C, "<configuration node='m'/>", COLLECTION("c"))
		  VIA(D, "<configuration node='m'/>", COLLECTION("c")) },
		{ "X0248-34", PUT("m", "2"),
		  DONE("m", "2") VIA(A, "<items node='m'><item id='2' publisher='" OWNED "'/></items>", COLLECTION("c"))
		  VIA(B, "<items node='m'><item id='2' publisher='" OWNED "'/></items>", COLLECTION("c"))
		  VIA(C, "<items node='m'><item id='2' publisher='" OWNED "'/></items>", COLLECTION("c")) },
		{ "X0248-14: all types", CONFIGURE(OWNER, "c", F("notify_config", V("1")) F("title", V("C"))),
		  OK(OWNER) TITLED(A) TITLED(B) TITLED(C) TITLED(D) TITLED(E) },
		{ "X0248-28", SET(OWNER, OWN("<delete node='m'/>")),
		  OK(OWNER) VIA(C, "<delete node='m'/>", COLLECTION("c")) VIA(D, "<delete node='m'/>", COLLECTION("c")) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, family);
	subscribe(&b, "c", A, SUBTYPE_ITEMS, 1);
	subscribe(&b, "c", B, SUBTYPE_ITEMS, UINT64_MAX);
	subscribe(&b, "c", C, SUBTYPE_ALL, UINT64_MAX);
	subscribe(&b, "c", D, SUBTYPE_NODES, 1);
	subscribe(&b, "c", E, SUBTYPE_ALL, 0);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

/* X0248-37: c and d both hold n and m; one message for each entity, the shortest way counts. */
static void deliver__diamond__one_message(void **state)
{
	static const struct step steps[] = {
		{ "X0248-01", ASSOCIATE(OWNER, "c", "n"), OK(OWNER) "*" },
		{ "X0248-37 X0248-33", PUT("n", "1"),
		  DONE("n", "1") VIA(A, NEWS("n", "1"), COLLECTION("c") COLLECTION("d"))
		  VIA(B, NEWS("n", "1"), COLLECTION("c")) VIA(C, NEWS("n", "1"), COLLECTION("")) },
		{ "the end of a collection", SET(OWNER, OWN("<delete node='d'/>")),
		  OK(OWNER) VIA(A, "<delete node='d'/>", COLLECTION("c"))
		  VIA(C, "<delete node='d'/>", COLLECTION("")) },
		{ "X0248-41: other parents stay", LIST("node='c'"), LISTED("node='c'", NODE("m") NODE("n")) },
		{ "X0248-41: to the root", SET(OWNER, OWN("<delete node='c'/>")),
		  OK(OWNER) EVENT(A, "<delete node='c'/>") EVENT(B, "<delete node='c'/>")
		  VIA(C, "<delete node='c'/>", COLLECTION(""))
		  EVENT(C, ROOTED("associate", "m")) EVENT(C, ROOTED("associate", "n")) },
		{ "X0248-41", LIST(""), LISTED("", NODE("m") NODE("n")) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, family);
	subscribe(&b, "c", A, SUBTYPE_ALL, 1);
	subscribe(&b, "d", A, SUBTYPE_ITEMS, 1);
	subscribe(&b, "c", B, SUBTYPE_ITEMS, 1);
	subscribe(&b, "", C, SUBTYPE_ALL, 2);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void root__subscribed_but_not_changed(void **state)
{
	static const struct step steps[] = {
		{ "UNSUB-13", SET(USER, PS("<unsubscribe jid='" USER "'/>")),
		  ERROR(USER, "cancel", CONDITION("unexpected-request") SPECIAL("not-subscribed")) },
		{ "SUB-02 X0248-42", SUBSCRIBE_TO(USER, ""), SUBSCRIBED_TO(USER, "") },
		{ "SUB-02 X0248-42", SUBSCRIBE_TO(USER, "node=''"), SUBSCRIBED_TO(USER, "") },
		{ "X0248-35 X0248-42", SET(OWNER, PS("<create node='n'/>")),
		  OK(OWNER) VIA(USER, "<create node='n'/>", COLLECTION("")) },
		{ "X0248-26", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "made by publishing", PUT("auto", "1"),
		  DONE("auto", "1") VIA(USER, "<create node='auto'/>", COLLECTION("")) },
		{ "X0248-35", CREATE(OWNER, "c", COLL),
		  OK(OWNER) VIA(USER, "<create node='c'/>", COLLECTION("")) },
		{ "X0248-36: leaves the root", ASSOCIATE(OWNER, "c", "n"),
		  OK(OWNER) EVENT(USER, ROOTED("dissociate", "n")) },
		{ "X0248-35: of the second level", CREATE(OWNER, "m", IN("c")), OK(OWNER) },
		{ "X0248-36: comes to the root", DISSOCIATE(OWNER, "c", "n"),
		  OK(OWNER) EVENT(USER, ROOTED("associate", "n")) },
		{ "X0248-36", CONFIGURE(OWNER, "n", F("collection", V("c") V(""))), OK(OWNER) },
		{ "X0248-36", CONFIGURE(OWNER, "n", IN("c")),
		  OK(OWNER) EVENT(USER, ROOTED("dissociate", "n")) },
		{ "DEL-09 DEL-10 X0248-40", SET(OWNER, OWN("<delete/>")), NOT_ALLOWED(OWNER) },
		{ "X0248-40", SET(ADMIN, OWN("<delete node=''/>")), NOT_ALLOWED(ADMIN) },
		{ "CONF-06 X0248-42", GET(OWNER, OWN("<configure/>")), BAD(OWNER, "nodeid-required") },
		{ "PURGE-10", SET(OWNER, OWN("<purge/>")), BAD(OWNER, "nodeid-required") },
		{ "UNSUB-13", SET(USER, PS("<unsubscribe jid='" USER "'/>")), OK(USER) },
		{ "X0248-42", SET(OWNER, OWN("<delete node='c'/>")), OK(OWNER) },
	};

	(void)state;
	PLAY(steps);
}

static void access__closed_leaf__stays_closed(void **state)
{
	static const struct step steps[] = {
		{ "X0248-44", CONFIGURE(OWNER, "n", F("access_model", V("whitelist"))), OK(OWNER) },
		{ "X0248-44", PUT("n", "1"), DONE("n", "1") },
		{ "X0248-38", PUT("m", "2"), DONE("m", "2") VIA(A, NEWS("m", "2"), COLLECTION("c")) },
		{ "X0248-38", GET(OWNER, PS("<items node='d'/>")), RESULT(OWNER, PS(NEWS("n", "1"))) },
		{ "X0248-44", GET(A, PS("<items node='d'/>")), RESULT(A, PS("")) },
		{ "X0248-38 ITEMS-19", GET(A, PS("<items node='c'/>")), RESULT(A, PS(NEWS("m", "2"))) },
		{ "X0248-44", SET(OWNER, OWN("<delete node='n'/>")), OK(OWNER) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	PLAY_ON(&b, family);
	subscribe(&b, "c", A, SUBTYPE_ALL, UINT64_MAX);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static void items__of_a_collection__leaf_by_leaf(void **state)
{
#define OF(attrs, set) GET(EVE, PS("<items node='c' " attrs "/>" set))
#define ARE(items) RESULT(EVE, PS(items))
	static const struct step steps[] = {
		{ "X0248-05", CREATE(OWNER, "c", COLL), OK(OWNER) },
		{ "X0248-38", OF("", ""), ARE("") },
		{ "X0248-05", CREATE(OWNER, "m", IN("c")), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "n", IN("c")), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "o", IN("c")), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "p", COLL IN("c")), OK(OWNER) },
		{ "transient", CREATE(OWNER, "q", IN("c") F("persist_items", V("0"))), OK(OWNER) },
		{ "PUB-07", PUT("m", "1"), DONE("m", "1") },
		{ "PUB-07", PUT("m", "2"), DONE("m", "2") },
		{ "PUB-07", PUT("n", "1"), DONE("n", "1") },
		{ "X0248-38", OF("", ""),
		  ARE("<items node='m'>" ONE("1") ONE("2") "</items>" NEWS("n", "1") "<items node='o'/>") },
		{ "X0248-38", OF("max_items='1'", ""), ARE(NEWS("m", "2") NEWS("n", "1") "<items node='o'/>") },
		{ "pages", OF("max_items='1'", RSM("<max>2</max>")),
		  ARE(NEWS("m", "2") NEWS("n", "1") PAGE("m", "n", "0", "3")) },
		{ "pages", OF("", RSM("<max>2</max><after>n</after>")),
		  ARE("<items node='o'/>" PAGE("o", "o", "2", "3")) },
		{ "pages", OF("", RSM("<max>1</max><before>o</before>")),
		  ARE(NEWS("n", "1") PAGE("n", "n", "1", "3")) },
		{ "pages", OF("", RSM("<max>1</max><before/>")),
		  ARE("<items node='o'/>" PAGE("o", "o", "2", "3")) },
		{ "pages", OF("", RSM("<index>1</index><max>1</max>")),
		  ARE(NEWS("n", "1") PAGE("n", "n", "1", "3")) },
		{ "pages", OF("", RSM("<max>0</max>")), ARE(RSM("<count>3</count>")) },
		{ "pages", OF("", RSM("<after>missing</after>")), NOT_FOUND(EVE) },
		{ "ITEMS-19 X0248-39", GET(EVE, PS("<items node='c'><item id='1'/></items>")),
		  UNSUPPORTED(EVE, "retrieve-items") },
	};

	(void)state;
	PLAY(steps);
}

/* More than fits: as many leaves as do, and a set that says so. */
static void items__of_large_leaves__cut(void **state)
{
	struct bench b;
	AUTO_FREE char *text = mem_zalloc(120001);

	(void)state;
	memset(text, 'x', 120000);
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, CREATE(OWNER, "c", COLL));
	for (int i = 0; i < 3; i++) {
		AUTO_FREE char *xml = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
			PS("<publish node='%d'><item id='1'><x xmlns='urn:x'>%s</x></item></publish>") "</iq>",
			i, text);
		AUTO_FREE char *link = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
			OWN("<collection node='c'><associate node='%d'/></collection>") "</iq>", i);

		TAKE(&b, xml, link);
	}
	service_turn(b.service);
	str_reset(&b.sent);
	TAKE(&b, OF("", ""));
	service_turn(b.service);
	bench_expect(&b, "forwards", ARE("<items node='0'>*</items>" PAGE("0", "0", "0", "3")));
	TAKE(&b, OF("", RSM("<before>2</before>")));
	service_turn(b.service);
	bench_expect(&b, "backwards", ARE("<items node='1'>*</items>" PAGE("1", "1", "1", "3")));
	bench_stop(&b);
}

/* X0248-31 */
static void subscribe__same_but_for_the_depth__refused(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.multi_subscribe = 1;
	bench_start(&b, SVC, false);
	TAKE(&b, CREATE(OWNER, "c", COLL));
	subscribe(&b, "c", USER, SUBTYPE_NODES, 2);
	TAKE(&b, SUBSCRIBE_TO(USER, "node='c'"));
	service_turn(b.service);
	bench_expect(&b, "X0248-31", ERROR(USER, "cancel", CONDITION("conflict")));
	TAKE(&b, SUBSCRIBE_TO(ADMIN, "node='c'"));
	service_turn(b.service);
	str_reset(&b.sent);
	subscribe(&b, "c", EVE, SUBTYPE_ITEMS, 2);
	TAKE(&b, SUBSCRIBE_TO(EVE, "node='c'"));
	service_turn(b.service);
	bench_expect(&b, "X0248-31: another type",
		     RESULT(EVE, PS("<subscription node='c' jid='" EVE "' subscription='subscribed' subid='*'/>")));
	bench_stop(&b);
}

static void associate__levels_and_parents__have_an_end(void **state)
{
	struct bench b;
	char xml[800];

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, CREATE(OWNER, "0", COLL));
	for (int i = 1; i <= COLLECTION_LEVELS; i++) {
		snprintf(xml, sizeof(xml), CREATE(OWNER, "%d", COLL IN("%d")), i, i - 1);
		TAKE(&b, xml);
	}
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "error"));
	str_reset(&b.sent);
	TAKE(&b, CREATE(OWNER, "n", ""));
	snprintf(xml, sizeof(xml), ASSOCIATE(OWNER, "%d", "n"), COLLECTION_LEVELS);
	TAKE(&b, xml);
	snprintf(xml, sizeof(xml), ASSOCIATE(OWNER, "%d", "n"), COLLECTION_LEVELS - 1);
	TAKE(&b, xml, CREATE(OWNER, "top", COLL), ASSOCIATE(OWNER, "top", "0"),
	     ASSOCIATE(OWNER, "top", "1"));
	service_turn(b.service);
	bench_expect(&b, "levels", OK(OWNER) NOT_ALLOWED(OWNER) OK(OWNER) OK(OWNER) NOT_ALLOWED(OWNER) OK(OWNER));
	/* By a form of the child, and of the parent. */
	snprintf(xml, sizeof(xml), CREATE(OWNER, "x", IN("%d")), COLLECTION_LEVELS);
	TAKE(&b, xml, CONFIGURE(OWNER, "top", F("children", V("0") V("1"))));
	service_turn(b.service);
	bench_expect(&b, "levels", NOT_ALLOWED(OWNER) NOT_ALLOWED(OWNER));
	TAKE(&b, CREATE(OWNER, "often", ""));
	for (int i = 0; i < COLLECTION_PARENTS; i++) {
		snprintf(xml, sizeof(xml), CREATE(OWNER, "p%d", COLL F("children", V("often"))), i);
		TAKE(&b, xml);
	}
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "error"));
	str_reset(&b.sent);
	TAKE(&b, CREATE(OWNER, "one", COLL), ASSOCIATE(OWNER, "one", "often"));
	service_turn(b.service);
	bench_expect(&b, "parents", OK(OWNER) TOO_MANY(OWNER));
	bench_stop(&b);
}

static void create__not_for_everybody__refused(void **state)
{
	static const struct step admins[] = {
		CREATE_N,
		{ "X0248-08", CREATE(OWNER, "c", COLL), FORBIDDEN(OWNER) },
		{ "X0248-08", CONFIGURE(OWNER, "n", COLL), FORBIDDEN(OWNER) },
		{ "X0248-08", LIST(""), LISTED("", NODE("n")) },
		{ "X0248-05", CREATE(ADMIN, "c", COLL F("children", V("n"))), OK(ADMIN) },
	};
	static const struct step nobody[] = {
		{ "X0248-07", CREATE(OWNER, "c", COLL), NOT_ALLOWED(OWNER) },
		{ "X0248-07", CREATE(ADMIN, "c", COLL), NOT_ALLOWED(ADMIN) },
		{ "X0248-07", CREATE(ADMIN, "n", ""), OK(ADMIN) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.create_collections = mem_strdup("admins");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, admins);
	bench_stop(&b);
	bench_init(&b);
	b.config.given.create_collections = mem_strdup("nobody");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, nobody);
	bench_stop(&b);
}

static void configure__more_children_than_fit__told_without(void **state)
{
	struct bench b;
	char name[1001], xml[2000];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[1000] = '\0';
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, CREATE(OWNER, "c", COLL F("notify_config", V("1"))), SUBSCRIBE_TO(USER, "node='c'"));
	for (int i = 0; i < 260; i++) {
		snprintf(xml, sizeof(xml), CREATE(OWNER, "%d%s", IN("c")), i, name);
		TAKE(&b, xml);
	}
	service_turn(b.service);
	str_reset(&b.sent);
	TAKE(&b, CONFIGURE(OWNER, "c", F("title", V("C"))));
	service_turn(b.service);
	bench_expect(&b, "X0248-14", OK(OWNER) EVENT(USER, "<configuration node='c'/>"));
	bench_stop(&b);
}

static void disable__collections__all_is_flat(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "X0248-06", CREATE(OWNER, "c", COLL), UNSUPPORTED(OWNER, "collections") },
		{ "X0248-06", GET(OWNER, OWN("<default type='collection'/>")), UNSUPPORTED(OWNER, "collections") },
		{ "X0248-06", ASSOCIATE(OWNER, "c", "n"), UNSUPPORTED(OWNER, "collections") },
		{ "not offered", CREATE(OWNER, "m", IN("n")), OK(OWNER) },
		{ "DISCO-03", LIST(""), LISTED("", NODE("m") NODE("n")) },
		{ "SUB-02", SUBSCRIBE_TO(USER, ""), BAD(USER, "nodeid-required") },
		{ "UNSUB-13", SET(USER, PS("<unsubscribe jid='" USER "'/>")), BAD(USER, "nodeid-required") },
		{ "DEL-10", SET(OWNER, OWN("<delete/>")), BAD(OWNER, "nodeid-required") },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	strings_add(&b.config.given.disabled, "collections");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	TAKE(&b, GET(OWNER, OWN("<configure node='n'/>")), GET(OWNER, QUERY("info", "", "")));
	service_turn(b.service);
	assert_null(strstr(b.sent.p, "collection"));
	assert_null(strstr(b.sent.p, "children"));
	bench_stop(&b);
}

static void disable__multi_collection__one_place(void **state)
{
#define ONE_PLACE UNSUPPORTED(OWNER, "multi-collection")
	static const struct step steps[] = {
		CREATE_N,
		{ "X0248-05", CREATE(OWNER, "c", COLL), OK(OWNER) },
		{ "X0248-05", CREATE(OWNER, "d", COLL), OK(OWNER) },
		{ "X0248-21", ASSOCIATE(OWNER, "c", "n"), OK(OWNER) },
		{ "X0248-01", ASSOCIATE(OWNER, "d", "n"), ONE_PLACE },
		{ "X0248-01", CONFIGURE(OWNER, "n", F("collection", V("c") V("d"))), ONE_PLACE },
		{ "X0248-01", CONFIGURE(OWNER, "d", F("children", V("n"))), ONE_PLACE },
		{ "X0248-20", CONFIGURE(OWNER, "n", IN("d")), OK(OWNER) },
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	strings_add(&b.config.given.disabled, "multi-collection");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	TAKE(&b, GET(OWNER, QUERY("info", "", "")));
	service_turn(b.service);
	assert_non_null(strstr(b.sent.p, NS "#collections'"));
	assert_null(strstr(b.sent.p, "multi-collection"));
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create__in_collections__listed_there),
		cmocka_unit_test(configure__links_on_either_side__agree),
		cmocka_unit_test(configure__forms__show_what_collections_have),
		cmocka_unit_test(associate__by_the_rules),
		cmocka_unit_test(associate__policies__let_others_in),
		cmocka_unit_test(associate__levels_and_parents__have_an_end),
		cmocka_unit_test(deliver__types_and_depths__decide),
		cmocka_unit_test(deliver__diamond__one_message),
		cmocka_unit_test(root__subscribed_but_not_changed),
		cmocka_unit_test(access__closed_leaf__stays_closed),
		cmocka_unit_test(items__of_a_collection__leaf_by_leaf),
		cmocka_unit_test(items__of_large_leaves__cut),
		cmocka_unit_test(subscribe__same_but_for_the_depth__refused),
		cmocka_unit_test(configure__more_children_than_fit__told_without),
		cmocka_unit_test(create__not_for_everybody__refused),
		cmocka_unit_test(disable__collections__all_is_flat),
		cmocka_unit_test(disable__multi_collection__one_place),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
