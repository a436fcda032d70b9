/* SPDX-License-Identifier: MIT */
#include "common/pubsub/repeat.h"

#include <string.h>

#include "common/pubsub/event.h"
#include "common/xmpp/stanza.h"

void repeats_release(struct repeats *r)
{
	map_clear(&r->young);
	map_clear(&r->old);
}

static void add(uint64_t *hash, const char *text)
{
	*hash = map_hash(hash, sizeof(*hash), text, text ? strlen(text) : 0);
}

static void add_event(const struct event *e, void *data)
{
	uint64_t *hash = data;

	add(hash, event_kind_name(e->kind));
	add(hash, e->node);
	add(hash, e->id);
	add(hash, e->publisher);
	add(hash, e->jid);
	add(hash, e->state);
	*hash = map_hash(hash, sizeof(*hash), e->payload, e->payload ? e->payload_len : 0);
}

static void remember(struct repeats *r, uint64_t hash)
{
	if (r->young.used >= REPEAT_LEAST) {
		map_clear(&r->old);
		r->old = r->young;
		r->young = (struct map){ 0 };
	}
	map_put(&r->young, hash);
}

bool repeats_has(struct repeats *r, xmpp_stanza_t *message)
{
	const char *id = stanza_attr(message, "id");
	uint64_t hash = 0;

	if (!id)
		return false;
	add(&hash, id);
	add(&hash, stanza_attr(message, "from"));
	add(&hash, stanza_attr(message, "to"));
	if (!event_parse(message, add_event, &hash))
		return false;
	if (map_get(&r->young, hash) || map_get(&r->old, hash))
		return true;
	remember(r, hash);
	return false;
}
