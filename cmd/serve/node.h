/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NODE_H
#define SERVE_NODE_H

/*
 * The node model (XEP-0060 section 4): what a node is, apart from XML and SQL.
 */
#include <stdint.h>

enum affiliation { AFF_NONE, AFF_OUTCAST, AFF_OWNER, AFF_MAX };
enum publish_model { PUBLISH_PUBLISHERS, PUBLISH_OPEN, PUBLISH_MAX };
enum sub_state { SUB_NONE, SUB_SUBSCRIBED, SUB_MAX };

/* Names on the wire and in the store. */
extern const char *const affiliation_names[AFF_MAX];
extern const char *const publish_model_names[PUBLISH_MAX];
extern const char *const sub_state_names[SUB_MAX];

struct node_config {
	enum publish_model publish_model;
};

struct node {
	int64_t id;		/* the store's key */
	char *name;		/* the NodeID */
	char *creator;		/* bare JID */
	int64_t created;	/* milliseconds since 1970, UTC */
	int64_t items;		/* how many are stored */
	struct node_config config;
};

/* Frees what it points to, not @n itself; a zeroed node is fine. */
void node_release(struct node *n);

#endif
