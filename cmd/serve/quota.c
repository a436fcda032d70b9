/* SPDX-License-Identifier: MIT */
#include "cmd/serve/quota.h"

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"

/* @failed: what has come of counting. */
static int within(int failed, int64_t count, uint64_t max, enum ps_err error)
{
	if (failed)
		return failed;
	return (uint64_t)count <= max ? PS_OK : (int)error;
}

int quota_subscription(struct request *r, const struct node *n, const char *jid)
{
	const struct config *c = r->service->config;
	struct store *store = r->service->store;
	AUTO_FREE char *bare = jid_bare(jid);
	int64_t count = 0;
	int e = store_sub_count_by_jid(store, bare, &count);

	e = within(e, count + 1, c->max_subscriptions, PS_TOO_MANY_SUBSCRIPTIONS);
	if (e)
		return e;
	e = store_sub_count_all(store, n->id, &count);
	return within(e, count + 1, c->max_subscribers, PS_TOO_MANY_SUBSCRIPTIONS);
}

int quota_nodes(struct service *s, const char *bare)
{
	const struct config *c = s->config;
	int64_t count = 0;
	int e = store_node_count_by_creator(s->store, bare, &count);

	e = within(e, count, c->max_nodes, PS_MAX_NODES_EXCEEDED);
	if (e || c->max_total_nodes == INT64_MAX)
		return e;
	e = store_node_count(s->store, STORE_ALL_NODES, NULL, &count);
	return within(e, count, c->max_total_nodes, PS_MAX_NODES_EXCEEDED);
}

int quota_items(struct service *s, const struct node *n)
{
	int64_t count = 0;
	int e = store_node_items_by_creator(s->store, n->creator, &count);

	return within(e, count, s->config->max_owner_items, PS_MAX_ITEMS_EXCEEDED);
}

int quota_affiliations(struct service *s, const struct node *n, int64_t before)
{
	int64_t count = 0;
	int e = store_affiliation_count_all(s->store, n->id, &count);

	/* Where there are too many already, they can still be taken away. */
	if (!e && count <= before)
		return PS_OK;
	return within(e, count, s->config->max_subscribers, PS_RESOURCE_CONSTRAINT);
}
