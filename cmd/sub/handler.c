/* SPDX-License-Identifier: MIT */
#include "cmd/sub/handler.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <time.h>

#include <ev.h>

#include "cmd/sub/dead_letter.h"
#include "cmd/sub/spawn.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "common/pubsub/held.h"
#include "common/pubsub/retry.h"

#define WAITING_MAX 64 /* events, beside those for which there is a job */
#define BYTES_MAX (4UL * 1024 * 1024)
#define GRACE 5. /* seconds between SIGTERM and SIGKILL */

enum work_state {
	WAITING,
	RUNNING,
	PAUSING,
	DONE,
	ENDING, /* it runs, but the end has come, and one before it is not done */
};

struct work {
	TAILQ_ENTRY(work) link;
	struct handlers *handlers;
	struct held *held;
	const char *service;
	enum work_state state;
	unsigned long tries;
	struct retry retry;
	ev_child child;
	ev_timer again;
	int error; /* why it could not be started; 0: it could */
};

struct handlers {
	const struct handlers_events *events;
	void *data;
	struct handlers_params p;
	struct ev_loop *loop;
	TAILQ_HEAD(works, work) works; /* in order; done ones wait for those before them */
	size_t count, bytes;
	unsigned running;
	bool full, stopping;
	ev_timer grace;
};

static size_t size_of(const struct event *e)
{
	return sizeof(struct work) + e->payload_len + (e->id ? strlen(e->id) : 0);
}

static void work_free(struct work *w)
{
	held_free(w->held);
	free(w);
}

static void take_out(struct handlers *h, struct work *w)
{
	struct event e = held_event(w->held);

	ev_child_stop(h->loop, &w->child);
	ev_timer_stop(h->loop, &w->again);
	TAILQ_REMOVE(&h->works, w, link);
	h->count--;
	h->bytes -= size_of(&e);
}

static void drop(struct handlers *h, struct work *w)
{
	take_out(h, w);
	work_free(w);
}

bool handlers_are_idle(const struct handlers *h)
{
	return TAILQ_EMPTY(&h->works);
}

static bool is_full(const struct handlers *h, size_t part)
{
	return h->count >= (WAITING_MAX + h->p.jobs) / part || h->bytes >= BYTES_MAX / part;
}

bool handlers_have_room(struct handlers *h)
{
	h->full |= is_full(h, 1);
	return !h->full;
}

static void start_waiting(struct handlers *h);

/* Those at the head that are done are reported, and make room. */
static void settle(struct handlers *h)
{
	struct work *w;
	bool any = false;

	while ((w = TAILQ_FIRST(&h->works)) && w->state == DONE) {
		struct event e = held_event(w->held);

		take_out(h, w); /* done() may bring the end */
		h->events->done(&e, h->data);
		work_free(w);
		any = true;
	}
	start_waiting(h);
	if (h->full && !h->stopping && !is_full(h, 2)) {
		h->full = false;
		h->events->room(h->data);
	}
	if (any && !h->stopping && handlers_are_idle(h))
		h->events->idle(h->data);
}

/* The end of a try */

static void describe(struct str *out, const struct work *w)
{
	struct event e = held_event(w->held);

	str_printf(out, "the handler of %s", event_kind_name(e.kind));
	if (e.id)
		str_printf(out, " '%s'", e.id);
	str_printf(out, " of '%s'", e.node);
}

static void fail_for_good(struct handlers *h, struct work *w, const char *how)
{
	struct event e = held_event(w->held);
	AUTO_STR what = { 0 };
	AUTO_STR text = { 0 };
	AUTO_STR reason = { 0 };
	int r;

	describe(&what, w);
	log_error("%s %s, %lu of %lu times", what.p, how, w->tries, h->p.tries);
	if (!h->p.dead_letters) {
		h->events->failed(EX_TEMPFAIL, h->data);
		return;
	}
	str_printf(&reason, "%s %s, %lu of %lu times", what.p, how, w->tries, h->p.tries);
	h->events->render(&e, &text, h->data);
	r = dead_letter_write(h->p.dead_letters, &e, &text, reason.p);
	if (r) {
		log_error("cannot write to '%s': %s", h->p.dead_letters, strerror(-r));
		h->events->failed(EX_IOERR, h->data);
		return;
	}
	w->state = DONE;
	settle(h);
}

/* @how: "failed with exit status 1" */
static void fail(struct handlers *h, struct work *w, const char *how)
{
	AUTO_STR what = { 0 };
	double pause;

	w->state = PAUSING;
	w->tries++;
	if (h->p.tries && w->tries >= h->p.tries) {
		fail_for_good(h, w, how);
		return;
	}
	describe(&what, w);
	pause = retry_next(&w->retry, RETRY_AWAY, -1);
	log_warn("%s %s: trying again in %.1f s", what.p, how, pause);
	ev_timer_set(&w->again, pause, 0.);
	ev_timer_start(h->loop, &w->again);
}

/* The end has come, and @w is not done: neither is any that follows. */
static void forsake(struct handlers *h, struct work *w)
{
	struct work *next;

	for (; w; w = next) {
		next = TAILQ_NEXT(w, link);
		if (w->state == RUNNING)
			w->state = ENDING;
		else if (w->state != ENDING)
			drop(h, w);
	}
}

static void on_exit_status(struct handlers *h, struct work *w, int status)
{
	bool succeeded = WIFEXITED(status) && !WEXITSTATUS(status);
	AUTO_STR how = { 0 };

	if (succeeded && w->state == RUNNING) {
		w->state = DONE;
		settle(h);
		return;
	}
	if (h->stopping) {
		w->state = DONE;
		forsake(h, w);
		return;
	}
	if (WIFEXITED(status))
		str_printf(&how, "failed with exit status %d", WEXITSTATUS(status));
	else
		str_printf(&how, "was ended by signal %d", WTERMSIG(status));
	fail(h, w, how.p);
	start_waiting(h);
}

static void on_child(struct ev_loop *loop, ev_child *c, int events)
{
	struct work *w = c->data;
	struct handlers *h = w->handlers;
	bool was_stopping = h->stopping;

	(void)events;
	if (!WIFEXITED(c->rstatus) && !WIFSIGNALED(c->rstatus))
		return;
	ev_child_stop(loop, c);
	h->running--;
	on_exit_status(h, w, c->rstatus);
	if (was_stopping && !h->running) {
		ev_timer_stop(loop, &h->grace);
		h->events->idle(h->data);
	}
}

/* Starting */

static void start(struct handlers *h, struct work *w)
{
	struct event e = held_event(w->held);
	AUTO_STR input = { 0 };
	pid_t pid;

	h->events->render(&e, &input, h->data);
	w->error = spawn_handler(h->p.command, w->service, &e, &input, &pid);
	if (w->error) { /* a try that has failed, as soon as the loop turns */
		w->state = PAUSING;
		ev_timer_set(&w->again, 0., 0.);
		ev_timer_start(h->loop, &w->again);
		return;
	}
	w->state = RUNNING;
	h->running++;
	ev_child_set(&w->child, pid, 0);
	ev_child_start(h->loop, &w->child);
}

static void start_waiting(struct handlers *h)
{
	struct work *w, *next;

	for (w = TAILQ_FIRST(&h->works); w && h->running < h->p.jobs && !h->stopping; w = next) {
		next = TAILQ_NEXT(w, link);
		if (w->state == WAITING)
			start(h, w);
	}
}

static void on_again(struct ev_loop *loop, ev_timer *t, int events)
{
	struct work *w = t->data;

	(void)loop;
	(void)events;
	if (w->error) {
		AUTO_FREE char *how = mem_printf("cannot be started (%s)", strerror(-w->error));

		w->error = 0;
		fail(w->handlers, w, how);
		return;
	}
	w->state = WAITING;
	start_waiting(w->handlers);
}

void handlers_put(struct handlers *h, const char *service, const struct event *e, bool wanted)
{
	struct work *w;

	if (h->stopping)
		return;
	w = mem_zalloc(sizeof(*w));
	w->handlers = h;
	w->held = held_new(e);
	w->service = service;
	w->state = wanted ? WAITING : DONE;
	ev_child_init(&w->child, on_child, 0, 0);
	ev_timer_init(&w->again, on_again, 0., 0.);
	w->child.data = w->again.data = w;
	TAILQ_INSERT_TAIL(&h->works, w, link);
	h->count++;
	h->bytes += size_of(e);
	if (wanted)
		start_waiting(h);
	else
		settle(h);
}

/* The end of all */

static void signal_all(struct handlers *h, int signo)
{
	struct work *w;

	TAILQ_FOREACH(w, &h->works, link)
	if (w->state == RUNNING || w->state == ENDING)
		kill(-w->child.pid, signo);
}

static void on_grace(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	signal_all(t->data, SIGKILL);
}

bool handlers_stop(struct handlers *h)
{
	struct work *w = TAILQ_FIRST(&h->works);

	h->stopping = true;
	while (w && (w->state == RUNNING || w->state == DONE))
		w = TAILQ_NEXT(w, link);
	forsake(h, w);
	if (!h->running)
		return true;
	signal_all(h, SIGTERM);
	ev_timer_start(h->loop, &h->grace);
	return false;
}

struct handlers *handlers_new(const struct handlers_params *params,
			      const struct handlers_events *events, void *data)
{
	struct handlers *h = mem_zalloc(sizeof(*h));

	h->p = *params;
	h->events = events;
	h->data = data;
	h->loop = ev_default_loop(EVBACKEND_POLL);
	TAILQ_INIT(&h->works);
	ev_timer_init(&h->grace, on_grace, GRACE, 0.);
	h->grace.data = h;
	return h;
}

/* Without the loop: it does not turn any more. */
static void wait_for_all(struct handlers *h)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	double until = ev_time() + GRACE;
	struct work *w;

	TAILQ_FOREACH(w, &h->works, link)
	{
		while ((w->state == RUNNING || w->state == ENDING) &&
		       waitpid(w->child.pid, NULL, WNOHANG) == 0) {
			if (ev_time() > until)
				kill(-w->child.pid, SIGKILL);
			nanosleep(&moment, NULL);
		}
	}
}

void handlers_free(struct handlers *h)
{
	if (!h)
		return;
	if (!handlers_stop(h))
		wait_for_all(h);
	ev_timer_stop(h->loop, &h->grace);
	while (!TAILQ_EMPTY(&h->works))
		drop(h, TAILQ_FIRST(&h->works));
	free(h);
}
