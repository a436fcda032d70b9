/* SPDX-License-Identifier: MIT */
#include "common/base/clock.h"
#include "common/xmpp/session_internal.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/link.h"

/* Seconds. */
#define PAUSE_FIRST 0.5
#define PAUSE_MAX 60.0
#define STEADY 60.0 /* up for that long: failures are counted anew */

void session_give_up(struct session *s, int code, const char *text)
{
	session_lost(s);
	if (s->handler->failed)
		code = s->handler->failed(s, code, s->data);
	log_say(code ? LOG_ERROR : LOG_WARN, "%s", text);
	session_end(s, code);
}

static bool may_retry(struct session *s)
{
	if (s->params->retries < 0 || s->failures < s->params->retries)
		return true;
	return s->handler->persists && s->handler->persists(s, s->data);
}

static void forget_round(struct session *s)
{
	endpoints_release(&s->endpoints);
	s->attempt = 0;
	free(s->answered);
	s->answered = NULL;
}

/* An attempt or the connection has failed: again later, or not at all. */
void session_failed(struct session *s, int code, bool final, const char *text)
{
	if (final || !may_retry(s)) {
		session_give_up(s, code, text);
		return;
	}
	s->failures++;
	/* Jitter: many clients of one server shall not come back all at once. */
	double wait = s->pause * (0.5 + arc4random_uniform(1000) / 1000.);
	s->pause = s->pause * 2 < PAUSE_MAX ? s->pause * 2 : PAUSE_MAX;
	log_warn("%s; trying again in %.1f s", text, wait);
	forget_round(s);
	session_timer_start(s, &s->retry, wait);
}

/* An address that answers tells more of what is wrong than one that does not. */
static void remember(struct session *s, int code, const char *text)
{
	if (s->answered)
		return;
	s->answered = mem_strdup(text);
	s->answered_code = code;
}

void session_failed_to_connect(struct session *s)
{
	const struct link_failure *f = link_failure(s->link);
	const struct endpoint *e = &s->endpoints.list[s->attempt];
	AUTO_FREE char *text =
		mem_printf("cannot connect to %s port %u: %s", e->address, e->port, f->text);
	/* A login that failed names the account, not the address. */
	const char *shown =
		f->unreachable || f->code == EX_TEMPFAIL || f->code == EX_REFUSED ? text : f->text;

	if (!f->unreachable)
		remember(s, f->code, shown);
	if (!f->final && s->attempt + 1 < s->endpoints.count) {
		log_info("%s", text);
		s->attempt++;
		session_timer_start(s, &s->retry, 0.); /* libstrophe may be at work still */
	} else if (!f->final && s->answered) {
		AUTO_FREE char *answered = steal(s->answered);

		session_failed(s, s->answered_code, false, answered);
	} else {
		session_failed(s, f->code, f->final, shown);
	}
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strcmp(address, "::1");
}

static void warn_of_listeners(struct session *s, const char *address)
{
	const struct session_params *p = s->params;

	if (s->warned || p->component || p->tls != SESSION_NO_TLS || is_loopback(address))
		return;
	s->warned = true;
	log_warn("without TLS others may read the password on its way to %s", address);
}

static void attempt_next(struct session *s)
{
	const struct endpoint *e = &s->endpoints.list[s->attempt];

	warn_of_listeners(s, e->address);
	log_info("connecting to %s port %u", e->address, e->port);
	session_timer_start(s, &s->deadline, s->params->connect_timeout);
	/* The TLS handshake blocks: there, only a signal gets through. */
	alarm(s->params->connect_timeout + 1);
	if (link_connect(s->link, e)) {
		ev_timer_stop(s->loop, &s->deadline);
		alarm(0);
		session_failed_to_connect(s);
	}
}

/* Looks up where to connect, unless that is still under way from the last attempt. */
void session_attempt(struct session *s)
{
	const struct session_params *p = s->params;
	bool direct = p->tls == SESSION_DIRECT_TLS;
	unsigned port = p->port ? p->port : p->component ? 5347 : direct ? 5223 : 5222;
	const char *service = direct ? "xmpps-client" : "xmpp-client";
	AUTO_FREE char *domain = NULL;
	const char *part, *host = p->host;
	size_t len;

	part = jid_domain(p->jid, &len);
	domain = mem_strndup(part, len);
	if (!host && p->component)
		host = "localhost";
	if (host || !strcmp(domain, "localhost"))
		service = NULL;
	session_timer_start(s, &s->deadline, p->connect_timeout);
	s->looking = true;
	if (!s->lookup)
		s->lookup = lookup_start(service, host ? host : domain, (unsigned short)port,
					 s->loop, &s->looked_up);
}

static void not_found(struct session *s, int r)
{
	const char *host = s->params->host;
	AUTO_FREE char *text = NULL;
	const char *part;
	size_t len;

	part = jid_domain(s->params->jid, &len);
	text = mem_printf("cannot find host '%.*s': %s", host ? (int)strlen(host) : (int)len,
			  host ? host : part, resolve_strerror(r));
	session_failed(s, EX_NOHOST, s->params->host_must_exist && !s->resolved_once, text);
}

static void on_looked_up(struct ev_loop *loop, ev_async *w, int events)
{
	struct session *s = w->data;
	struct endpoints found;
	int r;

	(void)loop;
	(void)events;
	if (!s->lookup || !lookup_is_done(s->lookup))
		return;
	r = lookup_take(s->lookup, &found);
	s->lookup = NULL;
	if (!s->looking || s->finishing) { /* too late */
		endpoints_release(&found);
		return;
	}
	s->looking = false;
	ev_timer_stop(s->loop, &s->deadline);
	forget_round(s);
	s->endpoints = found;
	if (r) {
		not_found(s, r);
		return;
	}
	s->resolved_once = true;
	attempt_next(s);
}

static void on_retry(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;

	(void)loop;
	(void)events;
	if (s->attempt < s->endpoints.count)
		attempt_next(s);
	else
		session_attempt(s);
}

static void on_deadline(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;
	AUTO_FREE char *text = NULL;

	(void)loop;
	(void)events;
	if (s->finishing) {
		session_end(s, s->code);
		return;
	}
	text = mem_printf("%s after %u s", s->looking ? "no answer from DNS" : "not logged in",
			  s->params->connect_timeout);
	if (s->looking) {
		s->looking = false;
		session_failed(s, EX_TEMPFAIL, false, text);
		return;
	}
	link_abort(s->link, EX_TEMPFAIL, text);
}

void session_steady(struct session *s)
{
	if (clock_now() - s->up_since < STEADY)
		return;
	s->failures = 0;
	s->pause = PAUSE_FIRST;
}

void session_connect_init(struct session *s)
{
	s->pause = PAUSE_FIRST;
	ev_timer_init(&s->deadline, on_deadline, 0., 0.);
	ev_timer_init(&s->retry, on_retry, 0., 0.);
	ev_async_init(&s->looked_up, on_looked_up);
	s->deadline.data = s->retry.data = s->looked_up.data = s;
	ev_async_start(s->loop, &s->looked_up);
}

void session_connect_stop(struct session *s)
{
	alarm(0);
	lookup_abandon(s->lookup);
	forget_round(s);
	ev_timer_stop(s->loop, &s->deadline);
	ev_timer_stop(s->loop, &s->retry);
	ev_async_stop(s->loop, &s->looked_up);
}
