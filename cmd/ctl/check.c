/* SPDX-License-Identifier: MIT */
/*
 * Does it work, and how fast? check, for monitoring: exit codes and output are those of Nagios'
 * plugins, or the output is metrics for Prometheus.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/probe.h"
#include "cmd/ctl/verbs.h"
#include "common/base/clock.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/pubsub/request.h"
#include "common/xmpp/opts.h"

enum { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };
static const char *const states[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

#define WARN 1.
#define CRIT 5.

#define PAYLOAD "<check xmlns='urn:x-pubsub:check'/>"

static int parse_seconds(const char *option, const char *text, double otherwise, double *ret)
{
	char *end;

	*ret = otherwise;
	if (!text)
		return 0;
	*ret = strtod(text, &end);
	if (end == text || *end || !isfinite(*ret) || *ret < 0)
		return opts_usage_error("%s: '%s' is no number of seconds", option, text);
	return 0;
}

static int limits(const struct ctl *c, double *warn, double *crit)
{
	int e = parse_seconds("--warn", c->o->warn, WARN, warn);

	if (!e)
		e = parse_seconds("--crit", c->o->crit, CRIT, crit);
	/* A limit that is not given does not contradict the one that is. */
	if (!e && !c->o->warn && *warn > *crit)
		*warn = *crit;
	if (!e && !c->o->crit && *crit < *warn)
		*crit = *warn;
	return !e && *warn > *crit ? opts_usage_error("--warn: it is above --crit") : e;
}

int verb_check_check(struct ctl *c)
{
	double warn, crit;

	return limits(c, &warn, &crit);
}

/* The run */

struct run {
	struct ctl *c;
	struct probe probe;
	double warn, crit;
	char id[RANDOM_ID_LEN + 1];
	double begun, published, notified; /* seconds; the latter two since it began; -1: never */
	bool answered;
	struct answer answer;
};

static int set(struct ctl *c, const struct str *xml)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;

	return ctl_request(c, "set", xml, &reply);
}

static void on_published(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			 void *data)
{
	struct run *r = data;

	(void)s;
	r->answered = true;
	r->published = clock_now() - r->begun;
	r->answer.outcome = outcome;
	r->answer.stanza = reply ? xmpp_stanza_clone(reply) : NULL;
	if (outcome != SESSION_RESULT)
		r->probe.seen = true; /* nothing will come */
}

static int await_publish(struct run *r)
{
	while (!r->answered && session_step(r->c->session)) {
	}
	if (!r->answered)
		return session_code(r->c->session);
	if (r->answer.outcome == SESSION_LOST)
		return ctl_fail(r->c, EX_TEMPFAIL, "the connection was lost");
	return r->answer.outcome == SESSION_RESULT ? 0
						   : ctl_refused(r->c, r->c->service, &r->answer);
}

/* Publishes and waits, for the notification as well as for the answer. */
static int measure(struct run *r)
{
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(r->c, "publish to '%s'", r->probe.node);
	request_publish_begin(&xml, r->probe.node);
	request_publish_item(&xml, r->id, PAYLOAD, strlen(PAYLOAD));
	request_publish_end(&xml);
	probe_expect(&r->probe, EVENT_ITEM, r->id);
	r->begun = clock_now();
	if (!session_request(r->c->session, "set", r->c->service, xml.p, xml.len, on_published, r))
		return ctl_fail(r->c, EX_TEMPFAIL, "the connection was lost");
	code = probe_wait(&r->probe, r->crit);
	if (!code)
		code = await_publish(r);
	r->notified = !code && r->probe.seen ? r->probe.at - r->begun : -1;
	return code;
}

/* Also from a node that goes: Prosody does not forget those who are subscribed to it. */
static int subscribed(struct run *r)
{
	AUTO_STR xml = { 0 };
	int code = measure(r);

	if (session_finishing(r->c->session))
		return code;
	request_unsubscribe(&xml, r->probe.node, session_jid(r->c->session), NULL);
	ctl_doing(r->c, "unsubscribe from '%s'", r->probe.node);
	set(r->c, &xml);
	str_reset(&xml);
	if (code || r->probe.made)
		return code;
	request_retract(&xml, r->probe.node, r->id, false);
	ctl_doing(r->c, "retract the item from '%s'", r->probe.node);
	set(r->c, &xml);
	return 0;
}

static int run(struct run *r)
{
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(r->c, "subscribe to '%s'", r->probe.node);
	request_subscribe(&xml, r->probe.node, session_jid(r->c->session));
	code = set(r->c, &xml);
	return code ? code : subscribed(r);
}

/* What is said of it */

static void print_metrics(struct ctl *c, double up, double published, double notified)
{
	str_printf(&c->out,
		   "# HELP pubsub_check_up Whether the own notification came in time.\n"
		   "# TYPE pubsub_check_up gauge\n"
		   "pubsub_check_up %g\n",
		   up);
	if (published >= 0)
		str_printf(&c->out,
			   "# HELP pubsub_check_publish_seconds From the publish request to its "
			   "answer.\n"
			   "# TYPE pubsub_check_publish_seconds gauge\n"
			   "pubsub_check_publish_seconds %.6f\n",
			   published);
	if (notified >= 0)
		str_printf(&c->out,
			   "# HELP pubsub_check_notify_seconds From the publish request to the "
			   "notification.\n"
			   "# TYPE pubsub_check_notify_seconds gauge\n"
			   "pubsub_check_notify_seconds %.6f\n",
			   notified);
}

static int report(struct run *r)
{
	int state = r->notified < 0 || r->notified >= r->crit ? NAGIOS_CRITICAL
		    : r->notified >= r->warn		      ? NAGIOS_WARNING
							      : NAGIOS_OK;

	r->c->reported = true;
	if (r->c->o->prometheus)
		print_metrics(r->c, r->notified >= 0, r->published, r->notified);
	else if (r->notified < 0)
		str_printf(&r->c->out, "PUBSUB %s - no notification within %g s\n", states[state],
			   r->crit);
	else
		str_printf(&r->c->out,
			   "PUBSUB %s - notification after %.3f s | notify=%.6fs;%g;%g;0 "
			   "publish=%.6fs;;;0\n",
			   states[state], r->notified, r->notified, r->warn, r->crit, r->published);
	return state;
}

int verb_check(struct ctl *c)
{
	struct run r = { .c = c };
	int code, e = 0;

	limits(c, &r.warn, &r.crit);
	random_id(r.id);
	probe_init(&r.probe, c, c->node);
	code = c->node ? 0 : probe_create(&r.probe);
	if (!code)
		code = run(&r);
	if (!code)
		e = report(&r);
	probe_end(&r.probe);
	answer_release(&r.answer);
	return code ? code : e;
}

int check_end(struct ctl *c, int code)
{
	bool is_ours = c->reported && code <= NAGIOS_CRITICAL;
	int state = is_ours						  ? code
		    : code == EX_USAGE || code == EX_CONFIG || code > 128 ? NAGIOS_UNKNOWN
									  : NAGIOS_CRITICAL;

	if (is_ours || c->reported)
		return state;
	if (c->o->prometheus)
		print_metrics(c, 0, -1, -1);
	else
		str_printf(&c->out, "PUBSUB %s - %s\n", states[state],
			   code > 128	   ? "interrupted"
			   : c->last_error ? c->last_error
					   : "it is not known why");
	return print_end(c, state) == state ? state : NAGIOS_UNKNOWN;
}
