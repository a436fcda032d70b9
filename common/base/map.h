/* SPDX-License-Identifier: MIT */
#ifndef BASE_MAP_H
#define BASE_MAP_H

/*
 * Numbers to numbers: what checks for duplicates are made of. Keys are hashes (map_hash()), so the
 * slots are taken by them as they are. Zero-initialise it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;	/* 0: free */
	uint64_t value;
	double until;	/* the user's */
};

struct map {
	struct map_slot *slots;
	size_t room, used;
};

/*
 * Of @a and @b (either may be NULL) together; never 0, and not the same in the next run unless it
 * has the same seed.
 */
uint64_t map_hash(const void *a, size_t a_len, const void *b, size_t b_len);
/* The seed of this run; and another one for it, before anything is hashed. */
uint64_t map_seed(void);
void map_set_seed(uint64_t seed);
/* Always the same: not for keys that others choose. */
uint64_t map_checksum(const void *data, size_t len);

/* NULL: not there. Valid until the next map_put(). */
struct map_slot *map_get(const struct map *m, uint64_t key);
/* The slot of @key, new and zero but for its key, or as it is. */
struct map_slot *map_put(struct map *m, uint64_t key);
void map_clear(struct map *m);

#endif
