/* SPDX-License-Identifier: MIT */
#include "common/xmpp/session.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/answers.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/link.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/requests.h"
#include "common/xmpp/resolve.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/xml.h"

/* Seconds. */
#define PAUSE_FIRST 0.5
#define PAUSE_MAX 60.0
#define STEADY 60.0	/* up for that long: failures are counted anew */
#define QUIET_PING 60.0 /* nothing received for that long: ask whether the server lives */
#define QUIET_DEAD 90.0 /* still nothing: it does not */
#define CLOSE_MAX 10.0	/* for the rest of the queue, at the end */

struct session {
	const struct session_params *params;
	const struct session_handler *handler;
	void *data;
	struct ev_loop *loop;
	struct link *link;
	struct requests *requests;
	char *jid; /* as bound */
	bool up, draining;
	bool finishing, ended;
	int code; /* exit code, once finishing or ended */

	struct endpoints endpoints; /* of this round of attempts */
	size_t attempt;		    /* index of the one under way */
	bool resolved_once;
	int failures; /* in a row */
	double pause, up_since, heard;
	unsigned long reads; /* tap_reads() when last looked */

	ev_prepare prepare;
	ev_io io;
	int polled_fd, polled_events; /* what @io is set to; -1: it is stopped */
	ev_idle more;		      /* active: input is left over, do not sleep */
	ev_timer tick;	   /* once a second while connected: libstrophe's own timers, and ours */
	ev_timer deadline; /* of a connection attempt; of the end */
	ev_timer retry;
	ev_timer expire; /* the oldest request */
	ev_async signalled;
};

/* Signals: flags, and whom to wake */

static volatile sig_atomic_t signals_seen[NSIG];
static volatile sig_atomic_t interruptions;
static struct session *volatile the_session;

static void on_signal(int signo)
{
	int saved = errno;
	struct session *s = the_session;

	if (signo == SIGINT || signo == SIGTERM) {
		if (interruptions++)
			_exit(128 + signo); /* the user insists */
		link_abort_from_signal();
	} else if (signo == SIGALRM) {
		link_abort_from_signal();
	}
	signals_seen[signo] = 1;
	if (s)
		ev_async_send(s->loop, &s->signalled);
	errno = saved;
}

static void catch (int signo)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;

	/* A shell that starts us in the background has SIGINT ignored: it stays so. */
	if (!sigaction(signo, NULL, &old) && old.sa_handler == SIG_IGN && signo != SIGALRM)
		return;
	sigaction(signo, &sa, NULL);
}

static void catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM };

	signal(SIGPIPE, SIG_IGN); /* libstrophe writes without MSG_NOSIGNAL */
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		catch (caught[i]);
}

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
	for (int signo = 1; signo < NSIG; signo++) {
		if (!signals_seen[signo])
			continue;
		signals_seen[signo] = 0;
		take_signal(s, signo);
	}
}

static void on_signalled(struct ev_loop *loop, ev_async *w, int events)
{
	(void)loop;
	(void)events;
	take_signals(w->data);
}

/* Timers */

static void timer_start(struct session *s, ev_timer *t, double after)
{
	ev_timer_stop(s->loop, t);
	ev_now_update(s->loop);
	ev_timer_set(t, after, 0.);
	ev_timer_start(s->loop, t);
}

static void end(struct session *s, int code)
{
	if (!s->ended) {
		s->ended = true;
		if (!s->finishing)
			s->code = code;
	}
	ev_break(s->loop, EVBREAK_ALL);
}

static void expire_arm(struct session *s)
{
	double next = requests_next_deadline(s->requests);

	if (!next)
		ev_timer_stop(s->loop, &s->expire);
	else if (!ev_is_active(&s->expire))
		timer_start(s, &s->expire, next > ev_time() ? next - ev_time() : 0.);
}

static void on_expire(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;

	(void)loop;
	(void)events;
	requests_expire(s->requests, s, ev_time());
	expire_arm(s);
}

static void on_pong(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	(void)s; /* any answer, an error too, was heard: that was all */
	(void)outcome;
	(void)reply;
	(void)data;
}

/* XEP-0199 section 4.2: is the peer still there? A component asks itself, through the server. */
static void on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	static const char ping[] = "<ping xmlns='" NS_PING "'/>";
	struct session *s = t->data;
	AUTO_FREE char *domain = NULL;
	const char *part;
	double quiet;
	size_t len;

	(void)loop;
	(void)events;
	if (s->reads != tap_reads() || !s->up) {
		s->reads = tap_reads();
		s->heard = ev_time();
		return;
	}
	quiet = ev_time() - s->heard;
	if (quiet >= QUIET_DEAD) {
		link_abort(s->link, EX_TEMPFAIL, "the connection is dead");
	} else if (quiet >= QUIET_PING && quiet < QUIET_PING + 1.) {
		part = jid_domain(s->jid, &len);
		domain = mem_strndup(part, len);
		session_request(s, "get", domain, ping, sizeof(ping) - 1, on_pong, NULL);
	}
}

/* Connecting */

static void poll_for(struct session *s, int fd, int events)
{
	if (fd == s->polled_fd && events == s->polled_events)
		return;
	ev_io_stop(s->loop, &s->io);
	s->polled_fd = fd;
	s->polled_events = events;
	if (fd < 0)
		return;
	ev_io_set(&s->io, fd, events);
	ev_io_start(s->loop, &s->io);
}

static void attempt_next(struct session *s);

static void give_up(struct session *s, int code, const char *text)
{
	if (s->handler->failed)
		code = s->handler->failed(s, code, s->data);
	log_error("%s", text);
	end(s, code);
}

/* An attempt or the connection has failed: again later, or not at all. */
static void failed(struct session *s, int code, bool final, const char *text)
{
	if (final || (s->params->retries >= 0 && s->failures >= s->params->retries)) {
		give_up(s, code, text);
		return;
	}
	s->failures++;
	/* Jitter: many clients of one server shall not come back all at once. */
	double wait = s->pause * (0.5 + arc4random_uniform(1000) / 1000.);
	s->pause = s->pause * 2 < PAUSE_MAX ? s->pause * 2 : PAUSE_MAX;
	log_warn("%s; trying again in %.1f s", text, wait);
	timer_start(s, &s->retry, wait);
}

static void failed_to_connect(struct session *s)
{
	const struct link_failure *f = link_failure(s->link);
	const struct endpoint *e = &s->endpoints.list[s->attempt];
	AUTO_FREE char *text =
		mem_printf("cannot connect to %s port %u: %s", e->address, e->port, f->text);
	/* A login that failed names the account, not the address. */
	const char *shown =
		f->unreachable || f->code == EX_TEMPFAIL || f->code == EX_REFUSED ? text : f->text;

	if (f->unreachable && s->attempt + 1 < s->endpoints.count) {
		log_info("%s", text);
		s->attempt++;
		attempt_next(s);
	} else {
		failed(s, f->code, f->final, shown);
	}
}

static void attempt_next(struct session *s)
{
	const struct endpoint *e = &s->endpoints.list[s->attempt];

	log_info("connecting to %s port %u", e->address, e->port);
	timer_start(s, &s->deadline, s->params->connect_timeout);
	/* The TLS handshake blocks: there, only a signal gets through. */
	alarm(s->params->connect_timeout + 1);
	if (link_connect(s->link, e)) {
		ev_timer_stop(s->loop, &s->deadline);
		alarm(0);
		failed_to_connect(s);
	}
}

/* Fills s->endpoints; 0 or a getaddrinfo() error. */
static int resolve(struct session *s)
{
	const struct session_params *p = s->params;
	bool direct = p->tls == SESSION_DIRECT_TLS;
	unsigned port = p->port ? p->port : p->component ? 5347 : direct ? 5223 : 5222;
	AUTO_FREE char *domain = NULL;
	const char *part, *host = p->host;
	size_t len;

	part = jid_domain(p->jid, &len);
	domain = mem_strndup(part, len);
	endpoints_release(&s->endpoints);
	s->attempt = 0;
	if (!host && p->component)
		host = "localhost";
	if (!host && strcmp(domain, "localhost")) {
		if (resolve_srv(direct ? "xmpps-client" : "xmpp-client", domain, &s->endpoints) < 0)
			return EAI_NONAME;
		if (s->endpoints.count)
			return 0;
	}
	return resolve_host(host ? host : domain, (unsigned short)port, &s->endpoints);
}

static void attempt_first(struct session *s)
{
	int r = resolve(s);
	AUTO_FREE char *text = NULL;

	if (!r) {
		s->resolved_once = true;
		attempt_next(s);
		return;
	}
	text = mem_printf("cannot find host '%s': %s",
			  s->params->host ? s->params->host : s->params->jid,
			  r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
	failed(s, EX_NOHOST, s->params->host_must_exist && !s->resolved_once, text);
}

static void on_retry(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	attempt_first(t->data);
}

static void on_deadline(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;
	AUTO_FREE char *text = NULL;

	(void)loop;
	(void)events;
	if (s->finishing) {
		end(s, s->code);
		return;
	}
	text = mem_printf("not logged in after %u s", s->params->connect_timeout);
	link_abort(s->link, EX_TEMPFAIL, text);
}

/* The link's news */

static void on_up(void *data)
{
	struct session *s = data;
	AUTO_FREE char *jid =
		jid_prep(link_bound_jid(s->link) ? link_bound_jid(s->link) : s->params->jid);

	ev_timer_stop(s->loop, &s->deadline);
	alarm(0);
	if (s->params->fixed_resource && (!jid || strcmp(jid, s->params->jid))) {
		AUTO_FREE char *text = mem_printf(
			"the server gave the address '%s' and not '%s', which may be in use",
			jid ? jid : "?", s->params->jid);
		give_up(s, EX_REFUSED, text);
		return;
	}
	free(s->jid);
	s->jid = jid ? steal(jid) : mem_strdup(s->params->jid);
	s->up = true;
	s->up_since = s->heard = ev_time();
	log_info("logged in as %s", s->jid);
	if (s->handler->up && !s->finishing)
		s->handler->up(s, s->data);
}

static void on_down(void *data)
{
	struct session *s = data;
	const struct link_failure *f = link_failure(s->link);
	bool was_up = s->up;

	/* Before libstrophe opens another with the same number. */
	poll_for(s, -1, 0);
	ev_timer_stop(s->loop, &s->deadline);
	alarm(0);
	s->up = s->draining = false;
	if (was_up && ev_time() - s->up_since >= STEADY) {
		s->failures = 0;
		s->pause = PAUSE_FIRST;
	}
	requests_lose(s->requests, s);
	if (was_up && s->handler->down)
		s->handler->down(s, s->data);
	take_signals(s); /* one of them may have cut the login short */
	if (s->finishing)
		end(s, s->code);
	else if (was_up)
		failed(s, f->code, f->final, f->text);
	else
		failed_to_connect(s);
}

static void on_stanza(xmpp_stanza_t *stanza, void *data)
{
	struct session *s = data;
	const char *name = stanza_name(stanza), *type = stanza_attr(stanza, "type");
	bool iq = !strcmp(name, "iq");

	if (!iq && strcmp(name, "message") && strcmp(name, "presence"))
		return; /* libstrophe's business */
	if (iq && type && (!strcmp(type, "result") || !strcmp(type, "error"))) {
		requests_answer(s->requests, s, stanza, s->jid);
		expire_arm(s);
		return;
	}
	if (s->handler->stanza && s->handler->stanza(s, stanza, s->data))
		return;
	if (iq)
		answers_give(s, stanza);
}

/* The loop */

/* What handlers have queued goes out before we sleep; drained() may queue more, up to a share. */
static bool flush_queue(struct session *s)
{
	bool more = false;

	for (int i = 0; i < 16 && s->up && link_queued(s->link); i++) {
		size_t before = link_queued(s->link);

		more |= link_pump(s->link);
		if (link_queued(s->link) > SESSION_QUEUE_HIGH)
			s->draining = true;
		if (s->draining && link_queued(s->link) < SESSION_QUEUE_HIGH / 2) {
			s->draining = false;
			if (s->up && s->handler->drained)
				s->handler->drained(s, s->data);
			continue;
		}
		if (link_queued(s->link) >= before)
			break;
	}
	return more ||
	       (s->up && link_queued(s->link) && !s->draining && !link_wants_write(s->link));
}

static void close_when_sent(struct session *s)
{
	if (link_idle(s->link))
		end(s, s->code);
	else if (!s->up || !link_queued(s->link))
		link_close(s->link);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct session *s = w->data;
	bool more;

	(void)events;
	if (s->ended)
		return;
	more = link_pump(s->link);
	if (s->up && s->handler->turn)
		s->handler->turn(s, s->data);
	if (s->up && link_queued(s->link))
		more |= flush_queue(s);
	if (s->up && !link_queued(s->link)) {
		link_fall_silent(s->link);
		more |= link_queued(s->link) > 0;
	}
	if (s->finishing && !s->ended)
		close_when_sent(s);
	expire_arm(s);
	poll_for(s, link_fd(s->link), EV_READ | (link_wants_write(s->link) ? EV_WRITE : 0));
	if (more && !s->ended)
		ev_idle_start(loop, &s->more);
	else
		ev_idle_stop(loop, &s->more);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop; /* the next on_prepare() does the work */
	(void)w;
	(void)events;
}

static void on_more(struct ev_loop *loop, ev_idle *w, int events)
{
	(void)loop; /* only there so that the loop does not sleep */
	(void)w;
	(void)events;
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
	s->pause = PAUSE_FIRST;
	s->polled_fd = -1;
	/* poll: libstrophe closes and opens descriptors behind our back, and input may be a regular
	 * file. */
	s->loop = ev_default_loop(EVBACKEND_POLL);
	s->requests = requests_new();
	s->link = link_new(params, &link_handler, s);
	ev_prepare_init(&s->prepare, on_prepare);
	ev_io_init(&s->io, on_io, -1, EV_READ);
	ev_idle_init(&s->more, on_more);
	ev_timer_init(&s->tick, on_tick, 1., 1.);
	ev_timer_init(&s->deadline, on_deadline, 0., 0.);
	ev_timer_init(&s->retry, on_retry, 0., 0.);
	ev_timer_init(&s->expire, on_expire, 0., 0.);
	ev_async_init(&s->signalled, on_signalled);
	s->prepare.data = s->io.data = s->more.data = s->tick.data = s->deadline.data =
		s->retry.data = s->expire.data = s->signalled.data = s;
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	the_session = NULL;
	ev_prepare_stop(s->loop, &s->prepare);
	ev_io_stop(s->loop, &s->io);
	ev_idle_stop(s->loop, &s->more);
	ev_timer_stop(s->loop, &s->tick);
	ev_timer_stop(s->loop, &s->deadline);
	ev_timer_stop(s->loop, &s->retry);
	ev_timer_stop(s->loop, &s->expire);
	ev_async_stop(s->loop, &s->signalled);
	requests_free(s->requests);
	link_free(s->link);
	endpoints_release(&s->endpoints);
	free(s->jid);
	free(s);
}

static bool trust_only(const char *ca_file)
{
	/*
	 * libstrophe adds a CA file to the system's CAs. OpenSSL's own variables replace them: this
	 * file, and a folder that is not there.
	 */
	return !setenv("SSL_CERT_FILE", ca_file, 1) && !setenv("SSL_CERT_DIR", "/nonexistent", 1);
}

int session_run(struct session *s)
{
	if (!link_is_lossless(s->link)) {
		log_error("this libstrophe does not use expat as expected: payloads would be "
			  "damaged");
		return EX_CONFIG;
	}
	if (s->params->ca_file && !trust_only(s->params->ca_file))
		return EX_OSERR;
	the_session = s;
	catch_signals();
	ev_prepare_start(s->loop, &s->prepare);
	ev_async_start(s->loop, &s->signalled);
	ev_timer_start(s->loop, &s->tick);
	attempt_first(s);
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
	ev_timer_stop(s->loop, &s->retry);
	timer_start(s, &s->deadline, CLOSE_MAX);
}

bool session_finishing(const struct session *s)
{
	return s->finishing;
}

const char *session_jid(const struct session *s)
{
	return s->jid;
}

bool session_is_up(const struct session *s)
{
	return s->up;
}

bool session_is_component(const struct session *s)
{
	return s->params->component;
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
	if (link_queued(s->link) >= SESSION_QUEUE_HIGH)
		s->draining = true;
	return true;
}

size_t session_queued(const struct session *s)
{
	return link_queued(s->link);
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
	xml_attr(
		&out, "id",
		requests_add(s->requests, to, ev_time() + s->params->request_timeout, reply, data));
	str_putc(&out, '>');
	str_add(&out, xml, len);
	str_puts(&out, "</iq>");
	return session_send(s, out.p, out.len);
}

size_t session_pending(const struct session *s)
{
	return requests_count(s->requests);
}

/* Back to the sender, under the address that was written to. */
static void reply(struct session *s, xmpp_stanza_t *iq, const char *type, const char *xml,
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

void session_reply_result(struct session *s, xmpp_stanza_t *iq, const char *xml, size_t len)
{
	reply(s, iq, "result", xml, len);
}

void session_reply_error(struct session *s, xmpp_stanza_t *iq, const char *type, const char *xml)
{
	AUTO_STR error = { 0 };

	str_printf(&error, "<error type='%s'>%s</error>", type, xml);
	reply(s, iq, "error", error.p, error.len);
}
