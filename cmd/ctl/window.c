/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/window.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/ctl/ctl.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define IN_FLIGHT 32

struct flight {
	LIST_ENTRY(flight) link;
	struct window *window;
	bool missing_is_fine;
	char *doing, *to;
};

static void flight_free(struct flight *f)
{
	LIST_REMOVE(f, link);
	free(f->doing);
	free(f->to);
	free(f);
}
AUTO_DEFINE(struct flight *, flight_free);

static void on_reply(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	AUTO(flight_free) struct flight *f = data;
	struct window *w = f->window;
	const struct answer a = { outcome, reply };
	int code;

	w->open--;
	if (outcome == SESSION_RESULT ||
	    (f->missing_is_fine && answer_is_error(&a, "item-not-found"))) {
		w->done++;
		return;
	}
	if (w->code)
		return;
	if (outcome == SESSION_LOST && session_finishing(s)) {
		w->code = session_code(s); /* a signal: no failure of the service's */
		return;
	}
	if (outcome == SESSION_LOST) {
		log_error("cannot %s at %s: the connection was lost before there was an answer",
			  f->doing, f->to);
		w->code = EX_TEMPFAIL;
		return;
	}
	code = answer_report(f->doing, f->to, &a);
	if (w->keep_going && outcome == SESSION_ERROR && reply)
		w->refused++;
	else
		w->code = code;
}

static int turn(struct window *w, struct ctl *c)
{
	if (session_step(c->session))
		return w->code;
	return w->code ? w->code : session_code(c->session);
}

int window_send(struct window *w, struct ctl *c, const struct str *xml, bool missing_is_fine,
		const char *doing, ...)
{
	struct flight *f;
	va_list ap;
	int code = w->code;

	while (!code && (w->open >= IN_FLIGHT || session_queued(c->session) >= SESSION_QUEUE_HIGH))
		code = turn(w, c);
	if (!code && (!session_is_up(c->session) || session_finishing(c->session)))
		code = session_finishing(c->session) ? session_code(c->session) : EX_TEMPFAIL;
	if (code)
		return code;
	f = mem_zalloc(sizeof(*f));
	f->window = w;
	f->missing_is_fine = missing_is_fine;
	f->to = mem_strdup(c->service);
	LIST_INSERT_HEAD(&w->flights, f, link);
	va_start(ap, doing);
	if (vasprintf(&f->doing, doing, ap) < 0)
		abort(); /* out of memory */
	va_end(ap);
	if (!session_request(c->session, "set", f->to, xml->p, xml->len, on_reply, f)) {
		flight_free(f);
		return EX_TEMPFAIL;
	}
	w->open++;
	return 0;
}

int window_drain(struct window *w, struct ctl *c)
{
	int code;

	while (w->open && session_step(c->session)) {
	}
	code = w->code || !w->open ? w->code : session_code(c->session);
	while (!LIST_EMPTY(&w->flights)) /* the session has ended, and calls nobody */
		flight_free(LIST_FIRST(&w->flights));
	return code;
}
