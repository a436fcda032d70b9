/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_OUTBOX_H
#define SERVE_STORE_OUTBOX_H

/*
 * The store's part of the outbox (notify/outbox.h): a row for each event that the server may not
 * have yet, whatever the number of those who are told, and how far the oldest one has come. The
 * rules of store.h hold here, too.
 *
 * Where a node goes and takes its subscriptions along, or some of them change in what they are told,
 * all stay as a text, a farewell, for as long as there are events that need them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

/* Texts are the outbox's to read; borrowed from the row. NULL: empty. */
struct store_event {
	int64_t key, node;
	const char *traits, *recipients;
	const char *told;	/* those up to this JID have it; NULL: nobody */
	const char *front, *xml, *tail;
	size_t front_len, xml_len, tail_len;
};

/* @e->key is greater than all there are; @e->told is ignored. */
int store_outbox_add(struct store *s, const struct store_event *e);
/* The first one from the key @from on that is less than @end; -ENOENT. */
typedef int store_event_fn(const struct store_event *e, void *data);
int store_outbox_get(struct store *s, int64_t from, int64_t end, store_event_fn *fn, void *data);
struct store_outbox {
	int64_t count, bytes;
	int64_t last; /* the greatest key; 0: none */
};
int store_outbox_measure(struct store *s, struct store_outbox *ret);
/*
 * The server has those less than @key, which go, and of @key all up to @jid (NULL: nothing new).
 * *ret_gone: how many that were.
 */
int store_outbox_told(struct store *s, int64_t key, const char *jid, struct store_outbox *ret_gone);

/* What events of before need of @node; it is dated when the last one's key is known. */
int store_farewell_add(struct store *s, int64_t node, const char *text, size_t len);
int store_farewell_date(struct store *s, int64_t key);
/*
 * For the event @key, the first there is of @node or of @above, a collection or @node itself: its own
 * number and its text. -ENOENT
 */
typedef int store_farewell_fn(int64_t seq, const char *text, size_t len, void *data);
int store_farewell_get(struct store *s, int64_t node, int64_t above, int64_t key,
		       store_farewell_fn *fn, void *data);

#endif
