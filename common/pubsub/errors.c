/* SPDX-License-Identifier: MIT */
#include "common/pubsub/errors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

/* clang-format off */
const struct ps_err_info ps_errs[PS_ERR_MAX] = { /* type, condition, what says more */
	[PS_BAD_REQUEST]		= { "modify", "bad-request",		NULL },
	[PS_CONFLICT]			= { "cancel", "conflict",		NULL },
	[PS_FEATURE_NOT_IMPLEMENTED]	= { "cancel", "feature-not-implemented", NULL },
	[PS_FORBIDDEN]			= { "auth",   "forbidden",		NULL },
	[PS_FORBIDDEN_HERE]		= { "cancel", "forbidden",		NULL },
	[PS_GONE]			= { "modify", "gone",			NULL },
	[PS_INTERNAL]			= { "wait",   "internal-server-error",	NULL },
	[PS_ITEM_NOT_FOUND]		= { "cancel", "item-not-found",		NULL },
	[PS_JID_MALFORMED]		= { "modify", "jid-malformed",		NULL },
	[PS_NOT_ACCEPTABLE]		= { "modify", "not-acceptable",		NULL },
	[PS_NOT_ALLOWED]		= { "cancel", "not-allowed",		NULL },
	[PS_POLICY_VIOLATION]		= { "modify", "policy-violation",	NULL },
	[PS_REDIRECT]			= { "modify", "redirect",		NULL },
	[PS_REGISTRATION_REQUIRED]	= { "auth",   "registration-required",	NULL },
	[PS_RESOURCE_CONSTRAINT]	= { "wait",   "resource-constraint",	NULL },
	[PS_SERVICE_UNAVAILABLE]	= { "cancel", "service-unavailable",	NULL },
	[PS_TOO_FAST]			= { "wait",   "policy-violation",	NULL },
	[PS_CLOSED_NODE]		= { "cancel", "not-allowed",		"closed-node" },
	[PS_CONFIGURATION_REQUIRED]	= { "modify", "not-acceptable",		"configuration-required" },
	[PS_INSTANT_NODE]		= { "modify", "not-acceptable",		"nodeid-required" },
	[PS_INVALID_JID]		= { "modify", "bad-request",		"invalid-jid" },
	[PS_INVALID_LINK]		= { "cancel", "not-allowed",		"invalid-options" },
	[PS_INVALID_OPTIONS]		= { "modify", "bad-request",		"invalid-options" },
	[PS_INVALID_PAYLOAD]		= { "modify", "bad-request",		"invalid-payload" },
	[PS_INVALID_SUBID]		= { "modify", "not-acceptable",		"invalid-subid" },
	[PS_ITEM_REQUIRED]		= { "modify", "bad-request",		"item-required" },
	[PS_ITEM_FORBIDDEN]		= { "modify", "bad-request",		"item-forbidden" },
	[PS_JID_REQUIRED]		= { "modify", "bad-request",		"jid-required" },
	[PS_MAX_ITEMS_EXCEEDED]		= { "cancel", "not-allowed",		"max-items-exceeded" },
	[PS_MAX_NODES_EXCEEDED]		= { "cancel", "not-allowed",		"max-nodes-exceeded" },
	[PS_NODE_FULL]			= { "cancel", "conflict",		"node-full" },
	[PS_NODEID_REQUIRED]		= { "modify", "bad-request",		"nodeid-required" },
	[PS_NOT_IN_GROUP]		= { "auth",   "not-authorized",		"not-in-roster-group" },
	[PS_NOT_SUBSCRIBED]		= { "cancel", "unexpected-request",	"not-subscribed" },
	[PS_NO_SUBSCRIPTION]		= { "modify", "unexpected-request",	"not-subscribed" },
	[PS_PAYLOAD_REQUIRED]		= { "modify", "bad-request",		"payload-required" },
	[PS_PAYLOAD_TOO_BIG]		= { "modify", "not-acceptable",		"payload-too-big" },
	[PS_PENDING]			= { "auth",   "not-authorized",		"pending-subscription" },
	[PS_PRECONDITION]		= { "cancel", "conflict",		"precondition-not-met" },
	[PS_PRESENCE_REQUIRED]		= { "auth",   "not-authorized",		"presence-subscription-required" },
	[PS_SUBID_REQUIRED]		= { "modify", "bad-request",		"subid-required" },
	[PS_SUBSCRIBERS_ONLY]		= { "auth",   "not-authorized",		"not-subscribed" },
	[PS_TOO_MANY_SUBSCRIPTIONS]	= { "wait",   "policy-violation",	"too-many-subscriptions" },
	[PS_UNSUPPORTED]		= { "cancel", "feature-not-implemented", "unsupported" },
	[PS_UNSUPPORTED_ACCESS_MODEL]	= { "modify", "not-acceptable",		"unsupported-access-model" },
	[PS_BAD_ACTION]			= { "modify", "bad-request",		"bad-action", NS_COMMANDS },
	[PS_BAD_COMMAND_FORM]		= { "modify", "bad-request",		"bad-payload", NS_COMMANDS },
	[PS_BAD_SESSIONID]		= { "modify", "bad-request",		"bad-sessionid", NS_COMMANDS },
	[PS_MALFORMED_ACTION]		= { "modify", "bad-request",		"malformed-action", NS_COMMANDS },
	[PS_SESSION_EXPIRED]		= { "cancel", "not-allowed",		"session-expired", NS_COMMANDS },
};

/* What a client's user reads and a script tests. Conditions of RFC 6120 section 8.3.3. */
static const struct {
	const char *condition;
	int exit;
	const char *hint;
} conditions[] = {
	{ "bad-request",		EX_REFUSED,	NULL },
	{ "conflict",			EX_CANTCREAT,	"there is one already" },
	{ "feature-not-implemented",	EX_REFUSED,	"the service does not offer this" },
	{ "forbidden",			EX_DENIED,	"has the account the rights for it? (pubsub-ctl affiliations)" },
	{ "gone",			EX_REFUSED,	NULL },
	{ "internal-server-error",	EX_TEMPFAIL,	NULL },
	{ "item-not-found",		EX_NOTFOUND,	"is the name right? (pubsub-ctl create, or pubsub-pub --create, makes a node)" },
	{ "jid-malformed",		EX_REFUSED,	NULL },
	{ "not-acceptable",		EX_DATAERR,	NULL },
	{ "not-allowed",		EX_DENIED,	NULL },
	{ "not-authorized",		EX_DENIED,	NULL },
	{ "policy-violation",		EX_REFUSED,	NULL },
	{ "recipient-unavailable",	EX_UNAVAILABLE,	NULL },
	{ "redirect",			EX_REFUSED,	NULL },
	{ "remote-server-not-found",	EX_UNAVAILABLE,	"is the service's name right?" },
	{ "remote-server-timeout",	EX_TEMPFAIL,	NULL },
	{ "resource-constraint",	EX_TEMPFAIL,	NULL },
	{ "service-unavailable",	EX_UNAVAILABLE,	"is there a pubsub service at that address, and is it running?" },
};

/* Elements of pubsub#errors that say more than the condition. */
static const struct {
	const char *pubsub;
	int exit;	/* 0: the condition's */
	const char *hint;
} refinements[] = {
	{ "invalid-payload",		EX_DATAERR,	NULL },
	{ "item-forbidden",		EX_DATAERR,	NULL },
	{ "item-required",		EX_DATAERR,	NULL },
	{ "payload-required",		EX_DATAERR,	NULL },
	{ "payload-too-big",		EX_DATAERR,	"the item is larger than the service accepts" },
	{ "precondition-not-met",	0,		"the node is configured in another way than the publish options want" },
	{ "closed-node",		0,		"the node is for invited subscribers" },
	{ "max-nodes-exceeded",		0,		"the service allows no further node" },
	{ "max-items-exceeded",		0,		"publish fewer items at once (--batch)" },
	{ "too-many-subscriptions",	0,		"the service allows no further subscription" },
	{ "presence-subscription-required", 0,		"the node is for contacts who see its owner's presence" },
	{ "not-in-roster-group",	0,		"the node is for groups in its owner's roster" },
	{ "pending-subscription",	0,		"an owner has yet to approve the subscription" },
	{ "not-subscribed",		0,		"the account has no subscription there (pubsub-ctl subscribe)" },
	{ "subid-required",		0,		"there are several subscriptions: name one of them (pubsub-ctl subscriptions, --subid)" },
	{ "invalid-subid",		0,		"which there are: pubsub-ctl subscriptions" },
	{ "node-full",			0,		"the node holds as many items as it may (pubsub-ctl retract, purge)" },
};
/* clang-format on */

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void render_condition(struct str *out, enum ps_err e, const char *detail)
{
	const char *condition = ps_errs[e].condition;

	str_printf(out, "<%s xmlns='" NS_STANZAS "'", condition);
	if (detail && (e == PS_GONE || e == PS_REDIRECT)) {
		str_putc(out, '>');
		xml_text(out, detail, strlen(detail));
		str_printf(out, "</%s>", condition);
	} else {
		str_puts(out, "/>");
	}
}

void ps_err_render(struct str *out, enum ps_err e, const char *detail, const char *text)
{
	const struct ps_err_info *info = &ps_errs[e];

	render_condition(out, e, detail);
	if (text) {
		str_puts(out, "<text xmlns='" NS_STANZAS "' xml:lang='en'>");
		xml_text(out, text, strlen(text));
		str_puts(out, "</text>");
	}
	if (info->special) {
		str_printf(out, "<%s xmlns='%s'", info->special,
			   info->ns ? info->ns : NS_PUBSUB_ERRORS);
		xml_attr(out, "feature", e == PS_UNSUPPORTED ? detail : NULL);
		str_puts(out, "/>");
	}
}

static bool in_ns(xmpp_stanza_t *s, const char *ns)
{
	const char *own = xmpp_stanza_get_ns(s);

	return own && !strcmp(own, ns);
}

void stanza_error_parse(xmpp_stanza_t *stanza, struct stanza_error *ret)
{
	xmpp_stanza_t *error = xmpp_stanza_get_child_by_name(stanza, "error");
	xmpp_stanza_t *child;

	*ret = (struct stanza_error){ .type = "cancel", .condition = "undefined-condition" };
	if (!error)
		return;
	if (xmpp_stanza_get_type(error))
		ret->type = xmpp_stanza_get_type(error);
	for (child = xmpp_stanza_get_children(error); child; child = xmpp_stanza_get_next(child)) {
		const char *name = xmpp_stanza_get_name(child);

		if (!name) /* character data */
			continue;
		if (in_ns(child, NS_PUBSUB_ERRORS)) {
			ret->pubsub = name;
			ret->feature = xmpp_stanza_get_attribute(child, "feature");
		} else if (!in_ns(child, NS_STANZAS)) {
			continue;
		} else if (strcmp(name, "text")) {
			ret->condition = name;
			if (!ret->place && (!strcmp(name, "gone") || !strcmp(name, "redirect")))
				ret->place = xmpp_stanza_get_text(child);
		} else if (!ret->text) {
			AUTO_STR text = { 0 };
			char *got = xmpp_stanza_get_text(child);

			if (got)
				str_puts(&text, got);
			free(got);
			ret->text = str_steal(&text);
		}
	}
}

void stanza_error_release(struct stanza_error *e)
{
	free(e->text);
	free(e->place);
	e->text = e->place = NULL;
}

int stanza_error_exit(const struct stanza_error *e)
{
	for (size_t i = 0; e->pubsub && i < LENGTH(refinements); i++)
		if (refinements[i].exit && !strcmp(e->pubsub, refinements[i].pubsub))
			return refinements[i].exit;
	/* An error of type wait means: the same request may succeed later. */
	if (!strcmp(e->type, "wait"))
		return EX_TEMPFAIL;
	for (size_t i = 0; i < LENGTH(conditions); i++)
		if (!strcmp(e->condition, conditions[i].condition))
			return conditions[i].exit;
	return EX_REFUSED;
}

void stanza_error_describe(struct str *out, const struct stanza_error *e)
{
	const char *hint = NULL;

	str_puts(out, e->condition);
	if (e->pubsub)
		str_printf(out, " (%s%s%s)", e->pubsub, e->feature ? ": " : "",
			   e->feature ? e->feature : "");
	if (e->text && e->text[0])
		str_printf(out, ": %s", e->text);
	if (e->place && e->place[0])
		str_printf(out, "; it is at %s", e->place);
	for (size_t i = 0; e->pubsub && i < LENGTH(refinements); i++)
		if (!strcmp(e->pubsub, refinements[i].pubsub))
			hint = refinements[i].hint;
	for (size_t i = 0; !hint && i < LENGTH(conditions); i++)
		if (!strcmp(e->condition, conditions[i].condition))
			hint = conditions[i].hint;
	if (!hint && !strcmp(e->type, "wait"))
		hint = "it may work later";
	if (hint)
		str_printf(out, "; %s", hint);
}
