/* SPDX-License-Identifier: MIT */
#include "cmd/pub/sender.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/pub/sender_internal.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/request.h"

/* A stanza larger than this ends the stream at Prosody and ejabberd as Debian configures them. */
#define STANZA_MAX (256 * 1024)
#define ENVELOPE 1024			/* of it for iq, addresses, pubsub and publish */
#define HELD_MAX (4 * 1024 * 1024)	/* bytes of payload */

struct sender *sender_new(const struct sender_params *p, const struct sender_handler *handler,
			  void *data)
{
	struct sender *s = mem_zalloc(sizeof(*s));

	s->p = p;
	s->handler = handler;
	s->data = data;
	s->batches = p->batch > 1 ? BATCH_UNTRIED : BATCH_OFF;
	TAILQ_INIT(&s->list);
	LIST_INIT(&s->flights);
	ev_timer_init(&s->rest, answer_rest_over, 0., 0.);
	s->rest.data = s;
	return s;
}

static void drop_first(struct sender *s)
{
	struct work *w = TAILQ_FIRST(&s->list);

	TAILQ_REMOVE(&s->list, w, link);
	s->bytes -= w->len;
	work_free(w);
}

void sender_free(struct sender *s)
{
	if (!s)
		return;
	if (s->session)
		ev_timer_stop(session_loop(s->session), &s->rest);
	while (!TAILQ_EMPTY(&s->list))
		drop_first(s);
	while (!LIST_EMPTY(&s->flights)) {
		struct flight *f = LIST_FIRST(&s->flights);

		LIST_REMOVE(f, link);
		free(f);
	}
	free(s->current);
	free(s);
}

/* Taking work */

void sender_append(struct sender *s, struct work *w)
{
	TAILQ_INSERT_TAIL(&s->list, w, link);
	s->open++;
	s->bytes += w->len;
	if (!s->next)
		s->next = w;
}

/* May have to be sent twice? */
static bool resends(const struct sender *s)
{
	return s->p->retries || s->p->spooled;
}

const char *sender_service(const struct sender *s, const struct work *w)
{
	return w->service ? w->service : s->service;
}

bool sender_is_full(const struct sender *s)
{
	return s->open >= (size_t)s->p->window * s->p->batch || s->bytes >= HELD_MAX ||
	       (s->session && session_queued(s->session) >= SESSION_QUEUE_HIGH);
}

bool sender_has_room(const struct sender *s)
{
	return s->open <= (size_t)s->p->window * s->p->batch / 2 && s->bytes < HELD_MAX / 2 &&
	       session_queued(s->session) < SESSION_QUEUE_HIGH / 2;
}

size_t sender_open(const struct sender *s)
{
	return s->open;
}

bool sender_is_stopped(const struct sender *s)
{
	return s->stopped;
}

bool sender_is_done(const struct sender *s)
{
	return s->stopped ? !s->in_flight : !s->open;
}

int sender_code(const struct sender *s)
{
	return s->code;
}

/* What became of it */

void sender_settle(struct sender *s, struct work *w, enum work_state state)
{
	w->state = state;
	s->open--;
	for (w = TAILQ_FIRST(&s->list); w && w->state >= WORK_DONE; w = TAILQ_FIRST(&s->list)) {
		s->handler->settled(w, s->data);
		drop_first(s);
	}
}

void sender_refuse(struct sender *s, struct work *w, int code, const char *why)
{
	AUTO_STR what = { 0 };

	if (s->stopped && !s->p->spooled) {
		s->refused_after++;
		sender_settle(s, w, WORK_REFUSED);
		return;
	}
	work_describe(w, &what);
	log_error("cannot %s at %s: %s", what.p, sender_service(s, w), why);
	w->why = mem_strdup(why);
	if (s->p->keep_going)
		s->code = EX_REFUSED;
	else if (!s->code)
		s->code = code;
	s->stopped |= !s->p->keep_going && !s->p->spooled;
	sender_settle(s, w, WORK_REFUSED);
}

/* Sending */

static size_t size_of(const struct work *w)
{
	return w->len + (w->id ? strlen(w->id) : 0) + strlen(w->node) +
	       (w->form ? strlen(w->form) : 0);
}

static bool fits(const struct work *w, size_t used)
{
	return used + size_of(w) <= STANZA_MAX - ENVELOPE;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Could they be in one request? */
static bool go_together(const struct sender *s, const struct work *a, const struct work *b)
{
	return !strcmp(a->node, b->node) && same(a->form, b->form) &&
	       same(sender_service(s, a), sender_service(s, b));
}

/* How many from @first on may go in one request. */
static size_t batch_size(const struct sender *s, const struct work *first)
{
	const struct work *w = first;
	size_t n = 0, bytes = 0;

	if (s->batches == BATCH_OFF || first->kind != WORK_ITEM)
		return 1;
	for (; w && n < s->p->batch; w = TAILQ_NEXT(w, link)) {
		if (w->kind != WORK_ITEM || w->state != WORK_WAITING ||
		    !go_together(s, w, first) || (n && !fits(w, bytes)))
			break;
		bytes += size_of(w) + 64; /* its tags */
		n++;
	}
	return n;
}

static void forget_payload(struct sender *s, struct work *w)
{
	s->bytes -= w->len;
	free(w->payload);
	w->payload = NULL;
	w->len = 0;
}

static void advance(struct sender *s)
{
	while (s->next && s->next->state != WORK_WAITING)
		s->next = TAILQ_NEXT(s->next, link);
}

/* What has been found out about the one does not hold for the other. */
static void turn_to(struct sender *s, const char *service)
{
	if (s->current && !strcmp(s->current, service))
		return;
	free(s->current);
	s->current = mem_strdup(service);
	s->batches = s->p->batch > 1 ? BATCH_UNTRIED : BATCH_OFF;
	s->established = false;
	retry_reset(&s->retry);
}

static void send_next(struct sender *s, size_t count)
{
	struct flight *f = mem_alloc(sizeof(*f) + count * sizeof(f->works[0]));
	struct work *w = s->next;
	AUTO_STR xml = { 0 };

	turn_to(s, sender_service(s, w));
	f->sender = s;
	f->count = count;
	if (count > 1)
		request_publish_begin(&xml, w->node);
	else
		work_render(w, &xml);
	for (size_t i = 0; i < count; i++, w = TAILQ_NEXT(w, link)) {
		if (count > 1)
			request_publish_item(&xml, w->id, w->payload, w->len);
		w->state = WORK_SENT;
		f->works[i] = w;
	}
	if (count > 1)
		request_publish_end_with(&xml, s->next->form);
	else if (!resends(s))
		forget_payload(s, f->works[0]);
	LIST_INSERT_HEAD(&s->flights, f, link);
	s->in_flight++;
	if (count > 1) {
		s->batches_in_flight++;
		if (s->batches == BATCH_UNTRIED)
			s->batches = BATCH_TRYING;
	}
	s->creating |= f->works[0]->kind == WORK_CREATE;
	advance(s);
	session_request(s->session, "set", s->current, xml.p, xml.len, answer_take, f);
}

static bool must_wait(const struct sender *s, const struct work *w)
{
	if (s->in_flight && strcmp(s->current, sender_service(s, w)))
		return true;
	return ev_is_active(&s->rest) || s->probing || s->rewinding || s->creating ||
	       s->batches == BATCH_TRYING ||
	       (w->kind != WORK_ITEM && s->batches_in_flight);
}

void sender_pump(struct sender *s)
{
	while (s->next && !s->stopped && s->session && session_is_up(s->session) &&
	       s->in_flight < s->p->window && session_queued(s->session) < SESSION_QUEUE_HIGH &&
	       !must_wait(s, s->next)) {
		struct work *w = s->next;

		if (fits(w, 0)) {
			send_next(s, batch_size(s, w));
		} else {
			s->next = TAILQ_NEXT(w, link);
			advance(s);
			sender_refuse(s, w, EX_DATAERR, "it is larger than servers accept (256 KB)");
		}
	}
}

void sender_up(struct sender *s, struct session *session, const char *service)
{
	s->session = session;
	s->service = service;
}
