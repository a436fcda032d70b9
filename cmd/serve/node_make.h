/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NODE_MAKE_H
#define SERVE_NODE_MAKE_H

/*
 * Making a node: on request, by publishing to it, at start.
 */
#include <stdint.h>

#include "cmd/serve/node.h"

struct service;

#define RANDOM_ID_LEN 32

/* 128 random bits in hexadecimal: item ids, names of instant nodes. */
void random_id(char ret[static RANDOM_ID_LEN + 1]);

/*
 * A node that @bare owns, with the default configuration but for @publish_model. @name is in normal
 * form. PS_OK, PS_CONFLICT, PS_MAX_NODES_EXCEEDED or a negative errno.
 */
int node_make(struct service *s, const char *name, const char *bare,
	      enum publish_model publish_model, int64_t now, struct node *ret_node);

#endif
