/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_SIZE_H
#define SERVE_STORE_SIZE_H

/*
 * How much there is in the store. Counting takes some milliseconds for a million subscriptions, and
 * nothing where nothing has been written since.
 */
#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_size {
	int64_t nodes, items, subscriptions;
	bool known;
	int changes; /* SQLite's number for the state that this is about */
};

/* @size: zero-initialised, or what it was the last time. 0 or a negative errno. */
int store_size_update(struct store *s, struct store_size *size);

#endif
