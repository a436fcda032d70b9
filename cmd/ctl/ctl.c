/* SPDX-License-Identifier: MIT */
/*
 * Manage: one verb, done over one session.
 */
#include "cmd/ctl/ctl.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/verbs.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/discover.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/stanza.h"

struct found {
	bool done;
	char *service;
	int code;
};

static void on_service(const char *service, int code, void *data)
{
	struct found *f = data;

	f->done = true;
	f->service = mem_strdup(service);
	f->code = code;
}

/* Where none was named. Where the link is lost meanwhile, from the start. */
static int discover(struct ctl *c, char **ret)
{
	struct found f = { 0 };

	while (!f.done) {
		struct discovery *d;

		while (!session_is_up(c->session))
			if (!session_step(c->session))
				return session_code(c->session);
		d = discover_start(c->session, on_service, &f);
		while (!f.done && session_is_up(c->session) && session_step(c->session)) {
		}
		discover_free(d);
	}
	*ret = f.service;
	return f.code;
}

static void dont_care(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
		      void *data)
{
	(void)session;
	(void)outcome;
	(void)reply;
	(void)data;
}

static void on_interrupted(struct session *session, int signo, void *data)
{
	struct ctl *c = data;

	if (c->will.len)
		session_request(session, "set", c->will_to ? c->will_to : c->service, c->will.p,
				c->will.len, dont_care, NULL);
	session_finish(session, c->ends_well ? 0 : 128 + signo);
}

/* Only the service that we talk to is listened to (CLI-04). */
static bool on_stanza(struct session *session, xmpp_stanza_t *stanza, void *data)
{
	struct ctl *c = data;
	const char *from = stanza_attr(stanza, "from");
	AUTO_FREE char *jid = from ? jid_prep(from) : jid_bare(session_jid(session));
	const char *service = c->message_from ? c->message_from : c->service;

	if (!stanza_is(stanza, "message", NULL) || !c->message)
		return false;
	if (jid && service && !strcmp(jid, service))
		c->message(c, stanza, c->message_data);
	return true;
}

static const struct session_handler handler = {
	.stanza = on_stanza,
	.interrupted = on_interrupted,
};

/* The session is up. */
static int run_verb(struct ctl *c)
{
	AUTO_FREE char *found = NULL;
	int code = 0;

	if (!c->service && !(c->o->verb->flags & VERB_NO_SERVICE)) {
		code = discover(c, &found);
		c->service = found;
	}
	if (!code)
		code = c->o->verb->run(c);
	return print_end(c, code);
}

static int run_session(struct ctl *c)
{
	int code;

	c->session = session_new(&c->o->params, &handler, c);
	session_start(c->session);
	while (!session_is_up(c->session) && session_step(c->session)) {
	}
	if (session_is_up(c->session) && !session_finishing(c->session))
		session_finish(c->session, run_verb(c));
	while (session_step(c->session)) {
	}
	code = session_code(c->session);
	session_free(c->session);
	return code;
}

/* For check, which says it once more as its result. */
static bool note_error(enum log_level level, const char *text, void *data)
{
	struct ctl *c = data;

	if (level == LOG_ERROR) {
		free(c->last_error);
		c->last_error = mem_strdup(text);
	}
	return false;
}

static int run(struct ctl *c, struct ctl_opts *o)
{
	int e;

	c->service = o->target.service;
	c->node = o->target.count ? o->target.nodes[0] : NULL;
	c->args = o->args;
	c->n_args = strings_count(o->args);
	e = o->verb->check ? o->verb->check(c) : 0;
	if (!e)
		e = session_opts_resolve(&o->session, &o->params);
	o->params.host_must_exist = true;
	o->params.confined = o->params.keep_address = true;
	return e ? e : run_session(c);
}

int ctl_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(ctl_opts_release) struct ctl_opts o;
	struct ctl c = { .o = &o };
	int e;

	log_divert(note_error, &c);
	e = ctl_opts_parse(&o, argc, argv);
	if (!e)
		e = run(&c, &o);
	if (o.verb && o.verb->run == verb_check)
		e = check_end(&c, e);
	log_divert(NULL, NULL);
	free(c.last_error);
	free(c.doing);
	str_release(&c.out);
	str_release(&c.will);
	return e;
}
