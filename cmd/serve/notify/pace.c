/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/pace.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/node.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_news.h"
#include "common/base/auto.h"
#include "common/base/mem.h"

#define AT_ONCE 256 /* entries of a node */
#define NODES_AT_ONCE 64

/* Holding back */

static bool is_paced(const struct node *n)
{
	return n->config.min_interval || n->config.max_delay;
}

/* All that one request publishes is told together. */
static bool goes_along(const struct request *r, const struct node *n)
{
	const struct event *last = r->events.last;

	return last && last->open && last->node == n->id;
}

static bool is_free(const struct request *r, const struct node *n, const struct pace *p)
{
	if (p->due || n->config.max_delay)
		return false;
	/* The clock may have been set back. */
	return p->told > r->now || r->now - p->told >= (int64_t)n->config.min_interval ||
	       goes_along(r, n);
}

static int64_t due_of(const struct request *r, const struct node *n, const struct pace *p)
{
	int64_t allowed = p->told > r->now ? 0 : p->told + (int64_t)n->config.min_interval;
	int64_t ready = r->now + (int64_t)n->config.max_delay;

	return allowed > ready ? allowed : ready;
}

int pace_hold(struct request *r, const struct node *n, const struct news *news, bool *ret_held)
{
	struct store *store = r->service->store;
	struct pace p;
	int e;

	*ret_held = false;
	if (!is_paced(n))
		return 0;
	e = store_pace_get(store, n->id, &p);
	if (e)
		return e;
	*ret_held = !is_free(r, n, &p);
	if (*ret_held)
		e = store_held_add(store, n->id, news, n->config.latest_only);
	else
		p.told = r->now;
	if (*ret_held && !p.due)
		p.due = due_of(r, n, &p);
	return e ? e : store_pace_set(store, n->id, &p);
}

int pace_configured(struct request *r, const struct node *n)
{
	struct pace p;
	int e = store_pace_get(r->service->store, n->id, &p);

	if (e || !p.due || is_paced(n))
		return e;
	p.due = r->now;
	return store_pace_set(r->service->store, n->id, &p);
}

/* Telling */

struct held {
	size_t n;
	struct {
		int64_t seq;
		struct news news;
		char *id, *xml;
	} list[AT_ONCE];
};

static void held_release(struct held *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->list[i].id);
		free(h->list[i].xml);
	}
}

static int note(int64_t seq, int64_t node, const struct news *news, void *data)
{
	struct held *h = data;

	(void)node;
	h->list[h->n].seq = seq;
	h->list[h->n].news = *news;
	h->list[h->n].news.id = h->list[h->n].id = mem_strdup(news->id);
	h->list[h->n].news.xml = h->list[h->n].xml = mem_strndup(news->xml, news->len);
	h->n++;
	return 0;
}

static int tell_held(struct request *r, const struct node *n)
{
	AUTO_IN_PLACE(held_release) struct held h = { 0 };
	struct store *store = r->service->store;
	struct pace p = { .told = r->now };
	bool more = false;
	int e = store_held_each(store, n->id, AT_ONCE, note, &h);

	for (size_t i = 0; i < h.n && !e; i++)
		e = tell_news(r, n, &h.list[i].news);
	if (!e && h.n)
		e = store_held_remove(store, n->id, h.list[h.n - 1].seq, &more);
	p.due = more ? r->now : 0;
	return e ? e : store_pace_set(store, n->id, &p);
}

int pace_next(struct service *s, int64_t *ret_time)
{
	int64_t node;

	return store_pace_next(s->store, &node, ret_time);
}

int pace_run(struct request *r, void *data)
{
	int64_t id, due;
	int e = 0;

	(void)data;
	for (int i = 0; i < NODES_AT_ONCE && !e; i++) {
		AUTO_IN_PLACE(node_release) struct node node = { 0 };

		e = store_pace_next(r->service->store, &id, &due);
		if (e || due > r->now)
			break;
		e = store_node_get_by_id(r->service->store, id, &node);
		if (!e)
			e = tell_held(r, &node);
	}
	return e == -ENOENT ? 0 : e;
}
