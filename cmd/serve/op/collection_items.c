/* SPDX-License-Identifier: MIT */
/* The items of all leaves in a collection (XEP-0248 section 6.2). */
#include "cmd/serve/collection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/render.h"
#include "cmd/serve/notify/shown.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

struct leaves {
	struct request *r;
	size_t n, cap;
	struct leaf {
		int64_t id;
		char *name;
		struct str xml; /* <items/> */
	} * list;
};

static void leaves_release(struct leaves *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->list[i].name);
		str_release(&l->list[i].xml);
	}
	free(l->list);
}

static void add_leaf(struct leaves *l, int64_t id, const char *name)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->list = mem_realloc(l->list, l->cap * sizeof(*l->list));
	}
	l->list[l->n++] = (struct leaf){ .id = id, .name = mem_strdup(name) };
}

/* X0248-44: the leaf's own access model counts, too. */
static int consider(int64_t id, const char *name, void *data)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	struct leaves *l = data;
	int e = store_node_get_by_id(l->r->service->store, id, &n);

	if (e)
		return e;
	if (n.config.type != NODE_LEAF || !n.config.persist)
		return 0;
	e = subject_check(l->r->service, PRIV_READ, &n, l->r->who.jid);
	if (!e)
		add_leaf(l, id, name);
	return e < 0 ? e : 0;
}

static int find_leaf(const struct leaves *l, const char *name, size_t *ret)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->list[i].name, name)) {
			*ret = i;
			return PS_OK;
		}
	return PS_ITEM_NOT_FOUND;
}

static int find_range(const struct leaves *l, const struct rsm_request *rsm, size_t *ret_start,
		      size_t *ret_end)
{
	size_t start = 0, end = l->n;
	int e = PS_OK;

	if (rsm->after) {
		e = find_leaf(l, rsm->after, &start);
		start++;
	} else if (rsm->before && *rsm->before) {
		e = find_leaf(l, rsm->before, &end);
	} else if (rsm->has_index) {
		start = rsm->index < l->n ? (size_t)rsm->index : l->n;
	}
	if (e)
		return e;
	if (rsm->has_max && rsm->max < end - start) {
		if (rsm->before)
			start = end - (size_t)rsm->max;
		else
			end = start + (size_t)rsm->max;
	}
	*ret_start = start;
	*ret_end = end;
	return PS_OK;
}

static void add_item(struct str *out, const struct item *item, const void *shown)
{
	const struct item as = shown_item(shown, item);

	render_item(out, &as);
}

static int render_leaf(struct store *store, struct leaf *leaf, uint64_t newest)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	AUTO_IN_PLACE(shown_release) struct shown shown = { 0 };
	const struct rsm_request all = { .present = false };
	struct page page = { .rsm = &all, .newest = newest ? newest : UINT64_MAX };
	int e = store_node_get_by_id(store, leaf->id, &n);

	if (!e)
		e = shown_init(store, &n, &shown);
	if (e)
		return e;
	str_puts(&leaf->xml, "<items");
	xml_attr(&leaf->xml, "node", leaf->name);
	str_putc(&leaf->xml, '>');
	e = page_items(store, &n, &page, add_item, &shown, &leaf->xml);
	str_puts(&leaf->xml, "</items>");
	return e;
}

/* As many as fit, from the end that was asked for. */
static int render_leaves(struct leaves *l, bool backwards, uint64_t newest, size_t *start,
			 size_t *end)
{
	size_t bytes = 0, left = *end - *start, n;
	int e = 0;

	for (n = 0; n < left; n++) {
		struct leaf *leaf = &l->list[backwards ? *end - 1 - n : *start + n];

		e = render_leaf(l->r->service->store, leaf, newest);
		bytes += leaf->xml.len;
		if (e || (n && bytes > PAGE_BYTES))
			break;
	}
	if (backwards)
		*start = *end - n;
	else
		*end = *start + n;
	return e;
}

int collection_items(struct request *r, const struct rsm_request *rsm, uint64_t newest)
{
	AUTO_IN_PLACE(leaves_release) struct leaves l = { .r = r };
	struct rsm_page set = { .first = NULL };
	size_t start, end;
	int e;

	if (stanza_child(r->action, "item", NS_PUBSUB)) {
		r->detail = mem_strdup("retrieve-items");
		return PS_UNSUPPORTED; /* an id says nothing without its node */
	}
	e = store_edge_children(r->service->store, r->node.id, consider, &l);
	if (!e)
		e = find_range(&l, rsm, &start, &end);
	if (!e)
		e = render_leaves(&l, rsm->before, newest, &start, &end);
	if (e)
		return e;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'>");
	for (size_t i = start; i < end; i++)
		str_add(&r->result, l.list[i].xml.p, l.list[i].xml.len);
	set.count = l.n;
	if (start < end) {
		set.first = l.list[start].name;
		set.last = l.list[end - 1].name;
		set.index = start;
	}
	if (rsm->present || end - start < l.n)
		rsm_render(&r->result, &set);
	str_puts(&r->result, "</pubsub>");
	return PS_OK;
}
