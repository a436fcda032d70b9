/* SPDX-License-Identifier: MIT */
#include "cmd/serve/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cmd/serve/store.h"
#include "common/base/parse.h"
#include "common/pubsub/errors.h"

#define CHUNK 32 /* items looked at together, walking backwards */

/* The whole of the set lies behind @floor. */
struct walk {
	struct store *store;
	const struct node *node;
	page_item_fn *fn;
	const void *data;
	uint64_t count; /* entries of the set */
	uint64_t skip;	/* items in front of it */
	int64_t floor;
};

static int seq_of(const struct walk *w, const char *place, int64_t *ret_seq)
{
	uint64_t n;
	int e;

	if (*place == '@' && !parse_uint(place + 1, 1, INT64_MAX, &n)) {
		*ret_seq = (int64_t)n;
		return PS_OK;
	}
	e = store_item_seq(w->store, w->node->id, place, ret_seq);
	return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
}

/* Forwards */

struct forward {
	const struct walk *w;
	struct str *out;
	size_t start; /* of the page in @out */
	uint64_t n;
	int64_t first, last;
};

static int add_item(const struct item *item, void *data)
{
	struct forward *f = data;
	size_t before = f->out->len;

	f->w->fn(f->out, item, f->w->data);
	if (f->n && f->out->len - f->start > PAGE_BYTES) {
		f->out->len = before;
		return 1;
	}
	if (!f->n++)
		f->first = item->seq;
	f->last = item->seq;
	return 0;
}

/* @limit items behind @anchor, fewer where they do not fit. */
static int write_page(const struct walk *w, struct page *p, int64_t anchor, uint64_t limit,
		      struct str *out)
{
	struct forward f = { .w = w, .out = out, .start = out->len };
	int64_t position;
	int e;

	e = limit ? store_item_page(w->store, w->node->id, anchor, false, (int64_t)limit, add_item,
				    &f)
		  : 0;
	if (e || !f.n)
		return e;
	e = store_item_position(w->store, w->node->id, f.first, &position);
	if (e)
		return e;
	p->n = f.n;
	p->first = f.first;
	p->last = f.last;
	p->index = (uint64_t)position - w->skip;
	return PS_OK;
}

/* Backwards: first find where the page begins, as it must end where it was told to */

struct backward {
	const struct walk *w;
	struct str scratch;
	struct {
		int64_t seq;
		size_t len;
	} chunk[CHUNK];
	size_t n;
};

static int measure_item(const struct item *item, void *data)
{
	struct backward *b = data;

	str_reset(&b->scratch);
	b->w->fn(&b->scratch, item, b->w->data);
	b->chunk[b->n].seq = item->seq;
	b->chunk[b->n].len = b->scratch.len;
	return ++b->n == CHUNK;
}

/*
 * The @limit items in front of @before (0: the last ones) that fit begin behind *ret_anchor and are
 * *ret_n.
 */
static int find_start(const struct walk *w, int64_t before, uint64_t limit, int64_t *ret_anchor,
		      uint64_t *ret_n)
{
	struct backward b = { .w = w };
	uint64_t n = 0;
	size_t bytes = 0;
	int e = 0;

	for (bool more = true; more && !e;) {
		b.n = 0;
		e = store_item_page(w->store, w->node->id, before, true, CHUNK, measure_item, &b);
		more = !e && b.n;
		for (size_t i = b.n; more && i--;) {
			bytes += b.chunk[i].len;
			more = n < limit && b.chunk[i].seq > w->floor &&
			       (!n || bytes <= PAGE_BYTES);
			if (more) {
				before = b.chunk[i].seq;
				n++;
			}
		}
	}
	str_release(&b.scratch);
	*ret_anchor = before - 1;
	*ret_n = n;
	return e;
}

static int page_backwards(const struct walk *w, struct page *p, uint64_t limit, struct str *out)
{
	int64_t before = 0, anchor;
	uint64_t n;
	int e = PS_OK;

	if (p->rsm->before && *p->rsm->before)
		e = seq_of(w, p->rsm->before, &before);
	if (!e)
		e = find_start(w, before, limit, &anchor, &n);
	return e ? e : write_page(w, p, anchor, n, out);
}

static int page_forwards(const struct walk *w, struct page *p, uint64_t limit, struct str *out)
{
	int64_t anchor = 0;
	int e = PS_OK;

	if (p->rsm->after) {
		e = seq_of(w, p->rsm->after, &anchor);
	} else if (p->rsm->has_index) {
		if (p->rsm->index >= w->count)
			return PS_OK;
		e = store_item_at(w->store, w->node->id, (int64_t)(w->skip + p->rsm->index),
				  &anchor);
		anchor--;
	}
	if (anchor < w->floor)
		anchor = w->floor;
	return e ? e : write_page(w, p, anchor, limit, out);
}

/* With max_items, the set is the newest of the items. */
static int set_floor(struct walk *w, uint64_t newest)
{
	int e;

	w->count = (uint64_t)w->node->items;
	if (!newest || newest >= w->count)
		return 0;
	w->skip = w->count - newest;
	w->count = newest;
	e = store_item_at(w->store, w->node->id, (int64_t)w->skip, &w->floor);
	w->floor--;
	return e;
}

int page_items(struct store *store, const struct node *node, struct page *p, page_item_fn *fn,
	       const void *data, struct str *out)
{
	struct walk w = { .store = store, .node = node, .fn = fn, .data = data };
	int e = set_floor(&w, p->newest);
	uint64_t limit = w.count < PAGE_MAX ? w.count : PAGE_MAX;

	if (e)
		return e;
	p->count = w.count;
	if (p->rsm->has_max && p->rsm->max < limit)
		limit = p->rsm->max;
	/*
	 * Who asks for the newest and not for pages gets, if not all of them fit, the newest of
	 * these.
	 */
	if (p->rsm->before || (p->newest && !p->rsm->present))
		return page_backwards(&w, p, limit, out);
	return page_forwards(&w, p, limit, out);
}

void page_render_set(struct str *out, int64_t first, int64_t last, uint64_t index, uint64_t count)
{
	char first_place[24], last_place[24];
	struct rsm_page set = {
		.first = first_place, .last = last_place, .index = index, .count = count
	};

	snprintf(first_place, sizeof(first_place), "@%" PRId64, first);
	snprintf(last_place, sizeof(last_place), "@%" PRId64, last);
	rsm_render(out, &set);
}

void page_finish(const struct page *p, struct str *out)
{
	struct rsm_page empty = { .count = p->count };

	if (!p->rsm->present && p->n == p->count)
		return;
	if (p->n)
		page_render_set(out, p->first, p->last, p->index, p->count);
	else
		rsm_render(out, &empty);
}
