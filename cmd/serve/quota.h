/* SPDX-License-Identifier: MIT */
#ifndef SERVE_QUOTA_H
#define SERVE_QUOTA_H

/*
 * How much there may be of what others can make: asked for with each new one. PS_OK, the error that
 * is named, or a negative errno.
 */
#include <stdint.h>

struct node;
struct request;
struct service;

/* Before a subscription of @jid at @n, for both. PS_TOO_MANY_SUBSCRIPTIONS. */
int quota_subscription(struct request *r, const struct node *n, const char *jid);
/* After a node that @bare has made, in the same change. PS_MAX_NODES_EXCEEDED. */
int quota_nodes(struct service *s, const char *bare);
/* After items have been added to @n, in the same change. PS_MAX_ITEMS_EXCEEDED. */
int quota_items(struct service *s, const struct node *n);
/*
 * After affiliations at @n, of which there were @before, have changed, in the same change.
 * PS_RESOURCE_CONSTRAINT.
 */
int quota_affiliations(struct service *s, const struct node *n, int64_t before);

#endif
