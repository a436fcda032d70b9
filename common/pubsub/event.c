/* SPDX-License-Identifier: MIT */
#include "common/pubsub/event.h"

#include <string.h>

#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/markup.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/time.h"

const char *event_kind_name(enum event_kind kind)
{
	static const char *const names[] = {
		[EVENT_ITEM] = "item",
		[EVENT_RETRACT] = "retract",
		[EVENT_PURGE] = "purge",
		[EVENT_DELETE] = "delete",
		[EVENT_CONFIG] = "config",
		[EVENT_SUBSCRIPTION] = "subscription",
	};

	return names[kind];
}

static void emit_item(xmpp_stanza_t *item, struct event e, event_fn *fn, void *data)
{
	struct tap_payload payload;

	e.kind = EVENT_ITEM;
	e.id = stanza_attr(item, "id");
	e.publisher = stanza_attr(item, "publisher");
	if (tap_payload(item, &payload)) {
		e.payload = payload.xml;
		e.payload_len = payload.len;
	}
	fn(&e, data);
}

static bool is_last_item(xmpp_stanza_t *item)
{
	return !stanza_next_like(item, "item", NS_PUBSUB_EVENT);
}

/* Items and retractions may come in one message (XEP-0060 section 12.4, and max_items at work). */
static void parse_items(xmpp_stanza_t *items, struct event e, event_fn *fn, void *data)
{
	for (xmpp_stanza_t *s = stanza_first(items); s; s = stanza_next(s)) {
		if (stanza_is(s, "item", NS_PUBSUB_EVENT)) {
			struct event item = e;

			if (!is_last_item(s))
				item.archive_id = NULL;
			emit_item(s, item, fn, data);
		} else if (stanza_is(s, "retract", NS_PUBSUB_EVENT) && stanza_attr(s, "id")) {
			e.kind = EVENT_RETRACT;
			e.archive_id = NULL;
			e.id = stanza_attr(s, "id");
			fn(&e, data);
		}
	}
}

static int64_t delay_stamp(xmpp_stanza_t *message)
{
	const char *stamp = stanza_attr(stanza_child(message, "delay", NS_DELAY), "stamp");
	int64_t ms = 0;

	return stamp && !time_parse(stamp, &ms) ? ms : 0;
}

static void parse_other(xmpp_stanza_t *s, struct event *e, event_fn *fn, void *data)
{
	AUTO_STR markup = { 0 };

	if (e->kind == EVENT_SUBSCRIPTION) {
		e->jid = stanza_attr(s, "jid");
		e->state = stanza_attr(s, "subscription");
	}
	if (e->kind == EVENT_SUBSCRIPTION || e->kind == EVENT_CONFIG) {
		markup_render(&markup, s);
		e->payload = markup.p;
		e->payload_len = markup.len;
	}
	fn(e, data);
}

static void parse_one(xmpp_stanza_t *s, struct event e, event_fn *fn, void *data)
{
	static const struct {
		const char *name;
		enum event_kind kind;
	} kinds[] = {
		{ "items", EVENT_ITEM },
		{ "purge", EVENT_PURGE },
		{ "delete", EVENT_DELETE },
		{ "configuration", EVENT_CONFIG },
		{ "subscription", EVENT_SUBSCRIPTION },
	};

	e.node = stanza_attr(s, "node");
	for (size_t i = 0; e.node && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!stanza_is(s, kinds[i].name, NS_PUBSUB_EVENT))
			continue;
		e.kind = kinds[i].kind;
		if (e.kind == EVENT_ITEM) {
			parse_items(s, e, fn, data);
			return;
		}
		parse_other(s, &e, fn, data);
	}
}

/* Given by whom the message is from: others may claim what they like. */
static const char *archive_id(xmpp_stanza_t *message)
{
	xmpp_stanza_t *s = stanza_child(message, "stanza-id", NS_SID);
	const char *from = stanza_attr(message, "from"), *by;

	for (; s && from; s = stanza_next_like(s, "stanza-id", NS_SID)) {
		by = stanza_attr(s, "by");
		if (by && !strcmp(by, from))
			return stanza_attr(s, "id");
	}
	return NULL;
}

/* All events of a message have it. */
static uint64_t event_number(xmpp_stanza_t *message)
{
	xmpp_stanza_t *h =
		stanza_child(stanza_child(message, "headers", NS_SHIM), "header", NS_SHIM);
	const char *name;
	uint64_t number;

	for (; h; h = stanza_next_like(h, "header", NS_SHIM)) {
		name = stanza_attr(h, "name");
		if (name && !strcmp(name, HEADER_SEQUENCE))
			return parse_uint(stanza_text(h), 1, UINT64_MAX, &number) ? 0 : number;
	}
	return 0;
}

bool event_parse(xmpp_stanza_t *message, event_fn *fn, void *data)
{
	struct event e = { .stamp = delay_stamp(message),
			   .archive_id = archive_id(message),
			   .number = event_number(message) };
	const char *type = stanza_attr(message, "type");
	xmpp_stanza_t *event = stanza_child(message, "event", NS_PUBSUB_EVENT);

	if (!event || (type && !strcmp(type, "error")) || !stanza_is(message, "message", NULL))
		return false;
	for (xmpp_stanza_t *s = stanza_first(event); s; s = stanza_next(s))
		parse_one(s, e, fn, data);
	return true;
}

static void parse_set(xmpp_stanza_t *set, struct items_page *p)
{
	xmpp_stanza_t *first = stanza_child(set, "first", NS_RSM),
		      *last = stanza_child(set, "last", NS_RSM);
	const char *count = stanza_child_text(set, "count", NS_RSM),
		   *index = stanza_attr(first, "index");

	p->paged = true;
	if (first && last) {
		p->first = stanza_text(first);
		p->last = stanza_text(last);
	}
	p->has_count = count && !parse_uint(count, 0, UINT64_MAX, &p->count);
	p->has_index = index && !parse_uint(index, 0, UINT64_MAX, &p->index);
}

void items_parse(xmpp_stanza_t *reply, const char *node, event_fn *fn, void *data,
		 struct items_page *ret)
{
	xmpp_stanza_t *pubsub = stanza_child(reply, "pubsub", NS_PUBSUB);
	xmpp_stanza_t *items = stanza_child(pubsub, "items", NS_PUBSUB), *s;
	xmpp_stanza_t *set = stanza_child(pubsub, "set", NS_RSM);

	*ret = (struct items_page){ .cut = tap_cut(reply) };
	if (set)
		parse_set(set, ret);
	for (s = stanza_child(items, "item", NS_PUBSUB); s;
	     s = stanza_next_like(s, "item", NS_PUBSUB)) {
		ret->items++;
		if (fn)
			emit_item(s, (struct event){ .node = node }, fn, data);
	}
}
