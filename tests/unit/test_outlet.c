/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/xmpp/outlet.h"

#define PIECE ((size_t)16 * 1024)
#define WAITING ((size_t)512 * 1024)

struct pipe {
	int ours, peers;
	size_t sent, seen; /* bytes */
};

static void pipe_open(struct pipe *p)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*p = (struct pipe){ .ours = fds[0], .peers = fds[1] };
}

static void pipe_close(struct pipe *p)
{
	close(p->ours);
	close(p->peers);
}

/* What is the n-th byte of all? */
static char nth(size_t n)
{
	return (char)('a' + n % 23);
}

static void send_piece(struct pipe *p, struct outlet *o, size_t len, size_t more)
{
	static char text[PIECE];

	assert_true(len + more <= PIECE);
	for (size_t i = 0; i < len + more; i++)
		text[i] = nth(p->sent++);
	outlet_send(o, p->ours, text, len, text + len, more);
}

/* The peer reads so much, if it is there. */
static void peer_reads(struct pipe *p, size_t most)
{
	static char text[PIECE];
	ssize_t n = recv(p->peers, text, most < PIECE ? most : PIECE, MSG_DONTWAIT);

	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(text[i], nth(p->seen++));
}

static void outlet__peer_that_reads__gets_all_in_order(void **state)
{
	struct outlet o = { 0 };
	struct pipe p;

	(void)state;
	pipe_open(&p);
	for (int i = 0; i < 100; i++) {
		send_piece(&p, &o, PIECE - 64, (size_t)i % 64);
		peer_reads(&p, PIECE);
		outlet_flush(&o, p.ours);
	}
	while (p.seen < p.sent) {
		outlet_flush(&o, p.ours);
		peer_reads(&p, PIECE);
	}
	assert_int_equal(outlet_waiting(&o), 0);
	outlet_release(&o);
	pipe_close(&p);
}

/* It never has all of it, and what it has takes no memory. */
static void outlet__peer_that_lags_behind__memory_is_bounded(void **state)
{
	struct outlet o = { 0 };
	struct pipe p;

	(void)state;
	pipe_open(&p);
	while (outlet_waiting(&o) < WAITING)
		send_piece(&p, &o, PIECE, 0);
	while (p.sent < 100 * WAITING) {
		while (outlet_waiting(&o) >= WAITING) {
			peer_reads(&p, 8000);
			outlet_flush(&o, p.ours);
		}
		assert_true(outlet_waiting(&o) > 0);
		send_piece(&p, &o, PIECE - 10, 10);
	}
	assert_in_range(o.rest.cap, WAITING, 4 * WAITING);
	outlet_reset(&o);
	assert_int_equal(outlet_waiting(&o), 0);
	outlet_release(&o);
	pipe_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outlet__peer_that_reads__gets_all_in_order),
		cmocka_unit_test(outlet__peer_that_lags_behind__memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
