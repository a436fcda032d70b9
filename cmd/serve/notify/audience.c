/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/audience.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/notify.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/xml.h"

/* By the last bits of the node's id: nodes that share a place take it from each other. */
#define PLACES 256

struct audiences {
	struct store *store;
	struct audience *kept[PLACES];
	size_t bytes;
	size_t hand; /* the place that is looked at next for something to drop */
};

void audience_unref(struct audience *a)
{
	if (!a || --a->refs)
		return;
	free(a->members);
	free(a->texts);
	free(a);
}

/* What is kept */

static void drop(struct audiences *a, size_t place)
{
	struct audience *old = a->kept[place];

	if (!old)
		return;
	old->current = false;
	a->kept[place] = NULL;
	a->bytes -= old->bytes;
	audience_unref(old);
}

static size_t place_of(int64_t node)
{
	return (size_t)node % PLACES;
}

static void on_change(int64_t node, void *data)
{
	struct audiences *a = data;
	size_t at = place_of(node);

	if (node == STORE_ALL_NODES)
		for (size_t i = 0; i < PLACES; i++)
			drop(a, i);
	else if (a->kept[at] && a->kept[at]->node == node && a->kept[at]->whole)
		drop(a, at); /* one that is too large stays so until others want its place */
}

struct audiences *audiences_new(struct store *store)
{
	struct audiences *a = mem_zalloc(sizeof(*a));

	a->store = store;
	store_sub_watch(store, on_change, a);
	return a;
}

void audiences_free(struct audiences *a)
{
	if (!a)
		return;
	store_sub_watch(a->store, NULL, NULL);
	on_change(STORE_ALL_NODES, a);
	free(a);
}

/* Takes over the reference. */
static void keep(struct audiences *a, struct audience *new)
{
	size_t at = place_of(new->node);

	drop(a, at);
	for (; a->bytes + new->bytes > AUDIENCES_MAX; a->hand = (a->hand + 1) % PLACES)
		drop(a, a->hand);
	a->kept[at] = new;
	a->bytes += new->bytes;
}

/* Reading */

struct reading {
	struct str members, texts;
};

static void reading_release(struct reading *r)
{
	str_release(&r->members);
	str_release(&r->texts);
}

static unsigned note_text(struct str *texts, const char *text)
{
	size_t at = texts->len;

	str_add(texts, text, strlen(text) + 1);
	return (unsigned)at;
}

/* What cannot be understood is found out when it is told. */
static bool wants_digests(const char *text)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options;

	sub_options_init(&options);
	return !fields_load(sub_fields, text, &options) && options.digest;
}

static int note_member(const struct subscription *sub, void *data)
{
	struct reading *r = data;
	struct member m = { .key = sub->key, .state = sub->state };

	m.plain = sub->state == SUB_SUBSCRIBED && !*sub->options;
	m.digest = *sub->options && wants_digests(sub->options);
	m.jid = note_text(&r->texts, sub->jid);
	m.subid = note_text(&r->texts, sub->subid);
	m.options = note_text(&r->texts, sub->options);
	m.address = (unsigned)r->texts.len;
	notify_number(&r->texts, notify_whose(sub->jid));
	m.whose_len = (unsigned)r->texts.len - m.address;
	str_putc(&r->texts, '\'');
	xml_attr(&r->texts, "to", sub->jid);
	str_putc(&r->texts, '>');
	m.address_len = (unsigned)r->texts.len - m.address;
	str_add(&r->members, &m, sizeof(m));
	return r->members.len + r->texts.len > AUDIENCE_MAX ? -E2BIG : 0;
}

/* Those of one JID follow each other. */
static void note_company(struct audience *a)
{
	for (size_t i = 1; i < a->n; i++) {
		struct member *m = &a->members[i], *before = m - 1;

		if (!strcmp(member_text(a, m->jid), member_text(a, before->jid)))
			m->plain = before->plain = false;
	}
}

static void *exactly(const struct str *s)
{
	return s->len ? memcpy(mem_alloc(s->len), s->p, s->len) : NULL;
}

static struct audience *audience_new(int64_t node, const struct reading *r)
{
	struct audience *a = mem_zalloc(sizeof(*a));

	*a = (struct audience){ .refs = 1,
				.current = true,
				.whole = true,
				.node = node,
				.n = r->members.len / sizeof(*a->members),
				.bytes = sizeof(*a) + r->members.len + r->texts.len,
				.members = exactly(&r->members),
				.texts = exactly(&r->texts) };
	note_company(a);
	return a;
}

/* Of one that is too large only that is kept. */
static struct audience *read_all(struct audiences *a, int64_t node)
{
	static const struct sub_place start;
	AUTO_IN_PLACE(reading_release) struct reading r = { 0 };
	struct audience *new;
	int e = store_sub_page(a->store, node, &start, INT64_MAX, INT64_MAX, note_member, &r);

	if (e && e != -E2BIG)
		return NULL;
	if (e)
		r.members.len = r.texts.len = 0;
	new = audience_new(node, &r);
	new->whole = !e;
	return new;
}

struct audience *audience_get(struct audiences *a, int64_t node)
{
	struct audience *found;

	if (!a)
		return NULL;
	found = a->kept[place_of(node)];
	if (!found || found->node != node) {
		found = read_all(a, node);
		if (!found)
			return NULL;
		keep(a, found);
	}
	if (!found->whole)
		return NULL;
	found->refs++;
	return found;
}

/* Looking */

size_t audience_behind(const struct audience *a, const struct sub_place *place)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct member *m = &a->members[middle];

		if (store_sub_is_behind(member_text(a, m->jid), m->key, place))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t audience_count(const struct audience *a, int64_t upto, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n && n < max; i++)
		n += a->members[i].key <= upto;
	return n;
}
