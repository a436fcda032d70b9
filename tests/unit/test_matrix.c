/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: every request in every situation, through the dispatcher, against verdicts that
 * are written down here and nowhere else (XEP-0060 sections 4.1, 4.5, 6 to 8; GEN-11, GEN-12). Also
 * whatever comes back: what may not be read is not in it.
 *
 * A situation is a node n in the open collection c, and how user@example.com stands to n.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/sub_fields.h"
#include "serve_bench.h"

#define BARE "user@example.com"
#define OTHER "other@example.com"
#define HIDDEN "unseen-payload"
#define THEIRS "unseen-theirs"
#define MINE "unseen-mine"
#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* What the roster says of user@example.com. */
enum contact_kind { STRANGER, CONTACT, IN_GROUP, CONTACT_MAX };

struct situation {
	enum node_type type;
	enum access_model access;
	enum publish_model publish;
	enum affiliation affiliation;
	enum sub_state state; /* of the subscription of BARE; SUB_NONE: there is none */
	bool admin;
	enum contact_kind contact;
};

/* Verdicts */

/* type, condition, and what stands in pubsub#errors; NULL: the request is granted. */
struct refusal {
	const char *type, *condition, *special;
};
static const struct refusal granted = { NULL, NULL, NULL };
static const struct refusal forbidden = { "auth", "forbidden", NULL };
static const struct refusal forbidden_here = { "cancel", "forbidden", NULL };
static const struct refusal missing = { "cancel", "item-not-found", NULL };
static const struct refusal not_subscribed = { "cancel", "unexpected-request", "not-subscribed" };
static const struct refusal pending = { "auth", "not-authorized", "pending-subscription" };
static const struct refusal no_subscription = { "modify", "unexpected-request", "not-subscribed" };
static const struct refusal invalid_jid = { "modify", "bad-request", "invalid-jid" };
static const struct refusal no_publish = { "cancel", "feature-not-implemented",
					   "unsupported feature='publish'" };
static const struct refusal no_items = { "cancel", "feature-not-implemented",
					 "unsupported feature='persistent-items'" };

static const struct refusal no_archive = { "cancel", "feature-not-implemented",
					   "unsupported feature='retrieve-items'" };

static bool owns(const struct situation *s)
{
	return s->admin || s->affiliation == AFF_OWNER;
}

/* The table of section 4.1: "yes", "no", or "as the model says". */
static char says_table(const struct situation *s, const char *by_affiliation)
{
	/* none, outcast, member, publish-only, publisher, owner */
	return by_affiliation[s->admin ? AFF_OWNER : s->affiliation];
}

/* Section 4.5, of those whom no affiliation lets in. */
static struct refusal by_model(const struct situation *s, bool reading)
{
	static const struct refusal closed[] = {
		[ACCESS_PRESENCE] = { "auth", "not-authorized", "presence-subscription-required" },
		[ACCESS_ROSTER] = { "auth", "not-authorized", "not-in-roster-group" },
		[ACCESS_AUTHORIZE] = { "auth", "not-authorized", "not-subscribed" },
		[ACCESS_WHITELIST] = { "cancel", "not-allowed", "closed-node" },
	};

	if (s->access == ACCESS_OPEN)
		return granted;
	/* ACC-05 to ACC-08 */
	if ((s->access == ACCESS_PRESENCE && s->contact != STRANGER) ||
	    (s->access == ACCESS_ROSTER && s->contact == IN_GROUP))
		return granted;
	if (s->access == ACCESS_AUTHORIZE && (!reading || s->state == SUB_SUBSCRIBED))
		return granted;
	return closed[s->access];
}

static struct refusal to_enter(const struct situation *s, bool reading)
{
	switch (says_table(s, "?nynyy")) {
	case 'y':
		return granted;
	case 'n':
		return forbidden;
	}
	return by_model(s, reading);
}

static struct refusal to_read(const struct situation *s)
{
	return to_enter(s, true);
}

/* X0313-13: whoever may not retrieve items may not ask the archive, whatever the model. */
static struct refusal to_read_archive(const struct situation *s)
{
	if (s->type == NODE_COLLECTION)
		return no_archive;
	return to_read(s).type ? forbidden : granted;
}

static struct refusal to_subscribe(const struct situation *s)
{
	struct refusal no = to_enter(s, false);

	return no.type ? no : s->state == SUB_PENDING ? pending : granted;
}

static struct refusal to_unsubscribe(const struct situation *s)
{
	return s->state == SUB_NONE ? not_subscribed : granted;
}

static bool may_publish(const struct situation *s)
{
	switch (says_table(s, "?n?yyy")) {
	case 'y':
		return true;
	case 'n':
		return false;
	}
	return s->publish == PUBLISH_OPEN ||
	       (s->publish == PUBLISH_SUBSCRIBERS && s->state == SUB_SUBSCRIBED);
}

static struct refusal to_publish(const struct situation *s)
{
	if (!may_publish(s))
		return forbidden;
	return s->type == NODE_LEAF ? granted : no_publish;
}

static struct refusal to_retract(const struct situation *s, struct refusal of_leaf)
{
	if (!may_publish(s))
		return forbidden;
	return s->type == NODE_LEAF ? of_leaf : no_items;
}

static struct refusal to_retract_mine(const struct situation *s)
{
	return to_retract(s, granted);
}

static struct refusal to_retract_theirs(const struct situation *s)
{
	return to_retract(s, owns(s) ? granted : forbidden);
}

static struct refusal to_retract_nothing(const struct situation *s)
{
	return to_retract(s, missing);
}

static struct refusal to_own(const struct situation *s)
{
	return owns(s) ? granted : forbidden;
}

static struct refusal to_purge(const struct situation *s)
{
	if (!owns(s))
		return forbidden;
	return s->type == NODE_LEAF ? granted : no_items;
}

/* X0248-22, X0248-25 */
static struct refusal to_take_out(const struct situation *s)
{
	return owns(s) ? granted : forbidden_here;
}

/* X0248-10, X0248-22: whose the node is does not matter, for the collection is another's. */
static struct refusal to_put_in(const struct situation *s)
{
	return s->admin ? granted : forbidden_here;
}

/* OPT-05, OPT-07 */
static struct refusal to_see_options(const struct situation *s)
{
	return s->state == SUB_NONE ? no_subscription : granted;
}

static struct refusal to_see_others_options(const struct situation *s)
{
	return s->admin ? no_subscription : forbidden;
}

/* SUB-06: nobody is let in through somebody else. */
static struct refusal to_subscribe_others(const struct situation *s)
{
	struct situation nobody = *s;

	nobody.admin = false;
	nobody.affiliation = AFF_NONE;
	nobody.state = SUB_NONE;
	nobody.contact = STRANGER;
	if (to_enter(s, false).type)
		return to_enter(s, false);
	return s->admin ? to_subscribe(&nobody) : invalid_jid;
}

static struct refusal to_unsubscribe_others(const struct situation *s)
{
	return s->admin ? not_subscribed : forbidden;
}

static struct refusal to_ask(const struct situation *s)
{
	(void)s;
	return granted;
}

/* Requests */

#define FORM                                                                                       \
	"<x xmlns='jabber:x:data' type='submit'><field "                                           \
	"var='pubsub#title'><value>T</value></field></x>"
#define OPTIONS                                                                                    \
	"<x xmlns='jabber:x:data' type='submit'><field "                                           \
	"var='pubsub#deliver'><value>0</value></field></x>"
#define NOBODY(list, what, value)                                                                  \
	OWN("<" list " node='n'><" what " jid='nobody@example.com' " value "/></" list ">")
#define MAM(type, name, body)                                                                      \
	IQ(type, USER, "<" name " xmlns='urn:xmpp:mam:2' node='n'>" body "</" name ">")
#define MAM_OF(publisher)                                                                          \
	MAM("set", "query",                                                                        \
	    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>"  \
	    "urn:xmpp:mam:2</value></field><field var='with'><value>" publisher                    \
	    "</value></field></x>")
#define ALL_OF(node)                                                                               \
	SET(USER,                                                                                  \
	    PS("<subscribe node='" node "' jid='" BARE "'/><options><x xmlns='jabber:x:data' "     \
	       "type='submit'><field var='FORM_TYPE' type='hidden'><value>" NS                     \
	       "#subscribe_options</value></field><field "                                         \
	       "var='pubsub#subscription_type'><value>all"                                         \
	       "</value></field><field var='pubsub#subscription_depth'><value>all</value>"         \
	       "</field></x></options>"))
#define NEW_ITEM "<item id='new'>" X "</item>"

/* clang-format off */
static const struct request_row {
	const char *name, *xml;
	struct refusal (*verdict)(const struct situation *s);
} rows[] = {
	{ "subscribe", SUBSCRIBE(USER, BARE), to_subscribe },
	{ "unsubscribe", SET(USER, PS("<unsubscribe node='n' jid='" BARE "'/>")), to_unsubscribe },
	{ "subscribe others", SUBSCRIBE(USER, "nobody@example.com"), to_subscribe_others },
	{ "unsubscribe others", SET(USER, PS("<unsubscribe node='n' jid='nobody@example.com'/>")), to_unsubscribe_others },
	{ "options", GET(USER, PS("<options node='n' jid='" BARE "'/>")), to_see_options },
	{ "change options", SET(USER, PS("<options node='n' jid='" BARE "'>" OPTIONS "</options>")), to_see_options },
	{ "options of others", GET(USER, PS("<options node='n' jid='nobody@example.com'/>")), to_see_others_options },
	{ "default options", GET(USER, PS("<default node='n'/>")), to_ask },
	{ "items", GET(USER, PS("<items node='n'/>")), to_read },
	{ "items, newest", GET(USER, PS("<items node='n' max_items='1'/>")), to_read },
	{ "publish", SET(USER, PS("<publish node='n'>" NEW_ITEM "</publish>")), to_publish },
	{ "retract own", SET(USER, PS("<retract node='n'><item id='" MINE "'/></retract>")), to_retract_mine },
	{ "retract another's", SET(USER, PS("<retract node='n'><item id='" THEIRS "'/></retract>")),
	  to_retract_theirs },
	{ "retract nothing", SET(USER, PS("<retract node='n'><item id='no'/></retract>")), to_retract_nothing },
	{ "archive", MAM("set", "query", ""), to_read_archive },
	{ "archive, of one", MAM_OF(OTHER), to_read_archive },
	{ "archive, form", MAM("get", "query", ""), to_read_archive },
	{ "archive, metadata", MAM("get", "metadata", ""), to_read_archive },
	{ "own subscriptions", GET(USER, PS("<subscriptions node='n'/>")), to_ask },
	{ "own affiliation", GET(USER, PS("<affiliations node='n'/>")), to_ask },
	{ "purge", SET(USER, OWN("<purge node='n'/>")), to_purge },
	{ "delete", SET(USER, OWN("<delete node='n'/>")), to_own },
	{ "configuration", GET(USER, OWN("<configure node='n'/>")), to_own },
	{ "configure", SET(USER, OWN("<configure node='n'>" FORM "</configure>")), to_own },
	{ "affiliations", GET(USER, OWN("<affiliations node='n'/>")), to_own },
	{ "affiliate", SET(USER, NOBODY("affiliations", "affiliation", "affiliation='owner'")), to_own },
	{ "subscriptions", GET(USER, OWN("<subscriptions node='n'/>")), to_own },
	{ "manage subscriptions", SET(USER, NOBODY("subscriptions", "subscription", "subscription='none'")), to_own },
	{ "dissociate", SET(USER, OWN("<collection node='c'><dissociate node='n'/></collection>")), to_take_out },
	{ "associate", SET(USER, OWN("<collection node='c'><associate node='n'/></collection>")), to_put_in },
	{ "subscribe to the collection", ALL_OF("c"), to_ask },
	{ "disco#info", GET(USER, QUERY("info", "node='n'", "")), to_ask },
	{ "disco#items", GET(USER, QUERY("items", "node='n'", "")), to_ask },
	{ "disco#items of the collection", GET(USER, QUERY("items", "node='c'", "")), to_ask },
	{ "items of the collection", GET(USER, PS("<items node='c'/>")), to_ask },
};
/* clang-format on */

/* Situations */

static int64_t add_node(struct store *s, const char *name, const struct situation *as)
{
	struct node n = { .name = (char *)name, .creator = (char *)OWNED };
	int64_t id;

	node_config_init(&n.config, as->type);
	strings_add(&n.config.roster_groups, "friends");
	n.config.access = as->access;
	n.config.publish = as->publish;
	assert_int_equal(store_node_create(s, &n, &id), 0);
	assert_int_equal(store_affiliation_set(s, id, OWNED, AFF_OWNER), 0);
	node_config_release(&n.config);
	return id;
}

static void add_item(struct store *s, int64_t node, const char *id, const char *publisher)
{
	static const char payload[] =
		"<entry xmlns='http://www.w3.org/2005/Atom'><title>" HIDDEN "</title></entry>";
	const struct item item = {
		.id = id, .publisher = publisher, .payload = payload, .payload_len = strlen(payload)
	};
	int64_t seq;
	bool replaced;

	assert_int_equal(store_item_put(s, node, &item, 1, &seq, &replaced), 0);
}

static void add_sub(struct store *s, int64_t node, enum sub_state state,
		    const struct sub_options *options)
{
	const struct new_subscription sub = {
		.node = node, .jid = BARE, .subid = "s", .state = state, .options = options
	};
	int64_t key;

	if (state != SUB_NONE)
		assert_int_equal(store_sub_add(s, &sub, &key), 0);
}

static void set_contact(struct store *s, enum contact_kind kind)
{
	struct contact c = { .from = kind != STRANGER };

	strings_add(&c.groups, kind == IN_GROUP ? "friends" : "enemies");
	assert_int_equal(store_contact_set(s, BARE, &c), 0);
	contact_release(&c);
}

struct nodes {
	int64_t n, c, above; /* the collection that c is in */
};

static struct nodes set_up(struct store *s, const struct situation *as)
{
	static const struct situation collection = { .type = NODE_COLLECTION };
	struct nodes ret;

	assert_int_equal(store_begin(s), 0);
	ret.n = add_node(s, "n", as);
	ret.c = add_node(s, "c", &collection);
	ret.above = add_node(s, "above", &collection);
	assert_int_equal(store_edge_add(s, ret.c, ret.n), 0);
	assert_int_equal(store_edge_add(s, ret.above, ret.c), 0);
	assert_int_equal(store_affiliation_set(s, ret.n, BARE, as->affiliation), 0);
	add_sub(s, ret.n, as->state, NULL);
	set_contact(s, as->contact);
	if (as->type == NODE_LEAF) {
		add_item(s, ret.n, MINE, BARE);
		add_item(s, ret.n, THEIRS, OTHER);
	}
	assert_int_equal(store_commit(s), 0);
	return ret;
}

static void tear_down(struct store *s, const struct nodes *nodes)
{
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(store_node_delete(s, nodes->n), 0);
	assert_int_equal(store_node_delete(s, nodes->c), 0);
	assert_int_equal(store_node_delete(s, nodes->above), 0);
	assert_int_equal(store_commit(s), 0);
}

static void tell_failure(const struct situation *s, const char *what, const char *expected,
			 const char *got)
{
	static const char *const contacts[] = { "a stranger", "a contact", "of the group" };

	fail_msg("%s at a %s of access %s, publish %s, by %s%s, %s, subscription %s\n"
		 "expected: %s\ngot: %s",
		 what, node_type_names[s->type], access_model_names[s->access],
		 publish_model_names[s->publish], affiliation_names[s->affiliation],
		 s->admin ? ", an administrator" : "", contacts[s->contact],
		 sub_state_names[s->state], expected, got);
}

/* Each in turn; with @s->admin, the service has been told so before. */
typedef void situation_fn(struct bench *b, const struct situation *s);

static void each_contact(struct bench *b, struct situation *s, situation_fn *fn)
{
	bool asked = s->access == ACCESS_PRESENCE || s->access == ACCESS_ROSTER;

	for (s->contact = STRANGER; s->contact < (asked ? CONTACT_MAX : CONTACT); s->contact++)
		fn(b, s);
}

static void each_standing(struct bench *b, struct situation *s, situation_fn *fn)
{
	static const enum sub_state states[] = { SUB_NONE, SUB_PENDING, SUB_SUBSCRIBED };

	for (s->affiliation = AFF_NONE; s->affiliation < AFF_MAX; s->affiliation++)
		for (size_t i = 0; i < N_OF(states); i++) {
			s->state = states[i];
			each_contact(b, s, fn);
		}
}

static void each_situation(struct bench *b, struct situation *s, situation_fn *fn)
{
	for (s->type = NODE_LEAF; s->type < NODE_TYPE_MAX; s->type++)
		for (s->access = ACCESS_OPEN; s->access < ACCESS_MAX; s->access++)
			for (s->publish = PUBLISH_PUBLISHERS; s->publish < PUBLISH_MAX;
			     s->publish++)
				each_standing(b, s, fn);
}

static void run(situation_fn *fn)
{
	for (int admin = 0; admin <= 1; admin++) {
		struct situation s = { .admin = admin };
		struct bench b;

		bench_init(&b);
		bench_archive(&b, "max");
		bench_give(&b.config.given.admins, admin ? BARE : "root@example.com");
		bench_start(&b, SVC, false);
		each_situation(&b, &s, fn);
		bench_stop(&b);
	}
}

/* Tests */

static char *answer_of(const struct refusal *no)
{
	if (!no->type)
		return mem_strdup("type='result'");
	return mem_printf("type='error'><error type='%s'><%s "
			  "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>%s%.*s",
			  no->type, no->condition, no->special ? "<" : "</error>",
			  no->special ? (int)strcspn(no->special, " ") : 0, no->special);
}

/* The feature is an attribute behind the namespace. */
static bool is_answered(const char *sent, const struct refusal *no, const char *want)
{
	const char *feature = no->special ? strchr(no->special, ' ') : NULL;

	return strstr(sent, want) && (!feature || strstr(sent, feature));
}

/* Subscribers hear of items: whether they should be is a matter of the subscription. */
static bool shows_hidden(const struct situation *s, const char *sent)
{
	const char *found = strstr(sent, "unseen"), *news = strstr(sent, "<message");

	return found && (s->state != SUB_SUBSCRIBED || !news || found < news);
}

static void ask(struct bench *b, const struct situation *s, const struct request_row *row)
{
	struct refusal no = row->verdict(s);
	AUTO_FREE char *want = answer_of(&no);

	str_reset(&b->sent);
	assert_true(bench_take(b, row->xml));
	service_turn(b->service);
	if (!is_answered(b->sent.p, &no, want))
		tell_failure(s, row->name, want, b->sent.p);
	/* That there could be a body says what kind of items there are. */
	if (to_read(s).type && (shows_hidden(s, b->sent.p) || strstr(b->sent.p, "include_body")))
		tell_failure(s, row->name, "nothing of what may not be read", b->sent.p);
}

/* What is refused, or only asks, leaves all as it was. */
static bool changes(const struct situation *s, const struct request_row *row)
{
	return strstr(row->xml, "type='set'") && !strstr(row->xml, "urn:xmpp:mam") &&
	       !row->verdict(s).type;
}

static void ask_all(struct bench *b, const struct situation *s)
{
	struct nodes nodes = set_up(b->store, s);

	for (size_t i = 0; i < N_OF(rows); i++) {
		ask(b, s, &rows[i]);
		if (changes(s, &rows[i])) {
			tear_down(b->store, &nodes);
			nodes = set_up(b->store, s);
		}
	}
	tear_down(b->store, &nodes);
}

static void dispatch__every_request_in_every_situation__by_the_tables(void **state)
{
	(void)state;
	run(ask_all);
}

/* What may be read is found: by all ways, or else nothing above would show anything. */
static void find(struct bench *b, const struct situation *s)
{
	static const char *const ways[] = {
		GET(USER, PS("<items node='n'/>")),
		GET(USER, PS("<items node='c'/>")),
		GET(USER, QUERY("items", "node='n'", "")),
		MAM("set", "query", ""),
		MAM_OF(OTHER),
	};
	struct nodes nodes = set_up(b->store, s);
	bool expected = s->type == NODE_LEAF && !to_read(s).type;

	for (size_t i = 0; i < N_OF(ways); i++) {
		str_reset(&b->sent);
		assert_true(bench_take(b, ways[i]));
		service_turn(b->service);
		if (!strstr(b->sent.p, THEIRS) == expected)
			tell_failure(s, ways[i], expected ? THEIRS : "nothing", b->sent.p);
	}
	tear_down(b->store, &nodes);
}

static void retrieve__every_way_in_every_situation__what_may_be_read(void **state)
{
	(void)state;
	run(find);
}

#define DELETE_N SET(OWNER, OWN("<delete node='n'/>"))

/*
 * STATE-02, X0248-44: of what becomes of n, subscribers hear, here or at a collection @above; of its
 * end also who has been waiting (STATE-01).
 */
static void hear(struct bench *b, const struct situation *s, const char *what, int above)
{
	struct nodes nodes = set_up(b->store, s);
	bool ends = !strcmp(what, DELETE_N);
	bool expected = s->state == SUB_SUBSCRIBED || (ends && s->state == SUB_PENDING) ||
			(above && !to_read(s).type);
	struct sub_options options;

	sub_options_init(&options);
	options.type = SUBTYPE_ALL;
	options.depth = above;
	assert_int_equal(store_begin(b->store), 0);
	add_sub(b->store, above == 2 ? nodes.above : nodes.c, above ? SUB_SUBSCRIBED : SUB_NONE,
		&options);
	assert_int_equal(store_commit(b->store), 0);
	assert_true(bench_take(b, what));
	str_reset(&b->sent);
	service_turn(b->service);
	if (!strstr(b->sent.p, "to='" BARE "'") == expected)
		tell_failure(s, above ? "news through a collection" : what,
			     expected ? "an event" : "no event", b->sent.p);
	tear_down(b->store, &nodes);
}

static void hear_all(struct bench *b, const struct situation *s)
{
	for (int above = 0; s->type == NODE_LEAF && above <= 2; above++) {
		hear(b, s, PUBLISH(OWNER, "new"), above);
		hear(b, s, DELETE_N, above);
	}
}

static void news__every_situation__told_to_those_who_may_know(void **state)
{
	(void)state;
	run(hear_all);
}

/* SUB-21: approved at once, or not before an owner has said so. */
static void enter(struct bench *b, const struct situation *s)
{
	struct nodes nodes = set_up(b->store, s);
	bool waits = s->access == ACCESS_AUTHORIZE && s->affiliation == AFF_NONE && !s->admin &&
		     s->state == SUB_NONE;
	const char *want = waits ? "subscription='pending'" : "subscription='subscribed'";
	bool asked;

	str_reset(&b->sent);
	assert_true(bench_take(b, SUBSCRIBE(USER, BARE)));
	service_turn(b->service);
	asked = strstr(b->sent.p, "subscribe_authorization");
	if (!to_subscribe(s).type && (!strstr(b->sent.p, want) || asked != waits))
		tell_failure(s, "subscribe", want, b->sent.p);
	tear_down(b->store, &nodes);
}

static void subscribe__every_situation__pending_where_an_owner_decides(void **state)
{
	(void)state;
	run(enter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dispatch__every_request_in_every_situation__by_the_tables),
		cmocka_unit_test(retrieve__every_way_in_every_situation__what_may_be_read),
		cmocka_unit_test(news__every_situation__told_to_those_who_may_know),
		cmocka_unit_test(subscribe__every_situation__pending_where_an_owner_decides),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
