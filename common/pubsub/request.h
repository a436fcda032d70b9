/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_REQUEST_H
#define PUBSUB_REQUEST_H

/*
 * Client side: requests of XEP-0060, rendered. What is appended to @out is the one element that
 * goes into the iq; all are of type set but for items, lists, defaults, and forms that are asked
 * for.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str;

/* @node: NULL: the service chooses the name. */
void request_create(struct str *out, const char *node);
/* @form: of the new node's configuration (XEP-0060 section 8.1.3); NULL: the service's defaults. */
void request_create_with(struct str *out, const char *node, const char *form);

/* Of the owner's namespace. A get without @form asks for the form. */
void request_configure(struct str *out, const char *node, const char *form);
void request_defaults(struct str *out);
/* @redirect: the URI of the node that takes its place; NULL: none. */
void request_delete(struct str *out, const char *node, const char *redirect);

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

/* @notify: subscribers are told, whatever the node is configured to. */
void request_retract(struct str *out, const char *node, const char *id, bool notify);
void request_purge(struct str *out, const char *node);

void request_subscribe(struct str *out, const char *node, const char *jid);
/* @form: the options, a submitted form (XEP-0060 section 6.3.7). */
void request_subscribe_with(struct str *out, const char *node, const char *jid, const char *form);
/* A get without @form asks for the form. */
void request_options(struct str *out, const char *node, const char *jid, const char *subid,
		     const char *form);
/* @subid: NULL where the service gave none. */
void request_unsubscribe(struct str *out, const char *node, const char *jid, const char *subid);

/* Lists ask for a page (XEP-0059) of @max, the one behind @after (NULL: the first). */
struct list_query {
	const char *node; /* NULL: not said */
	unsigned max;
	const char *after;
};
/* Those of the own account. */
void request_subscriptions(struct str *out, const struct list_query *q);
void request_affiliations(struct str *out, const struct list_query *q);
/* Those of a node, for its owners. */
void request_subscribers(struct str *out, const struct list_query *q);
void request_affiliates(struct str *out, const struct list_query *q);
/* Changes for owners are begun, get their entries, and are ended. @subid: NULL where not known. */
void request_subscribers_begin(struct str *out, const char *node);
void request_subscriber(struct str *out, const char *jid, const char *state, const char *subid);
void request_subscribers_end(struct str *out);
void request_affiliates_begin(struct str *out, const char *node);
void request_affiliate(struct str *out, const char *jid, const char *affiliation);
void request_affiliates_end(struct str *out);

/* XEP-0030 */
void request_disco_info(struct str *out, const char *node);
void request_disco_items(struct str *out, const struct list_query *q);
/*
 * Who waits for approval (XEP-0060 section 8.7, XEP-0050): the nodes that can be asked about; then,
 * with the session that the answer to that has, the one that is; or none.
 */
void request_get_pending(struct str *out);
void request_get_pending_at(struct str *out, const char *sessionid, const char *node);
void request_get_pending_end(struct str *out, const char *sessionid);
/* A message's content: an owner's answer (section 8.6). @subid: NULL where there is none. */
void request_decide(struct str *out, const char *node, const char *jid, const char *subid,
		    bool allow);

struct items_query {
	const char *node, *subid;	/* @subid: may be NULL */
	const char *id;			/* this item alone; NULL: not by id */
	unsigned long max_items;	/* the newest so many; 0: not said */
	unsigned max;			/* ask for a page (XEP-0059) of so many; 0: ask for none */
	const char *after, *before;	/* NULL: not said. @before "": the last page */
	const uint64_t *index;		/* of the page's first; NULL: not said */
};
void request_items(struct str *out, const struct items_query *q);

#endif
