/* SPDX-License-Identifier: MIT */
#include "cmd/serve/node_make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/quota.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"

static int find_gone(struct service *s, const char *name, char **ret_uri)
{
	AUTO_FREE char *uri = NULL;
	int e = store_gone_get(s->store, name, &uri);

	if (e)
		return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
	if (ret_uri)
		*ret_uri = steal(uri);
	return PS_GONE;
}

int node_find(struct service *s, const char *name, struct node *ret_node, char **ret_uri)
{
	AUTO_FREE char *normal = NULL;
	int e = store_node_get(s->store, name, ret_node);

	if (e != -ENOENT)
		return e;
	normal = jid_prep_resource(name);
	if (!normal)
		return PS_ITEM_NOT_FOUND;
	if (strcmp(normal, name))
		e = store_node_get(s->store, normal, ret_node);
	return e == -ENOENT ? find_gone(s, normal, ret_uri) : e;
}

int node_load(struct request *r, int64_t node)
{
	if (r->node.id == node)
		return 0;
	node_release(&r->node);
	r->node = (struct node){ 0 };
	return node == NODE_ROOT ? 0 : store_node_get_by_id(r->service->store, node, &r->node);
}

int node_make(struct service *s, const char *name, const char *bare,
	      const struct node_config *config, int64_t now, struct node *ret_node)
{
	struct node n = {
		.name = (char *)name,
		.creator = (char *)bare,
		.created = now,
		.config = *config, /* for the store to read */
	};
	int e = store_node_create(s->store, &n, &n.id);

	if (e)
		return e == -EEXIST ? PS_CONFLICT : e;
	/* Behind that, so that who asks for a node that exists hears so (CREATE-05). */
	e = quota_nodes(s, bare);
	if (!e)
		e = store_affiliation_set(s->store, n.id, bare, AFF_OWNER);
	return e ? e : store_node_get(s->store, name, ret_node);
}
