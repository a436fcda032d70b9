/* SPDX-License-Identifier: MIT */
#ifndef SERVE_RECIPIENTS_H
#define SERVE_RECIPIENTS_H

/*
 * The subscriptions that an event may concern, entity by entity.
 *
 * An entity is the JID of a subscription (XEP-0060 section 6.1.6); however many of its
 * subscriptions match, at the node and at collections above it, it is told once. Rows are read some
 * at a time, in the order of JIDs, from all sources alongside.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pubsub/vocab.h"

struct audience;
struct audiences;
struct event;
struct member;
struct store;

/* In place of a node: what only presence stands for (implicit.h). */
#define NODE_PRESENT (-2)

struct sub_row {
	int64_t key, node;
	enum sub_state state;
	unsigned depth;		 /* of the node of the event below the subscription's */
	const char *jid, *subid;
	const char *options;	 /* as the store has them; "": all default */
	const char *collection;	 /* the subscription's node, where depth is not 0 */
	bool checked;		 /* may read the node of the event, as far as that was asked */
};

/*
 * Rows kept in memory because those in the store are about to go: those at one node and at the
 * collections above it. In the order of JIDs, then keys. The bytes that they take are in @total, a
 * count of all such rows, for as long as anybody needs them.
 */
struct written {
	unsigned refs;
	size_t n, cap, bytes, *total;
	struct sub_row **rows;
};
struct written *written_new(size_t *total);
/* A copy of @row, behind the others. */
void written_add(struct written *w, const struct sub_row *row);
struct written *written_ref(struct written *w);
void written_unref(struct written *w);

/* All rows of one entity; they are borrowed from the walk until the next call. */
struct group {
	size_t n, cap;
	struct sub_row **rows;
};

struct walk;
/* @e and its sources are borrowed, and @audiences. It begins behind e->told. */
struct walk *walk_new(struct store *store, struct audiences *audiences, const struct event *e);
/* 1: the next entity, 0: no more, or a negative errno. */
int walk_next(struct walk *w, const struct group **ret_group);
/*
 * The next entity where it is a plain member (audience.h) of the only source; NULL: it is not, and
 * walk_next() tells. Borrowed, with its audience, until the next call of either.
 */
const struct member *walk_next_plain(struct walk *w, const struct audience **ret_audience);
/* The JID of the last one; NULL: there was none yet. */
const char *walk_place(const struct walk *w);
void walk_free(struct walk *w);

#endif
