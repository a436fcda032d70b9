/* SPDX-License-Identifier: MIT */
#include "common/xmpp/failure.h"

#include <stdio.h>
#include <string.h>

#include "common/base/exits.h"
#include "common/xmpp/link.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

void failure_set(struct link_failure *f, int code, bool final, const char *text)
{
	*f = (struct link_failure){ .code = code, .final = final };
	snprintf(f->text, sizeof(f->text), "%s", text);
}

static const struct stream_error {
	xmpp_error_type_t type;
	int code;
	bool final;
	const char *text;
} stream_errors[] = {
	{ XMPP_SE_CONFLICT, EX_UNAVAILABLE, true,
	  "replaced by a new connection of the same resource" },
	{ XMPP_SE_CONN_TIMEOUT, EX_TEMPFAIL, false, "the server closed an idle connection" },
	{ XMPP_SE_HOST_GONE, EX_NOHOST, false, "the server no longer serves that domain" },
	{ XMPP_SE_HOST_UNKNOWN, EX_NOHOST, false, "the server does not know that domain" },
	{ XMPP_SE_IMPROPER_ADDR, EX_NOHOST, false, "the server does not know that domain" },
	{ XMPP_SE_INVALID_NS, EX_REFUSED, false, "that port takes other kinds of connection" },
	{ XMPP_SE_NOT_AUTHORIZED, EX_DENIED, true, "not authorized" },
	{ XMPP_SE_POLICY_VIOLATION, EX_TEMPFAIL, false, "the server's policy was violated" },
	{ XMPP_SE_RESOURCE_CONSTRAINT, EX_TEMPFAIL, false, "the server lacks resources" },
	{ XMPP_SE_SEE_OTHER_HOST, EX_TEMPFAIL, false,
	  "the server sends us to another host (see --host)" },
	{ XMPP_SE_SYSTEM_SHUTDOWN, EX_TEMPFAIL, false, "the server is shutting down" },
};

static const struct stream_error *find(xmpp_error_type_t type)
{
	for (size_t i = 0; i < sizeof(stream_errors) / sizeof(stream_errors[0]); i++)
		if (stream_errors[i].type == type)
			return &stream_errors[i];
	return NULL;
}

/* The element that names the condition. */
static xmpp_stanza_t *condition(const xmpp_stream_error_t *se)
{
	xmpp_stanza_t *c = se->stanza ? stanza_first(se->stanza) : NULL;

	while (c && (!strcmp(stanza_name(c), "text") || strcmp(stanza_ns(c), NS_STREAMS)))
		c = stanza_next(c);
	return c;
}

void failure_by_stream_error(struct link_failure *f, const xmpp_stream_error_t *se, bool up,
			     bool component)
{
	const struct stream_error *row = find(se->type);
	xmpp_stanza_t *named = condition(se);
	const char *what = row ? row->text : "the server ended the stream";
	const char *detail = se->text && *se->text ? se->text : NULL;
	bool final = row && row->final;

	if (!up && se->type == XMPP_SE_CONFLICT) {
		/* Somebody else is there, or a dead connection of ours whose end the server has yet
		 * to see. */
		final = false;
		what = "that address is in use by another connection";
	} else if (!up && se->type == XMPP_SE_NOT_AUTHORIZED && component) {
		what = "wrong component secret";
	}
	if (!detail && named && se->type == XMPP_SE_SEE_OTHER_HOST)
		detail = stanza_text(named);
	else if (!detail && named && !row)
		detail = stanza_name(named);
	failure_set(f, row ? row->code : EX_TEMPFAIL, final, what);
	if (detail)
		snprintf(f->text, sizeof(f->text), "%s (%s)", what, detail);
}

void failure_by_sasl(struct link_failure *f, const char *condition,
		     const struct session_params *params)
{
	bool later = !strcmp(condition, "temporary-auth-failure");
	const char *why = "wrong password or unknown account";
	char text[sizeof(f->text)];

	if (later)
		why = "the server cannot check passwords now";
	else if (params->cert && params->secret)
		why = "neither the certificate nor the password is right";
	else if (params->cert)
		why = "the server does not take the certificate";
	snprintf(text, sizeof(text), "login as %s failed: %s (%s)", params->jid, why, condition);
	failure_set(f, later ? EX_TEMPFAIL : EX_DENIED, !later, text);
}
