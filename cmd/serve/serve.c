/* SPDX-License-Identifier: MIT */
/*
 * pubsub-serve: the service on a session.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/serve/config.h"
#include "cmd/serve/monitor.h"
#include "cmd/serve/ready.h"
#include "cmd/serve/reload.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/session.h"
#include "common/xmpp/time.h"

#define RESOURCE "pubsub" /* where --jid has none */
#define HEAP_KEPT (512 * 1024)
#define STOP_SECONDS 5.	  /* for what is still to be sent, once the end has been asked for */

struct serve {
	int argc;
	const char **argv;
	struct session_opts opts;
	struct config config;
	struct session_params params;
	char *jid; /* the service's address */
	struct session *session;
	struct store *store;
	struct service *service;
	struct sink sink;
	struct monitor monitor;
	ev_timer stop, due;
	int ready_fd; /* -1: none */
	bool ready, stopping;
	void (*confirm)(bool has, void *data); /* sink_confirm() */
	void *confirm_data;
};

static void serve_release(struct serve *s)
{
	service_free(s->service);
	session_free(s->session);
	store_close(s->store);
	config_release(&s->config);
	session_opts_release(&s->opts);
	free(s->jid);
}

/* The service's sink */

static bool sink_send(const char *xml, size_t len, void *data)
{
	struct serve *s = data;
	bool sent = session_send(s->session, xml, len);

	if (sent)
		metrics_add(&s->monitor.metrics, METRIC_BYTES_OUT, len);
	return sent;
}

static size_t sink_queued(void *data)
{
	struct serve *s = data;

	return session_queued(s->session);
}

static size_t sink_unsent(void *data)
{
	struct serve *s = data;

	return session_unsent(s->session);
}

struct pending {
	void (*reply)(xmpp_stanza_t *answer, void *data);
	void *data;
};

static void on_answer(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
		      void *data)
{
	AUTO_FREE struct pending *p = data;

	(void)session;
	(void)outcome;
	p->reply(reply, p->data);
}

static bool sink_ask(const char *type, const char *to, const char *xml, size_t len,
		     void (*reply)(xmpp_stanza_t *answer, void *data), void *reply_data, void *data)
{
	struct serve *s = data;
	struct pending *p = mem_alloc(sizeof(*p));

	*p = (struct pending){ .reply = reply, .data = reply_data };
	if (session_request(s->session, type, to, xml, len, on_answer, p))
		return true;
	free(p);
	return false;
}

static void on_confirmed(struct session *session, bool has, void *data)
{
	struct serve *s = data;

	(void)session;
	s->confirm(has, s->confirm_data);
}

static bool sink_confirm(void (*reply)(bool has, void *data), void *reply_data, void *data)
{
	struct serve *s = data;

	if (!session_confirm(s->session, on_confirmed, s))
		return false;
	s->confirm = reply;
	s->confirm_data = reply_data;
	return true;
}

static void finish_when_idle(struct serve *s)
{
	if (s->stopping && (service_is_done(s->service) || !session_is_up(s->session)))
		session_finish(s->session, 0);
}

/* What is due */

#define DUE_MAX 3600. /* seconds: the clock may be set in between */

static void arm(struct serve *s)
{
	struct ev_loop *loop = session_loop(s->session);
	int64_t time;
	double wait;

	if (!service_due(s->service, &time))
		return;
	wait = time == INT64_MAX ? DUE_MAX : (double)(time - time_now()) / 1000.;
	wait = wait < 0. ? 0. : wait > DUE_MAX ? DUE_MAX : wait;
	ev_timer_stop(loop, &s->due);
	ev_timer_set(&s->due, wait, 0.);
	ev_timer_start(loop, &s->due);
}

static void on_due(struct ev_loop *loop, ev_timer *t, int events)
{
	struct serve *s = t->data;

	(void)loop;
	(void)events;
	if (s->stopping)
		service_resume(s->service);
	else
		service_run(s->service);
	arm(s);
	finish_when_idle(s);
}

/* The session's news */

static void on_up(struct session *session, void *data)
{
	struct serve *s = data;

	(void)session;
	service_up(s->service);
	service_turn(s->service);
	arm(s);
}

static void on_settled(void *data)
{
	struct serve *s = data;

	monitor_connected(&s->monitor, true, !s->ready);
	if (s->ready)
		return;
	s->ready = true;
	log_note("ready as %s", s->jid);
	ready_fd(s->ready_fd);
}

static void on_down(struct session *session, void *data)
{
	struct serve *s = data;

	(void)session;
	service_down(s->service);
	monitor_connected(&s->monitor, false, false);
	finish_when_idle(s);
}

static bool on_stanza(struct session *session, xmpp_stanza_t *stanza, void *data)
{
	struct serve *s = data;

	(void)session;
	metrics_add(&s->monitor.metrics, METRIC_STANZAS_IN, 1);
	return service_take(s->service, stanza);
}

static void on_turn(struct session *session, void *data)
{
	struct serve *s = data;

	(void)session;
	service_turn(s->service);
	arm(s);
	finish_when_idle(s);
}

static void on_drained(struct session *session, void *data)
{
	struct serve *s = data;

	(void)session;
	service_resume(s->service);
	arm(s);
	finish_when_idle(s);
}

static void on_stop_timeout(struct ev_loop *loop, ev_timer *t, int events)
{
	struct serve *s = t->data;

	(void)loop;
	(void)events;
	log_warn("the server has not taken all notifications in %.0f s: %s", STOP_SECONDS,
		 s->config.outbox && store_is_lasting(s->store) ?
			 "they are sent after the next start" :
			 "they are lost");
	session_finish(s->session, 0);
}

/* Everything that has been accepted is told before the end. */
static void on_interrupted(struct session *session, int signo, void *data)
{
	struct serve *s = data;

	(void)signo;
	if (s->stopping)
		return;
	s->stopping = true;
	ready_notify("STOPPING=1");
	ev_timer_init(&s->stop, on_stop_timeout, STOP_SECONDS, 0.);
	s->stop.data = s;
	ev_timer_start(session_loop(session), &s->stop);
	service_leave(s->service);
	service_turn(s->service);
	finish_when_idle(s);
}

static void reload(struct serve *s)
{
	ready_reloading();
	config_reload(s->argc, s->argv, &s->opts, &s->config, s->service);
	ready_notify("READY=1");
}

static void on_signalled(struct session *session, int signo, void *data)
{
	struct serve *s = data;

	(void)session;
	if (signo == SIGHUP)
		reload(s);
	else
		monitor_report(&s->monitor);
}

/* Start */

/*
 * SQLite takes a large piece for each request and gives it back; without this, so does the heap, and
 * the kernel clears the pages anew each time.
 */
static void keep_heap(void)
{
#ifdef M_TRIM_THRESHOLD
	mallopt(M_TRIM_THRESHOLD, HEAP_KEPT);
	mallopt(M_MMAP_THRESHOLD, HEAP_KEPT);
#endif
}

static int open_store(struct serve *s)
{
	AUTO_FREE char *why = NULL;
	int r = store_open(s->config.store, &s->store, &why);

	if (!r)
		return 0;
	log_error("%s", why ? why : strerror(-r));
	return EX_CANTCREAT;
}

static int run(struct serve *s)
{
	static const struct session_handler handler = {
		.up = on_up,
		.down = on_down,
		.stanza = on_stanza,
		.turn = on_turn,
		.drained = on_drained,
		.interrupted = on_interrupted,
		.signalled = on_signalled,
	};
	int r = open_store(s);

	if (r)
		return r;
	s->session = session_new(&s->params, &handler, s);
	s->sink = (struct sink){ .send = sink_send,
				 .queued = sink_queued,
				 .unsent = sink_unsent,
				 .high = SESSION_QUEUE_HIGH,
				 .piece = session_piece(s->session),
				 .ask = sink_ask,
				 .confirm = sink_confirm,
				 .settled = on_settled,
				 .data = s };
	r = service_new(&s->config, s->store, &s->sink, &s->service);
	if (r) {
		log_error("cannot make the nodes that --node names: %s",
			  r == -EDQUOT ? "--max-nodes is less" : store_error(s->store));
		return EX_IOERR;
	}
	service_down(s->service);
	ev_timer_init(&s->due, on_due, 0., 0.);
	s->due.data = s;
	arm(s);
	/* Whoever has mistyped its name shall not find out later, when something is to be looked up. */
	if (monitor_start(&s->monitor, s->service, session_loop(s->session),
			  s->config.given.metrics))
		r = EX_CANTCREAT;
	else
		r = session_run(s->session);
	monitor_stop(&s->monitor);
	ev_timer_stop(session_loop(s->session), &s->due);
	ev_timer_stop(session_loop(s->session), &s->stop);
	return r;
}

/* The service's address must be known before it logs in, and stay: subscribers keep it. */
static int resolve_jid(struct serve *s)
{
	bool full = s->params.component || jid_resource(s->params.jid);

	s->jid = full ? mem_strdup(s->params.jid) : mem_printf("%s/" RESOURCE, s->params.jid);
	s->params.jid = s->jid;
	return config_resolve(&s->config, s->jid, s->params.component);
}

int serve_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(serve_release) struct serve s = { .argc = argc, .argv = argv };
	int r = config_read(argc, argv, &s.opts, &s.config);

	keep_heap();
	if (!r)
		r = opts_descriptor("--ready-fd", s.config.given.ready_fd, &s.ready_fd);
	if (!r)
		r = session_opts_resolve(&s.opts, &s.params);
	s.params.resume = s.params.gather = true;
	if (!r)
		r = resolve_jid(&s);
	return r ? r : run(&s);
}
