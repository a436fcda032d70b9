/* SPDX-License-Identifier: MIT */
/* A session that does not read while the server has a lot to take (session_params.gather). */
#include "session_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/xmpp/sendq.h"
#include "common/xmpp/stanza.h"

#define A_LOT (32 * SENDQ_HIGH)
#define MESSAGE "<message from='a@b'/>"
#define ROUNDS 40
#define WAIT .25 /* for what follows */

static double started;

#define PAUSE 2000 /* microseconds, in which the session does what it has to do */

/* The server's buffer does not grow, and what it says does not wait. */
static void log_in_narrow(int fd)
{
	int size = 32 * 1024, on = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	log_in(fd);
}

static void send_a_lot(struct session *s)
{
	static char stanza[8192];

	snprintf(stanza, sizeof(stanza), "<message><body>%*s</body></message>", 8000, "x");
	for (size_t sent = 0; sent < A_LOT; sent += strlen(stanza))
		assert_true(session_send(s, stanza, strlen(stanza)));
	assert_true(session_send(s, "<end/>", strlen("<end/>")));
}

static void start_gathering(void (*serve)(int fd))
{
	start(serve);
	t.params.gather = true;
	started = clock_now();
}

/* All come, and none has been waited for in half of the rounds. */
static void check_quick(void (*serve)(int fd), const struct session_handler *handler)
{
	double took = LIMIT;

	/* Once more where the machine had other things to do. */
	for (int i = 0; i < 3 && took >= ROUNDS * WAIT / 2; i++) {
		start_gathering(serve);
		assert_int_equal(run(handler), 0);
		assert_int_equal(t.stanzas, ROUNDS);
		took = clock_now() - started;
	}
	assert_true(took < ROUNDS * WAIT / 2);
}

/* One after the other, while the server takes some of what it has been sent. */

#define MESSAGES 50

static void serve_slow_reader(int fd)
{
	char some[8192];

	log_in_narrow(fd);
	wait_for(to_child[0]);
	for (int i = 0; i < MESSAGES; i++) {
		say(fd, MESSAGE);
		if (read(fd, some, sizeof(some)) < 0)
			_exit(1);
		usleep(PAUSE);
	}
	close_politely(fd);
}

static void fill(struct session *s, void *data)
{
	(void)data;
	send_a_lot(s);
	tell(to_child[1]);
}

static bool count_stanza(struct session *s, xmpp_stanza_t *stanza, void *data)
{
	(void)s;
	(void)stanza;
	(void)data;
	t.stanzas++;
	return true;
}

/* Has something come since the last turn? */
static bool has_come(void)
{
	static unsigned seen;
	bool has = t.stanzas != seen;

	seen = t.stanzas;
	return has;
}

static void count_turn(struct session *s, void *data)
{
	(void)data;
	t.turned += has_come();
	if (t.stanzas == MESSAGES)
		session_finish(s, 0);
}

static void gather__slow_server__few_turns(void **state)
{
	static const struct session_handler handler = { .up = fill,
							.stanza = count_stanza,
							.turn = count_turn };

	(void)state;
	start_gathering(serve_slow_reader);
	assert_int_equal(run(&handler), 0);
	assert_int_equal(t.stanzas, MESSAGES);
	assert_true(t.turned < MESSAGES / 2);
}

/* A lot as well. */

static void serve_large(int fd)
{
	static char some[64 * 1024], large[48 * 1024];

	snprintf(large, sizeof(large), "<message from='a@b'><body>%*s</body></message>", 40 * 1024,
		 "x");
	log_in_narrow(fd);
	wait_for(to_child[0]);
	for (int i = 0; i < ROUNDS; i++) {
		say(fd, large);
		if (recv(fd, some, sizeof(some), MSG_WAITALL) < 0)
			_exit(1);
		wait_for(to_child[0]);
	}
	close_politely(fd);
}

/* One whenever the last has been handed out. */

static void talk(int fd)
{
	for (int i = 0; i < ROUNDS; i++) {
		say(fd, MESSAGE);
		wait_for(to_child[0]);
	}
	close_politely(fd);
}

static void serve_idle(int fd)
{
	log_in_narrow(fd);
	talk(fd);
}

/* Reads nothing before all that it has to say has been heard. */
static void serve_stuck(int fd)
{
	log_in_narrow(fd);
	wait_for(to_child[0]);
	talk(fd);
}

static void tell_of_stanza(struct session *s, void *data)
{
	(void)data;
	if (!has_come())
		return;
	tell(to_child[1]);
	if (t.stanzas == ROUNDS)
		session_finish(s, 0);
}

static const struct session_handler filled = { .up = fill,
					       .stanza = count_stanza,
					       .turn = tell_of_stanza };

static void gather__a_lot_comes__at_once(void **state)
{
	(void)state;
	check_quick(serve_large, &filled);
}

static void gather__nothing_to_take__at_once(void **state)
{
	static const struct session_handler handler = { .stanza = count_stanza,
							.turn = tell_of_stanza };

	(void)state;
	check_quick(serve_idle, &handler);
}

static void gather__stuck_server__is_waited_for_once(void **state)
{
	(void)state;
	check_quick(serve_stuck, &filled);
}

/* It reads all, behind what it says. */

static void serve_reader(int fd)
{
	log_in_narrow(fd);
	for (int i = 0; i < ROUNDS; i++) {
		wait_for(to_child[0]);
		usleep(PAUSE);
		say(fd, MESSAGE);
		must_await(fd, "<end/>");
	}
	close_politely(fd);
}

static void fill_again(struct session *s, void *data)
{
	if (!has_come())
		return;
	if (t.stanzas == ROUNDS)
		session_finish(s, 0);
	else
		fill(s, data);
}

static void gather__little_left__at_once(void **state)
{
	static const struct session_handler handler = { .up = fill,
							.stanza = count_stanza,
							.turn = fill_again };

	(void)state;
	check_quick(serve_reader, &handler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gather__slow_server__few_turns),
		cmocka_unit_test(gather__a_lot_comes__at_once),
		cmocka_unit_test(gather__nothing_to_take__at_once),
		cmocka_unit_test(gather__stuck_server__is_waited_for_once),
		cmocka_unit_test(gather__little_left__at_once),
	};

	log_set_level(LOG_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
