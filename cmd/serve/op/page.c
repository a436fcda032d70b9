/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/pubsub/errors.h"

#define CHUNK 32 /* items looked at together, walking down */

/*
 * The whole of the set lies above @floor. Up and down are those of keys; a set that is asked for in
 * descending order is walked the other way, and turned.
 */
struct walk {
	struct store *store;
	const struct node *node;
	page_item_fn *fn;
	const void *data;
	enum item_order by;
	bool descending;
	uint64_t count; /* entries of the set */
	uint64_t skip;	/* items below it */
	int64_t floor;
};

static int64_t key_of(enum item_order by, const struct item *item)
{
	return by == ORDER_CREATION ? item->first : item->seq;
}

static const char *prefix_of(enum item_order by)
{
	return by == ORDER_CREATION ? "@c" : "@";
}

struct sought {
	enum item_order by;
	int64_t key;
};

static int note_key(const struct item *item, void *data)
{
	struct sought *s = data;

	s->key = key_of(s->by, item);
	return 0;
}

static int key_at(const struct walk *w, const char *place, int64_t *ret_key)
{
	const char *prefix = prefix_of(w->by);
	struct sought s = { .by = w->by };
	uint64_t n;
	int e;

	if (!strncmp(place, prefix, strlen(prefix)) &&
	    !parse_uint(place + strlen(prefix), 1, INT64_MAX, &n)) {
		*ret_key = (int64_t)n;
		return PS_OK;
	}
	e = store_item_get(w->store, w->node->id, place, note_key, &s);
	if (e)
		return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
	*ret_key = s.key;
	return PS_OK;
}

/* Writing */

struct written_page {
	const struct walk *w;
	struct str *out;
	size_t start; /* of the page in @out */
	size_t *ends; /* of the entries, for what must be turned; NULL: not */
	uint64_t n;
	int64_t first, last;
};

static int add_item(const struct item *item, void *data)
{
	struct written_page *f = data;
	size_t before = f->out->len;

	f->w->fn(f->out, item, f->w->data);
	if (f->n && f->out->len - f->start > PAGE_BYTES) {
		f->out->len = before;
		return 1;
	}
	if (f->ends)
		f->ends[f->n] = f->out->len;
	if (!f->n++)
		f->first = key_of(f->w->by, item);
	f->last = key_of(f->w->by, item);
	return 0;
}

/* The last entry comes first. */
static void turn(const struct written_page *f)
{
	struct str turned = { 0 };

	str_reserve(&turned, f->out->len - f->start);
	for (uint64_t i = f->n; i--;) {
		size_t from = i ? f->ends[i - 1] : f->start;

		str_add(&turned, f->out->p + from, f->ends[i] - from);
	}
	f->out->len = f->start;
	str_add(f->out, turned.p, turned.len);
	str_release(&turned);
}

static int describe(const struct written_page *f, struct page *p)
{
	const struct walk *w = f->w;
	int64_t position;
	int e = store_item_position(w->store, w->node->id, w->by, f->first, &position);

	if (e)
		return e;
	p->n = f->n;
	p->first = w->descending ? f->last : f->first;
	p->last = w->descending ? f->first : f->last;
	p->index = (uint64_t)position - w->skip;
	if (w->descending)
		p->index = w->count - p->index - f->n;
	return PS_OK;
}

/* @limit items above @anchor, fewer where they do not fit. */
static int write_page(const struct walk *w, struct page *p, int64_t anchor, uint64_t limit,
		      struct str *out)
{
	struct written_page f = { .w = w, .out = out, .start = out->len };
	int e = 0;

	if (w->descending)
		f.ends = mem_alloc((limit + 1) * sizeof(*f.ends));
	if (limit)
		e = store_item_page(w->store, w->node->id, w->by, anchor, false, (int64_t)limit,
				    add_item, &f);
	if (!e && f.n && w->descending)
		turn(&f);
	if (!e && f.n)
		e = describe(&f, p);
	free(f.ends);
	return e;
}

/* Down: first find where the page begins, as it must end where it was told to */

struct measured {
	const struct walk *w;
	struct str scratch;
	struct {
		int64_t key;
		size_t len;
	} chunk[CHUNK];
	size_t n;
};

static int measure_item(const struct item *item, void *data)
{
	struct measured *b = data;

	str_reset(&b->scratch);
	b->w->fn(&b->scratch, item, b->w->data);
	b->chunk[b->n].key = key_of(b->w->by, item);
	b->chunk[b->n].len = b->scratch.len;
	return ++b->n == CHUNK;
}

/*
 * The @limit items below @before (0: the highest ones) that fit begin above *ret_anchor and are
 * *ret_n.
 */
static int find_start(const struct walk *w, int64_t before, uint64_t limit, int64_t *ret_anchor,
		      uint64_t *ret_n)
{
	struct measured b = { .w = w };
	uint64_t n = 0;
	size_t bytes = 0;
	int e = 0;

	for (bool more = true; more && !e;) {
		b.n = 0;
		e = store_item_page(w->store, w->node->id, w->by, before, true, CHUNK, measure_item,
				    &b);
		more = !e && b.n;
		for (size_t i = b.n; more && i--;) {
			bytes += b.chunk[i].len;
			more = n < limit && b.chunk[i].key > w->floor &&
			       (!n || bytes <= PAGE_BYTES);
			if (more) {
				before = b.chunk[i].key;
				n++;
			}
		}
	}
	str_release(&b.scratch);
	*ret_anchor = before - 1;
	*ret_n = n;
	return e;
}

static int page_down(const struct walk *w, struct page *p, int64_t before, uint64_t limit,
		     struct str *out)
{
	int64_t anchor;
	uint64_t n;
	int e = find_start(w, before, limit, &anchor, &n);

	return e ? e : write_page(w, p, anchor, n, out);
}

static int page_up(const struct walk *w, struct page *p, int64_t anchor, uint64_t limit,
		   struct str *out)
{
	return write_page(w, p, anchor > w->floor ? anchor : w->floor, limit, out);
}

/* What is asked for */

/* The key from which on the page with that index goes up or, where the order is so, down. */
static int key_of_index(const struct walk *w, uint64_t index, int64_t *ret_key)
{
	uint64_t at = w->descending ? w->count - index : index;
	int64_t key;
	int e;

	*ret_key = 0;
	if (at == w->count) /* the highest ones */
		return PS_OK;
	e = store_item_at(w->store, w->node->id, w->by, (int64_t)(w->skip + at), &key);
	if (!e)
		*ret_key = w->descending ? key : key - 1;
	return e;
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
	e = store_item_at(w->store, w->node->id, w->by, (int64_t)w->skip, &w->floor);
	w->floor--;
	return e;
}

static int find_page(const struct walk *w, struct page *p, uint64_t limit, struct str *out)
{
	const struct rsm_request *rsm = p->rsm;
	/*
	 * Who asks for the newest and not for pages gets, if not all of them fit, the newest of
	 * these.
	 */
	bool from_end = rsm->before || (p->newest && !rsm->present && !w->descending);
	int64_t from = 0;
	int e = PS_OK;

	if (rsm->before && *rsm->before)
		e = key_at(w, rsm->before, &from);
	else if (rsm->after)
		e = key_at(w, rsm->after, &from);
	else if (rsm->has_index && rsm->index >= w->count)
		return PS_OK;
	else if (rsm->has_index)
		e = key_of_index(w, rsm->index, &from);
	if (e)
		return e;
	return from_end != w->descending ? page_down(w, p, from, limit, out)
					 : page_up(w, p, from, limit, out);
}

int page_items(struct store *store, const struct node *node, struct page *p, page_item_fn *fn,
	       const void *data, struct str *out)
{
	struct walk w = { .store = store,
			  .node = node,
			  .fn = fn,
			  .data = data,
			  .by = p->order.by,
			  .descending = p->order.descending };
	int e = set_floor(&w, p->newest);
	uint64_t limit = w.count < PAGE_MAX ? w.count : PAGE_MAX;

	if (e)
		return e;
	p->count = w.count;
	if (p->rsm->has_max && p->rsm->max < limit)
		limit = p->rsm->max;
	return find_page(&w, p, limit, out);
}

/* The set */

static void render_set(struct str *out, enum item_order by, const struct page *p)
{
	char first[24], last[24];
	struct rsm_page set = {
		.first = first, .last = last, .index = p->index, .count = p->count
	};

	snprintf(first, sizeof(first), "%s%" PRId64, prefix_of(by), p->first);
	snprintf(last, sizeof(last), "%s%" PRId64, prefix_of(by), p->last);
	rsm_render(out, &set);
}

void page_render_set(struct str *out, int64_t first, int64_t last, uint64_t index, uint64_t count)
{
	const struct page p = { .first = first, .last = last, .index = index, .count = count };

	render_set(out, ORDER_MODIFICATION, &p);
}

void page_finish(const struct page *p, struct str *out)
{
	struct rsm_page empty = { .count = p->count };

	if (!p->rsm->present && p->n == p->count)
		return;
	if (p->n)
		render_set(out, p->order.by, p);
	else
		rsm_render(out, &empty);
}
