/* SPDX-License-Identifier: MIT */
#include "cmd/pub/sender.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/request.h"
#include "common/pubsub/retry.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

/* A stanza larger than this ends the stream at Prosody and ejabberd as Debian configures them. */
#define STANZA_MAX (256 * 1024)
#define ENVELOPE 1024			/* of it for iq, addresses, pubsub and publish */
#define HELD_MAX (4 * 1024 * 1024)	/* bytes of payload */

/* What the service does with several items in one publish request. */
enum batches { BATCH_UNTRIED, BATCH_TRYING, BATCH_TAKEN, BATCH_OFF };

struct sender;

/* A request in flight. */
struct flight {
	LIST_ENTRY(flight) link;
	struct sender *sender;
	size_t count;
	struct work *works[];
};

struct sender {
	const struct sender_params *p;
	const struct sender_handler *handler;
	void *data;
	struct session *session;
	const char *service;		/* where work names none; NULL: not known */
	char *current;			/* what is in flight goes there; NULL: nothing has gone */
	struct work_list list;
	struct work *next;		/* the first that waits; NULL: none does */
	size_t open, bytes;		/* in the list, without an answer; payload held */
	LIST_HEAD(flights, flight) flights;
	size_t in_flight;		/* requests: how many those are */
	size_t batches_in_flight;	/* of several items */
	bool creating;			/* such a request is in flight */
	enum batches batches;
	bool stopped;
	bool established;		/* the service has done something for us */
	bool probing;			/* is the service there? */
	bool rewinding;			/* once nothing is in flight, all is sent again, in order */
	size_t refused_after;		/* when it had stopped: in flight */
	struct retry retry;
	ev_timer rest;			/* active: the service is away */
	int code;
};

static void on_rest_over(struct ev_loop *loop, ev_timer *t, int events);

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
	ev_timer_init(&s->rest, on_rest_over, 0., 0.);
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

static const char *service_of(const struct sender *s, const struct work *w)
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

/* Acknowledgements go out in the order of input, whatever order they come in. */
static void settle(struct sender *s, struct work *w, enum work_state state)
{
	w->state = state;
	s->open--;
	for (w = TAILQ_FIRST(&s->list); w && w->state >= WORK_DONE; w = TAILQ_FIRST(&s->list)) {
		s->handler->settled(w, s->data);
		drop_first(s);
	}
}

static void refuse(struct sender *s, struct work *w, int code, const char *why)
{
	AUTO_STR what = { 0 };

	if (s->stopped && !s->p->spooled) {
		s->refused_after++;
		settle(s, w, WORK_REFUSED);
		return;
	}
	work_describe(w, &what);
	log_error("cannot %s at %s: %s", what.p, service_of(s, w), why);
	w->why = mem_strdup(why);
	if (s->p->keep_going)
		s->code = EX_REFUSED;
	else if (!s->code)
		s->code = code;
	s->stopped |= !s->p->keep_going && !s->p->spooled;
	settle(s, w, WORK_REFUSED);
}

/* Some answers are refusals in form, and yet what was wanted is so. */
static bool is_as_wanted(const struct work *w, const struct stanza_error *e)
{
	if (w->kind == WORK_CREATE)
		return !strcmp(e->condition, "conflict");
	return w->kind == WORK_RETRACT && !strcmp(e->condition, "item-not-found");
}

static void find_next(struct sender *s)
{
	TAILQ_FOREACH(s->next, &s->list, link)
		if (s->next->state == WORK_WAITING)
			break;
}

/* Those of @f that have no answer. */
static void wait_again(struct sender *s, const struct flight *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->works[i])
			f->works[i]->state = WORK_WAITING;
	find_next(s);
}

/* What was acknowledged behind something that is sent again would otherwise come before it. */
static void rewind_when_quiet(struct sender *s)
{
	struct work *w;

	if (!s->rewinding || s->in_flight)
		return;
	s->rewinding = false;
	TAILQ_FOREACH(w, &s->list, link) {
		if (w->state == WORK_DONE)
			s->open++;
		if (w->state != WORK_REFUSED)
			w->state = WORK_WAITING;
	}
	find_next(s);
}

/* The service is away: a pause, unless there have been enough of them. */
static void take_rest(struct sender *s, enum retry_hope hope, const char *why, int code)
{
	double pause;

	if (ev_is_active(&s->rest) || s->stopped)
		return;
	pause = retry_next(&s->retry, hope, s->p->retries);
	if (pause < 0 && s->p->spooled && s->handler->away(why, code, s->data))
		pause = retry_next(&s->retry, hope, -1);
	if (pause < 0) {
		s->stopped |= s->p->spooled;
		return;
	}
	log_warn("%s does not take it now (%s): trying again in %.1f s", s->current, why, pause);
	ev_timer_set(&s->rest, pause, 0.);
	ev_timer_start(session_loop(s->session), &s->rest);
}

/* Nobody is there: no refusal so far was meant. */
static void on_nobody(struct sender *s, const char *why, int code)
{
	struct work *w;

	TAILQ_FOREACH(w, &s->list, link)
		w->doubted = false;
	take_rest(s, RETRY_AWAY, why, code);
}

static void on_probed(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
		      void *data)
{
	struct sender *s = data;
	struct stanza_error e;

	(void)session;
	s->probing = false;
	if (outcome == SESSION_TIMEOUT) {
		on_nobody(s, "no answer in time", EX_TEMPFAIL);
	} else if (outcome == SESSION_ERROR) {
		stanza_error_parse(reply, &e);
		if (retry_hope(&e) != RETRY_NEVER)
			on_nobody(s, e.condition, EX_UNAVAILABLE);
		stanza_error_release(&e);
	}
	s->handler->progress(s->data);
}

/*
 * "forbidden" may be said for a service that is away (retry.h). One that is there answers to this.
 */
static void probe(struct sender *s)
{
	static const char xml[] = "<query xmlns='" NS_DISCO_INFO "'/>";

	if (s->probing)
		return;
	s->probing = session_request(s->session, "get", s->current, xml, sizeof(xml) - 1, on_probed,
				     s);
}

/* False: it has been found out that the service is there, and means what it says. */
static bool put_off(struct sender *s, const struct flight *f, const struct stanza_error *e,
		    enum retry_hope hope)
{
	if (hope == RETRY_DOUBTFUL) {
		if (f->works[0]->doubted)
			return false;
		f->works[0]->doubted = true;
		probe(s);
	} else {
		take_rest(s, hope, e->condition, stanza_error_exit(e));
	}
	s->rewinding = true;
	wait_again(s, f);
	return true;
}

/* The service is away. True: it will be asked again. */
static bool try_again(struct sender *s, const struct flight *f, const struct stanza_error *e)
{
	enum retry_hope hope = retry_hope(e);

	if (hope == RETRY_NEVER)
		return false;
	if (s->p->spooled)
		return put_off(s, f, e, hope);
	if (!s->p->retries || s->stopped || (hope == RETRY_DOUBTFUL && !s->established))
		return false;
	take_rest(s, hope, e->condition, 0);
	if (!ev_is_active(&s->rest))
		return false;
	s->rewinding = true;
	wait_again(s, f);
	return true;
}

static void on_rest_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sender *s = t->data;

	(void)loop;
	(void)events;
	s->handler->progress(s->data);
}

static void succeeded(struct sender *s)
{
	s->established = true;
	retry_reset(&s->retry);
}

static void on_error(struct sender *s, const struct flight *f, xmpp_stanza_t *reply)
{
	struct work *w = f->works[0];
	struct stanza_error e;
	AUTO_STR text = { 0 };

	stanza_error_parse(reply, &e);
	if (is_as_wanted(w, &e)) {
		if (w->kind == WORK_RETRACT)
			log_info("item '%s' was not there to be retracted from '%s'", w->id,
				 w->node);
		settle(s, w, WORK_DONE);
	} else if (!try_again(s, f, &e)) {
		stanza_error_describe(&text, &e);
		refuse(s, w, stanza_error_exit(&e), text.p);
	}
	stanza_error_release(&e);
}

static xmpp_stanza_t *published_items(xmpp_stanza_t *reply)
{
	xmpp_stanza_t *pubsub = stanza_child(reply, "pubsub", NS_PUBSUB);

	return stanza_child(stanza_child(pubsub, "publish", NS_PUBSUB), "item", NS_PUBSUB);
}

static bool lists(xmpp_stanza_t *item, const char *wanted)
{
	for (; item; item = stanza_next_like(item, "item", NS_PUBSUB)) {
		const char *id = stanza_attr(item, "id");

		if (id && !strcmp(id, wanted))
			return true;
	}
	return false;
}

/*
 * Only the items that the answer lists have been taken for certain: Prosody says that it takes
 * several, and takes the first. The others go out one by one; all have ids, so none will be there
 * twice.
 */
static bool take_batch_result(struct sender *s, struct flight *f, xmpp_stanza_t *reply)
{
	bool all = true;

	for (size_t i = 0; i < f->count; i++) {
		struct work *w = f->works[i];

		if (lists(published_items(reply), w->id)) {
			f->works[i] = NULL;
			settle(s, w, WORK_DONE);
		} else {
			all = false;
		}
	}
	return all;
}

static void on_batch(struct sender *s, struct flight *f, enum session_outcome outcome,
		     xmpp_stanza_t *reply)
{
	bool trying = s->batches == BATCH_TRYING;

	s->batches_in_flight--;
	if (trying)
		s->batches = BATCH_UNTRIED;
	if (outcome == SESSION_ERROR) {
		struct stanza_error e;
		bool again;

		stanza_error_parse(reply, &e);
		again = try_again(s, f, &e);
		stanza_error_release(&e);
		if (again)
			return;
	} else if (take_batch_result(s, f, reply)) {
		succeeded(s);
		if (trying)
			s->batches = BATCH_TAKEN;
		return;
	}
	/* Refused, all of it, perhaps for the sake of one. */
	log_info("%s does not take items of this batch together: they go out one by one",
		 s->current);
	s->batches = BATCH_OFF;
	wait_again(s, f);
}

static void on_single(struct sender *s, struct flight *f, enum session_outcome outcome,
		      xmpp_stanza_t *reply)
{
	struct work *w = f->works[0];
	const char *id;

	if (w->kind == WORK_CREATE)
		s->creating = false;
	if (outcome == SESSION_ERROR) {
		on_error(s, f, reply);
		return;
	}
	succeeded(s);
	id = w->kind == WORK_ITEM ? stanza_attr(published_items(reply), "id") : NULL;
	if (id) {
		free(w->id);
		w->id = mem_strdup(id);
	}
	settle(s, w, WORK_DONE);
}

static void on_lost(struct sender *s, const struct flight *f)
{
	if (f->works[0]->kind == WORK_CREATE)
		s->creating = false;
	if (f->count > 1)
		s->batches_in_flight--;
	if (s->batches == BATCH_TRYING)
		s->batches = BATCH_UNTRIED;
	wait_again(s, f);
}

static void on_no_answer(struct sender *s, const struct flight *f)
{
	AUTO_STR what = { 0 };

	if (s->p->spooled) {
		on_lost(s, f);
		s->rewinding = true;
		take_rest(s, RETRY_AWAY, "no answer in time", EX_TEMPFAIL);
		return;
	}
	work_describe(f->works[0], &what);
	log_error("cannot %s at %s: no answer in time", what.p, s->current);
	s->stopped = true;
	if (!s->code)
		s->code = EX_TEMPFAIL;
	s->handler->failed(s->code, s->data);
}

static void on_reply(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	AUTO_FREE struct flight *f = data;
	struct sender *s = f->sender;

	(void)session;
	LIST_REMOVE(f, link);
	s->in_flight--;
	switch (outcome) {
	case SESSION_LOST:
		on_lost(s, f);
		break;
	case SESSION_TIMEOUT:
		on_no_answer(s, f);
		break;
	default:
		if (f->count > 1)
			on_batch(s, f, outcome, reply);
		else
			on_single(s, f, outcome, reply);
	}
	rewind_when_quiet(s);
	if (outcome == SESSION_LOST || (outcome == SESSION_TIMEOUT && !s->p->spooled))
		return;
	if (s->refused_after && !s->in_flight)
		log_warn("%zu more that were on their way were refused as well", s->refused_after);
	s->handler->progress(s->data);
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
	       same(service_of(s, a), service_of(s, b));
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

	turn_to(s, service_of(s, w));
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
	session_request(s->session, "set", s->current, xml.p, xml.len, on_reply, f);
}

static bool must_wait(const struct sender *s, const struct work *w)
{
	if (s->in_flight && strcmp(s->current, service_of(s, w)))
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
			refuse(s, w, EX_DATAERR, "it is larger than servers accept (256 KB)");
		}
	}
}

void sender_up(struct sender *s, struct session *session, const char *service)
{
	s->session = session;
	s->service = service;
}
