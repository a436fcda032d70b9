/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_URI_H
#define PUBSUB_URI_H

/*
 * xmpp: URIs and IRIs of nodes and items (XEP-0060 section 12.22, RFC 5122):
 * xmpp:SERVICE?;node=NODE and xmpp:SERVICE?pubsub;node=NODE;item=ID.
 */
#include <stdbool.h>

/* Decoded. */
struct pubsub_uri {
	char *service;	/* normal form (jid_prep) */
	char *node;	/* NULL: none was given */
	char *item;	/* likewise */
};

/* Does it begin as such a URI does? */
bool uri_is_xmpp(const char *text);
/*
 * 0, or -EINVAL: no such URI, a JID that is none, an escape that is none or that gives what XML
 * cannot carry. Other keys, the query type and a fragment are passed over; an authority
 * (xmpp://account/...) is refused.
 */
int uri_parse(const char *text, struct pubsub_uri *ret);
void uri_release(struct pubsub_uri *u);

#endif
