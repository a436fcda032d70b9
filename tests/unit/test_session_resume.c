/* SPDX-License-Identifier: MIT */
/* A session of an account whose connection is cut, and which goes on (XEP-0198 section 5). */
#include "session_peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

#define STREAM                                                                                     \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' "                 \
	"xmlns:stream='" NS_STREAM "' id='1' from='example.com'>"
#define FEATURES(xml) STREAM "<stream:features>" xml "</stream:features>"

static void authenticate(int fd)
{
	must_await(fd, "<stream:stream");
	say(fd,
	    FEATURES("<mechanisms xmlns='" NS_SASL "'><mechanism>PLAIN</mechanism></mechanisms>"));
	must_await(fd, "</auth>");
	say(fd, "<success xmlns='" NS_SASL "'/>");
	must_await(fd, "<stream:stream");
	say(fd, FEATURES("<bind xmlns='" NS_BIND "'/><sm xmlns='" NS_SM "'/>"));
}

static void bind_and_enable(int fd, const char *enabled)
{
	must_await(fd, "<bind xmlns='" NS_BIND "'></bind></iq>");
	say(fd, "<iq type='result' id='bind'><bind xmlns='" NS_BIND
		"'><jid>user@example.com/r</jid></bind></iq>");
	must_await(fd, "<enable xmlns='" NS_SM "' resume='true'/>");
	say(fd, enabled);
}

static int next_connection(int fd)
{
	shutdown(fd, SHUT_RDWR);
	close(fd);
	return accept(listener, NULL, NULL);
}

#define ENABLED "<enabled xmlns='" NS_SM "' id='some&apos;id' resume='true'/>"
#define RESUME "<resume xmlns='" NS_SM "' h='%u' previd='some&apos;id'/>"

static void resume(int fd, unsigned h, const char *answer)
{
	char text[128];

	authenticate(fd);
	snprintf(text, sizeof(text), RESUME, h);
	must_await(fd, text);
	say(fd, answer);
}

/* Answers the request that says so. */
static void answer(int fd, const char *what)
{
	char *id, *end;
	AUTO_FREE char *xml = NULL;

	must_await(fd, what);
	id = strstr(skipped, "id='");
	if (!id)
		_exit(1);
	id += 4;
	end = strchr(id, '\'');
	xml = mem_printf("<iq type='result' id='%.*s' from='there'/>", (int)(end - id), id);
	say(fd, xml);
}

/* --- what either side had not got --- */

static void serve_cut(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	say(fd, "<message from='a@b' id='m1'/>");
	answer(fd, "<one/>");
	must_await(fd, "<two/>"); /* and is cut before it says that it has it */
	fd = next_connection(fd);
	resume(fd, 2,
	       "<resumed xmlns='" NS_SM "' h='1' previd='some&apos;id'/>"
	       "<message from='a@b' id='m2'/>");
	answer(fd, "<two/>");
	answer(fd, "<three/>");
	if (strstr(skipped, "<one/>") || strstr(skipped, "<two/>"))
		_exit(1);
	must_await(fd, "<r xmlns='" NS_SM "'/>");
	say(fd, "<a xmlns='" NS_SM "' h='3'/><r xmlns='" NS_SM "'/>");
	/* Two messages and three answers; again at the end, unasked. */
	must_await(fd, "<a xmlns='" NS_SM "' h='5'/>");
	must_await(fd, "<a xmlns='" NS_SM "' h='5'/>");
	close_politely(fd);
}

static void ask(struct session *s, const char *xml);

static void finish_when_confirmed(struct session *s, bool has, void *data)
{
	assert_true(has);
	assert_ptr_equal(data, &t);
	session_finish(s, 0);
}

static void on_reply(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	(void)reply;
	(void)data;
	assert_int_equal(outcome, SESSION_RESULT);
	t.replies++;
	if (t.replies == 1)
		ask(s, "<two/>");
	else if (t.replies == 2)
		ask(s, "<three/>");
	else
		assert_true(session_confirm(s, finish_when_confirmed, &t));
}

static void ask(struct session *s, const char *xml)
{
	assert_true(session_request(s, "get", "there", xml, strlen(xml), on_reply, NULL));
}

static void on_up(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	ask(s, "<one/>");
}

static bool on_stanza(struct session *s, xmpp_stanza_t *stanza, void *data)
{
	AUTO_FREE char *wanted = mem_printf("m%u", ++t.stanzas);

	(void)s;
	(void)data;
	assert_string_equal(stanza_attr(stanza, "id"), wanted);
	return true;
}

static void start_account(void (*serve)(int fd))
{
	several = true;
	start(serve);
	t.params.component = false;
	t.params.jid = "user@example.com";
	t.params.tls = SESSION_NO_TLS;
	t.params.retries = 5;
	t.params.resume = true;
}

static void resume__cut__neither_side_loses_anything(void **state)
{
	static const struct session_handler handler = { .up = on_up,
							.down = count_down,
							.stanza = on_stanza };

	(void)state;
	start_account(serve_cut);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.ups, 1);
	assert_int_equal(t.downs, 1); /* at the end */
	assert_int_equal(t.replies, 3);
	assert_int_equal(t.stanzas, 2);
}

/* --- the server has forgotten the session --- */

static void expect_nothing(struct session *s, bool has, void *data)
{
	(void)s;
	(void)data;
	assert_false(has);
	t.drains++;
}

static void serve_forgetful(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	must_await(fd, "<one/>");
	say(fd, "<message from='a@b'/>");
	must_await(fd, "<r xmlns='" NS_SM "'/>");
	fd = next_connection(fd);
	resume(fd, 1,
	       "<failed xmlns='" NS_SM "'><item-not-found xmlns='" NS_STANZAS "'/></failed>");
	bind_and_enable(fd, ENABLED);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void on_reply_or_loss(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			     void *data)
{
	(void)reply;
	(void)data;
	t.replies++;
	t.outcome = outcome;
	if (t.replies == 2)
		session_finish(s, 0);
	else
		assert_int_equal(outcome, SESSION_LOST);
}

static void ask_on_up(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	assert_int_equal(t.downs, t.ups - 1);
	assert_true(session_request(s, "get", "there", "<one/>", 6, on_reply_or_loss, NULL));
}

static void ask_and_confirm_on_up(struct session *s, void *data)
{
	ask_on_up(s, data);
	/* Not yet: the server has not agreed. */
	assert_false(session_confirm(s, expect_nothing, NULL));
}

static bool confirm_on_stanza(struct session *s, xmpp_stanza_t *stanza, void *data)
{
	(void)stanza;
	(void)data;
	assert_true(session_confirm(s, expect_nothing, NULL));
	assert_false(session_confirm(s, expect_nothing, NULL)); /* one at a time */
	return true;
}

static void resume__refused__begins_anew(void **state)
{
	static const struct session_handler handler = { .up = ask_and_confirm_on_up,
							.down = count_down,
							.stanza = confirm_on_stanza };

	(void)state;
	start_account(serve_forgetful);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.ups, 2);
	assert_int_equal(t.downs, 2);
	assert_int_equal(t.replies, 2);
	assert_int_equal(t.drains, 1); /* of confirmations that are not to come */
	assert_int_equal(t.outcome, SESSION_RESULT);
}

/* --- a session that cannot be resumed, or is not managed, or was ended by the server --- */

static void serve_again(int fd, const char *first, const char *end)
{
	authenticate(fd);
	bind_and_enable(fd, first);
	must_await(fd, "<one/>");
	say(fd, end);
	fd = next_connection(fd);
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void serve_not_resumable(int fd)
{
	serve_again(fd, "<enabled xmlns='" NS_SM "'/>", " ");
}

static void serve_unmanaged(int fd)
{
	serve_again(fd, "<failed xmlns='" NS_SM "'/>", " ");
}

static void serve_restart(int fd)
{
	serve_again(fd, ENABLED,
		    "<stream:error><system-shutdown xmlns='" NS_STREAMS
		    "'/></stream:error></stream:stream>");
}

static void serve_miscount(int fd)
{
	serve_again(fd, ENABLED, "<a xmlns='" NS_SM "' h='17'/>");
}

static void resume__cannot_be__begins_anew(void **state)
{
	static const struct session_handler handler = { .up = ask_on_up, .down = count_down };
	static void (*const servers[])(int fd) = { serve_not_resumable, serve_unmanaged,
						   serve_restart, serve_miscount };

	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		start_account(servers[i]);
		assert_int_equal(run(&handler), 0);
		assert_int_equal(t.ups, 2);
		assert_int_equal(t.downs, 2);
		assert_int_equal(t.outcome, SESSION_RESULT);
	}
}

/* --- an address that is kept --- */

#define ASKED "<bind xmlns='" NS_BIND "'><resource>r</resource></bind></iq>"

static void bind_kept(int fd)
{
	must_await(fd, ASKED);
	say(fd, "<iq type='result' id='bind'><bind xmlns='" NS_BIND
		"'><jid>user@example.com/r</jid></bind></iq>");
}

static void serve_kept(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	must_await(fd, "<one/>");
	fd = next_connection(fd);
	resume(fd, 0, "<failed xmlns='" NS_SM "'/>");
	bind_kept(fd);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void refuse_kept(int fd)
{
	must_await(fd, ASKED);
	say(fd, "<iq type='error' id='bind'><error type='cancel'><conflict xmlns='" NS_STANZAS
		"'/></error></iq>");
	bind_and_enable(fd, ENABLED);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void serve_in_use(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, "<failed xmlns='" NS_SM "'/>");
	must_await(fd, "<one/>");
	fd = next_connection(fd);
	authenticate(fd);
	refuse_kept(fd);
}

/* A login that was given up has come to its end after all. */
static void serve_late_login(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, "<failed xmlns='" NS_SM "'/>");
	must_await(fd, "<one/>");
	say(fd, "<stream:error><conflict xmlns='" NS_STREAMS "'/></stream:error></stream:stream>");
	fd = next_connection(fd);
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void keep__connection_lost__asked_for_again_as_long_as_it_may(void **state)
{
	static const struct session_handler handler = { .up = ask_on_up, .down = count_down };
	static void (*const servers[])(int fd) = { serve_kept, serve_in_use, serve_late_login };

	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		start_account(servers[i]);
		t.params.keep_address = true;
		assert_int_equal(run(&handler), 0);
		assert_int_equal(t.ups, 2);
		assert_int_equal(t.outcome, SESSION_RESULT);
	}
}

static void serve_taken_over(int fd)
{
	authenticate(fd);
	bind_kept(fd);
	answer(fd, "<one/>");
	fd = next_connection(fd);
	authenticate(fd);
	bind_kept(fd);
	answer(fd, "<one/>");
	close_politely(fd);
}

static void serve_not_taken_over(int fd)
{
	authenticate(fd);
	refuse_kept(fd);
}

static unsigned wanted_replies;

static void reply_and_finish(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			     void *data)
{
	(void)reply;
	(void)data;
	t.outcome = outcome;
	if (++t.replies == wanted_replies)
		session_finish(s, 0);
}

static void ask_in_place(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	assert_true(session_request(s, "get", "there", "<one/>", 6, reply_and_finish, NULL));
}

static void keep__in_place_of__asked_for_at_first(void **state)
{
	static const struct session_handler handler = { .up = ask_in_place, .down = count_down };
	static const struct {
		void (*serve)(int fd);
		unsigned logins;
	} rows[] = { { serve_taken_over, 2 }, { serve_not_taken_over, 1 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		start_account(rows[i].serve);
		t.params.keep_address = true;
		t.params.in_place_of = "user@example.com/r";
		wanted_replies = rows[i].logins;
		assert_int_equal(run(&handler), 0);
		assert_int_equal(t.ups, rows[i].logins);
		assert_int_equal(t.outcome, SESSION_RESULT);
	}
}

/* --- nobody there any more --- */

static void serve_and_die(int fd)
{
	authenticate(fd);
	bind_and_enable(fd, ENABLED);
	must_await(fd, "<one/>");
	close(listener); /* nobody else gets in */
}

static void expect_loss(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			void *data)
{
	(void)s;
	(void)reply;
	(void)data;
	t.replies++;
	t.outcome = outcome;
}

static void ask_and_expect_loss(struct session *s, void *data)
{
	(void)data;
	t.ups++;
	close(listener);
	assert_true(session_request(s, "get", "there", "<one/>", 6, expect_loss, NULL));
}

static void resume__retries_used_up__requests_are_lost(void **state)
{
	static const struct session_handler handler = { .up = ask_and_expect_loss,
							.down = count_down,
							.failed = count_failure };

	(void)state;
	start_account(serve_and_die);
	t.params.retries = 1;
	assert_int_equal(run(&handler), EX_UNAVAILABLE);
	assert_int_equal(t.failures, 1);
	assert_int_equal(t.downs, 1);
	assert_int_equal(t.replies, 1);
	assert_int_equal(t.outcome, SESSION_LOST);
}

/* --- and somebody who does not want to wait for it --- */

static void finish(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)events;
	if (!session_is_resting(t.session)) /* not cut off yet */
		return;
	assert_true(session_is_up(t.session));
	session_finish(t.session, 7);
	ev_timer_stop(loop, w);
}

static void ask_and_finish_soon(struct session *s, void *data)
{
	static ev_timer soon;

	ask_and_expect_loss(s, data);
	ev_timer_init(&soon, finish, 0.01, 0.01); /* before it tries again */
	ev_timer_start(session_loop(s), &soon);
}

static void resume__finished_meanwhile__requests_are_lost(void **state)
{
	static const struct session_handler handler = { .up = ask_and_finish_soon,
							.down = count_down };

	(void)state;
	start_account(serve_and_die);
	assert_int_equal(run(&handler), 7);
	assert_int_equal(t.downs, 1);
	assert_int_equal(t.replies, 1);
	assert_int_equal(t.outcome, SESSION_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resume__cut__neither_side_loses_anything),
		cmocka_unit_test(resume__refused__begins_anew),
		cmocka_unit_test(resume__cannot_be__begins_anew),
		cmocka_unit_test(keep__connection_lost__asked_for_again_as_long_as_it_may),
		cmocka_unit_test(keep__in_place_of__asked_for_at_first),
		cmocka_unit_test(resume__retries_used_up__requests_are_lost),
		cmocka_unit_test(resume__finished_meanwhile__requests_are_lost),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
