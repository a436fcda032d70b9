/* SPDX-License-Identifier: MIT */
#include "cmd/sub/seen.h"

#include <string.h>

#include "common/pubsub/event.h"

/*
 * Two generations: when the young one is full, it becomes the old one, and the old one is
 * forgotten.
 */

static uint64_t key_of(const char *id)
{
	return map_hash(id, id ? strlen(id) : 0, NULL, 0);
}

static uint64_t value_of(const struct event *item)
{
	return map_hash(item->payload, item->payload_len, NULL, 0);
}

static struct map_slot *find(const struct seen *s, uint64_t key)
{
	struct map_slot *slot = map_get(&s->young, key);

	return slot ? slot : map_get(&s->old, key);
}

void seen_add(struct seen *s, const struct event *item, double echo_until)
{
	struct map_slot *slot;

	if (s->young.used >= SEEN_LEAST) {
		map_clear(&s->old);
		s->old = s->young;
		s->young = (struct map){ 0 };
	}
	s->newest = key_of(item->id);
	slot = map_put(&s->young, s->newest);
	slot->value = value_of(item);
	slot->until = echo_until;
}

static struct map_slot *find_item(const struct seen *s, const struct event *item)
{
	struct map_slot *slot = item->id ? find(s, key_of(item->id)) : NULL;

	return slot && slot->value == value_of(item) ? slot : NULL;
}

bool seen_has(const struct seen *s, const struct event *item)
{
	return find_item(s, item) != NULL;
}

bool seen_is_echo(struct seen *s, const struct event *item, double now)
{
	struct map_slot *slot = find_item(s, item);
	bool echo = slot && slot->until > now;

	if (echo)
		slot->until = 0;
	return echo;
}

void seen_expect_newest(struct seen *s, double until)
{
	struct map_slot *slot = s->newest ? find(s, s->newest) : NULL;

	if (slot)
		slot->until = until;
}

bool seen_forget(struct seen *s, const char *id)
{
	uint64_t key = key_of(id);
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
