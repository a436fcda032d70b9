/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NODE_H
#define SERVE_NODE_H

/*
 * The node model (XEP-0060 section 4): what a node is, apart from XML and SQL.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/pubsub/node_fields.h"

/* The root collection (XEP-0248 section 8): a place in the graph without a node of its own. */
#define NODE_ROOT 0

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
