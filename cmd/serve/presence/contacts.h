/* SPDX-License-Identifier: MIT */
#ifndef SERVE_CONTACTS_H
#define SERVE_CONTACTS_H

/*
 * Who shares presence with the service: presence subscriptions, both ways (RFC 6121 section 3).
 *
 * A component keeps them itself. An account's server keeps them in the roster, of which the store
 * has what was last known (roster.h); the account only asks and approves.
 */
#include "cmd/serve/access.h"

struct contact;
struct node;
struct node_config;
struct presence_in;
struct request;
struct service;
struct sub_options;

/* Whose presence subscriptions are approved; others are refused. */
enum presence_policy { PRESENCE_ANYONE, PRESENCE_DOMAIN, PRESENCE_ADMINS, PRESENCE_NOBODY };

/* Presence of a type that is about subscriptions, or a probe, from @bare_jid. */
void contacts_take(struct service *s, const char *bare_jid, const struct presence_in *p);
/* The contact is @now, with all that follows. 0 or a negative errno. */
int contact_change(struct request *r, const char *bare_jid, const struct contact *now);

/*
 * Where presence matters to the subscription of @jid at @n, it is asked for, unless that has been
 * done (XEP-0060 section 12.6). @options may be NULL: all default.
 */
int contact_follow(struct request *r, const struct node *n, const struct sub_options *options,
		   const char *jid);
/* The same for all subscribers of r->node, to which it did not matter @before. */
int contact_follow_all(struct request *r, const struct node_config *before);
/* ... and for who publishes at r->node. */
int contact_follow_publisher(struct request *r);

/* Logged in: a component is available to its contacts, and asks who of them is (RFC 6121 4.3). */
void contacts_greet(struct service *s);
/* ... and before it leaves, is not any more. */
void contacts_leave(struct service *s);

#endif
