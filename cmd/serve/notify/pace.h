/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PACE_H
#define SERVE_PACE_H

/*
 * Nodes that do not tell everything at once: x-min_interval is the time between two notifications of
 * a node, x-max_delay the time that what is published waits for more. What is held back is told
 * together, in the order in which it happened; with x-latest_only, of each item the latest alone.
 *
 * It is in the store and survives a restart. Purging and deleting a node are told at once: they end
 * what is held back, which is dropped. Who subscribes meanwhile hears of it, too.
 */
#include <stdbool.h>
#include <stdint.h>

struct news;
struct node;
struct request;
struct service;

/* Holds @news of @n back, where the node's settings say so. 0 or a negative errno. */
int pace_hold(struct request *r, const struct node *n, const struct news *news, bool *ret_held);
/* The settings of @n have changed: what they hold back no longer is told now. */
int pace_configured(struct request *r, const struct node *n);

/* due.h */
int pace_next(struct service *s, int64_t *ret_time);
int pace_run(struct request *r, void *data);

#endif
