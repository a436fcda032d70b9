/* SPDX-License-Identifier: MIT */
/* What goes into the outbox, before the commit that makes it so. */
#include "cmd/serve/notify/outbox.h"

#include <errno.h>

#include "cmd/serve/config.h"
#include "cmd/serve/node.h"
#include "cmd/serve/notify/audience.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/multicast.h"
#include "cmd/serve/notify/outbox_text.h"
#include "cmd/serve/notify/recipients.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_outbox.h"
#include "common/base/auto.h"
#include "common/base/str.h"

static int count_one(const struct subscription *sub, void *data)
{
	size_t *n = data;

	(void)sub;
	return ++*n == MULTICAST_LEAST;
}

/*
 * How many subscriptions it goes to, as far as MULTICAST_LEAST: most nodes of most services have
 * none, and what is told to nobody is not written.
 */
static int count_recipients(struct service *s, const struct event *e, size_t *ret)
{
	const struct sub_place start = { 0 };
	AUTO(audience_unref) struct audience *audience = NULL;
	int r;

	*ret = e->kind == EVENT_DIRECT ? 1 : e->n_sources > 1 ? MULTICAST_LEAST : 0;
	if (*ret || !e->n_sources)
		return 0;
	if (e->sources[0].written) {
		*ret = e->sources[0].written->n;
		return 0;
	}
	audience = audience_get(s->audiences, e->sources[0].node);
	if (audience) {
		*ret = audience_count(audience, e->upto, MULTICAST_LEAST);
		return 0;
	}
	r = store_sub_page(s->store, e->sources[0].node, &start, e->upto, MULTICAST_LEAST,
			   count_one, ret);
	return r < 0 ? r : 0;
}

/* Who comes online is told of an item that is there anyway, and is so the next time as well. */
static bool is_kept(const struct request *r, const struct event *e)
{
	return e->kind != EVENT_STANZA && (r->iq || !e->stored);
}

static int add_event(struct service *s, struct event *e, size_t count)
{
	AUTO_STR traits = { 0 }, recipients = { 0 };
	struct store_event row = { .key = (int64_t)s->messages + 1,
				   .node = e->node,
				   .front = e->front.p,
				   .front_len = e->front.len,
				   .xml = e->xml.p,
				   .xml_len = e->xml.len,
				   .tail = e->tail.p,
				   .tail_len = e->tail.len };
	struct outbox *o = &s->outbox;
	int r;

	e->shared = s->multicast.address && s->config->multicast && count >= MULTICAST_LEAST;
	outbox_write_event(e, &traits, &recipients);
	row.traits = traits.p;
	row.recipients = recipients.p ? recipients.p : "";
	r = store_outbox_add(s->store, &row);
	if (r)
		return r;
	s->messages++;
	o->last = e->outbox = row.key;
	o->count++;
	o->bytes += (int64_t)(e->front.len + e->xml.len + e->tail.len);
	return 0;
}

int64_t outbox_last_of(const struct request *r)
{
	const struct service *s = r->service;
	int64_t last = (int64_t)s->messages;

	for (const struct event *e = r->events.first; e; e = e->next)
		last++;
	return s->config->outbox ? last : 0;
}

int outbox_add(struct request *r)
{
	struct service *s = r->service;
	int err = 0;

	for (struct event *e = r->events.first; e && !err && s->config->outbox; e = e->next) {
		size_t n = 0;

		if (is_kept(r, e))
			err = count_recipients(s, e, &n);
		if (!err && n)
			err = add_event(s, e, n);
	}
	if (!err && s->outbox.undated) {
		err = store_farewell_date(s->store, s->outbox.last);
		s->outbox.undated = false;
	}
	return err;
}

static int ignore(int64_t seq, const char *text, size_t len, void *data)
{
	(void)seq;
	(void)text;
	(void)len;
	(void)data;
	return 0;
}

/* Which nodes its events are of is not looked at: it is short, or soon will be. */
int outbox_awaits(struct service *s, int64_t node, bool *ret)
{
	int err;

	*ret = false;
	if (!outbox_is_open(s))
		return 0;
	err = store_farewell_get(s->store, node, node, s->outbox.last, ignore, NULL);
	*ret = err == -ENOENT;
	return *ret ? 0 : err;
}

int outbox_farewell(struct request *r, const struct node *n, const struct written *w)
{
	struct service *s = r->service;
	AUTO_STR text = { 0 };

	if (!w->n || (!s->config->outbox && !outbox_is_open(s)))
		return 0;
	outbox_write_farewell(w, &text);
	s->outbox.undated = true;
	return store_farewell_add(s->store, n->id, text.p, text.len);
}
