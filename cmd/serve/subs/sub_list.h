/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUB_LIST_H
#define SERVE_SUB_LIST_H

/* Subscriptions read from the store, to be changed one by one: its callbacks must not write. */
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/subs/subscribe.h"

struct sub_list {
	size_t n, cap;
	struct listed_sub {
		struct sub_ref ref;
		int64_t node;
		bool deliver,
			on_presence; /* of its options: pubsub#deliver; expire is "presence" */
		unsigned shows;
	} * list;
};
void sub_list_release(struct sub_list *l);
/* A store_sub_fn; @data is the list. */
int sub_list_add(const struct subscription *row, void *data);

#endif
