/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/metrics.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/multicast.h"
#include "cmd/serve/notify/outbox_text.h"
#include "cmd/serve/notify/recipients.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_outbox.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/time.h"

AUTO_DEFINE(struct event *, event_free);

/* Milliseconds. */
#define ASK_DELAY 250	 /* from the first notification to the ping behind it */
#define SAVE_DELAY 30000 /* until the store is told of it, where nothing else is committed */
#define RETRY 5000
#define ASK_BYTES ((size_t)256 * 1024) /* or the ping goes earlier */
/* Bytes of events that wait in memory. */
#define SPILL ((size_t)8 * 1024 * 1024)
/* In the store, with what a row takes besides: publishers get errors beyond. */
#define MAX_BYTES (INT64_C(1) << 30)
#define ROW_BYTES 256

/* Places */

static int place_compare(const struct outbox_place *a, const struct outbox_place *b)
{
	if (a->event != b->event)
		return a->event < b->event ? -1 : 1;
	if (!a->jid || !b->jid)
		return !b->jid - !a->jid;
	return strcmp(a->jid, b->jid);
}

static void place_set(struct outbox_place *p, int64_t event, const char *jid)
{
	char *copy = jid ? mem_strdup(jid) : NULL;

	free(p->jid);
	*p = (struct outbox_place){ .event = event, .jid = copy };
}

static void place_copy(struct outbox_place *p, const struct outbox_place *from)
{
	place_set(p, from->event, from->jid);
}

/* Beginning and end */

static int measure(struct service *s)
{
	struct outbox *o = &s->outbox;
	struct store_outbox size;
	int e = store_outbox_measure(s->store, &size);

	if (e)
		return e;
	o->count = size.count;
	o->bytes = size.bytes;
	o->last = size.last;
	return 0;
}

int outbox_init(struct service *s)
{
	struct outbox *o = &s->outbox;
	int e = measure(s);

	if (e)
		return e;
	/* Also where the clock has been set back. */
	if (s->messages < (uint64_t)o->last)
		s->messages = (uint64_t)o->last;
	/* The store says up to whom the first one has been told. */
	place_set(&o->proved, o->count ? 1 : o->last + 1, NULL);
	place_copy(&o->kept, &o->proved);
	outbox_down(s);
	if (o->count)
		log_note("events that may not have reached the server are sent again: %" PRId64,
			 o->count);
	return 0;
}

void outbox_release(struct service *s)
{
	struct outbox *o = &s->outbox;

	if (place_compare(&o->proved, &o->kept) > 0 && !store_begin(s->store)) {
		if (outbox_save(s) || store_commit(s->store))
			store_rollback(s->store);
	}
	event_free(o->current);
	written_unref(o->farewell);
	free(o->handed.jid);
	free(o->asked.jid);
	free(o->proved.jid);
	free(o->kept.jid);
	free(o->saving.jid);
	free(o->next.jid);
	*o = (struct outbox){ 0 };
}

/* Commits */

int outbox_save(struct service *s)
{
	struct outbox *o = &s->outbox;
	struct store_outbox gone;
	int e;

	o->gone_count = o->gone_bytes = 0;
	place_copy(&o->saving, &o->kept);
	if (place_compare(&o->proved, &o->kept) <= 0)
		return 0;
	e = store_outbox_told(s->store, o->proved.event, o->proved.jid, &gone);
	if (e)
		return e;
	o->gone_count = gone.count;
	o->gone_bytes = gone.bytes;
	place_copy(&o->saving, &o->proved);
	return 0;
}

void outbox_committed(struct service *s)
{
	struct outbox *o = &s->outbox;

	place_copy(&o->kept, &o->saving);
	o->count -= o->gone_count;
	o->bytes -= o->gone_bytes;
	o->gone_count = o->gone_bytes = 0;
	o->save_at = 0;
}

void outbox_undone(struct service *s)
{
	if (measure(s))
		log_error("cannot measure the outbox: %s", store_error(s->store));
}

bool outbox_is_open(const struct service *s)
{
	return s->outbox.proved.event <= s->outbox.last;
}

bool outbox_is_full(struct service *s)
{
	struct outbox *o = &s->outbox;
	bool full = o->bytes + o->count * ROW_BYTES > MAX_BYTES;

	if (full && !o->full)
		log_warn("the outbox is full: the server takes too little, requests are refused");
	o->full = full;
	return full;
}

/* Out of memory, and back */

/* Events of which there is a row go. @first: the place of the first one; *end: behind the last. */
static void drop_events(struct event_list *l, struct outbox_place *first, int64_t *end)
{
	struct event_list kept = { .max = l->max, .mixed = l->mixed };
	struct event *e;

	while ((e = event_list_take(l))) {
		if (!e->outbox) {
			event_list_add(&kept, e);
			continue;
		}
		if (!*end)
			place_set(first, e->outbox, e->walk ? walk_place(e->walk) : e->told);
		*end = e->outbox + 1;
		event_free(e);
	}
	*l = kept;
}

/* From @from on (NULL: from the first of them) they are read back. */
static void read_back(struct service *s, const struct outbox_place *from)
{
	struct outbox *o = &s->outbox;
	struct outbox_place first = { 0 };
	struct outq queue = { 0 };
	int64_t end = 0;
	struct out *out;

	while ((out = outq_take(&s->out))) {
		drop_events(&out->events, &first, &end);
		if (out->answer.len || out->ahead.len || out->events.first)
			outq_push(&queue, out);
		else
			out_free(out);
	}
	queue.taken = s->out.taken - queue.count; /* what is kept is not out of it */
	s->out = queue;
	if (from || (end && !o->end))
		place_copy(&o->next, from ? from : &first);
	free(first.jid);
	if (end)
		o->end = end;
}

void outbox_spill(struct service *s)
{
	struct outbox *o = &s->outbox;

	/* Answers are left, and what is not in the outbox. */
	if (s->out.bytes < o->left)
		o->left = s->out.bytes;
	if (s->out.bytes <= o->left + SPILL)
		return;
	read_back(s, NULL);
	o->left = s->out.bytes;
}

void outbox_down(struct service *s)
{
	struct outbox *o = &s->outbox;

	event_free(o->current);
	o->current = NULL;
	o->asking = false;
	o->unasked = 0;
	o->ask_at = o->retry_at = 0;
	read_back(s, &o->proved);
	o->end = outbox_is_open(s) ? o->last + 1 : 0;
	o->done = o->proved.event;
	place_copy(&o->handed, &o->proved);
	place_copy(&o->asked, &o->proved);
}

bool outbox_is_behind(const struct service *s)
{
	return s->outbox.end;
}

bool outbox_is_stalled(struct service *s)
{
	struct outbox *o = &s->outbox;

	if (o->retry_at && o->retry_at <= time_now())
		o->retry_at = 0;
	return o->retry_at;
}

struct farewell {
	struct service *service;
	struct written *w;
};

/* Events of one node follow each other: what the last one needed is kept. */
static int take_farewell(int64_t seq, const char *text, size_t len, void *data)
{
	struct farewell *f = data;
	struct outbox *o = &f->service->outbox;

	if (!o->farewell || seq != o->farewell_seq) {
		written_unref(o->farewell);
		o->farewell = outbox_read_farewell(text, len, &f->service->written);
		o->farewell_seq = seq;
	}
	f->w = o->farewell;
	return f->w ? 0 : -EBADMSG;
}

static int bind_farewell(struct service *s, struct event *e, struct event_source *source)
{
	struct farewell f = { .service = s };
	int r = store_farewell_get(s->store, e->node, source->node, e->outbox, take_farewell, &f);

	if (f.w)
		source->written = written_ref(f.w);
	return r == -ENOENT ? 0 : r;
}

static int take_event(const struct store_event *row, void *data)
{
	struct service *s = data;
	struct outbox *o = &s->outbox;
	AUTO(event_free) struct event *e = outbox_read_event(s, row);
	int r = e ? 0 : -EBADMSG;

	for (size_t i = 0; !r && i < e->n_sources; i++)
		r = bind_farewell(s, e, &e->sources[i]);
	if (r == -EBADMSG)
		place_set(&o->next, row->key + 1, NULL);
	if (r)
		return r;
	if (o->next.event == row->key && o->next.jid) {
		free(e->told);
		e->told = mem_strdup(o->next.jid);
	}
	o->current = steal(e);
	return 0;
}

static void read_next(struct service *s)
{
	struct outbox *o = &s->outbox;
	int e = store_outbox_get(s->store, o->next.event, o->end, take_event, s);

	if (e == -ENOENT) {
		o->end = 0;
		written_unref(o->farewell);
		o->farewell = NULL;
	} else if (e == -EBADMSG) {
		log_error("an event of the outbox is passed over: it is damaged");
	} else if (e) {
		log_error("cannot read the outbox: %s", store_error(s->store));
		o->retry_at = time_now() + RETRY;
		s->changed = true;
	} else {
		metrics_add(s->metrics, METRIC_OUTBOX_READ, 1);
	}
}

struct event *outbox_current(struct service *s)
{
	if (!s->outbox.current)
		read_next(s);
	return s->outbox.current;
}

void outbox_event_done(struct service *s, struct event *e)
{
	struct outbox *o = &s->outbox;

	if (e->outbox)
		o->done = e->outbox + 1;
	if (e != o->current)
		return;
	place_set(&o->next, o->done, NULL);
	event_free(o->current);
	o->current = NULL;
}

/* What the server has */

static const struct event *head_event(const struct service *s)
{
	if (s->outbox.current)
		return s->outbox.current;
	return s->out.first && !s->outbox.end ? s->out.first->events.first : NULL;
}

void outbox_handed(struct service *s, size_t bytes)
{
	struct outbox *o = &s->outbox;
	const struct event *e = head_event(s);
	const char *jid = e && e->outbox && e->walk ? walk_place(e->walk) : NULL;
	struct outbox_place place = { .event = jid ? e->outbox : o->done, .jid = (char *)jid };

	if (place_compare(&place, &o->handed) > 0)
		place_copy(&o->handed, &place);
	o->unasked += bytes;
}

bool outbox_has_handed(const struct service *s, int64_t event)
{
	return s->outbox.handed.event > event || event > s->outbox.last;
}

bool outbox_is_waiting(const struct service *s)
{
	return place_compare(&s->outbox.handed, &s->outbox.proved) > 0;
}

static void prove(struct service *s)
{
	struct outbox *o = &s->outbox;

	place_copy(&o->proved, &o->asked);
	if (!o->save_at)
		o->save_at = time_now() + SAVE_DELAY;
}

static void on_known(struct service *s, bool has)
{
	struct outbox *o = &s->outbox;

	o->asking = false;
	s->changed = true;
	if (has)
		prove(s);
	else
		o->ask_at = time_now() + RETRY;
}

static void note_asked(struct outbox *o)
{
	place_copy(&o->asked, &o->handed);
	o->unasked = 0;
}

static void ask(struct service *s)
{
	struct outbox *o = &s->outbox;

	o->ask_at = 0;
	o->asking = proof_ask(s, &o->proof, on_known);
	if (o->asking)
		note_asked(o);
}

bool outbox_carry(struct service *s)
{
	struct outbox *o = &s->outbox;

	if (o->asking)
		return false;
	o->asking = true;
	o->ask_at = 0;
	note_asked(o);
	return true;
}

void outbox_carried(struct service *s, bool all)
{
	s->outbox.asking = false;
	if (all)
		prove(s);
}

void outbox_flushed(struct service *s)
{
	struct outbox *o = &s->outbox;
	int64_t now;

	/* What the server gives to another is not there yet when it answers. */
	if (o->asking || multicast_is_open(s) || place_compare(&o->handed, &o->proved) <= 0)
		return;
	now = time_now();
	if (o->leaving || o->unasked >= ASK_BYTES || (o->ask_at && o->ask_at <= now)) {
		ask(s);
	} else if (!o->ask_at) {
		o->ask_at = now + ASK_DELAY;
		s->changed = true;
	}
}

/* What is due */

int64_t outbox_due(const struct service *s)
{
	const struct outbox *o = &s->outbox;
	/* Where something flies, the question about that is asked before. */
	bool asks = o->ask_at && !o->asking && !multicast_is_open(s);
	int64_t first = asks ? o->ask_at : INT64_MAX;

	return o->retry_at && o->retry_at < first ? o->retry_at : first;
}

int outbox_next(struct service *s, int64_t *ret_time)
{
	if (!s->outbox.save_at)
		return -ENOENT;
	*ret_time = s->outbox.save_at;
	return 0;
}

int outbox_run(struct request *r, void *data)
{
	(void)r; /* the commit that follows does it (outbox_save()) */
	(void)data;
	return 0;
}
