/* SPDX-License-Identifier: MIT */
#include "common/pubsub/node_fields.h"

#include <stddef.h>

#define AT(member) offsetof(struct node_config, member)

/* clang-format off */
static const char *const access_labels[] = {
	"Anyone may subscribe and retrieve items",
	"Anyone with a presence subscription of both or from may subscribe and retrieve items",
	"Anyone in the specified roster groups may subscribe and retrieve items",
	"Subscription requests must be approved and only subscribers may retrieve items",
	"Only those on a whitelist may subscribe and retrieve items",
};
static const char *const publish_labels[] = {
	"Only publishers may publish", "Subscribers may publish", "Anyone may publish",
};
static const char *const type_labels[] = {
	"The node holds items", "The node holds nodes",
};
static const char *const reply_labels[] = {
	"Items name their publisher", "Items name the owner of the node", "Items name nobody",
};
static const char *const notification_labels[] = {
	"Messages of type headline", "Messages of type normal",
};
static const char *const full_labels[] = {
	"The oldest item is retracted", "The oldest item goes without notice", "The new item is refused",
};
static const char *const last_labels[] = {
	"Never", "When a new subscription is processed",
	"When a new subscription is processed and whenever a subscriber comes online",
};
static const char *const children_labels[] = {
	"Owners of the collection", "Anyone", "Those on the whitelist",
};

#define LEAF FIELD_LEAF
#define META FIELD_META
#define CHOICE(names, labels) .choices = names, .choice_labels = labels
#define ANY_NUMBER .min = 0, .max = INT64_MAX
#define COUNT_NUMBER .min = 1, .max = INT64_MAX

const struct field node_fields[] = { /* name, kind, place, default; flags, label */
	{ "pubsub#node_type", &field_choice, AT(type), "leaf", CHOICE(node_type_names, type_labels),
	  .label = "What the node holds" },
	{ "pubsub#title", &field_text, AT(title), NULL, .flags = META, .label = "A short name for the node" },
	{ "pubsub#description", &field_text, AT(description), NULL, .flags = META,
	  .label = "A description of the node" },
	{ "pubsub#language", &field_lang, AT(language), NULL, .flags = META,
	  .label = "The default language of the node" },
	{ "pubsub#contact", &field_jids, AT(contact), NULL, .flags = META,
	  .label = "The JIDs of those to contact with questions" },
	{ "pubsub#type", &field_text, AT(semantic), NULL, .flags = META,
	  .label = "The type of the node's data, usually the namespace of the payload" },
	{ "pubsub#access_model", &field_choice, AT(access), "open", CHOICE(access_model_names, access_labels),
	  .flags = META, .label = "Who may subscribe and retrieve items" },
	{ "pubsub#roster_groups_allowed", &field_words, AT(roster_groups), NULL, .flags = FIELD_PRIVATE,
	  .label = "The roster groups allowed to subscribe and retrieve items" },
	{ "pubsub#publish_model", &field_choice, AT(publish), "publishers",
	  CHOICE(publish_model_names, publish_labels), .flags = META | LEAF, .label = "Who may publish" },
	{ "pubsub#subscribe", &field_bool, AT(subscribe), "1", .label = "Whether to allow subscriptions" },
	{ "pubsub#persist_items", &field_bool, AT(persist), "1", .flags = LEAF, .feature = "persistent-items",
	  .label = "Whether to persist items to storage" },
	{ "pubsub#max_items", &field_uint, AT(max_items), "max", .top = "max", COUNT_NUMBER, .flags = META | LEAF,
	  .feature = "multi-items", .label = "How many items to persist" },
	{ "pubsub#item_expire", &field_uint, AT(item_expire), "max", .top = "max", COUNT_NUMBER, .flags = LEAF,
	  .label = "Number of seconds after which items are removed" },
	{ "pubsub#publish_node_full", &field_choice, AT(full), "retract-oldest",
	  CHOICE(node_full_names, full_labels), .flags = LEAF, .feature = "publish-node-full",
	  .label = "What happens when something is published to a full node" },
	{ "pubsub#max_payload_size", &field_uint, AT(max_payload), "max", .top = "max", COUNT_NUMBER, .flags = LEAF,
	  .label = "The maximum payload size in bytes" },
	{ "pubsub#itemreply", &field_choice, AT(item_reply), "publisher", CHOICE(item_reply_names, reply_labels),
	  .flags = LEAF, .label = "Whom an item names as its publisher" },
	{ "pubsub#deliver_notifications", &field_bool, AT(deliver), "1",
	  .label = "Whether to deliver event notifications" },
	{ "pubsub#deliver_payloads", &field_bool, AT(payloads), "1", .flags = LEAF,
	  .label = "Whether to deliver payloads with event notifications" },
	{ "pubsub#notification_type", &field_choice, AT(notification), "headline",
	  CHOICE(notification_type_names, notification_labels),
	  .label = "The delivery style of notifications" },
	{ "pubsub#send_last_published_item", &field_choice, AT(send_last), "on_sub_and_presence",
	  CHOICE(send_last_names, last_labels), .flags = LEAF,
	  .label = "When to send the last published item" },
	{ "pubsub#notify_config", &field_bool, AT(notify_config), "0",
	  .label = "Whether to notify subscribers when the node configuration changes" },
	{ "pubsub#notify_delete", &field_bool, AT(notify_delete), "1",
	  .label = "Whether to notify subscribers when the node is deleted" },
	{ "pubsub#notify_retract", &field_bool, AT(notify_retract), "1", .flags = LEAF,
	  .label = "Whether to notify subscribers when items are removed from the node" },
	{ "pubsub#notify_sub", &field_bool, AT(notify_sub), "0",
	  .label = "Whether to notify owners about new subscribers and unsubscribes" },
	{ "pubsub#presence_based_delivery", &field_bool, AT(presence_based), "0", .flags = LEAF,
	  .feature = "presence-notifications",
	  .label = "Whether to deliver notifications to available users only" },
	{ "pubsub#purge_offline", &field_bool, AT(purge_offline), "0", .flags = LEAF,
	  .feature = "presence-notifications",
	  .label = "Whether to purge a publisher's items when it goes offline" },
	{ "pubsub#tempsub", &field_bool, AT(tempsub), "0", .feature = "presence-notifications",
	  .label = "Whether subscriptions end when the subscriber goes offline" },
	{ "pubsub#body_xslt", &field_text, AT(body_xslt), NULL, .flags = LEAF,
	  .label = "The URL of an XSL transformation from payloads to message bodies" },
	{ "pubsub#dataform_xslt", &field_text, AT(dataform_xslt), NULL, .flags = LEAF,
	  .label = "The URL of an XSL transformation from payloads to data forms" },
	{ "pubsub#collection", &field_lines, 0, NULL, .flags = FIELD_LINK, .feature = "collections",
	  .label = "The collections that the node is in" },
	{ "pubsub#children", &field_lines, 0, NULL, .flags = FIELD_LINK | FIELD_COLLECTION,
	  .feature = "collections", .label = "The nodes in the collection" },
	{ "pubsub#children_association_policy", &field_choice, AT(children_policy), "owners",
	  CHOICE(children_policy_names, children_labels), .alias = "owner", .flags = FIELD_COLLECTION,
	  .feature = "collections",
	  .label = "Who may add nodes to the collection" },
	{ "pubsub#children_association_whitelist", &field_bares, AT(children_whitelist), NULL,
	  .flags = FIELD_COLLECTION | FIELD_PRIVATE, .feature = "collections",
	  .label = "Those on the whitelist for adding nodes to the collection" },
	{ "pubsub#children_max", &field_uint, AT(children_max), "max", .top = "max", ANY_NUMBER,
	  .flags = FIELD_COLLECTION, .feature = "collections", .label = "How many nodes may be in the collection" },
	{ "x-strict_type", &field_bool, AT(strict_type), "0", .flags = LEAF,
	  .label = "Whether payloads must be in the namespace that the node's type names" },
	{ "x-options_required", &field_bool, AT(options_required), "0",
	  .label = "Whether a subscription waits for its options" },
	{ "x-min_interval", &field_uint, AT(min_interval), "0", .min = 0, .max = 86400000, .flags = LEAF,
	  .label = "Milliseconds between two notifications; what is published meanwhile waits" },
	{ "x-max_delay", &field_uint, AT(max_delay), "0", .min = 0, .max = 86400000, .flags = LEAF,
	  .label = "How many milliseconds what is published may wait for more; 0: only for the interval" },
	{ "x-latest_only", &field_bool, AT(latest_only), "0", .flags = LEAF,
	  .label = "Whether of items that wait only the latest of each id is told" },
	{ .var = NULL },
};
/* clang-format on */

_Static_assert(sizeof(enum node_type) == sizeof(int), "what field_choice writes");

void node_config_init(struct node_config *c, enum node_type type)
{
	/* No setting has a default on the heap, so that a copy will do; nodes are read often. */
	static struct node_config initial;
	static bool ready;

	if (!ready)
		fields_init(node_fields, &initial);
	ready = true;
	*c = initial;
	c->type = type;
}

void node_config_release(struct node_config *c)
{
	fields_release(node_fields, c);
}

bool node_field_applies(const struct field *f, enum node_type type)
{
	return !(f->flags & (type == NODE_LEAF ? FIELD_COLLECTION : FIELD_LEAF));
}
