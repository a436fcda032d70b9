/* SPDX-License-Identifier: MIT */
/* What ends with somebody's presence (XEP-0060 sections 12.5 and 16.4.4). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/due.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/presence/presence.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/sub_list.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/jid.h"

/* Subscriptions */

/* PRES-09: of a bare JID with the last resource. */
static bool is_gone(const struct offline *off, const char *jid)
{
	if (!jid_resource(off->jid))
		return true;
	return jid_resource(jid) ? !strcmp(jid, off->jid) : off->last;
}

static int end_temporary(struct request *r, struct listed_sub *sub)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	int e = 0;

	if (sub->node != NODE_ROOT)
		e = store_node_get_by_id(r->service->store, sub->node, &n);
	if (e || (!sub->on_presence && !n.config.tempsub))
		return e;
	return sub_enter(r, &n, &sub->ref, SUB_NONE, false);
}

static int end_subscriptions(struct request *r, const struct offline *off, const char *bare)
{
	AUTO_IN_PLACE(sub_list_release) struct sub_list subs = { 0 };
	int e = store_sub_by_bare(r->service->store, bare, sub_list_add, &subs);

	for (size_t i = 0; i < subs.n && !e; i++)
		if (is_gone(off, subs.list[i].ref.jid))
			e = end_temporary(r, &subs.list[i]);
	return e;
}

/* Items */

struct nodes {
	size_t n;
	int64_t *list;
};

static void nodes_release(struct nodes *nodes)
{
	free(nodes->list);
}

static int add_node(int64_t node, void *data)
{
	struct nodes *nodes = data;

	nodes->list = mem_realloc(nodes->list, (nodes->n + 1) * sizeof(nodes->list[0]));
	nodes->list[nodes->n++] = node;
	return 0;
}

/* There may be as many as a node can hold. */
struct ids {
	size_t n, cap;
	char **list;
};

static void ids_release(struct ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->list[i]);
	free(ids->list);
}

static int add_id(const struct item *item, void *data)
{
	struct ids *ids = data;

	if (ids->n == ids->cap) {
		ids->cap = ids->cap ? ids->cap * 2 : 16;
		ids->list = mem_realloc(ids->list, ids->cap * sizeof(*ids->list));
	}
	ids->list[ids->n++] = mem_strdup(item->id);
	return 0;
}

static int retract(struct request *r, const struct ids *ids)
{
	int e = 0;

	for (size_t i = 0; i < ids->n && !e; i++) {
		e = store_item_delete(r->service->store, r->node.id, ids->list[i]);
		if (!e && r->node.config.notify_retract)
			e = tell_retract(r, ids->list[i]);
	}
	return e;
}

/* CFG-30: of several publishers only that one's. */
static int purge(struct request *r, int64_t node, const char *bare)
{
	AUTO_IN_PLACE(ids_release) struct ids ids = { 0 };
	struct store *store = r->service->store;
	int e = node_load(r, node);

	if (!e && r->node.config.purge_offline)
		e = store_item_by_publisher(store, node, bare, add_id, &ids);
	if (e || !ids.n)
		return e;
	if ((int64_t)ids.n < r->node.items)
		return retract(r, &ids);
	e = tell_purge(r);
	return e ? e : store_item_purge(store, node);
}

static int purge_items(struct request *r, const char *bare)
{
	AUTO_IN_PLACE(nodes_release) struct nodes nodes = { 0 };
	int e = store_node_purging(r->service->store, add_node, &nodes);

	for (size_t i = 0; i < nodes.n && !e; i++)
		e = purge(r, nodes.list[i], bare);
	return e;
}

int offline_end(struct request *r, void *data)
{
	const struct offline *off = data;
	AUTO_FREE char *bare = jid_bare(off->jid);
	int e = end_subscriptions(r, off, bare);

	return e || !off->last ? e : purge_items(r, bare);
}

/*
 * Those who went while the service was away, or whose going no server told of: after a login all
 * who are available say so within a while (PRES-03).
 */

#define AT_ONCE 256 /* subscriptions */

static bool is_there(const struct service *s, const char *jid)
{
	size_t n;

	if (jid_resource(jid))
		return available_find(s->available, jid);
	available_of(s->available, jid, &n);
	return n;
}

struct absent {
	struct service *service;
	char **publishers;
};

static int note_absent(const struct item *item, void *data)
{
	struct absent *a = data;

	if (!is_there(a->service, item->publisher) && !strings_have(a->publishers, item->publisher))
		strings_add(&a->publishers, item->publisher);
	return 0;
}

static int sweep_node(struct request *r, int64_t node)
{
	struct absent a = { .service = r->service };
	int e = store_item_page(r->service->store, node, ORDER_MODIFICATION, 0, false, INT64_MAX,
				note_absent, &a);

	for (char **p = a.publishers; p && *p && !e; p++)
		e = purge(r, node, *p);
	strings_free(a.publishers);
	return e;
}

static int sweep_items(struct request *r)
{
	AUTO_IN_PLACE(nodes_release) struct nodes nodes = { 0 };
	int e = store_node_purging(r->service->store, add_node, &nodes);

	for (size_t i = 0; i < nodes.n && !e; i++)
		e = sweep_node(r, nodes.list[i]);
	return e;
}

int sweep_next(struct service *s, int64_t *ret_time)
{
	*ret_time = s->sweep_at;
	return s->sweep_at ? 0 : -ENOENT;
}

int sweep_run(struct request *r, void *data)
{
	AUTO_IN_PLACE(sub_list_release) struct sub_list subs = { 0 };
	struct service *s = r->service;
	int e = store_sub_fleeting(s->store, s->sweep_after, AT_ONCE, sub_list_add, &subs);

	(void)data;
	for (size_t i = 0; i < subs.n && !e; i++)
		if (!is_there(s, subs.list[i].ref.jid))
			e = end_temporary(r, &subs.list[i]);
	if (!e && subs.n == AT_ONCE) {
		s->sweep_after = subs.list[AT_ONCE - 1].ref.key;
		return 0;
	}
	if (!e)
		e = sweep_items(r);
	if (!e)
		s->sweep_at = 0;
	return e;
}
