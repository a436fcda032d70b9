/* SPDX-License-Identifier: MIT */
/*
 * What the service says of itself, and lists in pages.
 */
#include "unit.h"

#include <string.h>

#include "cmd/serve/features.h"
#include "cmd/serve/op/disco.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "serve_bench.h"

AUTO_DEFINE(char **, strings_free);

static void rsm__pages_of_items(void **state)
{
	static const struct step steps[] = {
		CREATE_N,
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PUB-07", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "PUB-07", PUBLISH(OWNER, "3"), PUBLISHED(OWNER, "3") },
		{ "PUB-07", PUBLISH(OWNER, "4"), PUBLISHED(OWNER, "4") },
		{ "PUB-07", PUBLISH(OWNER, "5"), PUBLISHED(OWNER, "5") },
		{ "X0059-01 X0059-02 X0059-03", ITEMS(EVE, "", RSM("<max>2</max>")),
		  ITEMS_ARE(EVE, ONE("1") ONE("2"), PAGE("@1", "@2", "0", "5")) },
		{ "X0059-04", ITEMS(EVE, "", RSM("<max>2</max><after>@2</after>")),
		  ITEMS_ARE(EVE, ONE("3") ONE("4"), PAGE("@3", "@4", "2", "5")) },
		{ "X0059-02", ITEMS(EVE, "", RSM("<max>2</max><after>@4</after>")),
		  ITEMS_ARE(EVE, ONE("5"), PAGE("@5", "@5", "4", "5")) },
		{ "X0059-02", ITEMS(EVE, "", RSM("<max>2</max><after>@5</after>")),
		  ITEMS_ARE(EVE, "", RSM("<count>5</count>")) },
		{ "X0059-04", ITEMS(EVE, "", RSM("<max>1</max><after>2</after>")),
		  ITEMS_ARE(EVE, ONE("3"), PAGE("@3", "@3", "2", "5")) },
		{ "X0059-05", ITEMS(EVE, "", RSM("<max>2</max><before>@4</before>")),
		  ITEMS_ARE(EVE, ONE("2") ONE("3"), PAGE("@2", "@3", "1", "5")) },
		{ "X0059-05", ITEMS(EVE, "", RSM("<max>2</max><before>1</before>")),
		  ITEMS_ARE(EVE, "", RSM("<count>5</count>")) },
		{ "X0059-06", ITEMS(EVE, "", RSM("<max>2</max><before/>")),
		  ITEMS_ARE(EVE, ONE("4") ONE("5"), PAGE("@4", "@5", "3", "5")) },
		{ "X0059-07", ITEMS(EVE, "", RSM("<after>missing</after>")), NOT_FOUND(EVE) },
		{ "X0059-07", ITEMS(EVE, "", RSM("<before>missing</before>")), NOT_FOUND(EVE) },
		{ "X0059-08", ITEMS(EVE, "", RSM("<max>2</max><index>3</index>")),
		  ITEMS_ARE(EVE, ONE("4") ONE("5"), PAGE("@4", "@5", "3", "5")) },
		{ "X0059-08", ITEMS(EVE, "", RSM("<index>5</index>")),
		  ITEMS_ARE(EVE, "", RSM("<count>5</count>")) },
		{ "X0059-10", ITEMS(EVE, "", RSM("<max>0</max>")),
		  ITEMS_ARE(EVE, "", RSM("<count>5</count>")) },
		{ "X0059-12", ITEMS(EVE, "max_items='3'", RSM("<max>2</max>")),
		  ITEMS_ARE(EVE, ONE("3") ONE("4"), PAGE("@3", "@4", "0", "3")) },
		{ "X0059-12", ITEMS(EVE, "max_items='3'", RSM("<max>5</max><before>@4</before>")),
		  ITEMS_ARE(EVE, ONE("3"), PAGE("@3", "@3", "0", "3")) },
		{ "X0059-12", ITEMS(EVE, "max_items='3'", RSM("<max>5</max><after>@1</after>")),
		  ITEMS_ARE(EVE, ONE("3") ONE("4") ONE("5"), PAGE("@3", "@5", "0", "3")) },
		{ "X0059-12", ITEMS(EVE, "max_items='3'", RSM("<max>1</max><index>1</index>")),
		  ITEMS_ARE(EVE, ONE("4"), PAGE("@4", "@4", "1", "3")) },
		{ "X0059", ITEMS(EVE, "", RSM("<max>x</max>")), BAD_REQUEST(EVE) },
		{ "pages stay where they are: replaced", PUBLISH(OWNER, "2"),
		  PUBLISHED(OWNER, "2") },
		{ "pages stay where they are: replaced", ITEMS(EVE, "", RSM("<max>2</max><after>@2</after>")),
		  ITEMS_ARE(EVE, ONE("3") ONE("4"), PAGE("@3", "@4", "1", "5")) },
		{ "pages stay where they are: retracted",
		  SET(OWNER, PS("<retract node='n'><item id='4'/></retract>")), RESULT(OWNER, "") },
		{ "pages stay where they are: retracted", ITEMS(EVE, "", RSM("<max>2</max><after>@4</after>")),
		  ITEMS_ARE(EVE, ONE("5") ONE("2"), PAGE("@5", "@6", "2", "4")) },
	};

	(void)state;
	PLAY(steps);
}

static void disco__service_nodes_and_items(void **state)
{
#define NODE(name) "<item jid='" SVC "' node='" name "'/>"
#define NAMED(name) "<item jid='" SVC "' name='" name "'/>"
#define NODES(set) GET(EVE, QUERY("items", "", set))
#define NODES_ARE(nodes) RESULT(EVE, QUERY("items", "", nodes))
#define DESCRIBED "<identity category='pubsub' type='leaf'/>" \
	"<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/>" \
	"<feature var='" NS "'/><x xmlns='jabber:x:data' type='result'>" \
	"<field var='FORM_TYPE' type='hidden'>" VALUE(NS "#meta-data") "</field>"
#define VALUE(text) "<value>" text "</value>"
#define META(var, type, values) "<field var='pubsub#" var "' type='" type "'>" values "</field>"
	static const struct step steps[] = {
		{ "X0030-05", NODES(""), NODES_ARE("") },
		CREATE_N,
		{ "CREATE-01", SET(OWNER, PS("<create node='m'/>")), RESULT(OWNER, "") },
		{ "CREATE-01", SET(OWNER, PS("<create node='o'/>")), RESULT(OWNER, "") },
		{ "DISCO-03 X0030-06", NODES(""), NODES_ARE(NODE("m") NODE("n") NODE("o")) },
		{ "X0059-13 DISCO-04", NODES(RSM("<max>2</max>")),
		  NODES_ARE(NODE("m") NODE("n") PAGE("m", "n", "0", "3")) },
		{ "X0059-13", NODES(RSM("<max>2</max><after>n</after>")),
		  NODES_ARE(NODE("o") PAGE("o", "o", "2", "3")) },
		{ "X0059-13", NODES(RSM("<max>2</max><before/>")),
		  NODES_ARE(NODE("n") NODE("o") PAGE("n", "o", "1", "3")) },
		{ "X0059-13", NODES(RSM("<max>1</max><before>o</before>")),
		  NODES_ARE(NODE("n") PAGE("n", "n", "1", "3")) },
		{ "X0059-13", NODES(RSM("<max>1</max><index>1</index>")),
		  NODES_ARE(NODE("n") PAGE("n", "n", "1", "3")) },
		{ "X0059-13", NODES(RSM("<index>9</index>")), NODES_ARE(RSM("<count>3</count>")) },
		{ "X0059-13", NODES(RSM("<max>0</max>")), NODES_ARE(RSM("<count>3</count>")) },
		{ "X0059-13", NODES(RSM("<max>x</max>")), BAD_REQUEST(EVE) },
		{ "DISCO-05 DISCO-07 DISCO-08 DISCO-11 DISCO-12 DISCO-17 to DISCO-22 X0030-01 X0030-02 ADDR-01 ADDR-02",
		  GET(EVE, QUERY("info", "node='n'", "")), RESULT(EVE, QUERY("info", "node='n'", DESCRIBED
			META("title", "text-single", "") META("description", "text-single", "")
			META("language", "list-single", "") META("contact", "jid-multi", "") META("type", "text-single", "")
			META("access_model", "list-single", VALUE("open"))
			META("publish_model", "list-single", VALUE("publishers")) META("max_items", "text-single", VALUE("max"))
			META("creator", "jid-single", VALUE(OWNED)) META("creation_date", "text-single", VALUE("*Z"))
			META("owner", "jid-multi", VALUE(OWNED)) META("publisher", "jid-multi", "")
			META("num_subscribers", "text-single", VALUE("0")) "</x>")) },
		{ "DISCO-06 X0030-04", GET(EVE, QUERY("info", "node='missing'", "")),
		  NOT_FOUND(EVE) },
		{ "DISCO-06", GET(EVE, QUERY("items", "node='missing'", "")), NOT_FOUND(EVE) },
		{ "DISCO-25", GET(EVE, QUERY("items", "node='n'", "")),
		  RESULT(EVE, QUERY("items", "node='n'", "")) },
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
		{ "PUB-07", PUBLISH(OWNER, "2"), PUBLISHED(OWNER, "2") },
		{ "DISCO-23 DISCO-24", GET(EVE, QUERY("items", "node='n'", "")),
		  RESULT(EVE, QUERY("items", "node='n'", NAMED("1") NAMED("2"))) },
		{ "X0059-13", GET(EVE, QUERY("items", "node='n'", RSM("<max>1</max><before/>"))),
		  RESULT(EVE, QUERY("items", "node='n'", NAMED("2") PAGE("@2", "@2", "1", "2"))) },
		{ "ADDR-04", SET(OWNER, PS("<create node='fi'/>")), RESULT(OWNER, "") },
		{ "ADDR-02 X0030-02", GET(EVE, QUERY("info", "node='\xef\xac\x81'", "")),
		  RESULT(EVE, QUERY("info", "node='\xef\xac\x81'", "*")) },
		{ "ADDR-02 X0030-02", GET(EVE, QUERY("items", "node='\xef\xac\x81'", "")),
		  RESULT(EVE, QUERY("items", "node='\xef\xac\x81'", "")) },
	};

	(void)state;
	PLAY(steps);
}

static void ops__table__no_row_twice(void **state)
{
	(void)state;
	for (const struct op *a = ops; a->type; a++) {
		assert_true(!strcmp(a->type, "get") || !strcmp(a->type, "set"));
		assert_ptr_equal(op_find(a->type, a->ns, a->element), a);
		assert_non_null(a->handler);
		assert_true(!(a->flags & (OP_AUTOCREATE | OP_ROOT)) || (a->flags & OP_NODE));
		/* Where a privilege depends on a node, there is one. */
		assert_true(a->priv == PRIV_NONE || a->priv == PRIV_CREATE || (a->flags & OP_NODE));
		assert_true(!(a->flags & OP_WRITES) || !strcmp(a->type, "set"));
		/* What may follow takes a feature, so that it can be told that it is missing. */
		assert_int_equal(a->companion != NULL, a->companion_feature != NULL);
		assert_true(!(a->flags & OP_FORM_OPTIONAL) || a->companion);
		assert_true(!a->also || a->feature);
		assert_true(!a->leaf || (a->flags & OP_NODE));
		assert_true(op_namespace(a->ns));
	}
	assert_false(op_namespace("urn:unknown"));
	assert_null(op_find("get", NS, "dance"));
}

/* Each feature, a line of its own; none twice. */
static void add_line(const char *var, void *data)
{
	struct str *out = data;
	AUTO_FREE char *line = mem_printf("\n%s\n", var);

	if (out->len && strstr(out->p, line))
		fail_msg("%s comes twice", var);
	if (!out->len)
		str_putc(out, '\n');
	str_printf(out, "%s\n", var);
}

/* As it stands on the wire. */
static bool has_feature(const struct str *lines, const char *name)
{
	AUTO_FREE char *line = mem_printf("\n%s%s\n", strchr(name, ':') ? "" : NS "#", name);

	return strstr(lines->p, line);
}

static size_t count_lines(const struct str *lines)
{
	size_t n = 0;

	for (const char *p = lines->p + 1; *p; p++)
		n += *p == '\n';
	return n;
}

static void list_features(struct bench *b, struct str *ret)
{
	str_reset(ret);
	features_each(&b->config, add_line, ret);
}

/* DISCO-01, DISCO-02, X0030-01, X0092-02, X0199-02: what operations and fields need, and no operation's. */
static const char *const others[] = {
	NS, "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items",
	"http://jabber.org/protocol/rsm", "http://jabber.org/protocol/shim", "jabber:iq:version", "urn:xmpp:ping", "rsm",
	/* DISCO-28, DISCO-44: they say what is default. */
	"access-open", "last-published",
	/* DISCO-32 to DISCO-70 */
	"auto-create", "auto-subscribe", "config-node-max", "filtered-notifications", "get-pending", "instant-nodes",
	"item-ids", "leased-subscription", "member-affiliation", "meta-data", "multi-collection",
	"multi-collections", "multi-items", "outcast-affiliation", "persistent-items", "presence-notifications",
	"presence-subscribe", "publish-node-full", "publish-only-affiliation", "publisher-affiliation",
	"retract-items",
	"subscription-notifications",
	"since", /* X0312-01 */
};

/* Of other documents than XEP-0060; NULL behind the last. */
static const char *const extensions[] = {
	"urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:sid:0", "urn:xmpp:order-by:1",
	"urn:xmpp:order-by:1@" NS, "urn:xmpp:order-by:1@urn:xmpp:mam:2", "urn:xmpp:pubsub-filter:0",
	"urn:xmpp:pps:0", NULL,
};

static size_t count_operations(const struct str *lines)
{
	AUTO(strings_free) char **seen = NULL;

	for (const struct op *op = ops; op->type; op++) {
		const char *const features[] = { op->feature, op->also, op->companion_feature };

		for (size_t i = 0; i < 3; i++) {
			if (!features[i] || strings_have(seen, features[i]))
				continue;
			strings_add(&seen, features[i]);
			if (!has_feature(lines, features[i]))
				fail_msg("%s is missing in %s", features[i], lines->p);
		}
	}
	return strings_count(seen);
}

static void disco__features__what_works_and_no_more(void **state)
{
	AUTO_STR got = { 0 };
	struct bench b;
	size_t n;

	(void)state;
	bench_init(&b);
	bench_archive(&b, "max");
	bench_start(&b, SVC, false);
	list_features(&b, &got);
	n = count_operations(&got);
	for (size_t i = 0; extensions[i]; i++) {
		if (!has_feature(&got, extensions[i]))
			fail_msg("%s is missing in %s", extensions[i], got.p);
		/* Those that are operations' have been counted. */
		n += !op_namespace(extensions[i]) && strcmp(extensions[i], "urn:xmpp:mam:2#extended");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++, n++)
		if (!has_feature(&got, others[i]))
			fail_msg("%s is missing in %s", others[i], got.p);
	if (count_lines(&got) != n)
		fail_msg("%zu, not %zu: %s", count_lines(&got), n, got.p);
	bench_stop(&b);
}

/* Where an option decides. */
static void disco__features__as_the_service_runs(void **state)
{
	/* clang-format off */
	static const struct { const char *given; bool open, authorize, whitelist, last, multi; } rows[] = {
		{ "access_model=open",	    true, false, false, true, false },
		{ "access_model=authorize", false, true, false, true, false },
		{ "access_model=whitelist", false, false, true, true, true },
		{ "send_last_published_item=on_sub", true, false, false, false, true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR got = { 0 };
		struct bench b;

		bench_init(&b);
		b.config.given.auto_create = i % 2;
		b.config.given.multi_subscribe = rows[i].multi;
		bench_give(&b.config.given.defaults, rows[i].given);
		bench_start(&b, SVC, false);
		list_features(&b, &got);
		assert_int_equal(has_feature(&got, "auto-create"), i % 2);
		assert_int_equal(has_feature(&got, "access-open"), rows[i].open);
		assert_int_equal(has_feature(&got, "access-authorize"), rows[i].authorize);
		assert_int_equal(has_feature(&got, "access-whitelist"), rows[i].whitelist);
		assert_int_equal(has_feature(&got, "last-published"), rows[i].last);
		assert_int_equal(has_feature(&got, "multi-subscribe"), rows[i].multi);
		bench_stop(&b);
	}
}

/* What is known can be switched off, under either name, but for what makes it a service. */
static void disco__features__off_one_by_one(void **state)
{
	AUTO_STR all = { 0 };
	struct bench b;
	char *rest = NULL;

	(void)state;
	bench_init(&b);
	bench_archive(&b, "max");
	bench_start(&b, SVC, false);
	list_features(&b, &all);
	bench_stop(&b);
	for (char *var = strtok_r(all.p, "\n", &rest); var; var = strtok_r(NULL, "\n", &rest)) {
		bool is_pubsub = !strncmp(var, NS "#", strlen(NS "#"));
		bool is_own = is_pubsub || strings_have((char *const *)extensions, var);
		AUTO_STR got = { 0 };

		/* PEND-05 */
		assert_int_equal(feature_known(var),
				 is_own || !strcmp(var, "http://jabber.org/protocol/commands"));
		if (!is_own)
			continue;
		for (int i = 0; i < 2; i++) {
			const char *name = i || !is_pubsub ? var : var + strlen(NS "#");

			assert_true(feature_known(name));
			bench_init(&b);
			bench_archive(&b, "max");
			bench_give(&b.config.given.disabled, name);
			/* Without the default model there must be another. */
			if (strstr(name, "access-open"))
				bench_give(&b.config.given.defaults, "access_model=whitelist");
			bench_start(&b, SVC, false);
			assert_false(feature_on(&b.config, is_pubsub ? var + strlen(NS "#") : var));
			list_features(&b, &got);
			assert_false(has_feature(&got, var));
			bench_stop(&b);
		}
	}
	assert_false(feature_known("telepathy"));
	assert_string_equal(feature_nearest("create-node"), "create-nodes");
}

/* What is asked for on the wire is that list. */
static void disco__info__says_the_features(void **state)
{
	AUTO_STR got = { 0 }, want = { 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	features_each(&b.config, add_line, &got);
	str_puts(&want, "<iq type='result' to='" EVE "' from='" SVC "' id='q'>"
		 "<query xmlns='http://jabber.org/protocol/disco#info'>"
		 "<identity category='pubsub' type='service' name='pubsub-serve'/>");
	for (char *rest = NULL, *var = strtok_r(got.p, "\n", &rest); var; var = strtok_r(NULL, "\n", &rest))
		str_printf(&want, "<feature var='%s'/>", var);
	str_puts(&want, "</query></iq>");
	TAKE(&b, GET(EVE, QUERY("info", "", "")));
	service_turn(b.service);
	bench_expect(&b, "DISCO-01", want.p);
	bench_stop(&b);
}

/* DISCO-07, DISCO-21: many people do not keep the rest from being told. */
static void disco_info__more_publishers_than_fit__some_of_them(void **state)
{
	struct node n = { 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")));
	service_turn(b.service);
	assert_int_equal(store_node_get(b.store, "n", &n), 0);
	assert_int_equal(store_begin(b.store), 0);
	for (int i = 0; i < 10000; i++) {
		AUTO_FREE char *jid = mem_printf("%05d-a-publisher@example.com", i);

		assert_int_equal(store_affiliation_set(b.store, n.id, jid, AFF_PUBLISHER), 0);
	}
	assert_int_equal(store_commit(b.store), 0);
	str_reset(&b.sent);
	TAKE(&b, GET(EVE, QUERY("info", "node='n'", "")));
	service_turn(b.service);
	assert_in_range(b.sent.len, 10000, 100000);
	bench_expect(&b, "DISCO-07", "<iq type='result' to='" EVE "' from='" SVC "' id='q'>"
		     QUERY("info", "node='n'", "<identity category='pubsub' type='leaf'/>*<x xmlns='jabber:x:data' type='result'>*"
			   "<field var='pubsub#owner' type='jid-multi'><value>" OWNED "</value></field>"
			   "<field var='pubsub#publisher' type='jid-multi'><value>00000-a-publisher@example.com</value>*</field>"
			   "<field var='pubsub#num_subscribers' type='text-single'><value>0</value></field></x>") "</iq>");
	node_release(&n);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsm__pages_of_items),
		cmocka_unit_test(disco__service_nodes_and_items),
		cmocka_unit_test(ops__table__no_row_twice),
		cmocka_unit_test(disco__features__what_works_and_no_more),
		cmocka_unit_test(disco__features__as_the_service_runs),
		cmocka_unit_test(disco__features__off_one_by_one),
		cmocka_unit_test(disco__info__says_the_features),
		cmocka_unit_test(disco_info__more_publishers_than_fit__some_of_them),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
