/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SHOWN_H
#define SERVE_SHOWN_H

/*
 * What of an item is shown to others: the node's settings say whom it names as its publisher
 * (pubsub#itemreply, XEP-0060 section 12.17). The store keeps who it was.
 */
#include "cmd/serve/store/store.h"

struct shown {
	enum item_reply reply;
	char *owner;
};
/* 0 or a negative errno; release it in either case. */
int shown_init(struct store *s, const struct node *node, struct shown *ret);
void shown_release(struct shown *shown);
/* Strings are borrowed. */
struct item shown_item(const struct shown *shown, const struct item *item);

#endif
