/* SPDX-License-Identifier: MIT */
#include "common/pubsub/held.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

struct held {
	struct event event; /* its pointers go into @text */
	char text[];
};

/* One string behind the other; @len bytes and a NUL. */
static const char *put(char **at, const char *s, size_t len)
{
	char *place = *at;

	if (!s)
		return NULL;
	memcpy(place, s, len);
	place[len] = '\0';
	*at += len + 1;
	return place;
}

static size_t size_of(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

struct held *held_new(const struct event *e)
{
	const char *const strings[] = { e->node, e->id,	   e->publisher,
					e->jid,	 e->state, e->archive_id };
	size_t size = sizeof(struct held) + (e->payload ? e->payload_len + 1 : 0);
	struct held *h;
	char *at;

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		size += size_of(strings[i]);
	h = mem_alloc(size);
	at = h->text;
	h->event = *e;
	h->event.node = put(&at, e->node, e->node ? strlen(e->node) : 0);
	h->event.id = put(&at, e->id, e->id ? strlen(e->id) : 0);
	h->event.publisher = put(&at, e->publisher, e->publisher ? strlen(e->publisher) : 0);
	h->event.jid = put(&at, e->jid, e->jid ? strlen(e->jid) : 0);
	h->event.state = put(&at, e->state, e->state ? strlen(e->state) : 0);
	h->event.archive_id = put(&at, e->archive_id, e->archive_id ? strlen(e->archive_id) : 0);
	h->event.payload = put(&at, e->payload, e->payload_len);
	return h;
}

void held_free(struct held *h)
{
	free(h);
}

struct event held_event(const struct held *h)
{
	return h->event;
}

/* With what the allocator and the list need for it. */
static size_t held_size(const struct event *e)
{
	return sizeof(struct held) + 128 + (e->payload ? e->payload_len : 0);
}

static void make_room(struct held_list *l, size_t room)
{
	if (room <= l->room)
		return;
	l->room = room > l->room * 2 ? room : l->room * 2;
	l->items = mem_realloc(l->items, l->room * sizeof(*l->items));
}

void held_add(struct held_list *l, const struct event *e)
{
	make_room(l, l->count + 1);
	l->items[l->count++] = held_new(e);
	l->bytes += held_size(e);
}

void held_drop_first(struct held_list *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct event e = held_event(l->items[i]);

		l->bytes -= held_size(&e);
		held_free(l->items[i]);
	}
	l->count -= n;
	memmove(l->items, l->items + n, l->count * sizeof(*l->items));
}

void held_prepend(struct held_list *l, struct held_list *front)
{
	if (l->count) {
		make_room(front, front->count + l->count);
		memcpy(front->items + front->count, l->items, l->count * sizeof(*l->items));
	}
	front->count += l->count;
	front->bytes += l->bytes;
	free(l->items);
	*l = *front;
	*front = (struct held_list){ 0 };
}

void held_release(struct held_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		held_free(l->items[i]);
	free(l->items);
	*l = (struct held_list){ 0 };
}
