/* SPDX-License-Identifier: MIT */
/* Items whose time has come (pubsub#item_expire, XEP-0060 section 16.4.4). */
#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/due.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"

#define AT_ONCE 256 /* items */

struct expired {
	size_t n;
	struct {
		int64_t node;
		char *id;
	} items[AT_ONCE];
};

static void expired_release(struct expired *x)
{
	for (size_t i = 0; i < x->n; i++)
		free(x->items[i].id);
}

int expire_next(struct service *s, int64_t *ret_time)
{
	return store_item_next_expiry(s->store, ret_time);
}

static int note(int64_t node, const struct item *item, void *data)
{
	struct expired *x = data;

	x->items[x->n].node = node;
	x->items[x->n++].id = mem_strdup(item->id);
	return 0;
}

/* CFG-08: silent, unless the node tells of what goes. */
static int drop(struct request *r, int64_t node, const char *id)
{
	int e = node_load(r, node);

	if (!e)
		e = store_item_drop(r->service->store, node, id);
	if (!e && r->node.config.notify_retract)
		e = tell_retract(r, id);
	return e;
}

int expire_run(struct request *r, void *data)
{
	AUTO_IN_PLACE(expired_release) struct expired x = { 0 };
	int e = store_item_expired(r->service->store, r->now, AT_ONCE, note, &x);

	(void)data;
	for (size_t i = 0; i < x.n && !e; i++)
		e = drop(r, x.items[i].node, x.items[i].id);
	return e;
}
