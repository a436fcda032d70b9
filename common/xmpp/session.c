/* SPDX-License-Identifier: MIT */
#include "common/xmpp/session_internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/clock.h"
#include "common/base/confine.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/answers.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/link.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/requests.h"
#include "common/xmpp/signals.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/xml.h"

/* Seconds. */
#define QUIET 60	/* session_params.quiet's default */
#define CLOSE_MAX 10.0	/* for the rest of the queue, at the end */
#define RESUME_MAX 60.0 /* to be taken up again; servers keep it for some minutes */

/* Signals */

static void take_signal(struct session *s, int signo)
{
	bool hup = signo == SIGHUP || signo == SIGUSR1;

	if (hup && s->handler->signalled)
		s->handler->signalled(s, signo, s->data);
	else if (signo == SIGUSR1 || signo == SIGALRM)
		return;
	else if (s->handler->interrupted)
		s->handler->interrupted(s, signo, s->data);
	else
		session_finish(s, 0);
}

static void take_signals(struct session *s)
{
	for (int signo; (signo = signals_take());)
		take_signal(s, signo);
}

static void on_signalled(struct ev_loop *loop, ev_async *w, int events)
{
	(void)loop;
	(void)events;
	take_signals(w->data);
}

void session_end(struct session *s, int code)
{
	session_lost(s);
	if (!s->ended) {
		s->ended = true;
		if (!s->finishing)
			s->code = code;
	}
	ev_break(s->loop, EVBREAK_ALL);
}

/* Is the server still there? */

static void on_pong(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	(void)s; /* any answer, an error too, was heard: that was all */
	(void)outcome;
	(void)reply;
	(void)data;
}

/* XEP-0199 section 4.2: is the peer still there? A component asks itself, through the server. */
static void ping(struct session *s)
{
	static const char xml[] = "<ping xmlns='" NS_PING "'/>";
	AUTO_FREE char *domain = NULL;
	const char *part;
	size_t len;

	part = jid_domain(s->jid, &len);
	domain = mem_strndup(part, len);
	session_request(s, "get", domain, xml, sizeof(xml) - 1, on_pong, NULL);
	s->pinged = clock_now();
}

static void on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;
	double quiet = s->params->quiet ? s->params->quiet : QUIET;

	(void)loop;
	(void)events;
	link_ask(s->link);
	/* Not while an attempt is under way, which may be about to resume it. */
	if (s->up && link_idle(s->link) && clock_now() - s->cut_at >= RESUME_MAX) {
		link_forget(s->link);
		session_lost(s);
	} else if (s->reads != tap_reads() || !s->linked) {
		s->reads = tap_reads();
		s->heard = clock_now();
		s->pinged = 0;
	} else if (!s->pinged && clock_now() - s->heard >= quiet) {
		ping(s);
	} else if (s->pinged && clock_now() - s->pinged >= quiet / 2) {
		link_abort(s->link, EX_TEMPFAIL,
			   "the connection is dead: the server does not answer a ping");
	}
}

/* The link's news */

void session_confirmed(struct session *s, bool has)
{
	session_confirm_fn *fn = s->confirm;

	s->confirm = NULL;
	if (fn)
		fn(s, has, s->confirm_data);
}

void session_lost(struct session *s)
{
	if (!s->up)
		return;
	s->up = s->draining = false;
	ev_timer_stop(s->loop, &s->hold);
	session_confirmed(s, false);
	requests_lose(s->requests, s);
	if (s->handler->down)
		s->handler->down(s, s->data);
}

/* Nothing that came so far was a stranger's. */
static void confine_process(void)
{
	int r = confine();

	if (r)
		log_info("not confined: %s", strerror(-r));
}

static void on_up(bool resumed, void *data)
{
	struct session *s = data;
	AUTO_FREE char *jid = jid_prep(link_bound_jid(s->link));

	s->happened = s->linked = true;
	ev_timer_stop(s->loop, &s->deadline);
	alarm(0);
	s->up_since = s->heard = clock_now();
	s->pinged = 0;
	if (resumed) {
		log_info("the session goes on");
		return;
	}
	session_lost(s); /* if it was to go on, and does not */
	if (s->params->fixed_resource && (!jid || strcmp(jid, s->params->jid))) {
		AUTO_FREE char *text = mem_printf(
			"the server gave the address '%s' and not '%s', which may be in use",
			jid ? jid : "?", s->params->jid);
		session_give_up(s, EX_REFUSED, text);
		return;
	}
	free(s->jid);
	s->jid = jid ? steal(jid) : mem_strdup(s->params->jid);
	s->up = true;
	log_info("logged in as %s", s->jid);
	if (s->params->confined)
		confine_process();
	if (s->handler->up && !s->finishing)
		s->handler->up(s, s->data);
}

static void on_down(void *data)
{
	struct session *s = data;
	const struct link_failure *f = link_failure(s->link);
	bool was_linked = s->linked;

	s->happened = true;
	s->linked = false;
	/* Before libstrophe opens another with the same number. */
	session_poll_for(s, -1, 0);
	ev_timer_stop(s->loop, &s->deadline);
	alarm(0);
	if (was_linked) {
		session_steady(s);
		s->cut_at = clock_now();
	}
	if (s->finishing || !link_can_resume(s->link))
		session_lost(s);
	take_signals(s); /* one of them may have cut the login short */
	if (s->finishing)
		session_end(s, s->code);
	else if (was_linked)
		session_failed(s, f->code, f->final, f->text);
	else
		session_failed_to_connect(s);
}

/* Back to the sender, under the address that was written to. */
static void send_reply(struct session *s, xmpp_stanza_t *iq, const char *type, const char *xml,
		       size_t len)
{
	AUTO_STR out = { 0 };

	str_puts(&out, "<iq");
	xml_attr(&out, "type", type);
	xml_attr(&out, "to", stanza_attr(iq, "from"));
	xml_attr(&out, "from", s->params->component ? stanza_attr(iq, "to") : NULL);
	xml_attr(&out, "id", stanza_attr(iq, "id"));
	str_putc(&out, '>');
	str_add(&out, xml, len);
	str_puts(&out, "</iq>");
	session_send(s, out.p, out.len);
}

static void answer(struct session *s, xmpp_stanza_t *iq)
{
	AUTO_STR out = { 0 };
	const char *type = answers_render(&out, iq);

	send_reply(s, iq, type, out.p, out.len);
}

static void on_stanza(xmpp_stanza_t *stanza, void *data)
{
	struct session *s = data;
	const char *name = stanza_name(stanza), *type = stanza_attr(stanza, "type");
	bool iq = !strcmp(name, "iq");

	s->happened = true;
	if (!s->up)
		return; /* we do not want this connection */
	if (!iq && strcmp(name, "message") && strcmp(name, "presence"))
		return; /* libstrophe's business */
	if (iq && type && (!strcmp(type, "result") || !strcmp(type, "error"))) {
		requests_answer(s->requests, s, stanza, s->jid);
		session_expire_arm(s);
		return;
	}
	if (s->handler->stanza && s->handler->stanza(s, stanza, s->data))
		return;
	if (iq)
		answer(s, stanza);
}

/* Public */

struct session *session_new(const struct session_params *params,
			    const struct session_handler *handler, void *data)
{
	static const struct link_handler link_handler = { on_up, on_down, on_stanza };
	struct session *s = mem_zalloc(sizeof(*s));

	s->params = params;
	s->handler = handler;
	s->data = data;
	/* poll: libstrophe closes and opens descriptors behind our back, and input may be a regular
	 * file. */
	s->loop = ev_default_loop(EVBACKEND_POLL);
	s->requests = requests_new();
	s->link = link_new(params, &link_handler, s);
	ev_timer_init(&s->tick, on_tick, 1., 1.);
	ev_async_init(&s->signalled, on_signalled);
	s->tick.data = s->signalled.data = s;
	session_loop_init(s);
	session_connect_init(s);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	signals_forget();
	ev_timer_stop(s->loop, &s->tick);
	ev_async_stop(s->loop, &s->signalled);
	session_loop_stop(s);
	session_connect_stop(s);
	requests_free(s->requests);
	link_free(s->link);
	free(s->jid);
	free(s);
}

void session_start(struct session *s)
{
	if (s->finishing)
		s->ended = true;
	if (!link_is_lossless(s->link)) {
		log_error("this libstrophe does not use expat as expected: payloads would be "
			  "damaged");
		s->code = EX_CONFIG;
		s->ended = true;
	}
	if (s->ended)
		return;
	signals_catch(s->loop, &s->signalled, !s->handler->signalled);
	ev_prepare_start(s->loop, &s->prepare);
	ev_async_start(s->loop, &s->signalled);
	ev_timer_start(s->loop, &s->tick);
	session_attempt(s);
}

bool session_step(struct session *s)
{
	s->stepping = true;
	s->happened = false;
	if (!s->ended)
		ev_run(s->loop, EVRUN_ONCE);
	s->stepping = false;
	return !s->ended;
}

int session_code(const struct session *s)
{
	return s->code;
}

int session_run(struct session *s)
{
	session_start(s);
	while (!s->ended)
		ev_run(s->loop, 0);
	return s->code;
}

void session_finish(struct session *s, int code)
{
	if (s->finishing || s->ended)
		return;
	s->finishing = true;
	s->code = code;
	session_hold(s, false);
	ev_timer_stop(s->loop, &s->retry);
	session_timer_start(s, &s->deadline, CLOSE_MAX);
}

bool session_interrupted(void)
{
	return signals_interrupted();
}

bool session_finishing(const struct session *s)
{
	return s->finishing;
}

bool session_is_resting(const struct session *s)
{
	return !s->linked && ev_is_active(&s->retry);
}

const char *session_jid(const struct session *s)
{
	return s->jid;
}

bool session_is_up(const struct session *s)
{
	return s->up;
}

struct ev_loop *session_loop(struct session *s)
{
	return s->loop;
}

bool session_send(struct session *s, const char *xml, size_t len)
{
	if (!s->up)
		return false;
	if (len)
		link_send(s->link, xml, len);
	s->unanswered = true;
	if (session_queued(s) >= SESSION_QUEUE_HIGH)
		s->draining = true;
	session_hold(s, s->draining && !s->finishing);
	return true;
}

size_t session_queued(const struct session *s)
{
	size_t queued = link_queued(s->link), unknown = link_unconfirmed(s->link);

	/* What is queued, the server has not confirmed either. */
	return unknown > queued ? unknown : queued;
}

bool session_confirm(struct session *s, session_confirm_fn *fn, void *data)
{
	if (!s->up || s->confirm || !link_confirms(s->link))
		return false;
	s->confirm = fn;
	s->confirm_data = data;
	s->confirm_at = link_confirmed(s->link) + link_unconfirmed(s->link);
	link_ask(s->link);
	return true;
}

size_t session_unsent(const struct session *s)
{
	return link_queued(s->link);
}

size_t session_piece(const struct session *s)
{
	return link_piece(s->link);
}

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	AUTO_STR out = { 0 };

	if (!s->up)
		return false;
	str_puts(&out, "<iq");
	xml_attr(&out, "type", type);
	xml_attr(&out, "to", to);
	if (s->params->component)
		xml_attr(&out, "from", s->jid);
	xml_attr(&out, "id",
		 requests_add(s->requests, to, clock_now() + s->params->request_timeout, reply,
			      data));
	str_putc(&out, '>');
	str_add(&out, xml, len);
	str_puts(&out, "</iq>");
	session_send(s, out.p, out.len);
	s->unanswered = false; /* the server takes what it is sent in order */
	return true;
}
