/* SPDX-License-Identifier: MIT */
#ifndef SERVE_IMPLICIT_H
#define SERVE_IMPLICIT_H

/*
 * Subscriptions that nobody has asked for by a request (XEP-0060 sections 9.1 and 9.2): whoever
 * shares its presence with the service, and says in its capabilities that it wishes to be told of
 * a node, is told of it while it is available, if it may read the node. Whoever has subscribed to
 * the node itself, as this resource or as a whole, is left to that subscription.
 */
#include <stdbool.h>

struct event;
struct interest;
struct node;
struct request;
struct resource;
struct service;

/* Are there such subscriptions here? */
bool implicit_on(const struct service *s);
/* Has @jid (full) one at @n? *ret, and 0 or a negative errno. */
int implicit_check(struct service *s, const struct node *n, const char *jid, bool *ret);
/* Those who may have one at @n are asked when @e is sent. */
void implicit_address(struct service *s, const struct node *n, struct event *e);
/*
 * What @res wishes is known: it gets the last items of the nodes that say so (12.2(3)), but for
 * those that it wished @before to be told of.
 */
void implicit_welcome(struct service *s, struct resource *res, const struct interest *before);
/* The last item of @n to that resource, if it is one that is sent on presence. */
int implicit_send_last(struct request *r, const struct node *n, const char *jid);

#endif
