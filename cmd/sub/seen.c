/* SPDX-License-Identifier: MIT */
#include "cmd/sub/seen.h"

#include <string.h>

#include "common/pubsub/event.h"

/*
 * Two generations: when the young one is full, it becomes the old one, and the old one is
 * forgotten.
 */

uint64_t seen_id(const char *id)
{
	return map_hash(id, id ? strlen(id) : 0, NULL, 0);
}

static uint64_t value_of(const struct event *item)
{
	return map_hash(item->payload, item->payload_len, NULL, 0);
}

struct seen_mark seen_mark(const struct event *item)
{
	return (struct seen_mark){ seen_id(item->id), value_of(item) };
}

static struct map_slot *find(const struct seen *s, uint64_t key)
{
	struct map_slot *slot = map_get(&s->young, key);

	return slot ? slot : map_get(&s->old, key);
}

void seen_add(struct seen *s, const struct event *item, double echo_until)
{
	seen_add_mark(s, seen_mark(item), echo_until);
}

void seen_add_mark(struct seen *s, struct seen_mark mark, double echo_until)
{
	struct map_slot *slot;

	if (s->young.used >= SEEN_LEAST) {
		map_clear(&s->old);
		s->old = s->young;
		s->young = (struct map){ 0 };
	}
	s->newest = mark.id;
	slot = map_put(&s->young, s->newest);
	slot->value = mark.payload;
	slot->until = echo_until;
}

void seen_each(const struct seen *s, void (*fn)(struct seen_mark mark, void *data), void *data)
{
	const struct map *maps[] = { &s->old, &s->young };
	struct map_slot *newest = s->newest ? find(s, s->newest) : NULL;

	for (size_t m = 0; m < 2; m++)
		for (size_t i = 0; i < maps[m]->room; i++) {
			const struct map_slot *slot = &maps[m]->slots[i];

			/* What is in both counts in the young one. */
			if (slot->key && slot->value && slot->key != s->newest &&
			    find(s, slot->key) == slot)
				fn((struct seen_mark){ slot->key, slot->value }, data);
		}
	if (newest && newest->value)
		fn((struct seen_mark){ newest->key, newest->value }, data);
}

static struct map_slot *find_item(const struct seen *s, const struct event *item)
{
	struct map_slot *slot = item->id ? find(s, seen_id(item->id)) : NULL;

	return slot && slot->value == value_of(item) ? slot : NULL;
}

bool seen_has(const struct seen *s, const struct event *item)
{
	return find_item(s, item) != NULL;
}

bool seen_knows(const struct seen *s, const char *id)
{
	struct map_slot *slot = id ? find(s, seen_id(id)) : NULL;

	return slot && slot->value;
}

bool seen_is_echo(struct seen *s, const struct event *item, double now)
{
	struct map_slot *slot = find_item(s, item);
	bool echo = slot && slot->until > now;

	if (echo)
		slot->until = 0;
	return echo;
}

bool seen_forget(struct seen *s, const char *id)
{
	return seen_forget_id(s, seen_id(id));
}

bool seen_forget_id(struct seen *s, uint64_t key)
{
	struct map_slot *slots[] = { map_get(&s->young, key), map_get(&s->old, key) };

	for (size_t i = 0; i < 2; i++)
		if (slots[i])
			slots[i]->value = 0; /* no hash is 0 */
	return key == s->newest;
}

void seen_clear(struct seen *s)
{
	map_clear(&s->young);
	map_clear(&s->old);
	s->newest = 0;
}

struct seen_mark seen_place_mark(const struct event *item)
{
	return (struct seen_mark){ seen_id(item->archive_id), value_of(item) };
}

bool seen_has_place(const struct seen *places, const struct event *item)
{
	struct map_slot *slot = find(places, seen_id(item->archive_id));

	return slot && slot->value == value_of(item);
}
