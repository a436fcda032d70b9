/* SPDX-License-Identifier: MIT */
#include "cmd/serve/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/due.h"
#include "cmd/serve/iq.h"
#include "cmd/serve/message.h"
#include "cmd/serve/metrics.h"
#include "cmd/serve/notify/notify.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/presence/presence.h"
#include "cmd/serve/presence/roster.h"
#include "cmd/serve/rate.h"
#include "cmd/serve/reqlog.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/bounce.h"
#include "common/base/auto.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"

/* A batch is committed at the latest when it has grown to this. */
#define BATCH_REQUESTS 256
#define BATCH_BYTES (1024 * 1024)
/* Text that waits to be sent, and to whom; beyond, new requests are refused. */
#define OUT_MAX (64u * 1024 * 1024)
/* What is around a result, and more than any error has. */
#define FRAME 512

/* Batches */

/*
 * Nothing of the batch has come to be: whoever was told of it, or has seen some of it, is told
 * that.
 */
static void fail_batch(struct service *s, int error)
{
	enum ps_err e = error == -ENOSPC ? PS_RESOURCE_CONSTRAINT : PS_INTERNAL;

	log_error("cannot write to the store: %s", store_error(s->store));
	store_rollback(s->store);
	outbox_undone(s);
	s->batch.bytes = 0;
	for (struct out *o = s->batch.first; o; o = o->next) {
		if (o->bound) {
			event_list_release(&o->events);
			str_release(&o->ahead);
			if (o->head)
				out_error(o, e, NULL, NULL, NULL);
		}
		s->batch.bytes += out_bytes(o);
	}
	s->batch_writes = false;
}

static void commit_batch(struct service *s)
{
	double started = clock_now();
	int e = 0;

	if (s->batch_writes) {
		e = outbox_save(s);
		if (!e)
			e = store_commit(s->store);
		metrics_commit(s->metrics, clock_now() - started);
	}
	if (e)
		fail_batch(s, e);
	else if (s->batch_writes)
		outbox_committed(s);
	s->changed = s->changed || s->batch_writes;
	s->batch_writes = false;
	/* Now it is certain what they came to. */
	for (struct out *o = s->batch.first; o; o = o->next)
		if (o->head)
			metrics_request(s->metrics, o->op, o->outcome);
	outq_splice(&s->out, &s->batch);
	outbox_spill(s);
}

static int begin_change(struct service *s)
{
	/* Somebody else's lock is waited for once, and not for each request that has arrived. */
	if (!s->batch_writes && !s->unwritable)
		s->unwritable = store_begin(s->store);
	if (s->unwritable)
		return s->unwritable;
	s->batch_writes = true;
	return store_savepoint(s->store);
}

/* Ends the change that begin_change() began: all of it stays, or nothing. */
static int end_change(struct request *r, int e)
{
	struct service *s = r->service;
	int err = 0;

	if (!e || (e > 0 && r->keep)) {
		err = outbox_add(r);
		if (!err)
			err = store_release(s->store);
	}
	if (err) {
		e = err;
		r->keep = r->echo = false;
	}
	if (err || (e && !r->keep && store_in_transaction(s->store)))
		store_undo(s->store);
	if (err)
		outbox_undone(s);
	/* Some failures end the whole transaction: the requests before this one are undone, too. */
	if (!store_in_transaction(s->store))
		fail_batch(s, e);
	return e;
}

int service_change(struct service *s, change_fn *fn, void *data)
{
	AUTO_IN_PLACE(request_release)
	struct request r = { .service = s,
			     .now = time_now(),
			     .events = { .max = s->config->max_event } };
	struct out *o;
	int e = begin_change(s);

	if (e)
		return e;
	e = fn(&r, data);
	event_list_close(&r.events);
	e = end_change(&r, e);
	if (e)
		return e;
	o = out_new(NULL, NULL);
	o->events = r.events;
	r.events = (struct event_list){ 0 };
	o->bound = true;
	outq_push(&s->batch, o);
	return 0;
}

/* Requests */

bool service_find_sender(struct service *s, const char *raw)
{
	struct sender *from = &s->sender;

	if (from->raw && !strcmp(from->raw, raw))
		return from->jid;
	free(from->raw);
	free(from->jid);
	free(from->bare);
	*from = (struct sender){ .raw = mem_strdup(raw), .jid = jid_prep(raw) };
	if (!from->jid)
		return false;
	from->bare = jid_bare(from->jid);
	from->admin = config_is_admin(s->config, from->bare);
	return true;
}

bool service_is_for_us(const struct service *s, const char *to)
{
	AUTO_FREE char *jid = NULL;

	if (!to || !strcmp(to, s->config->jid) || !s->config->component)
		return true;
	jid = jid_prep(to);
	return jid && !strcmp(jid, s->config->jid);
}

/* What is too large for a stanza ends the stream, to the harm of all. */
static bool answer_fits(const struct service *s, const struct out *o, size_t content)
{
	return o->head + content <= s->config->max_stanza;
}

static int perform(struct request *r, const struct out *o)
{
	struct service *s = r->service;
	bool writes = r->op->flags & OP_WRITES;
	int e = writes ? begin_change(s) : 0;

	if (e)
		return e;
	e = iq_dispatch(r);
	event_list_close(&r->events);
	if (!answer_fits(s, o, r->result.len + FRAME)) {
		e = e ? e : PS_POLICY_VIOLATION;
		r->echo = false;
	}
	return writes ? end_change(r, e) : e;
}

bool service_congested(struct service *s)
{
	return s->out.bytes + s->batch.bytes + s->written > OUT_MAX || outbox_is_full(s);
}

bool service_is_too_fast(struct service *s)
{
	const struct config *c = s->config;

	return c->max_rate && !s->sender.admin &&
	       !rate_take(&s->rate, s->sender.bare, c->max_rate, c->rate_burst, rate_clock());
}

static int handle(struct request *r, const struct out *o)
{
	struct service *s = r->service;
	int e;

	if (!service_find_sender(s, stanza_attr(r->iq, "from")))
		return PS_JID_MALFORMED;
	if (!service_is_for_us(s, stanza_attr(r->iq, "to")))
		return PS_ITEM_NOT_FOUND;
	e = iq_unwrap(r);
	if (e != -ENOMSG && service_is_too_fast(s))
		return PS_TOO_FAST;
	if (e)
		return e;
	if (service_congested(s))
		return PS_RESOURCE_CONSTRAINT;
	/* A sign of life; other things clients ask by themselves. */
	if (r->action != r->wrapper)
		bounce_forgive(s);
	r->bare = s->sender.bare;
	r->who = (struct subject){ .jid = s->sender.jid, .admin = s->sender.admin };
	return perform(r, o);
}

static enum ps_err error_of(const struct service *s, int e)
{
	if (e >= 0)
		return (enum ps_err)e;
	log_error("a request has failed: %s",
		  e == -EIO || e == -ENOSPC ? store_error(s->store) : strerror(-e));
	return e == -ENOSPC ? PS_RESOURCE_CONSTRAINT : PS_INTERNAL;
}

static void answer(struct request *r, struct out *o, int e)
{
	struct service *s = r->service;

	if (e)
		out_error(o, error_of(s, e), r->detail, r->text,
			  r->echo ? r->result.p : NULL);
	else
		out_result(o, r->result.p, r->result.len);
	if (!e || r->keep) {
		out_ahead(o, r->ahead.p, r->ahead.len);
		o->events = r->events;
		r->events = (struct event_list){ 0 };
	}
	o->op = r->op;
	o->bound = s->batch_writes;
	outq_push(&s->batch, o);
}

static void commit_large_batch(struct service *s)
{
	if (s->batch.count >= BATCH_REQUESTS || s->batch.bytes >= BATCH_BYTES)
		commit_batch(s);
}

static void take_message(struct service *s, xmpp_stanza_t *message)
{
	if (multicast_refused(s, message))
		return;
	if (service_congested(s)) {
		log_warn("a message is passed over: too much waits to be sent");
		return;
	}
	message_take(s, message);
	commit_large_batch(s);
}

static void take_presence(struct service *s, xmpp_stanza_t *presence)
{
	presence_take(s, presence);
	commit_large_batch(s);
}

bool service_take(struct service *s, xmpp_stanza_t *stanza)
{
	AUTO_IN_PLACE(request_release)
	struct request r = {
		.service = s,
		.iq = stanza,
		.now = time_now(),
		.events = { .max = s->config->max_event },
	};
	const char *type = stanza_attr(stanza, "type"), *to = stanza_attr(stanza, "to");
	double started = clock_now();
	struct out *o;
	int e;

	if (stanza_is(stanza, "message", NULL))
		take_message(s, stanza);
	else if (stanza_is(stanza, "presence", NULL))
		take_presence(s, stanza);
	else if (roster_take(s, stanza))
		return true;
	/* Answers to nothing it asked mean nothing to the service. */
	if (!stanza_is(stanza, "iq", NULL) ||
	    (type && (!strcmp(type, "result") || !strcmp(type, "error"))))
		return true;
	/* Without a sender it is the server's own business with the account. */
	if (!stanza_attr(stanza, "from"))
		return false;
	o = out_new(stanza, s->config->component && to ? to : s->config->jid);
	if (!answer_fits(s, o, FRAME)) {
		log_warn("a request is passed over: no answer to it would fit a stanza");
		out_free(o);
		return true;
	}
	e = type && (!strcmp(type, "get") || !strcmp(type, "set")) ? handle(&r, o) : PS_BAD_REQUEST;
	if (e == -ENOMSG) {
		out_free(o);
		return false;
	}
	answer(&r, o, e);
	reqlog_note(&r, ++s->requests, o->outcome, clock_now() - started);
	commit_large_batch(s);
	return true;
}

/* A transaction has begun also where the only change has failed. */
static bool is_in_batch(const struct service *s)
{
	return s->batch.first || s->batch_writes;
}

void service_turn(struct service *s)
{
	if (is_in_batch(s))
		commit_batch(s);
	s->unwritable = 0;
	notify_flush(s);
}

/* What is due */

bool service_due(struct service *s, int64_t *ret_time)
{
	if (s->interrupted) {
		*ret_time = 0;
		return true;
	}
	if (!s->changed)
		return false;
	s->changed = false;
	*ret_time = due_next(s);
	if (outbox_due(s) < *ret_time)
		*ret_time = outbox_due(s);
	if (multicast_due(s) < *ret_time)
		*ret_time = multicast_due(s);
	return true;
}

void service_run(struct service *s)
{
	due_run(s, time_now());
	s->changed = true;
	service_turn(s);
}

/* Questions */

struct question {
	struct service *service;
	ask_fn *reply;
	void *data;
};

static void on_reply(xmpp_stanza_t *answer, void *data)
{
	AUTO_FREE struct question *q = data;

	q->reply(q->service, answer, q->data);
}

bool service_ask(struct service *s, const char *type, const char *to, const char *xml, size_t len,
		 ask_fn *reply, void *data)
{
	struct question *q = mem_alloc(sizeof(*q));

	*q = (struct question){ .service = s, .reply = reply, .data = data };
	if (s->sink->ask(type, to, xml, len, on_reply, q, s->sink->data))
		return true;
	free(q);
	return false;
}

/* Sending */

void service_resume(struct service *s)
{
	/* In the middle of a batch the turn is still to come. */
	if (!is_in_batch(s))
		notify_flush(s);
}

bool service_idle(const struct service *s)
{
	return !s->batch.first && !s->out.first && !s->buffer.len && !outbox_is_behind(s);
}

bool service_is_done(const struct service *s)
{
	return service_idle(s) && !outbox_is_waiting(s) && !multicast_is_open(s);
}
