/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/event.h"

#include <stdlib.h>

#include "cmd/serve/node.h"
#include "cmd/serve/notify/filter.h"
#include "cmd/serve/notify/render.h"
#include "cmd/serve/notify/summary.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define EVENT_OPEN "<event xmlns='" NS_PUBSUB_EVENT "'>"
#define EVENT_CLOSE "</event>"
#define ITEMS_CLOSE "</items>" EVENT_CLOSE

static void free_sources(struct event *e)
{
	for (size_t i = 0; i < e->n_sources; i++) {
		free(e->sources[i].name);
		written_unref(e->sources[i].written);
	}
	free(e->sources);
	e->sources = NULL;
	e->n_sources = 0;
}

void event_release(struct event *e)
{
	walk_free(e->walk);
	free_sources(e);
	free(e->entries);
	free(e->to);
	free(e->told);
	filter_docs_free(e->docs);
	summaries_free(e->summaries);
	str_release(&e->front);
	str_release(&e->xml);
	str_release(&e->tail);
	str_release(&e->stanza_id);
	str_release(&e->opening);
	str_release(&e->closing);
}

void event_free(struct event *e)
{
	if (e)
		event_release(e);
	free(e);
}

void event_add_source(struct event *e, int64_t node, unsigned depth, const char *name)
{
	e->sources = mem_realloc(e->sources, (e->n_sources + 1) * sizeof(*e->sources));
	e->sources[e->n_sources++] = (struct event_source){
		.node = node, .depth = depth, .name = depth ? mem_strdup(name) : NULL
	};
}

void event_add_present(struct event *e, const char *name, const struct available *present)
{
	event_add_source(e, NODE_PRESENT, 0, NULL);
	e->sources[e->n_sources - 1].name = mem_strdup(name);
	e->sources[e->n_sources - 1].present = present;
}

/* An event that is being sent goes on from where it is. */
static void bind(struct event *e, int64_t node, struct written *written)
{
	for (size_t i = 0; i < e->n_sources; i++)
		if (!e->sources[i].written && (e->node == node || e->sources[i].node == node))
			e->sources[i].written = written_ref(written);
}

void event_list_bind(struct event_list *l, int64_t node, struct written *written)
{
	for (struct event *e = l->first; e; e = e->next)
		bind(e, node, written);
}

/* Lists */

struct event *event_list_take(struct event_list *l)
{
	struct event *e = l->first;

	if (!e)
		return NULL;
	l->first = e->next;
	if (!l->first)
		l->last = NULL;
	l->bytes -= e->front.len + e->xml.len + e->tail.len;
	e->next = NULL;
	return e;
}

void event_list_release(struct event_list *l)
{
	struct event *e;

	while ((e = event_list_take(l)))
		event_free(e);
}

void event_list_add(struct event_list *l, struct event *e)
{
	if (l->last)
		l->last->next = e;
	else
		l->first = e;
	l->last = e;
	l->bytes += e->front.len + e->xml.len + e->tail.len;
}

static void add_xml(struct event_list *l, const char *p, size_t len)
{
	str_add(&l->last->xml, p, len);
	l->bytes += len;
}

void event_list_close(struct event_list *l)
{
	if (!l->last || !l->last->open)
		return;
	add_xml(l, ITEMS_CLOSE, strlen(ITEMS_CLOSE));
	l->last->open = false;
}

static struct event *append(struct event_list *l, const struct node *n, enum event_kind kind)
{
	struct event *e = mem_zalloc(sizeof(*e));

	event_list_close(l);
	e->kind = kind;
	if (n) {
		e->node = n->id;
		e->type = n->config.notification;
		e->presence_based = n->config.presence_based;
		e->of_collection = n->config.type == NODE_COLLECTION;
	}
	event_list_add(l, e);
	return e;
}

void event_front(struct event_list *l, const char *xml)
{
	str_puts(&l->last->front, xml);
	l->bytes += strlen(xml);
}

void event_tail(struct event_list *l, const char *xml)
{
	str_puts(&l->last->tail, xml);
	l->bytes += strlen(xml);
}

/* Entries */

/* Is the <items/> at the end one that can take it? */
static bool fits(const struct event_list *l, const struct node *n, bool retracts, size_t len)
{
	const struct event *e = l->last;

	return e && e->open && e->node == n->id && (l->mixed || e->retracts == retracts) &&
	       (!l->max || e->xml.len + len + strlen(ITEMS_CLOSE) <= l->max);
}

static struct event *open_items(struct event_list *l, const struct node *n, bool retracts,
				size_t room)
{
	struct event *e = append(l, n, EVENT_ITEMS);
	AUTO_STR head = { 0 };

	e->open = true;
	e->retracts = retracts;
	str_puts(&head, EVENT_OPEN "<items");
	xml_attr(&head, "node", n->name);
	str_putc(&head, '>');
	str_reserve(&e->xml, head.len + room + strlen(ITEMS_CLOSE));
	add_xml(l, head.p, head.len);
	return e;
}

struct event *event_news(struct event_list *l, const struct node *n, const struct news *news)
{
	struct event *new = NULL, *e;

	if (!fits(l, n, news->retract, news->len))
		new = open_items(l, n, news->retract, news->len);
	e = l->last;
	if (!news->len)
		return new;
	if (e->n_entries == e->cap_entries) {
		e->cap_entries = e->cap_entries ? e->cap_entries * 2 : 1;
		e->entries = mem_realloc(e->entries, e->cap_entries * sizeof(*e->entries));
	}
	e->entries[e->n_entries++] = (struct event_entry){
		.start = e->xml.len,
		.len = news->len,
		.payload = news->payload_len ? e->xml.len + news->len - strlen("</item>") -
						       news->payload_len
					     : 0,
		.payload_len = news->payload_len,
	};
	add_xml(l, news->xml, news->len);
	return new;
}

struct event *event_item(struct event_list *l, const struct node *n, const struct item *item)
{
	AUTO_STR xml = { 0 };
	struct news news = { .id = item->id };

	render_item(&xml, item);
	news.xml = xml.p;
	news.len = xml.len;
	news.payload_len = item->payload ? item->payload_len : 0;
	return event_news(l, n, &news);
}

void event_inside(const struct event *e, const bool *picked, struct str *out)
{
	size_t from = strlen(EVENT_OPEN), end = e->xml.len - strlen(EVENT_CLOSE);

	str_reserve(out, end - from);
	for (size_t i = 0; picked && i < e->n_entries; i++) {
		const struct event_entry *entry = &e->entries[i];

		if (picked[i])
			continue;
		str_add(out, e->xml.p + from, entry->start - from);
		from = entry->start + entry->len;
	}
	str_add(out, e->xml.p + from, end - from);
}

/* Others */

struct event *event_inner(struct event_list *l, const struct node *n, enum event_kind kind,
			  const char *inner)
{
	struct event *e = append(l, n, kind);

	add_xml(l, EVENT_OPEN, strlen(EVENT_OPEN));
	add_xml(l, inner, strlen(inner));
	add_xml(l, EVENT_CLOSE, strlen(EVENT_CLOSE));
	return e;
}

struct event *event_content(struct event_list *l, const char *xml)
{
	struct event *e = append(l, NULL, EVENT_DIRECT);

	add_xml(l, xml, strlen(xml));
	return e;
}

void event_stanza(struct event_list *l, struct str *xml)
{
	struct event *e = append(l, NULL, EVENT_STANZA);

	e->xml = *xml;
	l->bytes += xml->len;
	*xml = (struct str){ 0 };
}
