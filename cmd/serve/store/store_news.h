/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_NEWS_H
#define SERVE_STORE_NEWS_H

/*
 * The store's part for what is told later: what nodes hold back, and what digests are made of. The
 * rules of store.h hold here, too.
 *
 * What is held back waits until its node tells it to everybody; then, as all news, it is noted for
 * those who want digests, if there are any at the node or above it. A digest remembers up to which
 * entry it has been told. Entries that no digest waits for go.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* What is told in an <items/>: a single thing that has happened. */
struct news {
	const char *id;		/* of the item; "": none */
	bool retract;
	const char *xml;	/* <item/> or <retract/> */
	size_t len;		/* 0: there is nothing but the fact (EVT-03) */
	size_t payload_len;	/* bytes in front of </item> */
	int64_t version;	/* the item's seq, for the archive; 0: none */
};

/* Of one node, more are not kept for digests: the oldest go. */
#define NEWS_MAX 10000

/* Strings are borrowed from the row. */
typedef int store_news_fn(int64_t seq, int64_t node, const struct news *news, void *data);

/* Held back; with @latest, what was held of the same item goes. */
int store_held_add(struct store *s, int64_t node, const struct news *news, bool latest);
int store_held_each(struct store *s, int64_t node, int64_t limit, store_news_fn *fn, void *data);
/* Up to @seq; *ret_more: there are others. */
int store_held_remove(struct store *s, int64_t node, int64_t seq, bool *ret_more);

/* When a node told something the last time, and when it tells what it holds back (0: never). */
struct pace {
	int64_t told, due;
};
/* All 0 where nothing is known. */
int store_pace_get(struct store *s, int64_t node, struct pace *ret);
int store_pace_set(struct store *s, int64_t node, const struct pace *pace);
/* The first to tell something; -ENOENT: none. */
int store_pace_next(struct store *s, int64_t *ret_node, int64_t *ret_due);

/* Of items and all that is to be told of @node nothing stays. */
int store_news_drop(struct store *s, int64_t node);

/*
 * Digests: @key is a subscription at @node. Beginning now, or at another frequency (milliseconds);
 * ending, with what has been noted so far told at once, or dropped.
 */
int store_digest_set(struct store *s, int64_t key, int64_t node, int64_t frequency, int64_t now);
int store_digest_end(struct store *s, int64_t key, int64_t now);
int store_digest_remove(struct store *s, int64_t key);
/* Notes @news of @node for the digests that it concerns; *ret_any: there are such. */
int store_digest_note(struct store *s, int64_t node, const struct news *news, int64_t now,
		      bool *ret_any);

struct digest {
	int64_t key, told, due;
	int64_t upto;	/* 0: no end */
	int64_t frequency; /* milliseconds */
};
typedef int store_digest_fn(const struct digest *d, void *data);
int store_digest_next(struct store *s, int64_t *ret_due); /* -ENOENT: none */
int store_digest_due(struct store *s, int64_t now, int64_t limit, store_digest_fn *fn, void *data);
/* Has been told up to @told; at @due there is more (0: there is not). */
int store_digest_told(struct store *s, int64_t key, int64_t told, int64_t due);
/* What has been noted of @node (STORE_ALL_NODES: of any) behind @seq, in order. */
int store_news_after(struct store *s, int64_t node, int64_t seq, store_news_fn *fn, void *data);
/* Of @node (or of any) what no digest waits for. */
int store_news_trim(struct store *s, int64_t node);

#endif
