/* SPDX-License-Identifier: MIT */
#include "common/xmpp/answers.h"

#include <string.h>

#include "common/base/str.h"
#include "common/base/version.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

static void answer_ping(struct session *s, xmpp_stanza_t *iq)
{
	session_reply_result(s, iq, "", 0);
}

static void answer_version(struct session *s, xmpp_stanza_t *iq)
{
	static const char xml[] =
		"<query xmlns='" NS_VERSION "'><name>pubsub</name><version>" PUBSUB_VERSION
		"</version></query>";

	session_reply_result(s, iq, xml, sizeof(xml) - 1);
}

static void answer_info(struct session *s, xmpp_stanza_t *iq);

static const struct {
	const char *ns, *element;
	void (*answer)(struct session *s, xmpp_stanza_t *iq);
} answers[] = {
	{ NS_PING, "ping", answer_ping },
	{ NS_VERSION, "query", answer_version },
	{ NS_DISCO_INFO, "query", answer_info },
};

static void answer_info(struct session *s, xmpp_stanza_t *iq)
{
	AUTO_STR out = { 0 };

	if (stanza_attr(stanza_first(iq), "node")) {
		session_reply_error(s, iq, "cancel", "<item-not-found xmlns='" NS_STANZAS "'/>");
		return;
	}
	str_puts(&out, "<query xmlns='" NS_DISCO_INFO
		       "'><identity category='client' type='bot' name='pubsub'/>");
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		str_printf(&out, "<feature var='%s'/>", answers[i].ns);
	str_puts(&out, "</query>");
	session_reply_result(s, iq, out.p, out.len);
}

void answers_give(struct session *s, xmpp_stanza_t *iq)
{
	const char *type = stanza_attr(iq, "type");
	xmpp_stanza_t *child = stanza_first(iq);

	if (!type || (strcmp(type, "get") && strcmp(type, "set")) || stanza_count(iq) != 1) {
		session_reply_error(s, iq, "modify", "<bad-request xmlns='" NS_STANZAS "'/>");
		return;
	}
	for (size_t i = 0; !strcmp(type, "get") && i < sizeof(answers) / sizeof(answers[0]); i++)
		if (stanza_is(child, answers[i].element, answers[i].ns)) {
			answers[i].answer(s, iq);
			return;
		}
	session_reply_error(s, iq, "cancel", "<service-unavailable xmlns='" NS_STANZAS "'/>");
}
