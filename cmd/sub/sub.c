/* SPDX-License-Identifier: MIT */
/*
 * Subscribe and follow: a session, the nodes that are followed over it, and standard output.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/sub/dead_letter.h"
#include "cmd/sub/follow.h"
#include "cmd/sub/handler.h"
#include "cmd/sub/monitor_screen.h"
#include "cmd/sub/opts.h"
#include "cmd/sub/state.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/discover.h"
#include "common/pubsub/event.h"
#include "common/pubsub/retry.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"

#define END_MAX 5. /* seconds for ending the subscriptions */

struct sub {
	const struct sub_opts *o;
	struct session *session;
	struct discovery *discovery;
	char *service;
	struct follow **follows;
	size_t count;
	size_t reading; /* the one that reads its stored items; @count: none does */
	size_t gone;
	bool ready; /* has been told */
	struct output out;
	struct state *state;		/* NULL: none is kept */
	struct handlers *handlers;	/* NULL: events are printed... */
	struct monitor_screen *monitor; /* ...or shown, unless this is NULL, too */
	uint64_t printed;		/* items; with handlers: given to one */
	bool complete;			/* it ends when the handlers are done */
	bool ending;
	int code;
	size_t unsubscribing;
	struct retry retry;
	ev_timer wait, end, again, sync;
	ev_io reader; /* is anybody there who reads what we print? */
};

/* The end */

static void leave(struct sub *s)
{
	for (size_t i = 0; session_is_up(s->session) && i < s->count; i++)
		s->unsubscribing += follow_unsubscribe(s->follows[i]);
	if (!s->unsubscribing) {
		session_finish(s->session, s->code);
		return;
	}
	ev_timer_set(&s->end, END_MAX, 0.);
	ev_timer_start(session_loop(s->session), &s->end);
}

/* At once: handlers that run are ended. */
static void end(struct sub *s, int code)
{
	if (s->ending)
		return;
	s->ending = true;
	s->code = code;
	if (!s->handlers || handlers_stop(s->handlers))
		leave(s);
}

/* All has been printed, or given to a handler. */
static void complete(struct sub *s)
{
	s->complete = true;
	if (!s->handlers || handlers_are_idle(s->handlers))
		end(s, 0);
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
	end(s, s->o->count || s->o->once ? EX_TEMPFAIL : 0);
}

/* Output */

static void cannot_write(struct sub *s, int error)
{
	if (error != EPIPE) /* the reader has gone: it knows */
		log_error("cannot write to standard output: %s", strerror(error));
	end(s, EX_IOERR);
}

/* The position */

static void keep(struct sub *s, int r)
{
	if (!r)
		return;
	log_error("cannot write the state file '%s': %s", s->o->state, strerror(-r));
	end(s, EX_IOERR);
}

static void on_passed(const struct event *e, void *data)
{
	struct sub *s = data;

	if (s->state)
		keep(s, state_take(s->state, state_node(s->state, e->node), e));
}

/* Not while handlers run: theirs are before it. */
static void on_placed(struct follow *f, const char *place, void *data)
{
	struct sub *s = data;

	if (s->state && (!s->handlers || handlers_are_idle(s->handlers)))
		keep(s, state_set_place(s->state, state_node(s->state, follow_node(f)), place));
}

static void on_counted(struct follow *f, uint64_t number, void *data)
{
	struct sub *s = data;

	if (s->state && (!s->handlers || handlers_are_idle(s->handlers)))
		keep(s, state_set_number(s->state, state_node(s->state, follow_node(f)), number));
}

static void on_empty(struct follow *f, void *data)
{
	struct sub *s = data;

	if (s->state)
		keep(s, state_set_whole(s->state, state_node(s->state, follow_node(f))));
}

static void on_sync(struct ev_loop *loop, ev_timer *t, int events)
{
	struct sub *s = t->data;

	(void)loop;
	(void)events;
	keep(s, state_sync(s->state));
}

/* The service is known: is the position one of its? */
static bool bind_state(struct sub *s)
{
	int code = s->state ? state_bind(s->state, s->service) : 0;

	for (size_t i = 0; !code && s->state && s->o->all && i < s->count; i++)
		if (!state_has(s->state, i))
			keep(s, state_set_whole(s->state, i));
	if (code)
		end(s, code);
	return !s->ending;
}

static int open_state(struct sub *s)
{
	int code = 0;

	if (!s->o->state)
		return 0;
	s->state = state_open(s->o->state, s->o->target.nodes, s->o->target.count, &code);
	return code;
}

/* Events */

/* The position moves on when the handler has succeeded, and those before it. */
static void handle(struct sub *s, const struct event *e)
{
	bool wanted = output_takes(&s->out, e);

	if (e->kind == EVENT_ITEM && wanted && ++s->printed == s->o->count)
		s->complete = true;
	handlers_put(s->handlers, s->service, e, wanted);
}

static int show(struct sub *s, const struct event *e)
{
	if (!s->monitor)
		return output_event(&s->out, e);
	monitor_screen_take(s->monitor, e);
	return 0;
}

static void on_event(const struct event *e, void *data)
{
	struct sub *s = data;
	bool wanted;
	int r;

	if (s->ending || s->complete)
		return;
	if (s->handlers) {
		handle(s, e);
		return;
	}
	wanted = output_takes(&s->out, e);
	r = wanted ? show(s, e) : 0;
	if (r == -EINTR) {
		end(s, 0);
		return;
	}
	if (r) {
		cannot_write(s, -r);
		return;
	}
	on_passed(e, s);
	if (e->kind == EVENT_ITEM && wanted && ++s->printed == s->o->count)
		complete(s);
}

/* Handlers */

static void render(const struct event *e, struct str *out, void *data)
{
	struct sub *s = data;

	output_render(&s->out, e, out);
}

static void on_room(void *data)
{
	struct sub *s = data;

	for (size_t i = 0; i < s->count && !s->ending; i++)
		follow_go_on(s->follows[i]);
}

static void on_idle(void *data)
{
	struct sub *s = data;

	if (s->ending)
		leave(s);
	else if (s->complete)
		end(s, 0);
}

static void on_handler_failed(int code, void *data)
{
	end(data, code);
}

static bool is_ready(void *data)
{
	struct sub *s = data;

	return !s->handlers || handlers_have_room(s->handlers);
}

static int start_handlers(struct sub *s)
{
	static const struct handlers_events events = {
		.render = render,
		.done = on_passed,
		.room = on_room,
		.idle = on_idle,
		.failed = on_handler_failed,
	};
	const struct handlers_params p = {
		.command = s->o->exec,
		.jobs = s->o->jobs,
		.tries = s->o->tries,
		.dead_letters = s->o->dead_letters,
	};
	int r = p.dead_letters ? dead_letter_prepare(p.dead_letters) : 0;

	if (r) {
		log_error("cannot write to the folder '%s': %s", p.dead_letters, strerror(-r));
		return EX_CANTCREAT;
	}
	if (p.command)
		s->handlers = handlers_new(&p, &events, s);
	return 0;
}

/* The full screen */

static void on_quit(int code, void *data)
{
	end(data, code);
}

static void start_monitor(struct sub *s)
{
	const struct monitor_screen_params p = {
		.nodes = (const char *const *)s->o->target.nodes,
		.count = s->o->target.count,
		.namespaces = (const char *const *)s->o->namespaces,
		.colour = s->o->colour,
	};

	if (!s->o->monitor || !isatty(STDOUT_FILENO))
		return;
	s->monitor = monitor_screen_start(session_loop(s->session), &p, on_quit, s);
	if (s->monitor)
		s->out.format = OUTPUT_XML; /* all kinds of events, with their payloads */
}

static void tell_monitor(struct sub *s)
{
	if (s->monitor)
		monitor_screen_tell_link(s->monitor, s->service, session_is_up(s->session));
}

/*
 * A pipe's reader that goes away shows as an error condition, also while we have nothing to write.
 */
static void on_reader(struct ev_loop *loop, ev_io *w, int events)
{
	struct pollfd pfd = { .fd = w->fd };
	struct sub *s = w->data;

	(void)events;
	ev_io_stop(loop, w); /* data to read on a socket is none of our business */
	if (poll(&pfd, 1, 0) > 0 && pfd.revents & (POLLERR | POLLHUP | POLLNVAL))
		end(s, EX_IOERR);
}

static void watch_reader(struct sub *s)
{
	struct stat st;

	ev_io_init(&s->reader, on_reader, s->out.fd, EV_READ);
	s->reader.data = s;
	if (fstat(s->out.fd, &st) || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		return;
	ev_io_start(session_loop(s->session), &s->reader);
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
	if (!s->ending && s->o->once)
		complete(s);
}

static void start_reading(struct sub *s)
{
	s->reading = (size_t)-1;
	read_next(s);
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
	retry_reset(&s->retry);
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
		end(s, EX_NOTFOUND);
	}
}

static void on_failed(struct follow *f, int code, enum retry_hope hope, void *data)
{
	struct sub *s = data;
	double pause;

	if (s->ending)
		return;
	if (hope != RETRY_NEVER && ev_is_active(&s->again))
		return;
	pause = retry_next(&s->retry, hope, s->o->params.retries);
	if (pause < 0) {
		end(s, code);
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
	.event = on_event,
	.passed = on_passed,
	.ready = is_ready,
	.empty = on_empty,
	.placed = on_placed,
	.counted = on_counted,
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
	if (!bind_state(s))
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
		end(s, code);
		return;
	}
	s->service = mem_strdup(service);
	tell_monitor(s);
	start(s);
}

static void on_up(struct session *session, void *data)
{
	struct sub *s = data;

	if (s->ending)
		return;
	tell_monitor(s);
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
	tell_monitor(s);
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
	return event_parse(stanza, take_event, s);
}

static void on_interrupted(struct session *session, int signo, void *data)
{
	(void)session;
	(void)signo;
	end(data, 0);
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
		};

		s->follows[i] = follow_new(&p, &follow_handler, s);
		if (s->state && state_has(s->state, i))
			follow_resume(s->follows[i], state_seen(s->state, i),
				      state_is_whole(s->state, i), state_place(s->state, i),
				      state_number(s->state, i));
	}
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
	int code = open_state(&s);

	if (!code)
		code = start_handlers(&s);
	if (code) {
		state_close(s.state);
		free(s.service);
		return code;
	}
	s.session = session_new(&o->params, &session_handler, &s);
	start_monitor(&s);
	init_follows(&s);
	ev_timer_init(&s.end, on_end_late, END_MAX, 0.);
	ev_timer_init(&s.wait, on_wait_over, o->wait, 0.);
	ev_timer_init(&s.again, on_again, 0., 0.);
	ev_timer_init(&s.sync, on_sync, 1., 1.);
	s.end.data = s.wait.data = s.again.data = s.sync.data = &s;
	if (s.state)
		ev_timer_start(session_loop(s.session), &s.sync);
	if (o->wait > 0)
		ev_timer_start(session_loop(s.session), &s.wait);
	watch_reader(&s);
	code = session_run(s.session);
	monitor_screen_stop(s.monitor);
	ev_io_stop(session_loop(s.session), &s.reader);
	ev_timer_stop(session_loop(s.session), &s.wait);
	ev_timer_stop(session_loop(s.session), &s.end);
	ev_timer_stop(session_loop(s.session), &s.again);
	ev_timer_stop(session_loop(s.session), &s.sync);
	handlers_free(s.handlers);
	if (s.state && state_sync(s.state) && !code)
		code = EX_IOERR;
	session_free(s.session);
	discover_free(s.discovery);
	for (size_t i = 0; i < s.count; i++)
		follow_free(s.follows[i]);
	free(s.follows);
	output_release(&s.out);
	state_close(s.state);
	free(s.service);
	return code;
}

int sub_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(sub_opts_release) struct sub_opts o;
	int e = sub_opts_parse(&o, argc, argv);

	return e ? e : run(&o);
}
