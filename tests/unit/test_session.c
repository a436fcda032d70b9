/* SPDX-License-Identifier: MIT */
/* A session as a component: connecting, queues, requests, signals, the end. */
#include "session_peer.h"

#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ev.h>

#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

/*
 * A queue that is written at one go, long after it was filled
 */

static void serve_late_reader(int fd)
{
	log_in(fd);
	wait_for(to_child[0]);
	close_politely(fd);
}

static void fill(struct session *s, void *data)
{
	static char stanza[8192];

	(void)data;
	snprintf(stanza, sizeof(stanza), "<message><body>%*s</body></message>", 8000, "x");
	/* Until the kernel takes no more. */
	for (t.sent = 0; t.sent < 24 * 1024 * 1024; t.sent += strlen(stanza))
		assert_true(session_send(s, stanza, strlen(stanza)));
	tell(to_child[1]);
}

static void finish_when_drained(struct session *s, void *data)
{
	(void)data;
	t.drains++;
	assert_true(session_queued(s) < SESSION_QUEUE_HIGH / 2);
	session_finish(s, 0);
}

static void session__drained__after_a_full_queue(void **state)
{
	static const struct session_handler handler = { .up = fill,
							.drained = finish_when_drained };

	(void)state;
	start(serve_late_reader);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.drains, 1);
}

/* What is queued at a stretch below the kernel's limit is gone before anybody looks. */
static void fill_a_little(struct session *s, void *data)
{
	static char stanza[8192];

	(void)data;
	snprintf(stanza, sizeof(stanza), "<message><body>%*s</body></message>", 8000, "x");
	for (t.sent = 0; t.sent < SESSION_QUEUE_HIGH; t.sent += strlen(stanza))
		assert_true(session_send(s, stanza, strlen(stanza)));
	tell(to_child[1]);
}

static void session__drained__of_what_was_written_at_one_go(void **state)
{
	static const struct session_handler handler = { .up = fill_a_little,
							.drained = finish_when_drained };

	(void)state;
	start(serve_late_reader);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.drains, 1);
}

/*
 * What the socket does not take at once comes in its order
 */

#define NUMBERED 3000

static void serve_counting_reader(int fd)
{
	char next[64];

	log_in(fd);
	say(fd, "<message from='a@b'/>");
	wait_for(to_child[0]); /* the socket is full */
	for (unsigned i = 0; i < NUMBERED; i++) {
		snprintf(next, sizeof(next), "<message n='%u'>", i);
		if (!await(fd, next) || strstr(skipped, "<message"))
			_exit(1);
	}
	say(fd, "<message from='a@b'/>");
	close_politely(fd);
}

static bool send_numbered(struct session *s, xmpp_stanza_t *stanza, void *data)
{
	static char text[8192];

	(void)stanza;
	(void)data;
	if (t.stanzas++) {
		session_finish(s, 0);
		return true;
	}
	for (unsigned i = 0; i < NUMBERED; i++) {
		snprintf(text, sizeof(text), "<message n='%u'><body>%*s</body></message>", i, 8000,
			 "x");
		assert_true(session_send(s, text, strlen(text)));
	}
	tell(to_child[1]);
	return true;
}

static void session__full_socket__keeps_the_order(void **state)
{
	static const struct session_handler handler = { .stanza = send_numbered,
							.down = count_down };

	(void)state;
	start(serve_counting_reader);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.stanzas, 2);
	assert_int_equal(t.downs, 1);
}

/*
 * Every stanza gets its turn() before the loop sleeps
 */

static void serve_in_between(int fd)
{
	log_in(fd);
	say(fd, "<message from='a@b'/>");
	wait_for(to_child[0]); /* the first has its turn now */
	say(fd, "<message from='a@b'/>");
	tell(to_parent[1]);
	close_politely(fd);
}

static bool count_stanza(struct session *s, xmpp_stanza_t *stanza, void *data)
{
	(void)s;
	(void)stanza;
	(void)data;
	t.stanzas++;
	return true;
}

static void turn_in_between(struct session *s, void *data)
{
	(void)data;
	if (t.stanzas == t.turned)
		return;
	t.turned = t.stanzas;
	if (t.turned == 2) {
		session_finish(s, 0);
		return;
	}
	tell(to_child[1]);
	wait_for(to_parent[0]); /* the second is in the socket */
	session_send(s, "<message/>", strlen("<message/>"));
}

static void before_sleep(struct ev_loop *loop, ev_prepare *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	assert_int_equal(t.stanzas, t.turned);
}

static ev_prepare watcher;

static void watch_sleep(struct session *s, void *data)
{
	(void)data;
	ev_prepare_init(&watcher, before_sleep);
	ev_set_priority(&watcher, EV_MINPRI); /* behind the session's own */
	ev_prepare_start(session_loop(s), &watcher);
}

static void session__turn__before_every_sleep(void **state)
{
	static const struct session_handler handler = { .up = watch_sleep,
							.stanza = count_stanza,
							.turn = turn_in_between };

	(void)state;
	start(serve_in_between);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.turned, 2);
	ev_prepare_stop(ev_default_loop(0), &watcher);
}

/*
 * Requests
 */

static void on_reply(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	(void)reply;
	(void)data;
	t.replies++;
	t.outcome = outcome;
	session_finish(s, 0);
}

static void ask(struct session *s, void *data)
{
	(void)data;
	assert_true(session_request(s, "get", "a@b", "<x xmlns='urn:x'/>",
				    strlen("<x xmlns='urn:x'/>"), on_reply, NULL));
}

static void serve_silence(int fd)
{
	log_in(fd);
	close_politely(fd);
}

static void session__request__times_out(void **state)
{
	static const struct session_handler handler = { .up = ask };

	(void)state;
	start(serve_silence);
	t.params.request_timeout = 1;
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.replies, 1);
	assert_int_equal(t.outcome, SESSION_TIMEOUT);
}

static void serve_answer(int fd)
{
	const char *id;
	char answer[256];

	log_in(fd);
	await(fd, "</iq>");
	id = strstr(skipped, " id='");
	if (!id)
		_exit(1);
	id += strlen(" id='");
	snprintf(answer, sizeof(answer), "<iq type='result' from='a@b' id='%.*s'/>",
		 (int)strcspn(id, "'"), id);
	wait_for(to_child[0]);
	say(fd, answer);
	tell(to_parent[1]);
	close_politely(fd);
}

/* Once all is sent, we are kept from looking, while the answer arrives and the time passes. */
static void doze(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	tell(to_child[1]);
	wait_for(to_parent[0]);
	poll(NULL, 0, 1100);
}

static ev_timer nap;

static void ask_and_doze(struct session *s, void *data)
{
	ask(s, data);
	ev_timer_init(&nap, doze, 0., 0.);
	ev_timer_start(session_loop(s), &nap);
}

static void session__request__answered_while_we_were_busy(void **state)
{
	static const struct session_handler handler = { .up = ask_and_doze };

	(void)state;
	start(serve_answer);
	t.params.request_timeout = 1;
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.replies, 1);
	assert_int_equal(t.outcome, SESSION_RESULT);
}

static void serve_cut(int fd)
{
	log_in(fd);
	await(fd, "</iq>");
	close(fd);
}

static void lost(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	(void)s;
	(void)reply;
	(void)data;
	t.replies++;
	t.outcome = outcome;
	assert_int_equal(t.downs, 0);
}

static void ask_in_vain(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	assert_true(session_request(s, "get", "a@b", "<x/>", 4, lost, NULL));
}

static void session__down__loses_requests_first(void **state)
{
	static const struct session_handler handler = { .up = ask_in_vain,
							.down = count_down,
							.failed = count_failure };

	(void)state;
	start(serve_cut);
	assert_int_equal(run(&handler), EX_TEMPFAIL);
	assert_int_equal(t.outcome, SESSION_LOST);
	assert_int_equal(t.replies, 1);
	assert_int_equal(t.downs, 1);
	assert_int_equal(t.failures, 1);
}

/*
 * The server misbehaves
 */

static void serve_garbage(int fd)
{
	log_in(fd);
	say(fd, "<message></massage>");
	while (await(fd, "nothing"))
		; /* and does not hang up */
}

static void session__malformed__ends_the_connection(void **state)
{
	static const struct session_handler handler = { .down = count_down };

	(void)state;
	start(serve_garbage);
	assert_int_equal(run(&handler), EX_REFUSED);
	assert_int_equal(t.downs, 1);
}

static void serve_http(int fd)
{
	say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
	await(fd, "nothing");
}

static void session__not_xmpp__ends_the_attempt(void **state)
{
	static const struct session_handler handler = { .down = count_down };

	(void)state;
	start(serve_http);
	assert_int_equal(run(&handler), EX_REFUSED);
	assert_int_equal(t.downs, 0); /* it was never up */
}

static void serve_dead(int fd)
{
	log_in(fd);
	if (await(fd, "urn:xmpp:ping"))
		tell(to_parent[1]);
	await(fd, "nothing");
}

static void session__dead__is_noticed(void **state)
{
	static const struct session_handler handler = { .down = count_down };

	(void)state;
	start(serve_dead);
	t.params.quiet = 1;
	assert_int_equal(run(&handler), EX_TEMPFAIL);
	assert_int_equal(t.downs, 1);
}

static void serve_pong(int fd)
{
	log_in(fd);
	if (!await(fd, "urn:xmpp:ping"))
		_exit(1);
	say(fd, "<iq type='error' from='comp.example' id='any'/>");
	poll(NULL, 0, 4000); /* by then it would be taken for dead: 2.5 s after the ping, and a tick */
	kill(getppid(), SIGUSR1);
	close_politely(fd);
}

static void finish_by_signal(struct session *s, int signo, void *data)
{
	(void)data;
	session_finish(s, signo);
}

static void session__quiet__but_alive(void **state)
{
	static const struct session_handler handler = { .down = count_down,
							.signalled = finish_by_signal };

	(void)state;
	start(serve_pong);
	t.params.quiet = 5;
	assert_int_equal(run(&handler), SIGUSR1);
}

/*
 * Names and addresses
 */

static void serve_hello(int fd)
{
	log_in(fd);
	close_politely(fd);
}

static void finish(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	session_finish(s, 0);
}

/* The end: the peer's is waited for unless all has been answered */

static double finished_at;

static void serve_no_end(int fd)
{
	char answer[200], id[100];

	log_in(fd);
	await(fd, "</iq>");
	if (sscanf(strstr(skipped, " id=") + 5, "%99[^'\"]", id) != 1)
		_exit(1);
	snprintf(answer, sizeof(answer), "<iq type='result' from='a@b' id='%s'/>", id);
	say(fd, answer);
	await(fd, "</stream:stream>");
	await(fd, "nothing");
}

static void finish_when_answered(struct session *s, enum session_outcome outcome,
				 xmpp_stanza_t *reply, void *data)
{
	(void)reply;
	assert_int_equal(outcome, SESSION_RESULT);
	if (data)
		assert_true(session_send(s, "<presence/>", strlen("<presence/>")));
	finished_at = ev_time();
	session_finish(s, 0);
}

static void say_and_ask(struct session *s, void *data)
{
	(void)data;
	assert_true(session_send(s, "<presence/>", strlen("<presence/>")));
	assert_true(session_request(s, "get", "a@b", "<x/>", 4, finish_when_answered, NULL));
}

static void ask_and_say(struct session *s, void *data)
{
	(void)data;
	assert_true(session_request(s, "get", "a@b", "<x/>", 4, finish_when_answered, s));
}

static void session__finish__at_once_where_all_is_answered(void **state)
{
	static const struct session_handler handler = { .up = say_and_ask };
	double took = LIMIT;

	(void)state;
	/* Once more where the machine had other things to do. */
	for (int i = 0; i < 3 && took >= 1.5; i++) {
		start(serve_no_end);
		assert_int_equal(run(&handler), 0);
		took = ev_time() - finished_at;
	}
	assert_true(took < 1.5);
}

static void session__finish__waits_where_not_all_is_answered(void **state)
{
	static const struct session_handler handler = { .up = ask_and_say };

	(void)state;
	start(serve_no_end);
	assert_int_equal(run(&handler), 0);
	assert_true(ev_time() - finished_at > 1.5); /* libstrophe: for two seconds */
}

static enum { REAL, DEAD_FIRST, NOT_THERE, NO_ANSWER, HANGS } dns;
static int asked_of_dns;

/* Ours hides the library's, for the library as well. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
		(int (*)(const char *, const char *, const struct addrinfo *,
			 struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
	bool asked = dns != REAL && strspn(name, "0123456789.") < strlen(name) &&
		     !(hints->ai_flags & AI_NUMERICHOST);
	int r;

	if (!asked)
		return real(name, service, hints, ret);
	asked_of_dns++;
	if (dns == NOT_THERE)
		return EAI_NONAME;
	if (dns == NO_ANSWER)
		return EAI_AGAIN;
	if (dns == HANGS)
		poll(NULL, 0, 5000);
	r = real("127.0.0.2", service, hints, ret);
	return r ? r : real("127.0.0.1", service, hints, &(*ret)->ai_next);
}

static void session__addresses__the_next_where_one_is_dead(void **state)
{
	static const struct session_handler handler = { .up = finish };

	(void)state;
	dns = DEAD_FIRST;
	start(serve_hello);
	t.params.host = "two.example";
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.ups, 1);
	dns = REAL;
}

static void session__host_not_found__at_once(void **state)
{
	static const struct session_handler handler = { .up = finish };

	(void)state;
	dns = NOT_THERE;
	start(NULL);
	t.params.host = "two.example";
	t.params.host_must_exist = true;
	t.params.retries = -1;
	assert_int_equal(run(&handler), EX_NOHOST);
	dns = REAL;
}

static void session__no_answer_from_dns__at_once(void **state)
{
	static const struct session_handler handler = { .up = finish };

	(void)state;
	dns = NO_ANSWER;
	asked_of_dns = 0;
	start(NULL);
	t.params.host = "two.example";
	t.params.host_must_exist = true;
	t.params.retries = -1;
	assert_int_equal(run(&handler), EX_NOHOST);
	assert_int_equal(asked_of_dns, 1);
	dns = REAL;
}

static void session__name_below_invalid__nobody_is_asked(void **state)
{
	static const struct session_handler handler = { .up = finish };
	static const char *const names[] = { "two.invalid", "a.INVALID." };

	(void)state;
	dns = NO_ANSWER;
	asked_of_dns = 0;
	for (size_t i = 0; i < 2; i++) {
		start(NULL);
		t.params.host = names[i];
		t.params.host_must_exist = true;
		t.params.retries = -1;
		assert_int_equal(run(&handler), EX_NOHOST);
	}
	assert_int_equal(asked_of_dns, 0);
	dns = REAL;
}

/* Signals, whatever is under way */

static void interrupt(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	raise(SIGUSR1);
}

static int run_interrupted(void)
{
	static const struct session_handler handler = { .signalled = finish_by_signal };
	struct ev_loop *loop = ev_default_loop(EVBACKEND_POLL);
	double began = ev_time();
	ev_timer timer;
	int code;

	ev_timer_init(&timer, interrupt, 0.2, 0.);
	ev_now_update(loop);
	ev_timer_start(loop, &timer);
	code = run(&handler);
	ev_timer_stop(loop, &timer);
	assert_true(ev_time() - began < 4.); /* the name server takes 5 s */
	return code;
}

static void session__signal__while_looking_up(void **state)
{
	(void)state;
	dns = HANGS;
	start(NULL);
	t.params.host = "two.example";
	assert_int_equal(run_interrupted(), SIGUSR1);
	dns = REAL;
}

static void session__signal__in_a_pause(void **state)
{
	(void)state;
	start(NULL);
	close(listener);
	listener = -1;
	t.params.retries = -1;
	assert_int_equal(run_interrupted(), SIGUSR1);
}

static void serve_nothing(int fd)
{
	await(fd, "nothing");
}

static void session__signal__while_logging_in(void **state)
{
	(void)state;
	start(serve_nothing);
	assert_int_equal(run_interrupted(), SIGUSR1);
}

static void session__lookup__within_the_time_limit(void **state)
{
	static const struct session_handler handler = { .up = finish };

	(void)state;
	dns = HANGS;
	start(NULL);
	t.params.host = "two.example";
	t.params.connect_timeout = 1;
	assert_int_equal(run(&handler), EX_TEMPFAIL);
	dns = REAL;
}

static void session__login__within_the_time_limit(void **state)
{
	static const struct session_handler handler = { .up = finish };

	(void)state;
	start(serve_nothing);
	t.params.connect_timeout = 1;
	assert_int_equal(run(&handler), EX_TEMPFAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session__drained__after_a_full_queue),
		cmocka_unit_test(session__drained__of_what_was_written_at_one_go),
		cmocka_unit_test(session__full_socket__keeps_the_order),
		cmocka_unit_test(session__turn__before_every_sleep),
		cmocka_unit_test(session__request__times_out),
		cmocka_unit_test(session__request__answered_while_we_were_busy),
		cmocka_unit_test(session__down__loses_requests_first),
		cmocka_unit_test(session__malformed__ends_the_connection),
		cmocka_unit_test(session__not_xmpp__ends_the_attempt),
		cmocka_unit_test(session__dead__is_noticed),
		cmocka_unit_test(session__quiet__but_alive),
		cmocka_unit_test(session__finish__at_once_where_all_is_answered),
		cmocka_unit_test(session__finish__waits_where_not_all_is_answered),
		cmocka_unit_test(session__addresses__the_next_where_one_is_dead),
		cmocka_unit_test(session__host_not_found__at_once),
		cmocka_unit_test(session__no_answer_from_dns__at_once),
		cmocka_unit_test(session__name_below_invalid__nobody_is_asked),
		cmocka_unit_test(session__signal__while_looking_up),
		cmocka_unit_test(session__signal__in_a_pause),
		cmocka_unit_test(session__signal__while_logging_in),
		cmocka_unit_test(session__lookup__within_the_time_limit),
		cmocka_unit_test(session__login__within_the_time_limit),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
