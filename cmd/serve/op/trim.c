/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/trim.h"

#include <stdlib.h>

#include "cmd/serve/config.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"

#define AT_ONCE 256 /* items */

uint64_t trim_limit(const struct config *c, const struct node *node)
{
	return node->config.max_items < c->max_items ? node->config.max_items : c->max_items;
}

int64_t trim_lifetime(const struct node *node)
{
	uint64_t seconds = node->config.item_expire;

	/* Beyond that it is for ever. */
	return seconds < INT64_MAX / 4000 ? (int64_t)seconds * 1000 : 0;
}

/* To tell of them may be to write: that is for later, when the store has handed them out. */
struct dropped {
	size_t n;
	char *ids[AT_ONCE];
};

static void dropped_release(struct dropped *d)
{
	while (d->n)
		free(d->ids[--d->n]);
}

static int note(const struct item *item, void *data)
{
	struct dropped *d = data;

	d->ids[d->n++] = mem_strdup(item->id);
	return d->n == AT_ONCE;
}

static int drop_some(struct request *r, int64_t keep, bool *ret_more)
{
	AUTO_IN_PLACE(dropped_release) struct dropped d = { 0 };
	int e = store_item_trim(r->service->store, r->node.id, keep, note, &d);

	*ret_more = d.n == AT_ONCE;
	for (size_t i = 0; i < d.n && !e; i++)
		e = tell_retract(r, d.ids[i]);
	return e;
}

static int drop_loudly(struct request *r, int64_t keep)
{
	bool more = true;
	int e = 0;

	while (more && !e)
		e = drop_some(r, keep, &more);
	return e;
}

static int pass_over(const struct item *item, void *data)
{
	(void)item;
	(void)data;
	return 0;
}

int trim_items(struct request *r)
{
	const struct node *n = &r->node;
	uint64_t limit = trim_limit(r->service->config, n);
	bool loud = n->config.full == FULL_RETRACT_OLDEST && n->config.notify_retract;
	int64_t keep = (int64_t)limit;
	int e;

	if ((uint64_t)n->items <= limit)
		return PS_OK;
	if (n->config.full == FULL_REJECT && r->op && r->op->priv == PRIV_PUBLISH)
		return PS_NODE_FULL; /* PUB-22 */
	e = loud ? drop_loudly(r, keep)
		 : store_item_trim(r->service->store, n->id, keep, pass_over, NULL);
	if (!e)
		r->node.items = keep;
	return e;
}
