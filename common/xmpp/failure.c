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
	const char *condition;
	int code;
	bool final;
	const char *text;
} stream_errors[] = {
	{ "conflict", EX_UNAVAILABLE, true, "replaced by a new connection of the same resource" },
	{ "connection-timeout", EX_TEMPFAIL, false, "the server closed an idle connection" },
	{ "host-gone", EX_NOHOST, false, "the server no longer serves that domain" },
	{ "host-unknown", EX_NOHOST, false, "the server does not know that domain" },
	{ "improper-addressing", EX_NOHOST, false, "the server does not know that domain" },
	{ "invalid-namespace", EX_REFUSED, false, "that port takes other kinds of connection" },
	{ "not-authorized", EX_DENIED, true, "not authorized" },
	{ "policy-violation", EX_TEMPFAIL, false, "the server's policy was violated" },
	{ "resource-constraint", EX_TEMPFAIL, false, "the server lacks resources" },
	{ "see-other-host", EX_TEMPFAIL, false,
	  "the server sends us to another host (see --host)" },
	{ "system-shutdown", EX_TEMPFAIL, false, "the server is shutting down" },
};

static const struct stream_error *find(const char *condition)
{
	for (size_t i = 0; i < sizeof(stream_errors) / sizeof(stream_errors[0]); i++)
		if (!strcmp(stream_errors[i].condition, condition))
			return &stream_errors[i];
	return NULL;
}

/* The element that names the condition. */
static xmpp_stanza_t *condition(xmpp_stanza_t *error)
{
	xmpp_stanza_t *c = stanza_first(error);

	while (c && (!strcmp(stanza_name(c), "text") || strcmp(stanza_ns(c), NS_STREAMS)))
		c = stanza_next(c);
	return c;
}

void failure_by_stream_error(struct link_failure *f, xmpp_stanza_t *error, bool up, bool component)
{
	xmpp_stanza_t *named = condition(error);
	const char *name = stanza_name(named);
	const struct stream_error *row = find(name);
	const char *what = row ? row->text : "the server ended the stream";
	const char *detail = stanza_child_text(error, "text", NS_STREAMS);
	bool final = row && row->final;

	if (!up && !strcmp(name, "conflict")) {
		/* Somebody else is there, or a dead connection of ours whose end the server has yet
		 * to see. */
		final = false;
		what = "that address is in use by another connection";
	} else if (!up && !strcmp(name, "not-authorized") && component) {
		what = "wrong component secret";
	}
	if (!detail || !*detail)
		detail = !strcmp(name, "see-other-host") ? stanza_text(named) : row ? "" : name;
	failure_set(f, row ? row->code : EX_TEMPFAIL, final, what);
	if (*detail)
		snprintf(f->text, sizeof(f->text), "%s (%s)", what, detail);
}

/* OpenSSL's words, and what to do about a CA that is not known. */
void failure_by_certificate(struct link_failure *f, const char *complaint)
{
	bool unknown = strstr(complaint, "issuer") || strstr(complaint, "self");

	failure_set(f, EX_DENIED, true, "");
	snprintf(f->text, sizeof(f->text), "the server's certificate is not trusted: %s%s", complaint,
		 unknown ? "; --ca-file names the CA that is to be trusted" : "");
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
