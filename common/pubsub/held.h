/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_HELD_H
#define PUBSUB_HELD_H

/* Events that are kept: copies, in one piece of memory each, and a list of them. */
#include "common/pubsub/event.h"

struct held; /* opaque */

struct held_list {
	struct held **items;
	size_t count, room;
	size_t bytes; /* of memory, about */
};

struct held *held_new(const struct event *e);
void held_free(struct held *h);
/* Points into @h. */
struct event held_event(const struct held *h);

void held_add(struct held_list *l, const struct event *e);
void held_drop_first(struct held_list *l, size_t n);
/* All of @front goes before @l; @front is empty afterwards. */
void held_prepend(struct held_list *l, struct held_list *front);
void held_release(struct held_list *l);

#endif
