/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

/*
 * Who may do what (XEP-0060 sections 4.1 and 4.5): the one place that decides.
 *
 * Decides from what it is given alone; nothing here reads, sends, stores or logs.
 */
#include <stdbool.h>

#include "cmd/serve/node.h"

/* What a request needs. */
enum priv {
	PRIV_NONE,		/* nothing: the handler, or nobody, asks for more */
	PRIV_CREATE,		/* make nodes */
	PRIV_SUBSCRIBE,
	PRIV_READ,		/* retrieve items */
	PRIV_PUBLISH,
	PRIV_OWNER,		/* delete, purge, configure */
	PRIV_MAX
};

enum create_policy { CREATE_ANYONE, CREATE_DOMAIN, CREATE_ADMINS };

struct access_policy {
	enum create_policy create;
	const char *service;	/* its JID, in normal form */
	bool component;		/* the host one label up is of its domain, too (CREATE-19) */
};

struct subject {
	const char *jid;	/* normal form */
	bool admin;		/* has an owner's rights at every node */
	enum affiliation affiliation; /* to the node in question; AFF_NONE where there is none */
};

/*
 * @node may be NULL for PRIV_NONE and PRIV_CREATE. PS_OK or PS_FORBIDDEN (common/pubsub/errors.h).
 */
int access_check(enum priv priv, const struct node *node, const struct subject *who,
		 const struct access_policy *policy);

/*
 * May @who, who may publish at @node, remove an item that @publisher (a bare JID) published? Owners
 * any, others their own (RETR-09, RETR-12). PS_OK or PS_FORBIDDEN.
 */
int access_retract(const struct node *node, const struct subject *who, const char *publisher);

#endif
