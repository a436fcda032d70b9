/* SPDX-License-Identifier: MIT */
/*
 * Publish: input on one side, a session on the other, the sender between them. Input is read only
 * once the login has succeeded, and only while there is room for what it holds.
 *
 * What ends a run, when several things do: the first refusal comes before malformed input behind
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/pub/input.h"
#include "cmd/pub/opts.h"
#include "cmd/pub/sender.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/str.h"
#include "common/pubsub/discover.h"
#include "common/xmpp/session.h"
#include "common/xmpp/xml.h"

struct pub {
	const struct pub_opts *o;
	struct session *session;
	struct discovery *discovery;
	char *service;
	struct sender *sender;
	struct input *input;
	bool started, input_ended;
	int input_code;
};

static void end_when_done(struct pub *p)
{
	bool stopped = sender_is_stopped(p->sender);
	int code = sender_code(p->sender);

	if (!sender_is_done(p->sender) || !(stopped || p->input_ended))
		return;
	/*
	 * A refusal that was passed over gives way: where the input is malformed, that is what
	 * ended the run.
	 */
	if (!stopped && p->input_code)
		code = p->input_code;
	session_finish(p->session, code);
}

/* Input */

static int on_item(const struct in_item *item, const struct input_source *source, void *data)
{
	struct pub *p = data;

	if (sender_add(p->sender, item, source))
		return -EINVAL;
	return sender_is_full(p->sender);
}

static void on_rest(void *data)
{
	struct pub *p = data;

	sender_pump(p->sender);
	if (sender_is_stopped(p->sender))
		input_stop(p->input);
	else if (sender_has_room(p->sender))
		input_resume(p->input);
	end_when_done(p);
}

static void on_input_ended(int code, void *data)
{
	struct pub *p = data;

	p->input_ended = true;
	p->input_code = code;
	sender_pump(p->sender);
	end_when_done(p);
}

static const struct input_handler input_handler = { on_item, on_rest, on_input_ended };

/* Answers */

static void on_published(const char *node, const char *id, void *data)
{
	struct pub *p = data;
	AUTO_STR line = { 0 };
	int r;

	if (!p->o->print)
		return;
	str_puts(&line, "<item");
	xml_attr(&line, "id", id);
	xml_attr(&line, "node", node);
	str_puts(&line, "/>\n");
	r = out_write(STDOUT_FILENO, line.p, line.len, session_interrupted);
	if (!r || r == -EINTR) /* then on_interrupted() is next */
		return;
	if (r != -EPIPE) /* the reader has gone: it knows */
		log_error("cannot write to standard output: %s", strerror(-r));
	input_stop(p->input);
	session_finish(p->session, EX_IOERR);
}

static void on_progress(void *data)
{
	struct pub *p = data;

	sender_pump(p->sender);
	if (sender_is_stopped(p->sender))
		input_stop(p->input);
	else if (p->started && sender_has_room(p->sender))
		input_resume(p->input);
	end_when_done(p);
}

static void on_failed(int code, void *data)
{
	struct pub *p = data;

	input_stop(p->input);
	session_finish(p->session, code);
}

static const struct sender_handler sender_handler = { on_published, on_progress, on_failed };

/* The session */

static void start(struct pub *p)
{
	sender_up(p->sender, p->session, p->service);
	if (p->started) {
		sender_pump(p->sender); /* what has had no answer */
		return;
	}
	p->started = true;
	sender_create(p->sender);
	input_start(p->input, session_loop(p->session));
}

static void on_service(const char *service, int code, void *data)
{
	struct pub *p = data;

	if (!service) {
		session_finish(p->session, code);
		return;
	}
	p->service = mem_strdup(service);
	start(p);
}

static void on_up(struct session *session, void *data)
{
	struct pub *p = data;

	if (p->service) {
		start(p);
		return;
	}
	discover_free(p->discovery);
	p->discovery = discover_start(session, on_service, p);
}

static void on_drained(struct session *session, void *data)
{
	struct pub *p = data;

	(void)session;
	if (p->started)
		on_progress(p);
}

static void on_interrupted(struct session *session, int signo, void *data)
{
	struct pub *p = data;
	size_t open = sender_open(p->sender);

	input_stop(p->input);
	if (open)
		log_warn("interrupted: %zu without an answer", open);
	session_finish(session, 128 + signo);
}

static int on_session_failed(struct session *session, int code, void *data)
{
	struct pub *p = data;
	size_t open = sender_open(p->sender);

	(void)session;
	if (open)
		log_warn("%zu without an answer: it is not known whether they were published",
			 open);
	return code;
}

static const struct session_handler session_handler = {
	.up = on_up,
	.drained = on_drained,
	.interrupted = on_interrupted,
	.failed = on_session_failed,
};

static int run(struct pub_opts *o)
{
	struct pub p = { .o = o };
	int code;

	p.input = input_new(o->sources, o->count, o->lines, &input_handler, &p, &code);
	if (!p.input)
		return code;
	code = session_opts_resolve(&o->session, &o->params);
	if (code) {
		input_free(p.input);
		return code;
	}
	o->params.host_must_exist = true;
	p.service = mem_strdup(o->target.service);
	p.sender = sender_new(&o->sender, &sender_handler, &p);
	p.session = session_new(&o->params, &session_handler, &p);
	code = session_run(p.session);
	input_free(p.input);
	sender_free(p.sender);
	session_free(p.session);
	discover_free(p.discovery);
	free(p.service);
	return code;
}

int pub_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(pub_opts_release) struct pub_opts o;
	int e = pub_opts_parse(&o, argc, argv);

	return e ? e : run(&o);
}
