/* SPDX-License-Identifier: MIT */
#ifndef SERVE_AUDIENCE_H
#define SERVE_AUDIENCE_H

/*
 * The subscriptions at a node, kept in memory from one publish to the next: to read them from the
 * store costs more than to send them what has been published.
 *
 * An audience has the rows that store_sub_page() hands out, all of them and in that order. It is
 * dropped when the store says that they are others now (store_sub_watch()), whatever the reason,
 * and read anew when it is needed; who still has one sees that it is not current. Nothing else is
 * in it: what depends on presence, on the node's settings or on its access is asked when an event
 * is sent.
 *
 * Memory is bounded: audiences that are not needed for long, or are in the way of others, go, and
 * those of very many are not kept at all.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/auto.h"
#include "common/pubsub/vocab.h"

struct store;
struct sub_place;

/* All of them together, in bytes; and the most that one may have of it. */
#define AUDIENCES_MAX ((size_t)1536 * 1024)
#define AUDIENCE_MAX ((size_t)1024 * 1024)

struct member {
	int64_t key;
	/* Places in the texts: as in struct subscription, */
	unsigned jid, subid, options;
	/* and what stands in a message behind the number in its id: "WHOSE' to='JID'>". */
	unsigned address, address_len, whose_len;
	enum sub_state state;
	/* Subscribed, with all options default, and the JID has no other subscription here. */
	bool plain;
	bool digest; /* what is noted for digests is not told to it at once */
};

struct audience {
	unsigned refs;
	bool current; /* the store has the same */
	bool whole;   /* false: too large to be kept, and empty */
	int64_t node;
	size_t n, bytes;
	struct member *members;
	char *texts;
};

static inline const char *member_text(const struct audience *a, unsigned place)
{
	return a->texts + place;
}

struct audiences;
struct audiences *audiences_new(struct store *store);
/* Before the store is closed. */
void audiences_free(struct audiences *a);
/* A reference to that of @node; NULL where none is kept (NULL @a: never): ask the store. */
struct audience *audience_get(struct audiences *a, int64_t node);
void audience_unref(struct audience *a);
AUTO_DEFINE(struct audience *, audience_unref);
/* The first member behind @place. */
size_t audience_behind(const struct audience *a, const struct sub_place *place);
/* How many members have a key of at most @upto? It counts to @max. */
size_t audience_count(const struct audience *a, int64_t upto, size_t max);

#endif
