/* SPDX-License-Identifier: MIT */
#include "common/pubsub/vocab.h"

#include <string.h>

/* clang-format off */
const char *const affiliation_names[AFF_MAX + 1] = {
	[AFF_NONE] = "none",
	[AFF_OUTCAST] = "outcast",
	[AFF_MEMBER] = "member",
	[AFF_PUBLISH_ONLY] = "publish-only",
	[AFF_PUBLISHER] = "publisher",
	[AFF_OWNER] = "owner",
};

const char *const sub_state_names[SUB_MAX + 1] = {
	[SUB_NONE] = "none",
	[SUB_PENDING] = "pending",
	[SUB_UNCONFIGURED] = "unconfigured",
	[SUB_SUBSCRIBED] = "subscribed",
};

const char *const access_model_names[ACCESS_MAX + 1] = {
	[ACCESS_OPEN] = "open",
	[ACCESS_PRESENCE] = "presence",
	[ACCESS_ROSTER] = "roster",
	[ACCESS_AUTHORIZE] = "authorize",
	[ACCESS_WHITELIST] = "whitelist",
};

const char *const publish_model_names[PUBLISH_MAX + 1] = {
	[PUBLISH_PUBLISHERS] = "publishers",
	[PUBLISH_SUBSCRIBERS] = "subscribers",
	[PUBLISH_OPEN] = "open",
};

const char *const node_type_names[NODE_TYPE_MAX + 1] = {
	[NODE_LEAF] = "leaf",
	[NODE_COLLECTION] = "collection",
};

const char *const item_reply_names[REPLY_MAX + 1] = {
	[REPLY_PUBLISHER] = "publisher",
	[REPLY_OWNER] = "owner",
	[REPLY_NONE] = "none",
};

const char *const notification_type_names[NOTIFY_MAX + 1] = {
	[NOTIFY_HEADLINE] = "headline",
	[NOTIFY_NORMAL] = "normal",
};

const char *const node_full_names[FULL_MAX + 1] = {
	[FULL_RETRACT_OLDEST] = "retract-oldest",
	[FULL_DISCARD_OLDEST] = "discard-oldest",
	[FULL_REJECT] = "reject",
};

const char *const send_last_names[LAST_MAX + 1] = {
	[LAST_NEVER] = "never",
	[LAST_ON_SUB] = "on_sub",
	[LAST_ON_SUB_AND_PRESENCE] = "on_sub_and_presence",
};

const char *const children_policy_names[CHILDREN_MAX + 1] = {
	[CHILDREN_OWNERS] = "owners",
	[CHILDREN_ALL] = "all",
	[CHILDREN_WHITELIST] = "whitelist",
};

const char *const sub_type_names[SUBTYPE_MAX + 1] = {
	[SUBTYPE_NODES] = "nodes",
	[SUBTYPE_ITEMS] = "items",
	[SUBTYPE_ALL] = "all",
};

const char *const show_names[SHOW_MAX + 1] = {
	[SHOW_ONLINE] = "online",
	[SHOW_CHAT] = "chat",
	[SHOW_AWAY] = "away",
	[SHOW_DND] = "dnd",
	[SHOW_XA] = "xa",
};
/* clang-format on */

int vocab_find(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], word))
			return i;
	return -1;
}
