/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/request.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

static char *__attribute__((format(printf, 1, 0))) format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort(); /* out of memory */
	return text;
}

void ctl_doing(struct ctl *c, const char *fmt, ...)
{
	va_list ap;

	free(c->doing);
	va_start(ap, fmt);
	c->doing = format(fmt, ap);
	va_end(ap);
}

void answer_release(struct answer *a)
{
	if (a->stanza)
		xmpp_stanza_release(a->stanza);
	a->stanza = NULL;
}

/* Lives as long as somebody waits, and the session calls nobody after its end. */
struct waiter {
	bool done;
	struct answer answer;
};

static void on_reply(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	struct waiter *w = data;

	(void)s;
	w->done = true;
	w->answer.outcome = outcome;
	w->answer.stanza = reply ? xmpp_stanza_clone(reply) : NULL;
}

/* 0, or the exit code where the session has ended, or is about to. */
static int await_session(struct ctl *c)
{
	while (!session_is_up(c->session) && session_step(c->session)) {
	}
	return session_is_up(c->session) && !session_finishing(c->session)
		       ? 0
		       : session_code(c->session);
}

static int lost(struct ctl *c, const char *type)
{
	if (strcmp(type, "set") != 0)
		return 0; /* it is asked again */
	log_warn("the connection was lost before there was an answer: it is not known whether it "
		 "was possible to %s",
		 c->doing);
	return EX_TEMPFAIL;
}

int ctl_ask(struct ctl *c, const char *type, const char *to, const struct str *xml,
	    struct answer *ret)
{
	for (;;) {
		struct waiter w = { 0 };
		int code = await_session(c);

		if (code)
			return code;
		session_request(c->session, type, to, xml->p, xml->len, on_reply, &w);
		while (!w.done && session_step(c->session)) {
		}
		if (w.done && w.answer.outcome != SESSION_LOST) {
			*ret = w.answer;
			return 0;
		}
		code = lost(c, type);
		if (code)
			return code;
	}
}

bool answer_is_error(const struct answer *a, const char *condition)
{
	struct stanza_error error;
	bool is;

	if (a->outcome != SESSION_ERROR)
		return false;
	stanza_error_parse(a->stanza, &error);
	is = !strcmp(error.condition, condition) ||
	     (error.pubsub && !strcmp(error.pubsub, condition));
	stanza_error_release(&error);
	return is;
}

static void complain(const char *doing, const char *to, const char *text)
{
	log_error("cannot %s at %s: %s", doing, to ? to : "the own account", text);
}

/* Does somebody there say that he is about pubsub? Then it is the request that he does not know. */
static bool is_pubsub(struct ctl *c, const char *to)
{
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *s;

	request_disco_info(&xml, NULL);
	if (session_finishing(c->session) || ctl_ask(c, "get", to, &xml, &a) ||
	    a.outcome != SESSION_RESULT)
		return false;
	s = stanza_child(stanza_child(a.stanza, "query", NS_DISCO_INFO), "identity", NS_DISCO_INFO);
	for (; s; s = stanza_next_like(s, "identity", NS_DISCO_INFO)) {
		const char *category = stanza_attr(s, "category");

		if (category && !strcmp(category, "pubsub"))
			return true;
	}
	return false;
}

int answer_report(const char *doing, const char *to, const struct answer *a)
{
	struct stanza_error error;
	AUTO_STR text = { 0 };
	int code = EX_TEMPFAIL;

	if (a->outcome == SESSION_ERROR) {
		stanza_error_parse(a->stanza, &error);
		stanza_error_describe(&text, &error);
		code = stanza_error_exit(&error);
		stanza_error_release(&error);
	} else {
		str_puts(&text, NO_ANSWER);
	}
	complain(doing, to, text.p);
	return code;
}

int ctl_refused(struct ctl *c, const char *to, const struct answer *a)
{
	if (answer_is_error(a, "service-unavailable") && is_pubsub(c, to)) {
		complain(c->doing, to, "service-unavailable; the service does not offer this");
		return EX_REFUSED;
	}
	return answer_report(c->doing, to, a);
}

/* Stanzas between two entities stay in order; any answer will do. */
int ctl_sync(struct ctl *c)
{
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };

	request_disco_info(&xml, NULL);
	return ctl_ask(c, "get", c->service, &xml, &a);
}

int ctl_fail(struct ctl *c, int code, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	complain(c->doing, c->service, text);
	return code;
}

int ctl_request(struct ctl *c, const char *type, const struct str *xml, xmpp_stanza_t **ret_reply)
{
	AUTO_ANSWER a = { 0 };
	int code = ctl_ask(c, type, c->service, xml, &a);

	if (code)
		return code;
	if (a.outcome != SESSION_RESULT)
		return ctl_refused(c, c->service, &a);
	*ret_reply = steal(a.stanza);
	return 0;
}
