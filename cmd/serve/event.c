/* SPDX-License-Identifier: MIT */
#include "cmd/serve/event.h"

#include <stdlib.h>

#include "cmd/serve/node.h"
#include "cmd/serve/render.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define EVENT_OPEN "<event xmlns='" NS_PUBSUB_EVENT "'>"
#define EVENT_CLOSE "</event>"
#define ITEMS_CLOSE "</items>" EVENT_CLOSE

struct recipients *recipients_new(void)
{
	struct recipients *r = mem_zalloc(sizeof(*r));

	r->refs = 1;
	return r;
}

void recipients_add(struct recipients *r, int64_t key, const char *jid)
{
	if (r->count == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->list = mem_realloc(r->list, r->cap * sizeof(*r->list));
	}
	r->list[r->count++] = (struct recipient){ .key = key, .jid = mem_strdup(jid) };
}

struct recipients *recipients_ref(struct recipients *r)
{
	r->refs++;
	return r;
}

void recipients_unref(struct recipients *r)
{
	if (!r || --r->refs)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->list[i].jid);
	free(r->list);
	free(r);
}

void event_free(struct event *e)
{
	if (!e)
		return;
	recipients_unref(e->recipients);
	str_release(&e->xml);
	free(e);
}

struct event *event_list_take(struct event_list *l)
{
	struct event *e = l->first;

	if (!e)
		return NULL;
	l->first = e->next;
	if (!l->first)
		l->last = NULL;
	l->bytes -= e->xml.len;
	e->next = NULL;
	return e;
}

void event_list_release(struct event_list *l)
{
	struct event *e;

	while ((e = event_list_take(l)))
		event_free(e);
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

static struct event *append(struct event_list *l, const struct node *n, int64_t upto)
{
	struct event *e = mem_zalloc(sizeof(*e));

	event_list_close(l);
	e->node = n->id;
	e->upto = upto;
	if (l->last)
		l->last->next = e;
	else
		l->first = e;
	l->last = e;
	return e;
}

/*
 * Adds @entry to the <items/> that is open at the end, or to a new one where that is of another
 * kind, or full.
 */
static void add_entry(struct event_list *l, const struct node *n, int64_t upto, bool retracts,
		      const struct str *entry)
{
	struct event *e = l->last;
	AUTO_STR head = { 0 };

	if (!e || !e->open || e->node != n->id || e->retracts != retracts ||
	    (l->max && e->xml.len + entry->len + strlen(ITEMS_CLOSE) > l->max)) {
		e = append(l, n, upto);
		e->open = true;
		e->retracts = retracts;
		str_puts(&head, EVENT_OPEN "<items");
		xml_attr(&head, "node", n->name);
		str_putc(&head, '>');
		str_reserve(&e->xml, head.len + entry->len + strlen(ITEMS_CLOSE));
		add_xml(l, head.p, head.len);
	}
	add_xml(l, entry->p, entry->len);
}

void event_item(struct event_list *l, const struct node *n, int64_t upto, const struct item *item)
{
	AUTO_STR xml = { 0 };

	render_item(&xml, item);
	add_entry(l, n, upto, false, &xml);
}

void event_retract(struct event_list *l, const struct node *n, int64_t upto, const char *id)
{
	AUTO_STR xml = { 0 };

	render_item_id(&xml, "retract", id);
	add_entry(l, n, upto, true, &xml);
}

/* <event><@name node='...'>@inner</@name></event> */
static void add_simple(struct event_list *l, const struct node *n, int64_t upto, const char *name,
		       const char *inner)
{
	AUTO_STR xml = { 0 };

	append(l, n, upto);
	str_printf(&xml, EVENT_OPEN "<%s", name);
	xml_attr(&xml, "node", n->name);
	if (inner)
		str_printf(&xml, ">%s</%s>" EVENT_CLOSE, inner, name);
	else
		str_puts(&xml, "/>" EVENT_CLOSE);
	add_xml(l, xml.p, xml.len);
}

void event_purge(struct event_list *l, const struct node *n, int64_t upto)
{
	add_simple(l, n, upto, "purge", NULL);
}

void event_delete(struct event_list *l, const struct node *n, int64_t upto, const char *redirect)
{
	AUTO_STR inner = { 0 };

	if (redirect) {
		str_puts(&inner, "<redirect");
		xml_attr(&inner, "uri", redirect);
		str_puts(&inner, "/>");
	}
	add_simple(l, n, upto, "delete", inner.p);
}
