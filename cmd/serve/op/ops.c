/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/ops.h"

#include <string.h>

#include "cmd/serve/op/command.h"
#include "cmd/serve/op/disco.h"
#include "cmd/serve/op/mam.h"
#include "common/xmpp/ns.h"

/* clang-format off */
#define PUBSUB NS_PUBSUB
#define OWNER NS_PUBSUB_OWNER

/* type, namespace, element, privilege, flags, feature, handler; what else it takes */
const struct op ops[] = {
	{ "set", PUBSUB, "create", PRIV_CREATE, OP_WRITES | OP_FORM_OPTIONAL, "create-nodes", .handler = op_create,
	  .companion = "configure", .companion_feature = "create-and-configure" },
	{ "set", PUBSUB, "publish", PRIV_PUBLISH, OP_NODE | OP_AUTOCREATE | OP_WRITES, "publish", .handler = op_publish,
	  .companion = "publish-options", .companion_feature = "publish-options", .leaf = "publish" },
	{ "set", PUBSUB, "retract", PRIV_RETRACT, OP_NODE | OP_WRITES, "delete-items", .handler = op_retract,
	  .leaf = "persistent-items" },
	{ "set", PUBSUB, "subscribe", PRIV_SUBSCRIBE, OP_NODE | OP_ROOT | OP_WRITES, "subscribe", .handler = op_subscribe,
	  .companion = "options", .companion_feature = "subscription-options" },
	{ "set", PUBSUB, "unsubscribe", PRIV_NONE, OP_NODE | OP_ROOT | OP_WRITES, "subscribe", .handler = op_unsubscribe },
	{ "get", PUBSUB, "options", PRIV_NONE, OP_NODE | OP_ROOT, "subscription-options", .handler = op_options_get },
	{ "set", PUBSUB, "options", PRIV_NONE, OP_NODE | OP_ROOT | OP_WRITES, "subscription-options", .handler = op_options_set },
	{ "get", PUBSUB, "default", PRIV_NONE, 0, "retrieve-default-sub", .handler = op_default_options,
	  .also = "subscription-options" },
	{ "get", PUBSUB, "items", PRIV_READ, OP_NODE, "retrieve-items", .handler = op_items },
	{ "set", OWNER, "delete", PRIV_OWNER, OP_NODE | OP_ROOT | OP_WRITES, "delete-nodes", .handler = op_delete },
	{ "set", OWNER, "purge", PRIV_OWNER, OP_NODE | OP_WRITES, "purge-nodes", .handler = op_purge,
	  .leaf = "persistent-items" },
	{ "get", OWNER, "configure", PRIV_OWNER, OP_NODE, "config-node", .handler = op_configure_get },
	{ "set", OWNER, "configure", PRIV_OWNER, OP_NODE | OP_WRITES, "config-node", .handler = op_configure_set },
	{ "set", OWNER, "collection", PRIV_NONE, OP_NODE | OP_WRITES, "collections", .handler = op_collection },
	{ "get", PUBSUB, "affiliations", PRIV_NONE, 0, "retrieve-affiliations", .handler = op_affiliations },
	{ "get", OWNER, "affiliations", PRIV_OWNER, OP_NODE, "modify-affiliations", .handler = op_affiliations_get },
	{ "set", OWNER, "affiliations", PRIV_OWNER, OP_NODE | OP_WRITES, "modify-affiliations", .handler = op_affiliations_set },
	{ "get", PUBSUB, "subscriptions", PRIV_NONE, 0, "retrieve-subscriptions", .handler = op_subscriptions },
	{ "get", OWNER, "subscriptions", PRIV_OWNER, OP_NODE, "manage-subscriptions", .handler = op_subscriptions_get },
	{ "set", OWNER, "subscriptions", PRIV_OWNER, OP_NODE | OP_WRITES, "manage-subscriptions", .handler = op_subscriptions_set },
	{ "get", OWNER, "default", PRIV_NONE, 0, "retrieve-default", .handler = op_default, .also = "config-node" },

	{ "set", NS_COMMANDS, "command", PRIV_NONE, 0, NS_COMMANDS, .handler = command_execute },
	{ "get", NS_DISCO_INFO, "query", PRIV_NONE, 0, NULL, .handler = disco_info },
	{ "get", NS_DISCO_ITEMS, "query", PRIV_NONE, 0, NULL, .handler = disco_items },
	{ "set", NS_MAM, "query", PRIV_NONE, OP_NODE, NS_MAM, .handler = mam_query, .leaf = "retrieve-items" },
	{ "get", NS_MAM, "query", PRIV_NONE, OP_NODE, NS_MAM, .handler = mam_form, .leaf = "retrieve-items" },
	{ "get", NS_MAM, "metadata", PRIV_NONE, OP_NODE, NS_MAM_EXTENDED, .handler = mam_metadata,
	  .leaf = "retrieve-items" },
	{ .type = NULL },
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
