/* SPDX-License-Identifier: MIT */
#include "common/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

static uint64_t mix(uint64_t x)
{
	/* The finaliser of MurmurHash3. */
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static uint64_t add(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = mix(h ^ word) + word;
	}
	word = len;
	for (size_t i = 0; i < len; i++)
		word = word << 8 | p[i];
	return mix(h ^ word) + len;
}

static uint64_t the_seed;

uint64_t map_seed(void)
{
	while (!the_seed)
		arc4random_buf(&the_seed,
			       sizeof(the_seed)); /* nobody can make up items that collide */
	return the_seed;
}

void map_set_seed(uint64_t seed)
{
	the_seed = seed;
}

uint64_t map_checksum(const void *data, size_t len)
{
	return add(0, data, len);
}

uint64_t map_hash(const void *a, size_t a_len, const void *b, size_t b_len)
{
	uint64_t h;

	h = add(map_seed(), a, a ? a_len : 0);
	h = add(h ^ a_len, b, b ? b_len : 0);
	return h ? h : 1;
}

static struct map_slot *slot_of(const struct map *m, uint64_t key)
{
	size_t i = key & (m->room - 1);

	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->room - 1);
	return &m->slots[i];
}

struct map_slot *map_get(const struct map *m, uint64_t key)
{
	struct map_slot *s = m->room ? slot_of(m, key) : NULL;

	return s && s->key ? s : NULL;
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->room = old.room ? old.room * 2 : 64;
	m->slots = mem_zalloc(m->room * sizeof(*m->slots));
	for (size_t i = 0; i < old.room; i++)
		if (old.slots[i].key)
			*slot_of(m, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

struct map_slot *map_put(struct map *m, uint64_t key)
{
	struct map_slot *s;

	if (m->used * 2 >= m->room)
		grow(m);
	s = slot_of(m, key);
	if (!s->key) {
		s->key = key;
		m->used++;
	}
	return s;
}

void map_clear(struct map *m)
{
	free(m->slots);
	*m = (struct map){ 0 };
}
