/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_EVENT_H
#define PUBSUB_EVENT_H

/*
 * Client side: what a service sends, as events: its notifications (XEP-0060 section 7, 8, 12) and
 * the stored items that it answers with.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

enum event_kind {
	EVENT_ITEM,
	EVENT_RETRACT,
	EVENT_PURGE,
	EVENT_DELETE,
	EVENT_CONFIG,
	EVENT_SUBSCRIPTION
};

/* "item", "retract" and so on. */
const char *event_kind_name(enum event_kind kind);

/* Strings are borrowed for the time of the call; those that a kind does not have are NULL. */
struct event {
	enum event_kind kind;
	const char *node;
	const char *id;		/* ITEM (NULL: the service sent none), RETRACT */
	const char *publisher;	/* ITEM, where the service tells */
	/*
	 * Markup that stands alone. ITEM: what it holds; NULL: none was sent. CONFIG, SUBSCRIPTION:
	 * the whole element, as the service sent it.
	 */
	const char *payload;
	size_t payload_len;
	const char *jid, *state; /* SUBSCRIPTION: whose, and what it is now */
	/*
	 * ITEM: its place in the node's archive (XEP-0359). Of a message with several items, that
	 * of the last: the others have none. NULL: not told.
	 */
	const char *archive_id;
	uint64_t number;	/* of the node's events (Pubsub-Sequence); 0: not told */
	int64_t stamp;		/* from XEP-0203; 0: there was none, it is new */
};
typedef void event_fn(const struct event *e, void *data);

/*
 * Calls @fn for each event of @message, in order. False where it carries none, or is an error. Whom
 * the message comes from is the caller's to check (CLI-04).
 */
bool event_parse(xmpp_stanza_t *message, event_fn *fn, void *data);

/* How a page of items lies in the whole (XEP-0059); pointers borrowed from the reply. */
struct items_page {
	bool paged;		/* the service knows pages: there was a <set/> */
	const char *first, *last; /* NULL: not told, or the page is empty */
	bool has_index, has_count;
	uint64_t index, count;
	const char *cut;	/* too large for us: items are missing (tap_cut()) */
	size_t items;
};
/* The result of an items request: @fn (may be NULL) for each item, in the order sent. */
void items_parse(xmpp_stanza_t *reply, const char *node, event_fn *fn, void *data,
		 struct items_page *ret);

#endif
