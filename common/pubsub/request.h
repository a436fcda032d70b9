/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_REQUEST_H
#define PUBSUB_REQUEST_H

/*
 * Client side: requests of XEP-0060, rendered. What is appended to @out is the one element that
 * goes into the iq; all are of type set but for items.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

void request_create(struct str *out, const char *node);
/* @form: of the new node's configuration (XEP-0060 section 8.1.3); NULL: the service's defaults. */
void request_create_with(struct str *out, const char *node, const char *form);

/* A publish request is begun, gets its items, and is ended. */
void request_publish_begin(struct str *out, const char *node);
/*
 * @id: NULL leaves the choice to the service. @payload: markup that stands alone; NULL: an item
 * without.
 */
void request_publish_item(struct str *out, const char *id, const char *payload, size_t len);
void request_publish_end(struct str *out);
/* @form: of publish-options (XEP-0060 section 7.1.5); NULL: none. */
void request_publish_end_with(struct str *out, const char *form);

/* Subscribers are told (notify='1'). */
void request_retract(struct str *out, const char *node, const char *id);
void request_purge(struct str *out, const char *node);

void request_subscribe(struct str *out, const char *node, const char *jid);
/* @form: the options, a submitted form (XEP-0060 section 6.3.7). */
void request_subscribe_with(struct str *out, const char *node, const char *jid, const char *form);
void request_options(struct str *out, const char *node, const char *jid, const char *subid,
		     const char *form);
/* @subid: NULL where the service gave none. */
void request_unsubscribe(struct str *out, const char *node, const char *jid, const char *subid);

struct items_query {
	const char *node, *subid;	/* @subid: may be NULL */
	const char *id;			/* this item alone; NULL: not by id */
	unsigned long max_items;	/* the newest so many; 0: not said */
	unsigned max;			/* ask for a page (XEP-0059) of so many; 0: ask for none */
	const char *after, *before;	/* NULL: not said. @before "": the last page */
};
void request_items(struct str *out, const struct items_query *q);

#endif
