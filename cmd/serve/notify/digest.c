/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/node.h"
#include "cmd/serve/notify/deliver.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/summary.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_news.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define AT_ONCE 64	  /* digests, */
#define BYTES_AT_ONCE ((size_t)64 * 1024)
#define ROWS_AT_ONCE 1000 /* of what has been noted, for one of them */
#define PILE ((size_t)16 * 1024) /* bytes of one without a period: more saves next to nothing */

int digest_configure(struct request *r, const struct node *n, int64_t key,
		     const struct sub_options *options)
{
	struct store *store = r->service->store;

	if (options->digest)
		return store_digest_set(store, key, n->id, (int64_t)options->digest_frequency,
					r->now);
	/* What waits is not for later any more. */
	return store_digest_end(store, key, r->now);
}

/* Reading */

/* What there is of a node. */
struct part {
	struct node node;
	unsigned depth; /* below the subscription's; 0: it is that */
	bool concerned;
	struct event_list list; /* one event */
};

/*
 * What has been noted for a subscription at @node, so that it fits a message. Most of those at a
 * node are at the same place and come one after the other: what has been read is kept for the next.
 */
struct reading {
	struct store *store;
	int64_t node, told, upto;
	size_t max; /* bytes */
	char *collection; /* the name of @node, where it is one */
	size_t n_parts, n_rows, size;
	struct part *parts;
	int64_t last; /* what has been read */
	bool more;
};

/* What is told at once. */
struct step {
	struct request *r;
	size_t n, n_nodes;
	struct digest digests[AT_ONCE + 1]; /* the last says that there are more */
	int64_t *nodes; /* of which something has been told */
	struct reading reading; /* the last one; without a store: none */
};

struct work {
	struct request *r;
	struct step *step;
	const struct digest *digest;
	struct sub_row row;
	char *jid, *subid, *options; /* the row's */
	const struct reading *news;
};

static void reading_release(struct reading *n)
{
	for (size_t i = 0; i < n->n_parts; i++) {
		node_release(&n->parts[i].node);
		event_list_release(&n->parts[i].list);
	}
	free(n->parts);
	free(n->collection);
	*n = (struct reading){ 0 };
}

static void work_release(struct work *w)
{
	free(w->jid);
	free(w->subid);
	free(w->options);
}

static int take_row(const struct subscription *sub, void *data)
{
	struct work *w = data;

	w->row = (struct sub_row){ .key = sub->key, .node = sub->node, .state = sub->state };
	w->row.jid = w->jid = mem_strdup(sub->jid);
	w->row.subid = w->subid = mem_strdup(sub->subid);
	w->row.options = w->options = mem_strdup(sub->options);
	return 0;
}

static int find_depth(int64_t node, unsigned depth, const char *name, void *data)
{
	struct reading *n = data;
	struct part *part = &n->parts[n->n_parts - 1];

	if (node != n->node)
		return 0;
	part->depth = depth;
	part->concerned = true;
	if (!n->collection)
		n->collection = mem_strdup(name);
	return 0;
}

/* Bytes of an <items/> without what is in it. */
static size_t frame_of(const char *name)
{
	AUTO_STR attribute = { 0 };

	xml_attr(&attribute, "node", name);
	return attribute.len + strlen("<items></items>");
}

static int add_part(struct reading *n, int64_t node)
{
	struct part *part;
	int e;

	n->parts = mem_realloc(n->parts, (n->n_parts + 1) * sizeof(*n->parts));
	part = &n->parts[n->n_parts++];
	*part = (struct part){ .list = { .mixed = true }, .concerned = node == n->node };
	e = store_node_get_by_id(n->store, node, &part->node);
	part->node.id = node;
	if (e == -ENOENT)
		part->concerned = false;
	else if (!e && !part->concerned)
		e = store_edge_ancestors(n->store, node, find_depth, n);
	if (part->concerned && !e)
		n->size += frame_of(part->node.name);
	return e == -ENOENT ? 0 : e;
}

static int part_of(struct reading *n, int64_t node, struct part **ret)
{
	int e = 0;

	for (size_t i = 0; i < n->n_parts; i++)
		if (n->parts[i].node.id == node) {
			*ret = &n->parts[i];
			return 0;
		}
	e = add_part(n, node);
	*ret = &n->parts[n->n_parts - 1];
	return e;
}

static size_t size_max(const struct work *w)
{
	size_t max = w->r->service->config->max_event / 2;

	return w->digest->frequency || max < PILE ? max : PILE;
}

static int take_news(int64_t seq, int64_t node, const struct news *news, void *data)
{
	struct reading *n = data;
	struct part *part;
	int e;

	if (n->upto && seq > n->upto)
		return 1;
	if (n->n_rows >= ROWS_AT_ONCE || (n->size && n->size + news->len > n->max)) {
		n->more = true;
		return 1;
	}
	e = part_of(n, node, &part);
	if (e)
		return e;
	n->n_rows++;
	n->last = seq;
	if (!part->concerned)
		return 0;
	n->size += news->len;
	event_news(&part->list, &part->node, news);
	return 0;
}

static int is_leaf(struct reading *n, bool *ret)
{
	AUTO_IN_PLACE(node_release) struct node node = { 0 };
	int e = n->node == NODE_ROOT ? 0 : store_node_get_by_id(n->store, n->node, &node);

	*ret = node.id && node.config.type == NODE_LEAF;
	return e;
}

static int read_all(struct reading *n)
{
	bool leaf;
	int e = is_leaf(n, &leaf);

	if (!e)
		e = store_news_after(n->store, leaf ? n->node : STORE_ALL_NODES, n->told, take_news,
				     n);
	for (size_t i = 0; i < n->n_parts && !e; i++)
		event_list_close(&n->parts[i].list);
	return e;
}

static bool is_same(const struct reading *a, const struct reading *b)
{
	return a->store == b->store && a->node == b->node && a->told == b->told &&
	       a->upto == b->upto && a->max == b->max;
}

/* What could not be read is not kept. */
static int read_news(struct work *w)
{
	struct reading *kept = &w->step->reading;
	const struct reading wanted = { .store = w->r->service->store,
					.node = w->row.node,
					.told = w->digest->told,
					.upto = w->digest->upto,
					.max = size_max(w) };
	int e = 0;

	if (!is_same(kept, &wanted)) {
		reading_release(kept);
		*kept = wanted;
		e = read_all(kept);
	}
	if (e)
		reading_release(kept);
	w->news = kept;
	w->row.collection = kept->collection;
	return e;
}

static int read_work(struct work *w)
{
	int e = store_sub_get(w->r->service->store, w->digest->key, take_row, w);

	if (!e && !w->jid)
		e = -ENOENT;
	return e ? e : read_news(w);
}

/* Telling */

/* What all parts come to, and what the message is to hold besides. */
struct message {
	struct str content, headers, front;
	enum notification_type type;
};

static void message_release(struct message *m)
{
	str_release(&m->content);
	str_release(&m->headers);
	str_release(&m->front);
}

static int add_to_message(struct work *w, const struct part *part, struct message *m)
{
	AUTO_IN_PLACE(delivery_release) struct delivery d = { 0 };
	struct sub_row *rows[] = { &w->row };
	const struct group group = { .n = 1, .rows = rows };
	struct event *e = part->list.first;
	int err;

	if (!e)
		return 0;
	w->row.depth = part->depth;
	w->row.checked = false;
	err = deliver_judge(w->r->service, e, &group, &d);
	if (err || !d.wanted)
		return err;
	if (d.body && !m->front.len)
		summary_add(w->r->service, e, d.picked, &m->front);
	if (!m->content.len) {
		m->type = e->type;
		str_add(&m->headers, d.headers.p, d.headers.len);
	}
	event_inside(e, d.picked, &m->content);
	return 0;
}

static void send(struct work *w, const struct message *m)
{
	struct request *r = w->r;
	struct event *e = tell_direct(r, w->row.jid, m->content.p);

	e->node = w->row.node;
	e->type = m->type;
	/* Rather no body than no message. */
	if (m->front.len && m->content.len + m->front.len <= r->service->config->max_event)
		event_front(&r->events, m->front.p);
	if (!m->headers.len)
		return;
	event_tail(&r->events, "<headers xmlns='" NS_SHIM "'>");
	event_tail(&r->events, m->headers.p);
	event_tail(&r->events, "</headers>");
}

static int tell(struct work *w)
{
	AUTO_IN_PLACE(message_release) struct message m = { 0 };
	int e = 0;

	for (size_t i = 0; i < w->news->n_parts && !e; i++)
		e = add_to_message(w, &w->news->parts[i], &m);
	if (!e && m.content.len)
		send(w, &m);
	return e;
}

static void note_node(struct step *step, int64_t node)
{
	for (size_t i = 0; i < step->n_nodes; i++)
		if (step->nodes[i] == node)
			return;
	step->nodes = mem_realloc(step->nodes, (step->n_nodes + 1) * sizeof(*step->nodes));
	step->nodes[step->n_nodes++] = node;
}

static int finish(struct work *w)
{
	struct store *store = w->r->service->store;
	const struct reading *n = w->news;
	int e = 0;

	if (w->digest->upto && !n->more)
		return store_digest_remove(store, w->digest->key);
	e = store_digest_told(store, w->digest->key, n->n_rows ? n->last : w->digest->told,
			      n->more ? w->r->now : 0);
	for (size_t i = 0; i < n->n_parts; i++)
		note_node(w->step, n->parts[i].node.id);
	return e;
}

/* One message's worth. */
static int work_off(struct step *step, const struct digest *d)
{
	struct request *r = step->r;
	AUTO_IN_PLACE(work_release) struct work w = { .r = r, .step = step, .digest = d };
	int e = read_work(&w);

	if (e == -ENOENT)
		return store_digest_remove(r->service->store, d->key);
	if (!e)
		e = tell(&w);
	return e ? e : finish(&w);
}

/* The chore */

static int note(const struct digest *d, void *data)
{
	struct step *step = data;

	step->digests[step->n++] = *d;
	return 0;
}

static void step_release(struct step *step)
{
	free(step->nodes);
	reading_release(&step->reading);
}

bool digest_waits(const struct service *s)
{
	const struct digests *d = &s->digests;

	return d->n == DIGEST_STEPS || (d->n && !d->steps[d->n - 1].full);
}

static void note_made(struct request *r, bool full)
{
	struct service *s = r->service;
	struct digests *d = &s->digests;

	/* They will be the last in the queue. */
	d->steps[d->n++] = (struct digest_step){
		.full = full,
		.taken = s->out.taken + s->out.count + s->batch.count + 1,
		.event = outbox_last_of(r),
	};
}

/* In the outbox they may be behind what is in the queue, and be sent more than once. */
static bool are_handed(const struct service *s, const struct digest_step *step)
{
	return service_idle(s) || (s->out.taken >= step->taken &&
				   (!step->event || outbox_has_handed(s, step->event)));
}

/* Answers come in order. Also where it will never be known, nothing waits for it any more. */
static void on_known(struct service *s, bool has)
{
	struct digests *d = &s->digests;
	bool carries = d->steps[0].carries;

	d->n--;
	memmove(d->steps, d->steps + 1, d->n * sizeof(d->steps[0]));
	s->changed = true;
	if (carries)
		outbox_carried(s, has);
}

static bool ask(struct service *s, struct digest_step *step)
{
	step->asking = are_handed(s, step) && proof_ask(s, &s->digests.proof, on_known);
	/* What the server gives to another is not there yet when it answers. */
	step->carries = step->asking && !multicast_is_open(s) && outbox_carry(s);
	return step->asking;
}

/*
 * Nothing waits for ever: what is under way is handed over when its turn comes, as all that is
 * told, and with that the server is asked. A question comes to an end: by its answer, by the
 * time-out of requests, or with the connection; and a session that confirms, and then does not,
 * takes nothing else from us either. While there is no connection, nothing can be told anyway.
 */
void digest_flushed(struct service *s)
{
	struct digests *d = &s->digests;

	for (size_t i = 0; i < d->n; i++)
		if (!d->steps[i].asking && !ask(s, &d->steps[i]))
			return;
}

int digest_next(struct service *s, int64_t *ret_time)
{
	return store_digest_next(s->store, ret_time);
}

/* What a portion has no room for need not be looked for; where it had room, more is the next time. */
static void note_fit(struct digests *d, size_t limit, size_t done, bool full)
{
	if (full)
		d->fit = done + done / 4 + 1;
	else if (done == limit)
		d->fit = limit * 2;
	if (d->fit > AT_ONCE)
		d->fit = AT_ONCE;
}

int digest_run(struct request *r, void *data)
{
	AUTO_IN_PLACE(step_release) struct step step = { .r = r };
	struct store *store = r->service->store;
	struct digests *d = &r->service->digests;
	size_t limit = d->fit ? d->fit : AT_ONCE, done = 0;
	int e = store_digest_due(store, r->now, (int64_t)limit + 1, note, &step);

	(void)data;
	while (done < step.n && done < limit && !e && r->events.bytes < BYTES_AT_ONCE)
		e = work_off(&step, &step.digests[done++]);
	note_fit(d, limit, done, r->events.bytes >= BYTES_AT_ONCE);
	for (size_t i = 0; i < step.n_nodes && !e; i++)
		e = store_news_trim(store, step.nodes[i]);
	if (!e)
		e = store_news_trim(store, STORE_ALL_NODES);
	if (!e && r->events.first)
		note_made(r, step.n > limit || r->events.bytes >= BYTES_AT_ONCE);
	return e;
}
