/* SPDX-License-Identifier: MIT */
/* disco#items: the nodes of the service or of a collection, the items of a leaf
 * (XEP-0060 5.2, 5.5). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/op/command.h"
#include "cmd/serve/op/disco.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/op/type_filter.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Nodes */

struct node_list {
	const char *jid; /* the service's */
	int64_t collection;
	const struct node_types *types;
	uint64_t skip; /* entries still to be passed over */
	uint64_t n, max;
	size_t bytes;
	struct node_entry {
		char *name;
		struct str xml;
	} * entries;
};

static int add_node(const struct node *n, void *data)
{
	struct node_list *l = data;
	struct node_entry *e = &l->entries[l->n];

	if (l->skip) {
		l->skip--;
		return 0;
	}
	e->name = mem_strdup(n->name);
	str_puts(&e->xml, "<item");
	xml_attr(&e->xml, "jid", l->jid);
	xml_attr(&e->xml, "node", n->name);
	xml_attr(&e->xml, "name", n->config.title);
	str_puts(&e->xml, "/>");
	l->bytes += e->xml.len;
	return ++l->n == l->max;
}

static void node_list_release(struct node_list *l)
{
	for (uint64_t i = 0; i < l->n; i++) {
		free(l->entries[i].name);
		str_release(&l->entries[i].xml);
	}
	free(l->entries);
}

/* What fits: from the front, or with a page that must end where it was told to, from the back. */
static void fit_nodes(const struct node_list *l, bool backwards, uint64_t *ret_start,
		      uint64_t *ret_end)
{
	uint64_t start = 0, end = l->n;
	size_t bytes = l->bytes;

	while (bytes > PAGE_BYTES && end - start > 1)
		bytes -= l->entries[backwards ? start++ : --end].xml.len;
	*ret_start = start;
	*ret_end = end;
}

static int finish_nodes(struct request *r, const struct rsm_request *rsm, const struct node_list *l,
			uint64_t count)
{
	struct rsm_page set = { .count = count };
	uint64_t start, end;
	int64_t position;
	int e;

	fit_nodes(l, rsm->before, &start, &end);
	for (uint64_t i = start; i < end; i++)
		str_add(&r->result, l->entries[i].xml.p, l->entries[i].xml.len);
	if (start < end) {
		set.first = l->entries[start].name;
		set.last = l->entries[end - 1].name;
		e = store_node_position(r->service->store, l->collection, l->types, set.first,
					&position);
		if (e)
			return e;
		set.index = (uint64_t)position;
	}
	if (rsm->present || end - start < count)
		rsm_render(&r->result, &set);
	return PS_OK;
}

static int list_nodes(struct request *r, int64_t collection, const struct node_types *types,
		      const struct rsm_request *rsm)
{
	struct store *store = r->service->store;
	struct node_list l = { .jid = r->service->config->jid,
			       .collection = collection,
			       .types = types,
			       .max = PAGE_MAX,
			       .skip = rsm->has_index ? rsm->index : 0 };
	const char *anchor = rsm->before && *rsm->before ? rsm->before : rsm->after;
	int64_t count;
	int e = store_node_count(store, collection, types, &count);

	if (e)
		return e;
	if (rsm->has_max && rsm->max < l.max)
		l.max = rsm->max;
	if (l.max > (uint64_t)count)
		l.max = (uint64_t)count;
	if (l.skip > (uint64_t)count)
		l.skip = (uint64_t)count;
	l.entries = mem_zalloc((l.max + 1) * sizeof(*l.entries));
	if (l.max)
		e = store_node_page(store, collection, types, anchor, rsm->before,
				    (int64_t)(l.max + l.skip), add_node, &l);
	if (!e)
		e = finish_nodes(r, rsm, &l, (uint64_t)count);
	node_list_release(&l);
	return e;
}

/* The items of a node */

static void add_item(struct str *out, const struct item *item, const void *service_jid)
{
	str_puts(out, "<item");
	xml_attr(out, "jid", service_jid);
	xml_attr(out, "name", item->id);
	str_puts(out, "/>");
}

/* DISCO-26: those who may not read find nothing. */
static int list_items(struct request *r, const struct rsm_request *rsm)
{
	struct service *s = r->service;
	struct page page = { .rsm = rsm };
	int e = subject_check(s, PRIV_READ, &r->node, r->who.jid);

	if (e)
		return e < 0 ? e : PS_OK;
	e = page_items(s->store, &r->node, &page, add_item, s->config->jid, &r->result);
	if (!e)
		page_finish(&page, &r->result);
	return e;
}

/* Without collections, every node is in the root. */
static int64_t root_of(const struct request *r)
{
	return feature_on(r->service->config, "collections") ? NODE_ROOT : STORE_ALL_NODES;
}

int disco_items(struct request *r)
{
	AUTO_IN_PLACE(type_filter_release) struct type_filter filter = { 0 };
	const struct node_types *types;
	struct rsm_request rsm;
	bool named;
	int e = command_disco_items(r);

	if (e != -ENOMSG)
		return e;
	e = disco_find_node(r, &named);
	if (e)
		return e;
	if (rsm_parse(r->wrapper, &rsm) < 0)
		return PS_BAD_REQUEST;
	e = type_filter_parse(r->service->config, r->action, &filter);
	if (e)
		return e;
	types = filter.given ? &filter.types : NULL;
	disco_open_query(r, NS_DISCO_ITEMS);
	if (!named)
		e = list_nodes(r, root_of(r), types, &rsm);
	else if (r->node.config.type == NODE_COLLECTION)
		e = list_nodes(r, r->node.id, types, &rsm);
	else
		e = list_items(r, &rsm);
	str_puts(&r->result, "</query>");
	return e;
}
