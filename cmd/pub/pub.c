/* SPDX-License-Identifier: MIT */
/*
 * Publish: input on one side, a session on the other, the sender between them. Input is read only
 * once the login has succeeded, and only while there is room for what it holds.
 *
 * With a spool, all that is read goes there first, whether or not there is a link, and from there to
 * the sender: what is acknowledged is removed from it. One run at a time sends; the others only add.
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
#include "cmd/pub/intake.h"
#include "cmd/pub/opts.h"
#include "common/base/progress.h"
#include "cmd/pub/sender.h"
#include "cmd/pub/spool.h"
#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/plain.h"
#include "common/base/reader.h"
#include "common/base/str.h"
#include "common/pubsub/discover.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/session.h"
#include "common/xmpp/xml.h"

#define CHUNK (1024 * 1024)	/* bytes of the spool that are written in one go */
#define AHEAD (8 * 1024 * 1024)	/* bytes of it that may wait while they can be sent */
#define LOOK_EVERY .5		/* seconds: has another run added something, or ended? */
#define ASK_AGAIN 10.		/* seconds: is the service there now? */

struct pub {
	const struct pub_opts *o;
	struct ev_loop *loop;
	struct session *session;	/* NULL: not yet */
	struct discovery *discovery;
	char *service;			/* NULL: not found yet */
	struct intake *intake;
	struct sender *sender;
	struct input *input;		/* NULL: with --flush */
	struct progress *progress;
	struct reader reader;
	bool started, input_ended;
	bool asking;			/* for the service */
	int input_code;
	/* With a spool: */
	struct spool *spool;
	int spool_code;			/* of what could not be kept */
	size_t ahead;			/* bytes of ours in it since it was last empty, at least */
	char *sender_before;		/* whose place this run takes; NULL: nobody's */
	struct work *held;		/* it waits for the service to be found */
	double ask_at;			/* not before that */
	ev_timer look;
};

static void stop_input(struct pub *p)
{
	if (p->input)
		input_stop(p->input);
}

static int own_code(const struct pub *p)
{
	if (p->spool_code)
		return p->spool_code;
	/*
	 * A refusal that was passed over gives way: where the input is malformed, that is what
	 * ended the run.
	 */
	return !sender_is_stopped(p->sender) && p->input_code ? p->input_code :
								sender_code(p->sender);
}

/* The spool */

/* All that has been read is kept, but what is sent cannot be now, for which @code stands. */
static int code_for_kept(const struct pub *p, int code)
{
	bool later = code == EX_NOHOST || code == EX_UNAVAILABLE || code == EX_TEMPFAIL;

	return !later || p->o->flush || !p->input_ended ? code : own_code(p);
}

static void say_kept(const struct pub *p)
{
	if (!spool_is_empty(p->spool))
		log_note("what is not delivered is kept in the spool '%s'", spool_dir(p->spool));
	if (!p->input_ended)
		log_warn("the rest of the input was not read");
}

static void commit(struct pub *p)
{
	size_t bytes = spool_uncommitted(p->spool);
	int code = spool_commit(p->spool);

	p->ahead += bytes;
	if (!code)
		return;
	p->spool_code = code;
	p->input_ended = true;
	stop_input(p);
}

static void on_service(const char *service, int code, void *data);

static void find_service(struct pub *p)
{
	discover_free(p->discovery);
	p->asking = true;
	p->discovery = discover_start(p->session, on_service, p);
}

static bool can_send(const struct pub *p)
{
	return p->started && session_is_up(p->session) && !session_finishing(p->session);
}

/* From the spool to the sender. */
static void fill(struct pub *p)
{
	while (can_send(p) && spool_is_locked(p->spool) && !sender_is_stopped(p->sender) &&
	       !sender_is_full(p->sender)) {
		struct work *w = p->held ? steal(p->held) : spool_next(p->spool);

		if (!w) {
			p->ahead = 0;
			return;
		}
		if (!w->service && !p->service) {
			p->held = w;
			if (!p->asking && ev_now(p->loop) >= p->ask_at)
				find_service(p);
			return;
		}
		spool_send_as(p->spool, session_jid(p->session));
		sender_append(p->sender, w);
	}
}

/* Somebody may have added to it just before it was unlocked, and left it to us. */
static bool leave_spool(struct pub *p)
{
	spool_unlock(p->spool);
	return spool_is_empty(p->spool) || !spool_lock(p->spool);
}

static void end_when_spool_is_empty(struct pub *p)
{
	if (!p->session || !p->input_ended || session_finishing(p->session))
		return;
	if (p->held || !sender_is_done(p->sender) || !spool_is_empty(p->spool)) {
		/* It was for the input's sake that it has not given up. */
		if (!session_is_resting(p->session) || p->o->params.retries)
			return;
		say_kept(p);
		session_finish(p->session, code_for_kept(p, EX_TEMPFAIL));
	} else if (leave_spool(p)) {
		session_finish(p->session, own_code(p));
	}
}

static void go_on_spooled(struct pub *p)
{
	fill(p);
	if (p->started)
		sender_pump(p->sender);
	if (p->input && !(p->started && session_is_up(p->session) && p->ahead > AHEAD))
		input_resume(p->input);
	end_when_spool_is_empty(p);
}

static void on_look(struct ev_loop *loop, ev_timer *t, int events)
{
	struct pub *p = t->data;

	(void)loop;
	(void)events;
	if (p->session)
		go_on_spooled(p);
}

/* Input */

static void end_when_done(struct pub *p)
{
	bool stopped = sender_is_stopped(p->sender);

	if (sender_is_done(p->sender) && (stopped || p->input_ended))
		session_finish(p->session, own_code(p));
}

static void go_on(struct pub *p)
{
	if (p->spool) {
		go_on_spooled(p);
		return;
	}
	sender_pump(p->sender);
	if (sender_is_stopped(p->sender))
		input_stop(p->input);
	else if (p->started && sender_has_room(p->sender))
		input_resume(p->input);
	end_when_done(p);
}

static void on_work(struct work *w, void *data)
{
	struct pub *p = data;

	if (!p->spool) {
		sender_append(p->sender, w);
		return;
	}
	spool_add(p->spool, w);
	work_free(w);
}

static int on_item(const struct in_item *item, const struct input_source *source, void *data)
{
	struct pub *p = data;

	if (intake_take(p->intake, item, source))
		return -EINVAL;
	return p->spool ? spool_uncommitted(p->spool) >= CHUNK : sender_is_full(p->sender);
}

static void on_rest(void *data)
{
	struct pub *p = data;

	if (p->spool)
		commit(p);
	go_on(p);
}

static void on_input_ended(int code, void *data)
{
	struct pub *p = data;

	p->input_ended = true;
	p->input_code = code;
	on_rest(p);
}

static const struct input_handler input_handler = { on_item, on_rest, on_input_ended };

static void start_input(struct pub *p)
{
	intake_create(p->intake);
	input_start(p->input, p->loop);
}

/* Answers */

static void print(struct pub *p, const struct work *w)
{
	AUTO_STR line = { 0 };
	int r;

	str_puts(&line, "<item");
	xml_attr(&line, "id", w->id);
	xml_attr(&line, "node", w->node);
	str_puts(&line, "/>\n");
	plain_markup(&line, 0);
	r = out_write(STDOUT_FILENO, line.p, line.len, session_interrupted);
	if (!r || r == -EINTR) /* then on_interrupted() is next */
		return;
	if (r != -EPIPE) /* the reader has gone: it knows */
		log_error("cannot write to standard output: %s", strerror(-r));
	stop_input(p);
	session_finish(p->session, EX_IOERR);
}

static void on_settled(const struct work *w, void *data)
{
	struct pub *p = data;

	progress_add(p->progress);
	if (p->o->print && w->state == WORK_DONE && w->kind == WORK_ITEM)
		print(p, w);
	if (p->spool)
		spool_settled(p->spool, w);
}

static void on_progress(void *data)
{
	go_on(data);
}

static void on_failed(int code, void *data)
{
	struct pub *p = data;

	stop_input(p);
	session_finish(p->session, code);
}

static bool on_away(const char *why, int code, void *data)
{
	struct pub *p = data;

	if (!p->input_ended)
		return true;
	code = code_for_kept(p, code);
	log_say(code ? LOG_ERROR : LOG_WARN, "the service does not take it now: %s", why);
	say_kept(p);
	session_finish(p->session, code);
	return false;
}

static const struct sender_handler sender_handler = { on_settled, on_progress, on_failed, on_away };

/* The session */

static void start(struct pub *p)
{
	bool first = !p->started;

	sender_up(p->sender, p->session, p->service);
	p->started = true;
	if (p->spool)
		go_on(p);
	else if (first)
		start_input(p);
	else
		sender_pump(p->sender); /* what has had no answer */
}

static void not_found(struct pub *p, int code)
{
	code = p->spool ? code_for_kept(p, code) : code;
	if (p->spool && !p->input_ended) {
		p->ask_at = ev_now(p->loop) + ASK_AGAIN;
		return;
	}
	if (p->spool)
		say_kept(p);
	session_finish(p->session, code);
}

static void on_service(const char *service, int code, void *data)
{
	struct pub *p = data;

	p->asking = false;
	if (!service) {
		not_found(p, code);
		return;
	}
	p->service = mem_strdup(service);
	start(p);
}

static void on_up(struct session *session, void *data)
{
	struct pub *p = data;

	p->asking = false; /* of a link that was lost */
	if (p->spool && sender_open(p->sender))
		spool_send_as(p->spool, session_jid(session));
	if (p->service || p->spool)
		start(p);
	else
		find_service(p);
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

	stop_input(p);
	if (p->spool) {
		commit(p);
		say_kept(p);
	} else if (open) {
		log_warn("interrupted: %zu without an answer", open);
	}
	session_finish(session, 128 + signo);
}

static bool on_persists(struct session *session, void *data)
{
	struct pub *p = data;

	(void)session;
	return p->spool && !p->input_ended;
}

static int on_session_failed(struct session *session, int code, void *data)
{
	struct pub *p = data;
	size_t open = sender_open(p->sender);

	(void)session;
	if (p->spool) {
		stop_input(p);
		commit(p);
		say_kept(p);
		/* Whatever answered there, it may be a server next time. */
		return code == EX_REFUSED && p->input_ended && !p->o->flush ? own_code(p) :
									      code_for_kept(p, code);
	}
	if (open)
		log_warn("%zu without an answer: it is not known whether they were published",
			 open);
	return code;
}

static const struct session_handler session_handler = {
	.up = on_up,
	.drained = on_drained,
	.interrupted = on_interrupted,
	.persists = on_persists,
	.failed = on_session_failed,
};

static void on_reader_gone(void *data)
{
	struct pub *p = data;

	stop_input(p);
	session_finish(p->session, EX_IOERR);
}

static int run_session(struct pub *p)
{
	int code;

	p->session = session_new(&p->o->params, &session_handler, p);
	if (p->o->print)
		reader_watch(&p->reader, p->loop, STDOUT_FILENO, on_reader_gone, p);
	code = session_run(p->session);
	if (p->o->print)
		reader_unwatch(&p->reader, p->loop);
	return code;
}

/* True: we are the one that sends. Else another run does, and gets what we have put there. */
static bool get_turn(struct pub *p, int *ret_code)
{
	double until = ev_now(p->loop) + p->o->params.request_timeout;

	*ret_code = 0;
	while (!spool_lock(p->spool)) {
		if (!p->o->flush && p->input_ended) {
			log_info("another run is sending from the spool '%s': it is left to it",
				 spool_dir(p->spool));
			*ret_code = own_code(p);
			return false;
		}
		if (p->o->flush && spool_is_empty(p->spool))
			return false;
		if (p->o->flush && ev_now(p->loop) >= until) {
			log_error("another run is sending from the spool '%s', and has not ended "
				  "after %u s",
				  spool_dir(p->spool), p->o->params.request_timeout);
			*ret_code = EX_TEMPFAIL;
			return false;
		}
		ev_run(p->loop, EVRUN_ONCE);
	}
	return true;
}

/* See spool_sender(): only the account itself can do that. */
static void take_its_place(struct pub *p, struct session_params *params)
{
	p->sender_before = spool_sender(p->spool);
	if (!p->sender_before || !jid_same_bare(p->sender_before, params->jid))
		return;
	log_info("a run as %s had no answer to what it sent: this one takes its place",
		 p->sender_before);
	params->in_place_of = p->sender_before;
}

static int run_spooled(struct pub *p, struct session_params *params)
{
	int code;

	ev_timer_init(&p->look, on_look, LOOK_EVERY, LOOK_EVERY);
	p->look.data = p;
	ev_timer_start(p->loop, &p->look);
	p->input_ended = !p->input;
	if (p->input)
		start_input(p);
	if (get_turn(p, &code)) {
		if (p->input_ended && spool_is_empty(p->spool) && leave_spool(p)) {
			code = own_code(p);
		} else {
			take_its_place(p, params);
			code = run_session(p);
		}
	}
	ev_timer_stop(p->loop, &p->look);
	return code;
}

/* What can be checked before anything is read or sent. */
static int prepare(struct pub *p, struct pub_opts *o)
{
	int code = 0;

	if (!o->flush)
		p->input = input_new(o->sources, o->count, o->lines, &input_handler, p, &code);
	if (!code && o->spool)
		code = spool_open(o->spool, &p->spool);
	if (!code)
		code = session_opts_resolve(&o->session, &o->params);
	/* A name that is not found may be found when the network is there again. */
	o->params.host_must_exist = !o->spool;
	o->params.confined = o->params.keep_address = true;
	return code;
}

static int run(struct pub_opts *o)
{
	struct pub p = { .o = o, .loop = ev_default_loop(EVBACKEND_POLL) };
	int code = prepare(&p, o);

	if (!code) {
		p.service = mem_strdup(o->target.service);
		p.intake = intake_new(&o->intake, on_work, &p);
		p.sender = sender_new(&o->sender, &sender_handler, &p);
		p.progress = progress_new(p.loop);
		code = p.spool ? run_spooled(&p, &o->params) : run_session(&p);
	}
	progress_free(p.progress);
	input_free(p.input);
	intake_free(p.intake);
	sender_free(p.sender);
	work_free(p.held);
	spool_close(p.spool);
	session_free(p.session);
	discover_free(p.discovery);
	free(p.service);
	free(p.sender_before);
	return code;
}

int pub_main(int argc, const char **argv)
{
	AUTO_IN_PLACE(pub_opts_release) struct pub_opts o;
	int e = pub_opts_parse(&o, argc, argv);

	return e ? e : run(&o);
}
