/* SPDX-License-Identifier: MIT */
#ifndef SERVE_EVENT_H
#define SERVE_EVENT_H

/*
 * What a request changed, to be told to the subscribers of a node after the commit.
 *
 * An event is rendered once, as the <event/> that all its messages share; who gets it is found out
 * when it is sent (notify.h): those of the node's subscriptions that there were when it happened
 * and that have not ended since.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

struct item;
struct node;

/*
 * Subscribers written down because the rows that name them are about to go; shared by the events of
 * a node.
 */
struct recipients {
	unsigned refs;
	size_t count, cap;
	struct recipient {
		int64_t key;	/* of the subscription; ascending */
		char *jid;
	} *list;
};

struct event {
	struct event *next;
	int64_t node;
	struct str xml;			/* <event>...</event> */
	int64_t after, upto;		/* still to be served: after < subscription's key <= upto */
	struct recipients *recipients;	/* instead of the store's rows; NULL: those */
	size_t next_recipient;		/* in their list */
	bool open;			/* more can be added to its <items/> */
	bool retracts;			/* of these, not items */
};

/* In the order in which they happened. Zero-initialised: none. */
struct event_list {
	struct event *first, *last;
	size_t max;	/* bytes; larger lists of items are split. 0: no end */
	size_t bytes;	/* of all of them */
};

void event_list_release(struct event_list *l);
/* Takes the first one out; NULL: none. The caller frees it. */
struct event *event_list_take(struct event_list *l);
void event_free(struct event *e);

/* @upto: the newest subscription's key. */
void event_item(struct event_list *l, const struct node *n, int64_t upto, const struct item *item);
void event_retract(struct event_list *l, const struct node *n, int64_t upto, const char *id);
void event_purge(struct event_list *l, const struct node *n, int64_t upto);
/* @redirect: where the node has gone to (section 8.4.1), or NULL. */
void event_delete(struct event_list *l, const struct node *n, int64_t upto, const char *redirect);
/* Finishes what is open: to be called before the events are read. */
void event_list_close(struct event_list *l);

/* One reference for the caller. */
struct recipients *recipients_new(void);
void recipients_add(struct recipients *r, int64_t key, const char *jid);
struct recipients *recipients_ref(struct recipients *r);
void recipients_unref(struct recipients *r);

#endif
