/* SPDX-License-Identifier: MIT */
#include "cmd/serve/presence/since.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/jid.h"

struct replay {
	struct request *r;
	const char *jid;
	int64_t since;
	/* The nodes of its subscriptions. */
	int64_t *nodes;
	size_t n, cap;
};

/* OPT-21, OPT-25; what goes into a digest is told with it. */
static int wants(const struct replay *a, const struct subscription *sub, bool *ret)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options;
	const struct resource *res = available_find(a->r->service->available, a->jid);

	sub_options_init(&options);
	if (*sub->options && fields_load(sub_fields, sub->options, &options))
		return -EIO;
	*ret = options.deliver && !options.digest && (!res || options.shows & 1u << res->show);
	return 0;
}

static int note_subscription(const struct subscription *sub, void *data)
{
	struct replay *a = data;
	bool wanted;
	int e;

	if (sub->state != SUB_SUBSCRIBED || sub->node == NODE_ROOT ||
	    (jid_resource(sub->jid) && strcmp(sub->jid, a->jid)))
		return 0;
	e = wants(a, sub, &wanted);
	if (e || !wanted)
		return e;
	if (a->n == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 16;
		a->nodes = mem_realloc(a->nodes, a->cap * sizeof(*a->nodes));
	}
	a->nodes[a->n++] = sub->node;
	return 0;
}

struct node_replay {
	const struct replay *all;
	const struct node *node;
};

static int add_item(const struct item *item, void *data)
{
	const struct node_replay *one = data;
	const struct replay *a = one->all;

	return item->published < a->since ? 0 : tell_stored(a->r, one->node, item, a->jid);
}

static int replay_node(const struct replay *a, int64_t node)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	struct node_replay one = { .all = a, .node = &n };
	struct store *store = a->r->service->store;
	int e = store_node_get_by_id(store, node, &n);

	if (!e && (n.config.type != NODE_LEAF || !n.config.deliver))
		return 0;
	if (!e)
		e = subject_check(a->r->service, PRIV_READ, &n, a->jid);
	if (e)
		return e < 0 ? e : 0;
	return store_item_page(store, node, ORDER_MODIFICATION, 0, true, SINCE_ITEMS, add_item,
			       &one);
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int since_replay(struct request *r, const char *jid, int64_t since)
{
	AUTO_FREE char *bare = jid_bare(jid);
	struct replay a = { .r = r, .jid = jid, .since = since };
	int e = store_sub_by_bare(r->service->store, bare, note_subscription, &a);

	/* However many subscriptions a node has of it. */
	if (a.n)
		qsort(a.nodes, a.n, sizeof(*a.nodes), by_number);
	for (size_t i = 0; i < a.n && !e && r->events.bytes < SINCE_BYTES; i++)
		if (!i || a.nodes[i] != a.nodes[i - 1])
			e = replay_node(&a, a.nodes[i]);
	free(a.nodes);
	return e;
}
