/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_VOCAB_H
#define PUBSUB_VOCAB_H

/*
 * The words of XEP-0060 and XEP-0248, as they stand on the wire, in forms and in the store. Each
 * enum counts from 0, and has a table of names that ends with NULL.
 */

/* Section 4.1; ascending rights, as far as they can be ordered. */
enum affiliation {
	AFF_NONE,
	AFF_OUTCAST,
	AFF_MEMBER,
	AFF_PUBLISH_ONLY,
	AFF_PUBLISHER,
	AFF_OWNER,
	AFF_MAX
};
extern const char *const affiliation_names[AFF_MAX + 1];

/* Section 4.2 */
enum sub_state { SUB_NONE, SUB_PENDING, SUB_UNCONFIGURED, SUB_SUBSCRIBED, SUB_MAX };
extern const char *const sub_state_names[SUB_MAX + 1];

/* Section 4.5 */
enum access_model {
	ACCESS_OPEN,
	ACCESS_PRESENCE,
	ACCESS_ROSTER,
	ACCESS_AUTHORIZE,
	ACCESS_WHITELIST,
	ACCESS_MAX
};
extern const char *const access_model_names[ACCESS_MAX + 1];

/* Section 16.4.4 */
enum publish_model { PUBLISH_PUBLISHERS, PUBLISH_SUBSCRIBERS, PUBLISH_OPEN, PUBLISH_MAX };
extern const char *const publish_model_names[PUBLISH_MAX + 1];
enum node_type { NODE_LEAF, NODE_COLLECTION, NODE_TYPE_MAX };
extern const char *const node_type_names[NODE_TYPE_MAX + 1];
enum item_reply { REPLY_PUBLISHER, REPLY_OWNER, REPLY_NONE, REPLY_MAX };
extern const char *const item_reply_names[REPLY_MAX + 1];
enum notification_type { NOTIFY_HEADLINE, NOTIFY_NORMAL, NOTIFY_MAX };
extern const char *const notification_type_names[NOTIFY_MAX + 1];
enum node_full { FULL_RETRACT_OLDEST, FULL_DISCARD_OLDEST, FULL_REJECT, FULL_MAX };
extern const char *const node_full_names[FULL_MAX + 1];
enum send_last { LAST_NEVER, LAST_ON_SUB, LAST_ON_SUB_AND_PRESENCE, LAST_MAX };
extern const char *const send_last_names[LAST_MAX + 1];

/* Our header in notifications (XEP-0131): the number of a node's event. */
#define HEADER_SEQUENCE "Pubsub-Sequence"

/* XEP-0248, section 12 */
enum children_policy { CHILDREN_OWNERS, CHILDREN_ALL, CHILDREN_WHITELIST, CHILDREN_MAX };
extern const char *const children_policy_names[CHILDREN_MAX + 1];
enum sub_type { SUBTYPE_NODES, SUBTYPE_ITEMS, SUBTYPE_ALL, SUBTYPE_MAX };
extern const char *const sub_type_names[SUBTYPE_MAX + 1];

/* States of presence (XEP-0060 section 16.4.2; "online": available without a <show/>). */
enum show { SHOW_ONLINE, SHOW_CHAT, SHOW_AWAY, SHOW_DND, SHOW_XA, SHOW_MAX };
extern const char *const show_names[SHOW_MAX + 1];

/* The place of @word in @names, or -1. */
int vocab_find(const char *const *names, const char *word);

#endif
