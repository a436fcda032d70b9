/* SPDX-License-Identifier: MIT */
#ifndef SERVE_TRIM_H
#define SERVE_TRIM_H

/*
 * How many items a node keeps, and for how long (XEP-0060 sections 7.1.2.5 and 16.4.4).
 */
#include <stdint.h>

struct config;
struct node;
struct request;

/* The most that @node may hold. */
uint64_t trim_limit(const struct config *c, const struct node *node);
/* Milliseconds from an item's publication to its end; 0: it has none. */
int64_t trim_lifetime(const struct node *node);
/*
 * The oldest items of r->node make room, and subscribers are told of it where the settings say so
 * (PUB-20, PUB-21). PS_OK, PS_NODE_FULL where new items are refused instead, or a negative errno.
 */
int trim_items(struct request *r);

#endif
