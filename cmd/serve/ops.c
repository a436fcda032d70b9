/* SPDX-License-Identifier: MIT */
#include "cmd/serve/ops.h"

#include <string.h>

#include "cmd/serve/disco.h"
#include "common/xmpp/ns.h"

/* clang-format off */
/* Known and not offered: type, namespace, element, the feature that is missing. */
#define UNSUPPORTED(type, ns, element, feature) { type, ns, element, PRIV_NONE, 0, feature, NULL, NULL, NULL }

/* type, namespace, element, privilege, flags, feature, companion, its feature, handler */
const struct op ops[] = {
	{ "set", NS_PUBSUB, "create", PRIV_CREATE, OP_WRITES,
	  "create-nodes", "configure", NULL, op_create },
	{ "set", NS_PUBSUB, "publish", PRIV_PUBLISH, OP_NODE | OP_AUTOCREATE | OP_WRITES,
	  "publish", "publish-options", "publish-options", op_publish },
	{ "set", NS_PUBSUB, "retract", PRIV_PUBLISH, OP_NODE | OP_WRITES,
	  "delete-items", NULL, NULL, op_retract },
	{ "set", NS_PUBSUB, "subscribe", PRIV_SUBSCRIBE, OP_NODE | OP_WRITES,
	  "subscribe", "options", "subscription-options", op_subscribe },
	{ "set", NS_PUBSUB, "unsubscribe", PRIV_NONE, OP_NODE | OP_WRITES,
	  NULL, NULL, NULL, op_unsubscribe },
	{ "get", NS_PUBSUB, "items", PRIV_READ, OP_NODE,
	  "retrieve-items", NULL, NULL, op_items },
	{ "set", NS_PUBSUB_OWNER, "delete", PRIV_OWNER, OP_NODE | OP_WRITES,
	  "delete-nodes", NULL, NULL, op_delete },
	{ "set", NS_PUBSUB_OWNER, "purge", PRIV_OWNER, OP_NODE | OP_WRITES,
	  "purge-nodes", NULL, NULL, op_purge },

	{ "get", NS_DISCO_INFO, "query", PRIV_NONE, 0, NULL, NULL, NULL, disco_info },
	{ "get", NS_DISCO_ITEMS, "query", PRIV_NONE, 0, NULL, NULL, NULL, disco_items },

	UNSUPPORTED("get", NS_PUBSUB, "options", "subscription-options"),
	UNSUPPORTED("set", NS_PUBSUB, "options", "subscription-options"),
	UNSUPPORTED("get", NS_PUBSUB, "default", "retrieve-default-sub"),
	UNSUPPORTED("get", NS_PUBSUB, "subscriptions", "retrieve-subscriptions"),
	UNSUPPORTED("get", NS_PUBSUB, "affiliations", "retrieve-affiliations"),
	UNSUPPORTED("get", NS_PUBSUB_OWNER, "configure", "config-node"),
	UNSUPPORTED("set", NS_PUBSUB_OWNER, "configure", "config-node"),
	UNSUPPORTED("get", NS_PUBSUB_OWNER, "default", "retrieve-default"),
	UNSUPPORTED("get", NS_PUBSUB_OWNER, "subscriptions", "manage-subscriptions"),
	UNSUPPORTED("set", NS_PUBSUB_OWNER, "subscriptions", "manage-subscriptions"),
	UNSUPPORTED("get", NS_PUBSUB_OWNER, "affiliations", "modify-affiliations"),
	UNSUPPORTED("set", NS_PUBSUB_OWNER, "affiliations", "modify-affiliations"),
	{ 0 },
};
/* clang-format on */

const struct op *op_find(const char *type, const char *ns, const char *element)
{
	for (const struct op *op = ops; op->type; op++)
		if (!strcmp(op->element, element) && !strcmp(op->ns, ns) && !strcmp(op->type, type))
			return op;
	return NULL;
}

bool op_namespace(const char *ns)
{
	for (const struct op *op = ops; op->type; op++)
		if (!strcmp(op->ns, ns))
			return true;
	return false;
}
