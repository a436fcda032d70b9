/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/exits.h"
#include "common/pubsub/target.h"
#include "common/pubsub/uri.h"

static void uri__parse__good(void **state)
{
	static const struct {
		const char *text, *service, *node, *item;
	} rows[] = {
		{ "xmpp:pubsub.shakespeare.lit?;node=princely_musings", "pubsub.shakespeare.lit",
		  "princely_musings", NULL },
		{ "xmpp:pubsub.shakespeare.lit?pubsub;action=subscribe;node=n",
		  "pubsub.shakespeare.lit", "n", NULL },
		{ "xmpp:pubsub.shakespeare.lit?;node=n;item=a-1", "pubsub.shakespeare.lit", "n",
		  "a-1" },
		{ "XMPP:Juliet@Capulet.lit?;node=http://jabber.org/protocol/tune",
		  "juliet@capulet.lit", "http://jabber.org/protocol/tune", NULL },
		{ "xmpp:a@b/Server?;node=x", "a@b/Server", "x", NULL },
		{ "xmpp:nasty%23user@b/a%20c?;node=1%3B2%26%3d%C3%A9", "nasty#user@b/a c",
		  "1;2&=\xc3\xa9", NULL },
		{ "xmpp:b?;node=x#fragment", "b", "x", NULL },
		{ "xmpp:b?;item=only", "b", NULL, "only" },
		{ "xmpp:b", "b", NULL, NULL },
		{ "xmpp:b?", "b", NULL, NULL },
		{ "xmpp:b?;nodes=x", "b", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pubsub_uri u;

		assert_true(uri_is_xmpp(rows[i].text));
		assert_int_equal(uri_parse(rows[i].text, &u), 0);
		assert_string_equal(u.service, rows[i].service);
		if (rows[i].node)
			assert_string_equal(u.node, rows[i].node);
		else
			assert_null(u.node);
		if (rows[i].item)
			assert_string_equal(u.item, rows[i].item);
		else
			assert_null(u.item);
		uri_release(&u);
	}
}

static void uri__parse__bad(void **state)
{
	static const char *const rows[] = {
		"http://example.org/",
		"xmp:b?;node=x",
		"xmpp:",
		"xmpp:?;node=x",
		"xmpp:@b?;node=x",
		"xmpp://guest@example.com/support@example.com?;node=x",
		"xmpp:b?;node=",
		"xmpp:b?;node=%",
		"xmpp:b?;node=%4",
		"xmpp:b?;node=%4g",
		"xmpp:b?;node=a%00b",
		"xmpp:b?;node=%01",
		"xmpp:b?;node=%ff",
		"xmpp:b?;node=a;node=b",
		"xmpp:b%3?;node=a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pubsub_uri u = { 0 };

		if (uri_parse(rows[i], &u) != -EINVAL)
			fail_msg("accepted: %s", rows[i]);
		assert_null(u.service);
	}
}

static void target__resolve__service_and_nodes(void **state)
{
	static const char *const nodes[] = { "a", "xmpp:Pubsub.B?;node=c", "a", NULL };
	struct target t = { 0 };

	(void)state;
	setenv("PUBSUB_SERVICE", "elsewhere", 1);
	assert_int_equal(target_resolve(NULL, nodes, &t), 0);
	assert_string_equal(t.service, "pubsub.b");
	assert_int_equal(t.count, 2);
	assert_string_equal(t.nodes[0], "a");
	assert_string_equal(t.nodes[1], "c");
	target_release(&t);
	assert_int_equal(target_resolve("PubSub.b", nodes, &t), 0);
	target_release(&t);
	assert_int_equal(target_resolve(NULL, NULL, &t), 0);
	assert_string_equal(t.service, "elsewhere");
	target_release(&t);
	unsetenv("PUBSUB_SERVICE");
	assert_int_equal(target_resolve(NULL, NULL, &t), 0);
	assert_null(t.service);
	target_release(&t);
}

static void target__resolve__usage_errors(void **state)
{
	static const struct {
		const char *service, *nodes[3];
	} rows[] = {
		{ "@nowhere", { NULL } },
		{ NULL, { "", NULL } },
		{ NULL, { "\xff", NULL } },
		{ NULL, { "a\001", NULL } },
		{ NULL, { "xmpp:b", NULL } },
		{ NULL, { "xmpp:b?;node=a", "xmpp:c?;node=a", NULL } },
		{ "c", { "xmpp:b?;node=a", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target t = { 0 };

		if (target_resolve(rows[i].service, rows[i].nodes, &t) != EX_USAGE)
			fail_msg("row %zu was accepted", i);
		assert_int_equal(t.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uri__parse__good),
		cmocka_unit_test(uri__parse__bad),
		cmocka_unit_test(target__resolve__service_and_nodes),
		cmocka_unit_test(target__resolve__usage_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
