/* SPDX-License-Identifier: MIT */
/*
 * What the service says of itself, and lists in pages.
 */
#include "unit.h"

#include <string.h>

#include "cmd/serve/disco.h"
#include "cmd/serve/ops.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "serve_bench.h"

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
		{ "DISCO-05 X0030-02 X0030-01 ADDR-01 ADDR-02", GET(EVE, QUERY("info", "node='n'", "")),
		  RESULT(EVE, QUERY("info", "node='n'", "<identity category='pubsub' type='leaf'/>"
			"<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/>"
			"<feature var='" NS "'/>")) },
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
		assert_true(a->handler || a->feature);
		assert_true(!(a->flags & OP_AUTOCREATE) || (a->flags & OP_NODE));
		/* Where a privilege depends on a node, there is one. */
		assert_true(a->priv == PRIV_NONE || a->priv == PRIV_CREATE || (a->flags & OP_NODE));
		assert_true(!(a->flags & OP_WRITES) || !strcmp(a->type, "set"));
		for (const struct op *b = a + 1; b->type && a->handler; b++)
			assert_false(b->handler && a->feature && b->feature && !strcmp(a->feature, b->feature));
	}
}

static void add_line(const char *var, void *data)
{
	str_printf(data, "%s\n", var);
}

/* DISCO-01, DISCO-02, DISCO-28, DISCO-32, PUB-01, PUB-35, ITEMS-07, X0030-01, X0092-02, X0199-02 */
static void disco__features__what_works_and_no_more(void **state)
{
	static const char *const works[] = {
		NS, NS "#access-open", NS "#auto-create", NS "#create-nodes", NS "#delete-items", NS "#delete-nodes",
		NS "#instant-nodes", NS "#item-ids", NS "#outcast-affiliation", NS "#persistent-items", NS "#publish",
		NS "#purge-nodes", NS "#retract-items", NS "#retrieve-items", NS "#rsm", NS "#subscribe",
		"http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items",
		"http://jabber.org/protocol/rsm", "jabber:iq:version", "urn:xmpp:ping",
	};
	struct config c = { .given.auto_create = 1 };
	AUTO_STR got = { 0 };
	size_t lines = 0;

	(void)state;
	disco_features(&c, add_line, &got);
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
		AUTO_FREE char *line = mem_printf("%s\n", works[i]);
		const char *at = strstr(got.p, line);

		if (!at || (at != got.p && at[-1] != '\n'))
			fail_msg("%s is missing in %s", works[i], got.p);
	}
	for (const char *p = got.p; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, sizeof(works) / sizeof(works[0]));
	c.given.auto_create = 0;
	str_reset(&got);
	disco_features(&c, add_line, &got);
	assert_null(strstr(got.p, "auto-create"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsm__pages_of_items),
		cmocka_unit_test(disco__service_nodes_and_items),
		cmocka_unit_test(ops__table__no_row_twice),
		cmocka_unit_test(disco__features__what_works_and_no_more),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
