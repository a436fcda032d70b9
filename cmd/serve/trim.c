/* SPDX-License-Identifier: MIT */
#include "cmd/serve/trim.h"

#include "cmd/serve/config.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "cmd/serve/tell.h"
#include "common/pubsub/errors.h"

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

static int note_trimmed(const struct item *item, void *request)
{
	return tell_retract(request, item->id);
}

static int drop_silently(const struct item *item, void *data)
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
	int e;

	if ((uint64_t)n->items <= limit)
		return PS_OK;
	if (n->config.full == FULL_REJECT && r->op && r->op->priv == PRIV_PUBLISH)
		return PS_NODE_FULL; /* PUB-22 */
	e = store_item_trim(r->service->store, n->id, (int64_t)limit,
			    loud ? note_trimmed : drop_silently, r);
	if (!e)
		r->node.items = (int64_t)limit;
	return e;
}
