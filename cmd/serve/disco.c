/* SPDX-License-Identifier: MIT */
#include "cmd/serve/disco.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Features */

static bool auto_creates(const struct config *c)
{
	return c->given.auto_create;
}

/* clang-format off */
static const struct { /* feature, does it work (NULL: always) */
	const char *var;
	bool (*works)(const struct config *c);
} features[] = {
	{ NS_DISCO_INFO, NULL },
	{ NS_DISCO_ITEMS, NULL },
	{ NS_PING, NULL },	/* these two are the session's to answer */
	{ NS_VERSION, NULL },
	{ NS_RSM, NULL },
	{ NS_PUBSUB, NULL },
	{ NS_PUBSUB "#access-open", NULL },
	{ NS_PUBSUB "#auto-create", auto_creates },
	{ NS_PUBSUB "#instant-nodes", NULL },
	{ NS_PUBSUB "#item-ids", NULL },
	{ NS_PUBSUB "#outcast-affiliation", NULL },
	{ NS_PUBSUB "#persistent-items", NULL },
	{ NS_PUBSUB "#retract-items", NULL },
	{ NS_PUBSUB "#rsm", NULL },
};
/* clang-format on */

void disco_features(const struct config *c, disco_feature_fn *fn, void *data)
{
	char var[128];

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (!features[i].works || features[i].works(c))
			fn(features[i].var, data);
	for (const struct op *op = ops; op->type; op++) {
		if (!op->handler || !op->feature)
			continue;
		snprintf(var, sizeof(var), NS_PUBSUB "#%s", op->feature);
		fn(var, data);
	}
}

static void add_feature(const char *var, void *data)
{
	str_puts(data, "<feature");
	xml_attr(data, "var", var);
	str_puts(data, "/>");
}

/* The node named in the request; *ret_named is false where there is no such attribute. */
static int find_node(struct request *r, bool *ret_named)
{
	const char *name = stanza_attr(r->action, "node");

	*ret_named = name && *name;
	return *ret_named ? node_find(r->service, name, &r->node) : PS_OK;
}

/* The attribute comes back as it was sent (X0030-02). */
static void open_query(struct request *r, const char *ns)
{
	str_printf(&r->result, "<query xmlns='%s'", ns);
	xml_attr(&r->result, "node", stanza_attr(r->action, "node"));
	str_putc(&r->result, '>');
}

int disco_info(struct request *r)
{
	bool named;
	int e = find_node(r, &named);

	if (e)
		return e;
	open_query(r, NS_DISCO_INFO);
	if (named) {
		str_puts(&r->result, "<identity category='pubsub' type='leaf'/>");
		add_feature(NS_DISCO_INFO, &r->result);
		add_feature(NS_DISCO_ITEMS, &r->result);
		add_feature(NS_PUBSUB, &r->result);
	} else {
		str_puts(&r->result,
			 "<identity category='pubsub' type='service' name='pubsub-serve'/>");
		disco_features(r->service->config, add_feature, &r->result);
	}
	str_puts(&r->result, "</query>");
	return PS_OK;
}

/* The nodes of the service */

struct node_list {
	const char *jid; /* the service's */
	uint64_t skip;	 /* entries still to be passed over */
	uint64_t n, max;
	size_t bytes;
	struct node_entry {
		char *name;
		struct str xml;
	} *entries;
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
		e = store_node_position(r->service->store, set.first, &position);
		if (e)
			return e;
		set.index = (uint64_t)position;
	}
	if (rsm->present || end - start < count)
		rsm_render(&r->result, &set);
	return PS_OK;
}

static int list_nodes(struct request *r, const struct rsm_request *rsm)
{
	struct store *store = r->service->store;
	struct node_list l = { .jid = r->service->config->jid,
			       .max = PAGE_MAX,
			       .skip = rsm->has_index ? rsm->index : 0 };
	const char *anchor = rsm->before && *rsm->before ? rsm->before : rsm->after;
	int64_t count;
	int e = store_node_count(store, &count);

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
		e = store_node_page(store, anchor, rsm->before, (int64_t)(l.max + l.skip), add_node,
				    &l);
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
	int e = store_affiliation_get(s->store, r->node.id, r->bare, &r->who.affiliation);

	if (e)
		return e;
	if (access_check(PRIV_READ, &r->node, &r->who, &s->policy))
		return PS_OK;
	e = page_items(s->store, &r->node, &page, add_item, s->config->jid, &r->result);
	if (!e)
		page_finish(&page, &r->result);
	return e;
}

int disco_items(struct request *r)
{
	struct rsm_request rsm;
	bool named;
	int e = find_node(r, &named);

	if (e)
		return e;
	if (rsm_parse(r->wrapper, &rsm) < 0)
		return PS_BAD_REQUEST;
	open_query(r, NS_DISCO_ITEMS);
	e = named ? list_items(r, &rsm) : list_nodes(r, &rsm);
	str_puts(&r->result, "</query>");
	return e;
}
