/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NODE_MAKE_H
#define SERVE_NODE_MAKE_H

/*
 * Nodes by their names: finding one, and making one on request, by publishing to it, at start.
 */
#include <stdint.h>

#include "cmd/serve/node.h"

struct request;
struct service;

/*
 * @name as it stands in a request: names are stored in normal form (ADDR-04). PS_OK,
 * PS_ITEM_NOT_FOUND, PS_GONE (*ret_uri is where to, for the caller to free; NULL: not wanted) or a
 * negative errno; release with node_release().
 */
int node_find(struct service *s, const char *name, struct node *ret_node, char **ret_uri);

/*
 * Puts @node in the place of r->node, where it is not there already; of NODE_ROOT, none. 0 or a
 * negative errno, and none.
 */
int node_load(struct request *r, int64_t node);

/*
 * A node that @bare owns. @name is in normal form. PS_OK, PS_CONFLICT, PS_MAX_NODES_EXCEEDED or a
 * negative errno; what a failure has left in the store is the caller's to undo.
 */
int node_make(struct service *s, const char *name, const char *bare,
	      const struct node_config *config, int64_t now, struct node *ret_node);

#endif
