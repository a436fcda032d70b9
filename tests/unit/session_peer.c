/* SPDX-License-Identifier: MIT */
#include "session_peer.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int listener, to_child[2], to_parent[2];
pid_t child;
bool several;
struct ours t;
static bool *peer_done; /* shared: it has come to its end, and got all that it had to */

/*
 * The server's side
 */

const char *skipped;

/* Reads until @what has come; false at the end of the stream. */
bool await(int fd, const char *what)
{
	static char text[1 << 16], last[1 << 16];
	static size_t len;
	char *at;
	ssize_t n;

	for (;;) {
		text[len] = '\0';
		at = strstr(text, what);
		if (at) {
			*at = '\0';
			strcpy(last, text);
			skipped = last;
			at += strlen(what);
			len -= (size_t)(at - text);
			memmove(text, at, len);
			return true;
		}
		if (len > sizeof(text) / 2) { /* no @what is that long */
			memmove(text, text + len - 256, 256);
			len = 256;
		}
		n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
}

void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(1);
}

void log_in(int fd)
{
	await(fd, "<stream:stream");
	say(fd, HEADER);
	await(fd, "</handshake>");
	say(fd, "<handshake/>");
}

void must_await(int fd, const char *what)
{
	if (await(fd, what))
		return;
	fprintf(stderr, "the server has not got: %s\n", what);
	_exit(1);
}

void close_politely(int fd)
{
	static const char end[] = "</stream:stream>";

	await(fd, end);
	if (write(fd, end, sizeof(end) - 1) < 0)
		return; /* whoever is in a hurry has gone */
}

void tell(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(1);
}

void wait_for(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(1);
}

/*
 * Ours
 */

static void on_limit(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)w;
	(void)events;
	t.expired = true;
	session_finish(t.session, -1);
	ev_break(loop, EVBREAK_ALL);
}

unsigned short listen_on(const char *address)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	inet_pton(AF_INET, address, &a.sin_addr);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 5), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

/* @serve gets the first connection; NULL: nobody answers. */
void start(void (*serve)(int fd))
{
	memset(&t, 0, sizeof(t));
	t.params = (struct session_params){
		.jid = "comp.example",
		.secret = "secret",
		.component = true,
		.host = "127.0.0.1",
		.port = listen_on("127.0.0.1"),
		.connect_timeout = 10,
		.request_timeout = 10,
	};
	if (!peer_done)
		peer_done = mmap(NULL, sizeof(*peer_done), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(peer_done != MAP_FAILED);
	*peer_done = false;
	assert_int_equal(pipe(to_child), 0);
	assert_int_equal(pipe(to_parent), 0);
	child = serve ? fork() : 0;
	if (serve && !child) {
		int fd = accept(listener, NULL, NULL);

		close(to_child[1]);
		close(to_parent[0]);
		if (!several)
			close(listener);
		signal(SIGALRM, SIG_DFL); /* another test's session may have caught it */
		alarm((unsigned)LIMIT);
		serve(fd);
		*peer_done = true;
		_exit(0);
	}
}

int run(const struct session_handler *handler)
{
	struct ev_loop *loop;
	int code;

	t.session = session_new(&t.params, handler, NULL);
	loop = session_loop(t.session);
	ev_timer_init(&t.limit, on_limit, LIMIT, 0.);
	ev_timer_start(loop, &t.limit);
	code = session_run(t.session);
	ev_timer_stop(loop, &t.limit);
	session_free(t.session);
	close(listener);
	for (int i = 0; i < 2; i++) {
		close(to_child[i]);
		close(to_parent[i]);
	}
	if (child)
		waitpid(child, NULL, 0); /* if libev has not */
	assert_false(t.expired);
	assert_true(!child || *peer_done);
	return code;
}

void count_down(struct session *s, void *data)
{
	(void)s;
	(void)data;
	t.downs++;
}

int count_failure(struct session *s, int code, void *data)
{
	(void)s;
	(void)data;
	t.failures++;
	return code;
}

