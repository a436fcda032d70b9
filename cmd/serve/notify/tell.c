/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/tell.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/implicit.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/notify/pace.h"
#include "cmd/serve/notify/render.h"
#include "cmd/serve/notify/sequence.h"
#include "cmd/serve/notify/shown.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_news.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

/* Recipients */

static int add_ancestor(int64_t node, unsigned depth, const char *name, void *data)
{
	event_add_source(data, node, depth, name);
	return 0;
}

/* The subscribers that @n has now, and those of the collections above it. */
static int address(struct request *r, const struct node *n, struct event *e)
{
	struct store *store = r->service->store;
	int err = store_sub_last_key(store, &e->upto);

	event_add_source(e, n->id, 0, NULL);
	implicit_address(r->service, n, e);
	if (!feature_on(r->service->config, "collections"))
		return err;
	return err ? err : store_edge_subscribed_ancestors(store, n->id, add_ancestor, e);
}

/* To all of them, as the next event of @n. */
static int announce(struct request *r, const struct node *n, struct event *e)
{
	int err = sequence_next(r->service->store, n, e);

	return err ? err : address(r, n, e);
}

/* Only those who may still read @n hear of it through a collection (X0248-44). */
static int write_group(struct request *r, const struct node *n, const struct group *g,
		       struct written *w)
{
	for (size_t i = 0; i < g->n; i++) {
		bool may = true;
		int e = PS_OK;

		if (g->rows[i]->node == NODE_PRESENT)
			e = implicit_check(r->service, n, g->rows[i]->jid, &may);
		else if (g->rows[i]->depth)
			e = subject_check(r->service, PRIV_READ, n, g->rows[i]->jid);
		if (e < 0)
			return e;
		if (!e && may)
			written_add(w, g->rows[i]);
	}
	return 0;
}

static int write_down(struct request *r, const struct node *n, struct written *w)
{
	struct event all = { .kind = EVENT_NODE, .node = n->id };
	const struct group *g;
	int e = address(r, n, &all);

	all.walk = walk_new(r->service->store, r->service->audiences, &all);
	while (!e && (e = walk_next(all.walk, &g)) > 0)
		e = write_group(r, n, g, w);
	event_release(&all);
	return e;
}

/* Is anything still to be sent to subscribers of @node as they are? */
static bool is_awaited(const struct outq *q, int64_t node)
{
	for (const struct out *o = q->first; o; o = o->next)
		for (const struct event *e = o->events.first; e; e = e->next)
			for (size_t i = 0; i < e->n_sources; i++)
				if (!e->sources[i].written &&
				    (e->node == node || e->sources[i].node == node))
					return true;
	return false;
}

static int write_farewell(struct request *r, const struct node *n)
{
	struct service *s = r->service;
	struct written *w = written_new(&s->written);
	int e = write_down(r, n, w);

	if (!e) {
		event_list_bind(&r->events, n->id, w);
		outq_bind(&s->batch, n->id, w);
		outq_bind(&s->out, n->id, w);
		e = outbox_farewell(r, n, w);
	}
	written_unref(w);
	return e;
}

int tell_farewell(struct request *r, const struct node *n)
{
	struct service *s = r->service;
	bool awaited = r->events.first || is_awaited(&s->batch, n->id) ||
		       is_awaited(&s->out, n->id);
	int e = awaited ? 0 : outbox_awaits(s, n->id, &awaited);

	return e || !awaited ? e : write_farewell(r, n);
}

/* Items */

static bool is_quiet(const struct node *n)
{
	return !n->config.deliver;
}

/* X0359-01: the message tells under what id its last item is in the archive. */
static int stamp(struct request *r, const struct node *n, int64_t seq)
{
	const struct service *s = r->service;
	struct event *e = r->events.last;
	bool any = false;
	int err = 0;

	if (!s->archive_ids || !seq)
		return 0;
	archive_id(s->archive_ids, n->id, seq, e->archive_id);
	/* Where all may read but some, there may be no such. */
	if (n->config.access == ACCESS_OPEN)
		err = store_affiliation_publish_only(s->store, n->id, &any);
	e->archive_guarded = n->config.access != ACCESS_OPEN || any;
	return err;
}

int tell_news(struct request *r, const struct node *n, const struct news *news)
{
	struct event *e;
	bool digested;
	int err = store_digest_note(r->service->store, n->id, news, r->now, &digested);

	if (err)
		return err;
	e = event_news(&r->events, n, news);
	err = stamp(r, n, news->version);
	if (err || !e)
		return err;
	e->digested = digested;
	return announce(r, n, e);
}

static int tell_or_hold(struct request *r, const struct news *news)
{
	bool held;
	int e = pace_hold(r, &r->node, news, &held);

	return e || held ? e : tell_news(r, &r->node, news);
}

int tell_item(struct request *r, const struct item *item)
{
	const struct node *n = &r->node;
	struct news news = { .id = item->id, .version = item->seq };
	struct item bare = *item;
	AUTO_STR xml = { 0 };

	if (is_quiet(n))
		return 0;
	if (!n->config.payloads)
		bare.payload = NULL;
	render_item(&xml, &bare);
	news.xml = xml.p;
	news.len = xml.len;
	news.payload_len = bare.payload ? bare.payload_len : 0;
	return tell_or_hold(r, &news);
}

int tell_retract(struct request *r, const char *id)
{
	struct news news = { .id = id, .retract = true };
	AUTO_STR xml = { 0 };

	if (is_quiet(&r->node))
		return 0;
	render_item_id(&xml, "retract", id);
	news.xml = xml.p;
	news.len = xml.len;
	return tell_or_hold(r, &news);
}

int tell_nothing(struct request *r)
{
	const struct news news = { .id = "" };

	return is_quiet(&r->node) ? 0 : tell_or_hold(r, &news);
}

int tell_purge(struct request *r)
{
	AUTO_STR inner = { 0 };

	if (is_quiet(&r->node) || !r->node.config.notify_retract)
		return 0;
	str_puts(&inner, "<purge");
	xml_attr(&inner, "node", r->node.name);
	str_puts(&inner, "/>");
	return tell_node(r, &r->node, EVENT_PURGE, inner.p);
}

/* Nodes */

int tell_node(struct request *r, const struct node *n, enum event_kind kind, const char *inner)
{
	return announce(r, n, event_inner(&r->events, n, kind, inner));
}

/* Addresses */

struct event *tell_direct(struct request *r, const char *jid, const char *inner)
{
	struct event *e = event_inner(&r->events, NULL, EVENT_DIRECT, inner);

	e->to = mem_strdup(jid);
	e->type = NOTIFY_NORMAL;
	return e;
}

void tell_message(struct request *r, const char *jid, const char *xml)
{
	struct event *e = event_content(&r->events, xml);

	e->to = mem_strdup(jid);
	e->type = NOTIFY_NORMAL;
}

void render_subscription(const struct service *s, struct str *out, const char *node,
			 const char *jid, const char *subid, enum sub_state state)
{
	str_puts(out, "<subscription");
	if (*node)
		xml_attr(out, "node", node);
	xml_attr(out, "jid", jid);
	xml_attr(out, "subscription", sub_state_names[state]);
	if (s->config->multi_subscribe)
		xml_attr(out, "subid", subid);
	str_puts(out, "/>");
}

struct owners {
	struct request *r;
	const char *inner;
	const char *told; /* knows it already; NULL: nobody */
};

static int tell_owner(const char *jid, enum affiliation affiliation, void *data)
{
	struct owners *o = data;

	if (affiliation == AFF_OWNER && (!o->told || strcmp(jid, o->told)))
		tell_direct(o->r, jid, o->inner);
	return 0;
}

/* SNOT-04: where its presence is known, who was subscribed hears of the end at each resource. */
static void tell_subscriber(struct request *r, const struct told_subscription *t, const char *inner)
{
	const struct available *a = r->service->available;
	size_t n = 0, at = 0;

	if (t->state == SUB_NONE && !jid_resource(t->jid))
		at = available_of(a, t->jid, &n);
	if (!n)
		tell_direct(r, t->jid, inner);
	for (size_t i = at; i < at + n; i++)
		tell_direct(r, available_at(a, i)->jid, inner);
}

int tell_subscription(struct request *r, const struct told_subscription *t)
{
	AUTO_STR inner = { 0 };
	struct owners owners = { .r = r };

	if (!feature_on(r->service->config, "subscription-notifications"))
		return 0;
	render_subscription(r->service, &inner, t->node ? t->node->name : "", t->jid, t->subid,
			    t->state);
	if (t->to_subscriber)
		tell_subscriber(r, t, inner.p);
	owners.inner = inner.p;
	owners.told = t->to_subscriber ? t->jid : NULL;
	if (!t->node || !t->node->config.notify_sub)
		return 0;
	return store_affiliation_each(r->service->store, t->node->id, tell_owner, &owners);
}

static void add_delay(struct request *r, int64_t time)
{
	char text[TIME_TEXT_MAX];
	AUTO_STR tail = { 0 };

	time_format(time, text);
	str_puts(&tail, "<delay xmlns='" NS_DELAY "'");
	xml_attr(&tail, "from", r->service->config->jid);
	xml_attr(&tail, "stamp", text);
	str_puts(&tail, "/>");
	event_tail(&r->events, tail.p);
}

int tell_stored(struct request *r, const struct node *n, const struct item *item, const char *jid)
{
	AUTO_IN_PLACE(shown_release) struct shown shown = { 0 };
	int err = shown_init(r->service->store, n, &shown);
	struct item bare;
	struct event *e;

	if (err)
		return err;
	bare = shown_item(&shown, item);
	if (!n->config.payloads)
		bare.payload = NULL;
	event_list_close(&r->events);
	e = event_item(&r->events, n, &bare);
	event_list_close(&r->events);
	e->kind = EVENT_DIRECT;
	e->stored = true;
	e->to = mem_strdup(jid);
	add_delay(r, item->published);
	err = sequence_latest(r->service->store, n, e);
	return err ? err : stamp(r, n, item->seq);
}

struct last {
	struct request *r;
	const struct node *n;
	const char *jid;
};

static int add_last(const struct item *item, void *data)
{
	const struct last *l = data;

	return tell_stored(l->r, l->n, item, l->jid);
}

int tell_last_item(struct request *r, const struct node *n, const char *jid)
{
	struct last l = { .r = r, .n = n, .jid = jid };
	int e;

	if (is_quiet(n) || n->config.type != NODE_LEAF || !n->items)
		return 0;
	/* PRES-02 */
	if (n->config.presence_based && !available_reaches(r->service->available, jid, SHOW_ALL))
		return 0;
	e = store_item_last(r->service->store, n->id, add_last, &l);
	return e == -ENOENT ? 0 : e;
}
