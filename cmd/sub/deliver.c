/* SPDX-License-Identifier: MIT */
#include "cmd/sub/deliver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/sub/dead_letter.h"
#include "cmd/sub/follow.h"
#include "cmd/sub/handler.h"
#include "cmd/sub/monitor_screen.h"
#include "cmd/sub/opts.h"
#include "cmd/sub/state.h"
#include "cmd/sub/sub.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/pubsub/event.h"
#include "common/xmpp/session.h"

static void cannot_write(struct sub *s, int error)
{
	if (error != EPIPE) /* the reader has gone: it knows */
		log_error("cannot write to standard output: %s", strerror(error));
	sub_end(s, EX_IOERR);
}

/* The position */

static void keep(struct sub *s, int r)
{
	if (!r)
		return;
	log_error("cannot write the state file '%s': %s", s->o->state, strerror(-r));
	sub_end(s, EX_IOERR);
}

void deliver_passed(const struct event *e, void *data)
{
	struct sub *s = data;

	if (s->state)
		keep(s, state_take(s->state, state_node(s->state, e->node), e));
}

/* Not while handlers run: theirs are before it. */
static bool moves_on(const struct sub *s)
{
	return s->state && (!s->handlers || handlers_are_idle(s->handlers));
}

void deliver_placed(struct follow *f, const char *place, void *data)
{
	struct sub *s = data;

	if (moves_on(s))
		keep(s, state_set_place(s->state, state_node(s->state, follow_node(f)), place));
}

void deliver_counted(struct follow *f, uint64_t number, void *data)
{
	struct sub *s = data;

	if (moves_on(s))
		keep(s, state_set_number(s->state, state_node(s->state, follow_node(f)), number));
}

void deliver_empty(struct follow *f, void *data)
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
bool deliver_bind(struct sub *s)
{
	int code = s->state ? state_bind(s->state, s->service) : 0;

	for (size_t i = 0; !code && s->state && s->o->all && i < s->count; i++)
		if (!state_has(s->state, i))
			keep(s, state_set_whole(s->state, i));
	if (code)
		sub_end(s, code);
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

void deliver_event(const struct event *e, void *data)
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
		sub_end(s, 0);
		return;
	}
	if (r) {
		cannot_write(s, -r);
		return;
	}
	deliver_passed(e, s);
	if (e->kind == EVENT_ITEM && wanted && ++s->printed == s->o->count)
		sub_complete(s);
}

/* Handlers */

static void render(const struct event *e, struct str *out, void *data)
{
	struct sub *s = data;

	output_render(&s->out, e, out);
}

static void on_room(void *data)
{
	sub_go_on(data);
}

static void on_idle(void *data)
{
	struct sub *s = data;

	if (s->ending)
		sub_leave(s);
	else if (s->complete)
		sub_end(s, 0);
}

static void on_handler_failed(int code, void *data)
{
	sub_end(data, code);
}

bool deliver_is_ready(void *data)
{
	struct sub *s = data;

	return !s->handlers || handlers_have_room(s->handlers);
}

static int start_handlers(struct sub *s)
{
	static const struct handlers_events events = {
		.render = render,
		.done = deliver_passed,
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
	sub_end(data, code);
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

void deliver_tell_link(struct sub *s)
{
	if (s->monitor)
		monitor_screen_tell_link(s->monitor, s->service, session_is_up(s->session));
}

static void on_reader_gone(void *data)
{
	sub_end(data, EX_IOERR);
}

int deliver_open(struct sub *s)
{
	int code = open_state(s);

	return code ? code : start_handlers(s);
}

void deliver_start(struct sub *s)
{
	start_monitor(s);
	ev_timer_init(&s->sync, on_sync, 1., 1.);
	s->sync.data = s;
	if (s->state)
		ev_timer_start(session_loop(s->session), &s->sync);
	reader_watch(&s->reader, session_loop(s->session), s->out.fd, on_reader_gone, s);
}

int deliver_stop(struct sub *s)
{
	monitor_screen_stop(s->monitor);
	reader_unwatch(&s->reader, session_loop(s->session));
	ev_timer_stop(session_loop(s->session), &s->sync);
	handlers_free(s->handlers);
	return s->state && state_sync(s->state) ? EX_IOERR : 0;
}

void deliver_close(struct sub *s)
{
	state_close(s->state);
}
