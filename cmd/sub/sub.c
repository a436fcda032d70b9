/* SPDX-License-Identifier: MIT */
#include "cmd/sub/sub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/sub/deliver.h"
#include "cmd/sub/follow.h"
#include "cmd/sub/handler.h"
#include "cmd/sub/opts.h"
#include "cmd/sub/state.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/discover.h"
#include "common/pubsub/event.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"

#define END_MAX 5. /* seconds for ending the subscriptions */

/* The end */

void sub_leave(struct sub *s)
{
	bool reachable = session_is_up(s->session) && !session_is_resting(s->session);

	for (size_t i = 0; reachable && i < s->count; i++)
		s->unsubscribing += follow_unsubscribe(s->follows[i]);
	if (!s->unsubscribing) {
		session_finish(s->session, s->code);
		return;
	}
	ev_timer_set(&s->end, END_MAX, 0.);
	ev_timer_start(session_loop(s->session), &s->end);
}

/* At once: handlers that run are ended. */
void sub_end(struct sub *s, int code)
{
	if (s->ending)
		return;
	s->ending = true;
	s->code = code;
	if (!s->handlers || handlers_stop(s->handlers))
		sub_leave(s);
}

/* All has been printed, or given to a handler. */
void sub_complete(struct sub *s)
{
	s->complete = true;
	if (!s->handlers || handlers_are_idle(s->handlers))
		sub_end(s, 0);
}

static void on_unsubscribed(struct follow *f, void *data)
{
	struct sub *s = data;

	(void)f;
	if (!--s->unsubscribing)
		session_finish(s->session, s->code);
}

static void on_end_late(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sub *s = t->data;

	(void)loop;
	(void)events;
	session_finish(s->session, s->code);
}

static void on_wait_over(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sub *s = t->data;

	(void)loop;
	(void)events;
	if (s->o->count)
		log_error("%g s are over: %llu of %llu items have come", s->o->wait,
			  (unsigned long long)s->printed, (unsigned long long)s->o->count);
	else if (s->o->once)
		log_error("%g s are over before all was read", s->o->wait);
	sub_end(s, s->o->count || s->o->once ? EX_TEMPFAIL : 0);
}

static void tell_ready(struct sub *s)
{
	static const char ready[] = "READY=1\n";

	s->ready = true;
	if (s->o->ready_fd < 0)
		return;
	if (write(s->o->ready_fd, ready, sizeof(ready) - 1) < 0)
		log_warn("cannot write to descriptor %d: %s", s->o->ready_fd, strerror(errno));
	if (s->o->ready_fd > STDERR_FILENO)
		close(s->o->ready_fd);
}

/* Following: all are subscribed first, then each in turn reads what is stored */

static void read_next(struct sub *s)
{
	while (!s->ending && ++s->reading < s->count)
		if (follow_read(s->follows[s->reading]))
			return;
	if (!ev_is_active(&s->again)) /* nobody is left who failed */
		retry_reset(&s->retry);
	if (!s->ending && s->o->once)
		sub_complete(s);
}

static void start_reading(struct sub *s)
{
	s->reading = (size_t)-1;
	read_next(s);
}

void sub_go_on(struct sub *s)
{
	for (size_t i = 0; i < s->count && !s->ending; i++)
		follow_go_on(s->follows[i]);
}

static void on_settled(struct follow *f, void *data)
{
	struct sub *s = data;
	size_t subscribed = 0;

	(void)f;
	for (size_t i = 0; i < s->count; i++) {
		if (!follow_is_settled(s->follows[i]))
			return;
		subscribed += follow_is_subscribed(s->follows[i]);
	}
	if (!s->ready && subscribed == s->count)
		tell_ready(s);
	start_reading(s);
}

static void on_caught_up(struct follow *f, void *data)
{
	struct sub *s = data;

	if (s->reading < s->count && s->follows[s->reading] == f)
		read_next(s);
}

static void on_gone(struct follow *f, void *data)
{
	struct sub *s = data;

	if (++s->gone < s->count) {
		log_warn("the node '%s' was deleted", follow_node(f));
	} else if (!s->ending) {
		log_error("the node '%s' was deleted: nothing is left to follow", follow_node(f));
		sub_end(s, EX_NOTFOUND);
	}
}

static void on_failed(struct follow *f, int code, enum retry_hope hope, void *data)
{
	struct sub *s = data;
	double pause;

	if (s->ending)
		return;
	if (hope != RETRY_NEVER && ev_is_active(&s->again)) {
		on_caught_up(f, s);
		return;
	}
	pause = retry_next(&s->retry, hope, s->o->params.retries);
	if (pause < 0) {
		sub_end(s, code);
		return;
	}
	log_warn("trying again in %.1f s", pause);
	ev_timer_set(&s->again, pause, 0.);
	ev_timer_start(session_loop(s->session), &s->again);
	on_caught_up(f, s); /* the others go on */
}

static void on_again(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sub *s = t->data;

	(void)loop;
	(void)events;
	for (size_t i = 0; !s->ending && session_is_up(s->session) && i < s->count; i++)
		if (follow_is_down(s->follows[i]))
			follow_up(s->follows[i], s->session, s->service);
}

static const struct follow_handler follow_handler = {
	.event = deliver_event,
	.passed = deliver_passed,
	.ready = deliver_is_ready,
	.empty = deliver_empty,
	.placed = deliver_placed,
	.counted = deliver_counted,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.gone = on_gone,
	.unsubscribed = on_unsubscribed,
	.failed = on_failed,
};

/* The session */

static void start(struct sub *s)
{
	static const char available[] = "<presence/>",
			  unaddressed[] = "<presence><priority>-1</priority></presence>";

	if (s->o->once) {
		/* Nothing will be sent to us. */
	} else if (s->o->durable) { /* what is sent to the account comes here */
		session_send(s->session, available, sizeof(available) - 1);
	} else { /* what is sent to the account goes to others */
		session_send(s->session, unaddressed, sizeof(unaddressed) - 1);
	}
	s->out.service = s->service;
	if (!deliver_bind(s))
		return;
	for (size_t i = 0; i < s->count; i++)
		follow_up(s->follows[i], s->session, s->service);
	if (s->o->once)
		start_reading(s);
}

static void on_service(const char *service, int code, void *data)
{
	struct sub *s = data;

	if (!service) {
		sub_end(s, code);
		return;
	}
	s->service = mem_strdup(service);
	deliver_tell_link(s);
	start(s);
}

static void on_up(struct session *session, void *data)
{
	struct sub *s = data;

	if (s->ending)
		return;
	deliver_tell_link(s);
	if (s->service) {
		start(s);
		return;
	}
	discover_free(s->discovery);
	s->discovery = discover_start(session, on_service, s);
}

static void on_down(struct session *session, void *data)
{
	struct sub *s = data;

	(void)session;
	deliver_tell_link(s);
	ev_timer_stop(session_loop(s->session), &s->again);
	for (size_t i = 0; i < s->count; i++)
		follow_down(s->follows[i]);
	if (s->ending && (!s->handlers || handlers_are_idle(s->handlers)))
		session_finish(s->session, s->code);
}

/*
 * Only the service that we follow may send events (CLI-04); without a sender it is our own account.
 */
static bool is_from_service(const struct sub *s, xmpp_stanza_t *message)
{
	const char *from = stanza_attr(message, "from");
	AUTO_FREE char *jid = NULL;

	if (!s->service)
		return false;
	if (from && !strcmp(from, s->service))
		return true;
	jid = from ? jid_prep(from) : jid_bare(session_jid(s->session));
	return jid && !strcmp(jid, s->service);
}

static void take_event(const struct event *e, void *data)
{
	struct sub *s = data;

	for (size_t i = 0; !s->ending && i < s->count; i++)
		if (!strcmp(e->node, follow_node(s->follows[i]))) {
			follow_event(s->follows[i], e);
			return;
		}
}

static bool on_stanza(struct session *session, xmpp_stanza_t *stanza, void *data)
{
	struct sub *s = data;
	const char *from = stanza_attr(stanza, "from");

	(void)session;
	if (!stanza_is(stanza, "message", NULL) || s->ending)
		return false;
	if (!is_from_service(s, stanza)) {
		log_debug("ignoring a message of %s", from ? from : "nobody");
		return false;
	}
	if (tap_cut(stanza))
		log_warn("an event of %s is larger than can be taken (%s): part of it is lost",
			 s->service, tap_cut(stanza));
	for (size_t i = 0; i < s->count; i++)
		if (follow_message(s->follows[i], stanza))
			return true;
	if (repeats_has(&s->repeats, stanza)) {
		log_info("message '%s' of %s came twice", stanza_attr(stanza, "id"), s->service);
		return true;
	}
	return event_parse(stanza, take_event, s);
}

static void on_interrupted(struct session *session, int signo, void *data)
{
	(void)session;
	(void)signo;
	sub_end(data, 0);
}

static const struct session_handler session_handler = {
	.up = on_up,
	.down = on_down,
	.stanza = on_stanza,
	.interrupted = on_interrupted,
};

static void init_follows(struct sub *s)
{
	const struct sub_opts *o = s->o;

	s->count = o->target.count;
	s->reading = s->count;
	s->follows = mem_zalloc(s->count * sizeof(struct follow *));
	for (size_t i = 0; i < s->count; i++) {
		struct follow_params p = {
			.node = o->target.nodes[i],
			.subscribe = !o->once,
			.durable = o->durable,
			.options = o->options,
			.all = o->all,
			.last = o->last,
			/* By them the next run knows an item. */
			.payloads = output_wants_payload(&s->out) || o->state,
			.place = o->state,
			.baseline = o->params.retries != 0 || o->state,
			.patient = o->params.retries != 0,
		};

		s->follows[i] = follow_new(&p, &follow_handler, s);
		if (s->state && state_has(s->state, i))
			follow_resume(s->follows[i],
				      &(struct follow_position){
					      .seen = state_seen(s->state, i),
					      .places = state_places(s->state, i),
					      .whole = state_is_whole(s->state, i),
					      .place = state_place(s->state, i),
					      .number = state_number(s->state, i),
				      });
	}
}

static void start_timers(struct sub *s)
{
	ev_timer_init(&s->end, on_end_late, END_MAX, 0.);
	ev_timer_init(&s->wait, on_wait_over, s->o->wait, 0.);
	ev_timer_init(&s->again, on_again, 0., 0.);
	s->end.data = s->wait.data = s->again.data = s;
	if (s->o->wait > 0)
		ev_timer_start(session_loop(s->session), &s->wait);
}

static void stop_timers(struct sub *s)
{
	ev_timer_stop(session_loop(s->session), &s->wait);
	ev_timer_stop(session_loop(s->session), &s->end);
	ev_timer_stop(session_loop(s->session), &s->again);
}

static int run(const struct sub_opts *o)
{
	struct sub s = {
		.o = o,
		.service = mem_strdup(o->target.service),
		.out = { .fd = STDOUT_FILENO,
			 .format = o->format,
			 .kinds = o->kinds,
			 .stamp = o->stamp,
			 .colour = o->colour,
			 .template = o->template,
			 .where = o->where,
			 .stop = session_interrupted },
	};
	int code = deliver_open(&s), e;

	if (code) {
		deliver_close(&s);
		free(s.service);
		return code;
	}
	s.session = session_new(&o->params, &session_handler, &s);
	deliver_start(&s);
	init_follows(&s);
	start_timers(&s);
	code = session_run(s.session);
	stop_timers(&s);
	e = deliver_stop(&s);
	session_free(s.session);
	discover_free(s.discovery);
	for (size_t i = 0; i < s.count; i++)
		follow_free(s.follows[i]);
	free(s.follows);
	output_release(&s.out);
	deliver_close(&s);
	repeats_release(&s.repeats);
	free(s.service);
	return code ? code : e;
}

int sub_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(sub_opts_release) struct sub_opts o;
	int e = sub_opts_parse(&o, argc, argv);

	return e ? e : run(&o);
}
