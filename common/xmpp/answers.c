/* SPDX-License-Identifier: MIT */
#include "common/xmpp/answers.h"

#include <string.h>

#include "common/base/str.h"
#include "common/base/version.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

static const char *refuse(struct str *out, const char *type, const char *condition)
{
	str_printf(out, "<error type='%s'><%s xmlns='" NS_STANZAS "'/></error>", type, condition);
	return "error";
}

static const char *answer_ping(struct str *out, xmpp_stanza_t *query)
{
	(void)out;
	(void)query;
	return "result";
}

static const char *answer_version(struct str *out, xmpp_stanza_t *query)
{
	(void)query;
	str_puts(out, "<query xmlns='" NS_VERSION "'><name>pubsub</name><version>" PUBSUB_VERSION
		      "</version></query>");
	return "result";
}

static const char *answer_info(struct str *out, xmpp_stanza_t *query);

static const struct {
	const char *ns, *element;
	const char *(*answer)(struct str *out, xmpp_stanza_t *query);
} answers[] = {
	{ NS_PING, "ping", answer_ping },
	{ NS_VERSION, "query", answer_version },
	{ NS_DISCO_INFO, "query", answer_info },
};
#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static const char *answer_info(struct str *out, xmpp_stanza_t *query)
{
	if (stanza_attr(query, "node"))
		return refuse(out, "cancel", "item-not-found");
	str_puts(out, "<query xmlns='" NS_DISCO_INFO
		      "'><identity category='client' type='bot' name='pubsub'/>");
	for (size_t i = 0; i < ANSWERS; i++)
		str_printf(out, "<feature var='%s'/>", answers[i].ns);
	str_puts(out, "</query>");
	return "result";
}

const char *answers_render(struct str *out, xmpp_stanza_t *iq)
{
	const char *type = stanza_attr(iq, "type");
	xmpp_stanza_t *query = stanza_first(iq);
	bool get = type && !strcmp(type, "get");

	if ((!get && (!type || strcmp(type, "set"))) || stanza_count(iq) != 1)
		return refuse(out, "modify", "bad-request");
	for (size_t i = 0; get && i < ANSWERS; i++)
		if (stanza_is(query, answers[i].element, answers[i].ns))
			return answers[i].answer(out, query);
	return refuse(out, "cancel", "service-unavailable");
}
