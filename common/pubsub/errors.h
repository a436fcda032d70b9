/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_ERRORS_H
#define PUBSUB_ERRORS_H

/*
 * Stanza errors (RFC 6120 section 8.3, XEP-0060 sections 6 to 9 and 17.5): one table, both ways.
 * The service writes errors from it, the clients read errors with it and take their exit code from
 * it.
 */
#include <strophe.h>

struct str;

enum ps_err {
	PS_OK = 0,
	/* Conditions alone. */
	PS_BAD_REQUEST,		    /* modify bad-request */
	PS_CONFLICT,		    /* cancel conflict */
	PS_FEATURE_NOT_IMPLEMENTED, /* cancel feature-not-implemented */
	PS_FORBIDDEN,		    /* auth forbidden */
	PS_FORBIDDEN_HERE,	    /* cancel forbidden: commands, collections, the anonymous */
	PS_GONE,		    /* modify gone */
	PS_INTERNAL,		    /* wait internal-server-error */
	PS_ITEM_NOT_FOUND,	    /* cancel item-not-found */
	PS_JID_MALFORMED,	    /* modify jid-malformed */
	PS_NOT_ACCEPTABLE,	    /* modify not-acceptable */
	PS_NOT_ALLOWED,		    /* cancel not-allowed */
	PS_POLICY_VIOLATION,	    /* modify policy-violation */
	PS_REDIRECT,		    /* modify redirect */
	PS_REGISTRATION_REQUIRED,   /* auth registration-required */
	PS_RESOURCE_CONSTRAINT,	    /* wait resource-constraint */
	PS_SERVICE_UNAVAILABLE,	    /* cancel service-unavailable */
	PS_TOO_FAST,		    /* wait policy-violation */
	/* With an element of http://jabber.org/protocol/pubsub#errors. */
	PS_CLOSED_NODE,		     /* cancel not-allowed + closed-node */
	PS_CONFIGURATION_REQUIRED,   /* modify not-acceptable + configuration-required */
	PS_INSTANT_NODE,	     /* modify not-acceptable + nodeid-required */
	PS_INVALID_JID,		     /* modify bad-request + invalid-jid */
	PS_INVALID_LINK,	     /* cancel not-allowed + invalid-options */
	PS_INVALID_OPTIONS,	     /* modify bad-request + invalid-options */
	PS_INVALID_PAYLOAD,	     /* modify bad-request + invalid-payload */
	PS_INVALID_SUBID,	     /* modify not-acceptable + invalid-subid */
	PS_ITEM_REQUIRED,	     /* modify bad-request + item-required */
	PS_ITEM_FORBIDDEN,	     /* modify bad-request + item-forbidden */
	PS_JID_REQUIRED,	     /* modify bad-request + jid-required */
	PS_MAX_ITEMS_EXCEEDED,	     /* cancel not-allowed + max-items-exceeded */
	PS_MAX_NODES_EXCEEDED,	     /* cancel not-allowed + max-nodes-exceeded */
	PS_NODE_FULL,		     /* cancel conflict + node-full */
	PS_NODEID_REQUIRED,	     /* modify bad-request + nodeid-required */
	PS_NOT_IN_GROUP,	     /* auth not-authorized + not-in-roster-group */
	PS_NOT_SUBSCRIBED,	     /* cancel unexpected-request + not-subscribed */
	PS_NO_SUBSCRIPTION,	     /* modify unexpected-request + not-subscribed: its options */
	PS_PAYLOAD_REQUIRED,	     /* modify bad-request + payload-required */
	PS_PAYLOAD_TOO_BIG,	     /* modify not-acceptable + payload-too-big */
	PS_PENDING,		     /* auth not-authorized + pending-subscription */
	PS_PRECONDITION,	     /* cancel conflict + precondition-not-met */
	PS_PRESENCE_REQUIRED,	     /* auth not-authorized + presence-subscription-required */
	PS_SUBID_REQUIRED,	     /* modify bad-request + subid-required */
	PS_SUBSCRIBERS_ONLY,	     /* auth not-authorized + not-subscribed */
	PS_TOO_MANY_SUBSCRIPTIONS,   /* wait policy-violation + too-many-subscriptions */
	PS_UNSUPPORTED,		     /* cancel feature-not-implemented + unsupported[feature=...] */
	PS_UNSUPPORTED_ACCESS_MODEL, /* modify not-acceptable + unsupported-access-model */
	/* With an element of http://jabber.org/protocol/commands. */
	PS_BAD_ACTION,	     /* modify bad-request + bad-action */
	PS_BAD_COMMAND_FORM, /* modify bad-request + bad-payload */
	PS_BAD_SESSIONID,    /* modify bad-request + bad-sessionid */
	PS_MALFORMED_ACTION, /* modify bad-request + malformed-action */
	PS_SESSION_EXPIRED,  /* cancel not-allowed + session-expired */
	PS_ERR_MAX
};

struct ps_err_info {
	const char *type, *condition;
	const char *special; /* the element that says more; NULL: none */
	const char *ns;	     /* its namespace; NULL: that of pubsub#errors */
};
extern const struct ps_err_info ps_errs[PS_ERR_MAX];

/*
 * The content of <error/> for @e: condition and, where the table has one, the element that says
 * more. @detail: with PS_UNSUPPORTED the feature (without "http://jabber.org/protocol/pubsub#"),
 * with PS_GONE and PS_REDIRECT the URI of the new place; else, and where it is not known, NULL.
 * @text may be NULL.
 */
void ps_err_render(struct str *out, enum ps_err e, const char *detail, const char *text);

/* Instead of one, where nothing came. */
#define NO_ANSWER "no answer in time (--request-timeout)"

/* What an error stanza said. Pointers are borrowed from the stanza, but for two. */
struct stanza_error {
	const char *type, *condition; /* "undefined-condition" where none was sent */
	const char *pubsub, *feature; /* element of pubsub#errors and its feature; NULL: none */
	/* Freed by stanza_error_release(); NULL: none. */
	char *text;  /* human-readable */
	char *place; /* where it is now: what gone and redirect hold */
};
void stanza_error_parse(xmpp_stanza_t *stanza, struct stanza_error *ret);
void stanza_error_release(struct stanza_error *e);
/* The exit code for it (pubsub(1), EXIT STATUS). */
int stanza_error_exit(const struct stanza_error *e);
/* "item-not-found", "bad-request (nodeid-required): the node is missing; hint": for messages. */
void stanza_error_describe(struct str *out, const struct stanza_error *e);

#endif
