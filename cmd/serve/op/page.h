/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PAGE_H
#define SERVE_PAGE_H

/*
 * A page of a node's items: which ones are asked for (XEP-0059, max_items), in which order
 * (XEP-0413), and as many of them as fit an answer.
 *
 * A place in the set is named "@N", N being the item's number in the order of publication, or "@cN"
 * in the order of creation. So pages stay where they are while items are replaced or retracted. Item
 * ids are understood as well.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/op/order.h"
#include "common/base/str.h"
#include "common/xmpp/rsm.h"

struct item;
struct node;
struct store;

#define PAGE_MAX 2000		/* entries; a careful receiver may refuse to read more */
#define PAGE_BYTES 200000	/* of entries; a single one may be larger */

struct page {
	/* What is asked for. */
	const struct rsm_request *rsm;
	uint64_t newest;	/* only so many of the newest; 0: all */
	struct order order;
	/* What came of it. */
	uint64_t n;		/* entries; 0: those below mean nothing */
	int64_t first, last;	/* their numbers in the order */
	uint64_t index;		/* of the first, in the set */
	uint64_t count;		/* of the set */
};

/* Writes one item; called more than once for some. */
typedef void page_item_fn(struct str *out, const struct item *item, const void *data);

/*
 * Adds the page's items to @out, in their order. PS_OK, PS_ITEM_NOT_FOUND (the place to begin at is
 * not known) or a negative errno.
 */
int page_items(struct store *store, const struct node *node, struct page *p, page_item_fn *fn,
	       const void *data, struct str *out);
/* Adds the <set/> where one was asked for, or is due because the page is not all of it. */
void page_finish(const struct page *p, struct str *out);
/* A <set/>, places given by their numbers. */
void page_render_set(struct str *out, int64_t first, int64_t last, uint64_t index, uint64_t count);

#endif
