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
	PS_GONE,		    /* modify gone */
	PS_INTERNAL,		    /* wait internal-server-error */
	PS_ITEM_NOT_FOUND,	    /* cancel item-not-found */
	PS_JID_MALFORMED,	    /* modify jid-malformed */
	PS_NOT_ACCEPTABLE,	    /* modify not-acceptable */
	PS_NOT_ALLOWED,		    /* cancel not-allowed */
	PS_POLICY_VIOLATION,	    /* modify policy-violation */
	PS_RESOURCE_CONSTRAINT,	    /* wait resource-constraint */
	PS_SERVICE_UNAVAILABLE,	    /* cancel service-unavailable */
	/* With an element of http://jabber.org/protocol/pubsub#errors. */
	PS_CLOSED_NODE,		     /* cancel not-allowed + closed-node */
	PS_INVALID_JID,		     /* modify bad-request + invalid-jid */
	PS_INVALID_PAYLOAD,	     /* modify bad-request + invalid-payload */
	PS_INVALID_SUBID,	     /* modify not-acceptable + invalid-subid */
	PS_ITEM_REQUIRED,	     /* modify bad-request + item-required */
	PS_ITEM_FORBIDDEN,	     /* modify bad-request + item-forbidden */
	PS_MAX_ITEMS_EXCEEDED,	     /* cancel not-allowed + max-items-exceeded */
	PS_MAX_NODES_EXCEEDED,	     /* cancel not-allowed + max-nodes-exceeded */
	PS_NODE_FULL,		     /* cancel conflict + node-full */
	PS_NODEID_REQUIRED,	     /* modify bad-request + nodeid-required */
	PS_NOT_SUBSCRIBED,	     /* cancel unexpected-request + not-subscribed */
	PS_PAYLOAD_REQUIRED,	     /* modify bad-request + payload-required */
	PS_PAYLOAD_TOO_BIG,	     /* modify not-acceptable + payload-too-big */
	PS_TOO_MANY_SUBSCRIPTIONS,   /* wait policy-violation + too-many-subscriptions */
	PS_UNSUPPORTED,		     /* cancel feature-not-implemented + unsupported[feature=...] */
	PS_UNSUPPORTED_ACCESS_MODEL, /* modify not-acceptable + unsupported-access-model */
	PS_ERR_MAX
};

struct ps_err_info {
	const char *type, *condition, *pubsub; /* @pubsub: NULL where there is no such element */
};
extern const struct ps_err_info ps_errs[PS_ERR_MAX];

/*
 * The content of <error/> for @e: condition and, where the table has one, the pubsub#errors
 * element. @feature (without the "http://jabber.org/protocol/pubsub#") only for PS_UNSUPPORTED,
 * @text may be NULL.
 */
void ps_err_render(struct str *out, enum ps_err e, const char *feature, const char *text);

/* What an error stanza said. Pointers are borrowed from the stanza, but for @text. */
struct stanza_error {
	const char *type, *condition; /* "undefined-condition" where none was sent */
	const char *pubsub, *feature; /* element of pubsub#errors and its feature; NULL: none */
	char *text; /* human-readable; NULL: none; freed by stanza_error_release() */
};
void stanza_error_parse(xmpp_stanza_t *stanza, struct stanza_error *ret);
void stanza_error_release(struct stanza_error *e);
/* The exit code for it (pubsub(1), EXIT STATUS). */
int stanza_error_exit(const struct stanza_error *e);
/* "item-not-found", "bad-request (nodeid-required): the node is missing; hint": for messages. */
void stanza_error_describe(struct str *out, const struct stanza_error *e);

#endif
