/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "common/base/str.h"
#include "common/pubsub/request.h"
#include "common/xmpp/ns.h"

#define P "<pubsub xmlns='" NS_PUBSUB "'>"

static void check(struct str *out, const char *wanted)
{
	assert_string_equal(out->p, wanted);
	str_release(out);
}

static void request__each__as_in_the_document(void **state)
{
	struct str out = { 0 };

	(void)state;
	request_create(&out, "a'<");
	check(&out, P "<create node='a&apos;&lt;'/></pubsub>");
	request_create_with(&out, "n", "<x/>");
	check(&out, P "<create node='n'/><configure><x/></configure></pubsub>");
	request_retract(&out, "n", "i\n", true);
	check(&out, P "<retract node='n' notify='1'><item id='i&#10;'/></retract></pubsub>");
	request_purge(&out, "n");
	check(&out, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><purge node='n'/></pubsub>");
	request_subscribe(&out, "n", "a@b/c");
	check(&out, P "<subscribe node='n' jid='a@b/c'/></pubsub>");
	request_unsubscribe(&out, "n", "a@b/c", NULL);
	check(&out, P "<unsubscribe node='n' jid='a@b/c'/></pubsub>");
	request_unsubscribe(&out, "n", "a@b/c", "id");
	check(&out, P "<unsubscribe node='n' jid='a@b/c' subid='id'/></pubsub>");
}

static void request__publish__items(void **state)
{
	struct str out = { 0 };

	(void)state;
	request_publish_begin(&out, "n");
	request_publish_item(&out, "1", "<x xmlns='urn:x'/>...", 18);
	request_publish_item(&out, NULL, NULL, 0);
	request_publish_end(&out);
	check(&out, P
	      "<publish node='n'><item id='1'><x xmlns='urn:x'/></item><item/></publish></pubsub>");
	request_publish_begin(&out, "n");
	request_publish_end_with(&out, "<x/>");
	check(&out,
	      P "<publish node='n'></publish><publish-options><x/></publish-options></pubsub>");
}

static void request__items__pages(void **state)
{
	static const struct {
		struct items_query q;
		const char *wanted;
	} rows[] = {
		{ { .node = "n" }, P "<items node='n'/></pubsub>" },
		{ { .node = "n", .subid = "s", .max_items = 3 },
		  P "<items node='n' subid='s' max_items='3'/></pubsub>" },
		{ { .node = "n", .id = "i" }, P "<items node='n'><item id='i'/></items></pubsub>" },
		{ { .node = "n", .max = 10 },
		  P "<items node='n'/><set xmlns='" NS_RSM "'><max>10</max></set></pubsub>" },
		{ { .node = "n", .max = 10, .after = "a<b" },
		  P "<items node='n'/><set xmlns='" NS_RSM
		    "'><max>10</max><after>a&lt;b</after></set></pubsub>" },
		{ { .node = "n", .max = 10, .before = "" },
		  P "<items node='n'/><set xmlns='" NS_RSM
		    "'><max>10</max><before></before></set></pubsub>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str out = { 0 };

		request_items(&out, &rows[i].q);
		check(&out, rows[i].wanted);
	}
}

#define O "<pubsub xmlns='" NS_PUBSUB_OWNER "'>"
#define END "</pubsub>"
#define SET(max) "<set xmlns='" NS_RSM "'><max>" max "</max>"

static void request__owner__as_in_the_document(void **state)
{
	struct str out = { 0 };

	(void)state;
	request_create(&out, NULL);
	check(&out, P "<create/>" END);
	request_configure(&out, "n", NULL);
	check(&out, O "<configure node='n'></configure>" END);
	request_configure(&out, "n", "<x/>");
	check(&out, O "<configure node='n'><x/></configure>" END);
	request_defaults(&out);
	check(&out, O "<default/>" END);
	request_delete(&out, "n", NULL);
	check(&out, O "<delete node='n'></delete>" END);
	request_delete(&out, "n", "xmpp:a?;node=b&c");
	check(&out, O "<delete node='n'><redirect uri='xmpp:a?;node=b&amp;c'/></delete>" END);
	request_retract(&out, "n", "i", false);
	check(&out, P "<retract node='n'><item id='i'/></retract>" END);
	request_subscribers_begin(&out, "n");
	request_subscriber(&out, "a@b", "none", NULL);
	request_subscriber(&out, "c@d", "subscribed", "s");
	request_subscribers_end(&out);
	check(&out, O
	      "<subscriptions node='n'><subscription jid='a@b' subscription='none'/>"
	      "<subscription jid='c@d' subscription='subscribed' subid='s'/></subscriptions>" END);
	request_affiliates_begin(&out, "n");
	request_affiliate(&out, "a@b", "owner");
	request_affiliates_end(&out);
	check(&out, O "<affiliations node='n'><affiliation jid='a@b' affiliation='owner'/>"
		      "</affiliations>" END);
}

static void request__options__of_a_subscription(void **state)
{
	struct str out = { 0 };

	(void)state;
	request_options(&out, "n", "a@b", NULL, NULL);
	check(&out, P "<options node='n' jid='a@b'></options>" END);
	request_options(&out, "n", "a@b", "s", "<x/>");
	check(&out, P "<options node='n' jid='a@b' subid='s'><x/></options>" END);
}

static void request__lists__pages(void **state)
{
	static const struct list_query first = { .max = 9 }, next = { "n", 9, "a<" };
	struct str out = { 0 };

	(void)state;
	request_subscriptions(&out, &(struct list_query){ 0 });
	check(&out, P "<subscriptions/>" END);
	request_subscriptions(&out, &next);
	check(&out, P "<subscriptions node='n'/>" SET("9") "<after>a&lt;</after></set>" END);
	request_affiliations(&out, &first);
	check(&out, P "<affiliations/>" SET("9") "</set>" END);
	request_subscribers(&out, &(struct list_query){ .node = "n" });
	check(&out, O "<subscriptions node='n'/>" END);
	request_affiliates(&out, &next);
	check(&out, O "<affiliations node='n'/>" SET("9") "<after>a&lt;</after></set>" END);
	request_disco_items(&out, &next);
	check(&out, "<query xmlns='" NS_DISCO_ITEMS
		    "' node='n'>" SET("9") "<after>a&lt;</after></set></query>");
	request_disco_info(&out, NULL);
	check(&out, "<query xmlns='" NS_DISCO_INFO "'/>");
}

#define COMMAND "<command xmlns='" NS_COMMANDS "' node='" NS_PUBSUB "#get-pending' action="
#define AUTHORIZE                                                                                  \
	"<x xmlns='" NS_DATA                                                                       \
	"' type='submit'><field var='FORM_TYPE' type='hidden'><value>" NS_PUBSUB                   \
	"#subscribe_authorization</value></field>"
#define FIELD(var, value) "<field var='pubsub#" var "'><value>" value "</value></field>"

static void request__pending__and_the_answer(void **state)
{
	struct str out = { 0 };

	(void)state;
	request_get_pending(&out);
	check(&out, COMMAND "'execute'/>");
	request_get_pending_at(&out, "s", "n");
	check(&out,
	      COMMAND "'complete' sessionid='s'>" AUTHORIZE FIELD("node", "n") "</x></command>");
	request_get_pending_end(&out, "s");
	check(&out, COMMAND "'cancel' sessionid='s'/>");
	request_decide(&out, "n", "a@b", NULL, true);
	check(&out, AUTHORIZE FIELD("node", "n") FIELD("subscriber_jid", "a@b")
			    FIELD("allow", "true") "</x>");
	request_decide(&out, "n", "a@b", "s", false);
	check(&out, AUTHORIZE FIELD("subid", "s") FIELD("node", "n") FIELD("subscriber_jid", "a@b")
			    FIELD("allow", "false") "</x>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request__each__as_in_the_document),
		cmocka_unit_test(request__publish__items),
		cmocka_unit_test(request__items__pages),
		cmocka_unit_test(request__owner__as_in_the_document),
		cmocka_unit_test(request__options__of_a_subscription),
		cmocka_unit_test(request__lists__pages),
		cmocka_unit_test(request__pending__and_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
