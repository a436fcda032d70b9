/* SPDX-License-Identifier: MIT */
#ifndef SERVE_TELL_H
#define SERVE_TELL_H

/*
 * What a change is to be told of, and to whom: from the node's settings, the collections it is in,
 * and what has happened. Each adds to r->events what the settings allow; 0 or a negative errno.
 */
#include <stdbool.h>
#include <stdint.h>

#include "cmd/serve/notify/event.h"
#include "common/pubsub/vocab.h"

struct event;
struct item;
struct node;
struct request;

/* Of r->node: an item has been published (XEP-0060 section 7.1.2), or is gone (section 7.2.2). */
int tell_item(struct request *r, const struct item *item);
int tell_retract(struct request *r, const char *id);
/* Something has happened that leaves no item (EVT-03). */
int tell_nothing(struct request *r);
int tell_purge(struct request *r);
/*
 * @news of @n, which may be what has been held back (pace.h): to those who want digests later, to
 * all others now.
 */
struct news;
int tell_news(struct request *r, const struct node *n, const struct news *news);
/*
 * @inner, what stands in <event/>: news of @n itself, for its subscribers and those above it. With
 * EVENT_END the node's subscriptions are about to go: they are kept for this event and for all that
 * is still to be sent.
 */
int tell_node(struct request *r, const struct node *n, enum event_kind kind, const char *inner);
/*
 * Subscriptions of @n go, or will be told otherwise: what has happened so far is told to them as they
 * are, whenever it is sent. All of them are written down, once for what has happened since the last
 * time.
 */
int tell_farewell(struct request *r, const struct node *n);

/* @inner in an <event/> to @jid alone. NULL type: of no type. */
struct event *tell_direct(struct request *r, const char *jid, const char *inner);
/* A message to @jid alone, in which @xml stands: what is no event. */
void tell_message(struct request *r, const char *jid, const char *xml);

/*
 * A subscription is in another state (section 12.14): the subscriber is told, unless it asked for
 * it itself (@to_subscriber), and owners where the node's settings say so.
 */
struct told_subscription {
	const struct node *node; /* NULL: the root collection */
	const char *jid, *subid;
	enum sub_state state;
	bool to_subscriber;
};
int tell_subscription(struct request *r, const struct told_subscription *t);

/* An item that has been published before to @jid alone, with the time when it was. */
int tell_stored(struct request *r, const struct node *n, const struct item *item, const char *jid);
/* The last item to @jid, if there is one and it may have it (sections 6.1.7 and 12.10). */
int tell_last_item(struct request *r, const struct node *n, const char *jid);

/* <subscription node= jid= subscription= subid=/>; @subid only where ids are in use. */
struct str;
struct service;
void render_subscription(const struct service *s, struct str *out, const char *node,
			 const char *jid, const char *subid, enum sub_state state);

#endif
