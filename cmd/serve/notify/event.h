/* SPDX-License-Identifier: MIT */
#ifndef SERVE_EVENT_H
#define SERVE_EVENT_H

/*
 * What a request changed, to be told after the commit.
 *
 * An event is rendered once, as the <event/> that all its messages share; who gets it is found out
 * when it is sent (notify.h): those of the subscriptions that there were when it happened and that
 * have not ended since. Where a node is in collections, their subscribers are asked as well.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/notify/recipients.h"
#include "cmd/serve/notify/sequence.h"
#include "cmd/serve/store/store_news.h"
#include "common/base/str.h"
#include "common/pubsub/vocab.h"

struct available;
struct filter_docs;
struct item;
struct node;
struct summaries;

/* Which subscriptions want to hear of it. The outbox keeps these numbers but for the last. */
enum event_kind {
	EVENT_ITEMS,	/* what happened to items */
	EVENT_PURGE,	/* to all of them at once: of these, SubIDs are not told (CONF-18) */
	EVENT_NODE,	/* what happened to the node */
	EVENT_LINK,	/* a node has come into a collection, or has left it: news of the level below */
	EVENT_BEGIN,	/* the node has been made: news for the collections it is in */
	EVENT_END,	/* the end of the node: those who wait to be subscribed are told, too */
	EVENT_DIRECT,	/* for one address */
	EVENT_STANZA,	/* a whole stanza, as it stands */
};

/* Where a subscription may be that makes somebody a recipient. */
struct event_source {
	int64_t node;
	unsigned depth;		/* 0: the node of the event; else so far above it */
	char *name;		/* of a collection, or with @present; else NULL */
	const struct available *present; /* instead: those there who wish to be told of @name */
	struct written *written; /* instead of the store's rows; NULL: those */
};

/* One <item/> or <retract/>, by its place in the text. */
struct event_entry {
	size_t start, len;
	size_t payload, payload_len; /* 0: none */
};

struct event {
	struct event *next;
	enum event_kind kind;
	int64_t node;
	struct str xml;		/* <event>...</event>; with EVENT_STANZA the stanza */
	struct str front;	/* what stands before it in the message, for all alike */
	struct str tail;	/* what follows it */
	enum notification_type type;
	bool of_collection;	/* the node is one */
	bool presence_based;	/* for those alone who are known to be available */
	bool digested;		/* has been noted for those who want digests */
	bool stored;		/* an item that others have been told of before */
	int64_t outbox;		/* its row there; 0: none */
	uint64_t number;	/* in the ids of messages to many; 0: none yet */
	bool shared;		/* in the outbox: all its messages have the same id (multicast.h) */
	char *told;		/* up to this JID, all have it; NULL: nobody */
	char *to;		/* with EVENT_DIRECT */
	int64_t upto;		/* subscription keys beyond have come later */
	size_t n_sources, n_entries, cap_entries;
	struct event_source *sources;
	struct event_entry *entries; /* with EVENT_ITEMS */
	struct walk *walk;	/* recipients so far, once it is being sent */
	bool open;		/* more can be added to its <items/> */
	bool retracts;		/* of these, not items */
	/* Of its last item, so that whoever asks for what came behind it misses nothing; "": none. */
	char archive_id[ARCHIVE_ID_LEN + 1];
	struct str stanza_id;	/* tells it; rendered with the first message */
	/* With the first to a plain member (audience.h): what is before its address, and behind xml. */
	struct str opening, closing;
	bool archive_guarded;	/* not all who are told may read the archive */
	char sequence[SEQUENCE_LEN + 1]; /* its number (sequence.h); "": none */
	struct filter_docs *docs; /* its payloads, read by filters (filter.h) */
	struct summaries *summaries; /* their texts (summary.h) */
};

/* In the order in which they happened. Zero-initialised: none. */
struct event_list {
	struct event *first, *last;
	size_t max;	/* bytes; larger lists of items are split. 0: no end */
	bool mixed;	/* items and retracts may stand in one list */
	size_t bytes;	/* of all of them */
};

/* Is it news of items? */
static inline bool event_is_of_items(const struct event *e)
{
	return e->kind == EVENT_ITEMS || e->kind == EVENT_PURGE;
}

void event_list_release(struct event_list *l);
/* To the end; @e is taken over. */
void event_list_add(struct event_list *l, struct event *e);
/* Takes the first one out; NULL: none. The caller frees it. */
struct event *event_list_take(struct event_list *l);
void event_free(struct event *e);
void event_release(struct event *e); /* what it points to */

/*
 * Each adds an event at the end, which the caller completes with its recipients where it is new:
 * entries of the same kind are joined in one event (NULL is returned then).
 */
struct event *event_item(struct event_list *l, const struct node *n, const struct item *item);
struct event *event_news(struct event_list *l, const struct node *n, const struct news *news);
/* @inner: what stands in <event/>. */
struct event *event_inner(struct event_list *l, const struct node *n, enum event_kind kind,
			  const char *inner);
/* For one address (EVENT_DIRECT): @xml, what stands in the message, which is no <event/>. */
struct event *event_content(struct event_list *l, const char *xml);
/* A whole stanza; @xml is taken over. */
void event_stanza(struct event_list *l, struct str *xml);
/* To be told before and behind the last event's <event/>. */
void event_front(struct event_list *l, const char *xml);
void event_tail(struct event_list *l, const char *xml);
/* Finishes what is open: to be called before the events are read. */
void event_list_close(struct event_list *l);

/*
 * What stands in its <event/>, of its entries only those in @picked (NULL: all), of which there are
 * n_entries.
 */
void event_inside(const struct event *e, const bool *picked, struct str *out);

/* Recipients: @name is copied. */
void event_add_source(struct event *e, int64_t node, unsigned depth, const char *name);
/* Those in @present, when it is sent, who wish to be told of the node @name (implicit.h). */
void event_add_present(struct event *e, const char *name, const struct available *present);
/*
 * The subscriptions at @node are about to go: @written stands for them from now on, and in events of
 * the node itself for those at the collections above it as well.
 */
void event_list_bind(struct event_list *l, int64_t node, struct written *written);

#endif
