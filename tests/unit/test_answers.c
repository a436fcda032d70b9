/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include <strophe.h>

#include "common/base/str.h"
#include "common/xmpp/answers.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "context.h"

#define ERROR(type, condition)                                                                     \
	"<error type='" type "'><" condition " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

static void answers__table__type_and_content(void **state)
{
	static const struct {
		const char *iq, *type, *content;
	} rows[] = {
		{ "<iq type='get'><ping xmlns='" NS_PING "'/></iq>", "result", "" },
		{ "<iq type='get'><query xmlns='" NS_VERSION "'/></iq>", "result",
		  "<query xmlns='" NS_VERSION "'><name>pubsub</name><version>" PUBSUB_VERSION
		  "</version></query>" },
		{ "<iq type='get'><query xmlns='" NS_DISCO_INFO "'/></iq>", "result",
		  "<query xmlns='" NS_DISCO_INFO
		  "'><identity category='client' type='bot' name='pubsub'/><feature var='" NS_PING
		  "'/><feature var='" NS_VERSION "'/><feature var='" NS_DISCO_INFO "'/></query>" },
		{ "<iq type='get'><query xmlns='" NS_DISCO_INFO "' node='x'/></iq>", "error",
		  ERROR("cancel", "item-not-found") },
		/* What can be asked for cannot be set. */
		{ "<iq type='set'><ping xmlns='" NS_PING "'/></iq>", "error",
		  ERROR("cancel", "service-unavailable") },
		{ "<iq type='get'><ping xmlns='urn:other'/></iq>", "error",
		  ERROR("cancel", "service-unavailable") },
		{ "<iq type='get'><pong xmlns='" NS_PING "'/></iq>", "error",
		  ERROR("cancel", "service-unavailable") },
		/* RFC 6120 section 8.2.3 */
		{ "<iq type='get'/>", "error", ERROR("modify", "bad-request") },
		{ "<iq type='get'><a/><ping xmlns='" NS_PING "'/></iq>", "error",
		  ERROR("modify", "bad-request") },
		{ "<iq><ping xmlns='" NS_PING "'/></iq>", "error", ERROR("modify", "bad-request") },
		{ "<iq type='put'><ping xmlns='" NS_PING "'/></iq>", "error",
		  ERROR("modify", "bad-request") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *iq = xmpp_stanza_new_from_string(ctx, rows[i].iq);
		AUTO_STR out = { 0 };

		assert_non_null(iq);
		assert_string_equal(answers_render(&out, iq), rows[i].type);
		str_add(&out, "", 0);
		assert_string_equal(out.p, rows[i].content);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers__table__type_and_content),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
