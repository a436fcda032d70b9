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
	request_retract(&out, "n", "i\n");
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
	check(&out, P "<publish node='n'></publish><publish-options><x/></publish-options></pubsub>");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request__each__as_in_the_document),
		cmocka_unit_test(request__publish__items),
		cmocka_unit_test(request__items__pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
