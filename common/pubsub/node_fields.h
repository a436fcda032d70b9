/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_NODE_FIELDS_H
#define PUBSUB_NODE_FIELDS_H

/*
 * The settings of a node (XEP-0060 section 16.4.4, XEP-0248 section 12), and ours ("x-...").
 *
 * A new setting is a row in the table, a place in the struct, and the code that obeys it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/pubsub/field.h"
#include "common/pubsub/vocab.h"

struct node_config {
	enum node_type type;
	enum access_model access;
	enum publish_model publish;
	enum item_reply item_reply;
	enum notification_type notification;
	enum node_full full;
	enum send_last send_last;
	enum children_policy children_policy;
	bool persist, deliver, payloads, subscribe;
	bool notify_config, notify_delete, notify_retract, notify_sub;
	bool presence_based, purge_offline, tempsub;
	bool strict_type;	/* payloads must be in the namespace that @semantic names */
	bool options_required;	/* subscriptions wait for their options */
	bool latest_only;	/* of what is held back, the newest of each item id */
	uint64_t max_items, max_payload, children_max; /* UINT64_MAX: the service's limit */
	uint64_t item_expire;				/* seconds; UINT64_MAX: never */
	uint64_t min_interval, max_delay;		/* milliseconds; 0: none */
	char *title, *description, *language;
	char *semantic;				/* pubsub#type */
	char *body_xslt, *dataform_xslt;	/* URLs */
	char **contact, **roster_groups, **children_whitelist;
};

extern const struct field node_fields[];

/* The defaults of the table; what was at @c is not released. */
void node_config_init(struct node_config *c, enum node_type type);
void node_config_release(struct node_config *c);
/* Is the setting one of nodes of this type? */
bool node_field_applies(const struct field *f, enum node_type type);

#endif
