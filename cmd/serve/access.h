/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ACCESS_H
#define SERVE_ACCESS_H

/*
 * Who may do what (XEP-0060 sections 4.1 and 4.5): the one place that decides, for requests, disco,
 * notifications and the archive alike.
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
	PRIV_RETRACT,		/* what one has published, if one could publish it */
	PRIV_OWNER,		/* delete, purge, configure */
	PRIV_MAX
};

enum create_policy { CREATE_ANYONE, CREATE_DOMAIN, CREATE_ADMINS };

struct access_policy {
	enum create_policy create;
	const char *service;	/* its JID, in normal form */
	bool component;		/* its server's host is of its domain, too (CREATE-19) */
};

/* Somebody, and how it stands to the node in question; all "none" where there is no node. */
struct subject {
	const char *jid;	/* normal form */
	bool admin;		/* has an owner's rights at every node */
	enum affiliation affiliation;
	bool subscribed;	/* this JID, or its bare JID; where access_asks_subscription() */
	bool presence;		/* is subscribed to the owner's presence */
	bool in_group;		/* is in a roster group that the node allows */
};

/*
 * @node may be NULL for PRIV_NONE and PRIV_CREATE. PS_OK, or the error of XEP-0060 sections 6.1.3,
 * 6.5.9, 7.1.3: PS_FORBIDDEN, PS_CLOSED_NODE, PS_SUBSCRIBERS_ONLY, PS_PRESENCE_REQUIRED,
 * PS_NOT_IN_GROUP. To PRIV_SUBSCRIBE at an authorize node it is PS_OK, and the subscription waits
 * for approval where access_must_wait() says so.
 */
int access_check(enum priv priv, const struct node *node, const struct subject *who,
		 const struct access_policy *policy);
/* May it have the subscription only after an owner's approval? */
bool access_must_wait(const struct node *node, const struct subject *who);
/* Does the answer depend on whether the subject is subscribed? */
bool access_asks_subscription(enum priv priv, const struct node *node);
bool access_is_owner(const struct subject *who);
/*
 * The domain of its server, *ret_len bytes; NULL: it cannot be known. A component is taken to be
 * one label below: what a server says of itself to a component is the component's own name
 * (XEP-0114).
 */
const char *access_server(const struct access_policy *policy, size_t *ret_len);
/* Is @jid of the service's own domain? */
bool access_of_domain(const char *jid, const struct access_policy *policy);

/*
 * May @who, who may publish at @node, remove an item that @publisher (a JID) published? Owners any,
 * others their own (RETR-09, RETR-11, RETR-12). PS_OK or PS_FORBIDDEN.
 */
int access_retract(const struct node *node, const struct subject *who, const char *publisher);

/*
 * May @who, named @bare, add nodes to the collection (XEP-0248 section 7.2.1)? Its owners may,
 * others where its policy says so.
 */
bool access_associate(const struct node *collection, const struct subject *who, const char *bare);

/* May an owner change an affiliation like this at one go (section 4.1, AFF-47 to AFF-67)? */
bool access_transition(enum affiliation from, enum affiliation to);

#endif
