/* SPDX-License-Identifier: MIT */
/*
 * Answers to what was published: taken, refused, or to be sent again, as the service is away.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/pub/sender_internal.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

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
		on_nobody(s, NO_ANSWER, EX_TEMPFAIL);
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

void answer_rest_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sender *s = t->data;

	(void)loop;
	(void)events;
	s->handler->progress(s->data);
}

/* @w, about to be settled. What is behind one that does not go on is no reason to ask that again. */
static void succeeded(struct sender *s, const struct work *w)
{
	s->established = true;
	if (w == TAILQ_FIRST(&s->list))
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
		sender_settle(s, w, WORK_DONE);
	} else if (!try_again(s, f, &e)) {
		stanza_error_describe(&text, &e);
		sender_refuse(s, w, stanza_error_exit(&e), text.p);
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
			succeeded(s, w);
			sender_settle(s, w, WORK_DONE);
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
	succeeded(s, w);
	id = w->kind == WORK_ITEM ? stanza_attr(published_items(reply), "id") : NULL;
	if (id) {
		free(w->id);
		w->id = mem_strdup(id);
	}
	sender_settle(s, w, WORK_DONE);
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

/*
 * It is late, or was lost on a link that is dead without a sign: the next try finds out. Of several
 * that are late the first counts.
 */
static bool may_be_late(struct sender *s)
{
	if (!s->p->retries || s->stopped)
		return false;
	if (!s->rewinding)
		take_rest(s, RETRY_AWAY, NO_ANSWER, EX_TEMPFAIL);
	return s->rewinding || ev_is_active(&s->rest);
}

static void on_no_answer(struct sender *s, const struct flight *f)
{
	AUTO_STR what = { 0 };

	if (s->p->spooled || may_be_late(s)) {
		on_lost(s, f);
		s->rewinding = true;
		if (s->p->spooled)
			take_rest(s, RETRY_AWAY, NO_ANSWER, EX_TEMPFAIL);
		return;
	}
	work_describe(f->works[0], &what);
	log_error("cannot %s at %s: " NO_ANSWER, what.p, s->current);
	s->stopped = true;
	if (!s->code)
		s->code = EX_TEMPFAIL;
	s->handler->failed(s->code, s->data);
}

void answer_take(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
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
	if (outcome == SESSION_LOST || (outcome == SESSION_TIMEOUT && s->stopped && !s->p->spooled))
		return;
	if (s->refused_after && !s->in_flight)
		log_warn("%zu more that were on their way were refused as well", s->refused_after);
	s->handler->progress(s->data);
}
