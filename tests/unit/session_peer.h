/* SPDX-License-Identifier: MIT */
#ifndef SESSION_PEER_H
#define SESSION_PEER_H

/*
 * A session against a server made of one function: it runs in a child process, with one accepted
 * connection.
 */
#include "unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <ev.h>

#include "common/xmpp/session.h"

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "                     \
	"xmlns:stream='http://etherx.jabber.org/streams' id='1' from='comp.example'>"
#define LIMIT 20. /* seconds after which a test has failed */

extern int listener, to_child[2], to_parent[2];
extern pid_t child;
/* The server takes further connections from @listener. Set before start(). */
extern bool several;

/* The server's side */

extern const char *skipped; /* what came before the last @what */
/* Reads until @what has come; false at the end of the stream. */
bool await(int fd, const char *what);
/* Where it does not come, the test fails. */
void must_await(int fd, const char *what);
void say(int fd, const char *text);
/* As a component's server. */
void log_in(int fd);
void close_politely(int fd);
/* A sign from one process to the other: to_child and to_parent are pipes. */
void tell(int fd);
void wait_for(int fd);

/* Ours */

extern struct ours {
	struct session *session;
	struct ev_timer limit;
	struct session_params params;
	bool expired;
	unsigned ups, downs, stanzas, turned, drains, replies, failures;
	size_t sent;
	enum session_outcome outcome;
} t;

/* A socket that listens; its port. */
unsigned short listen_on(const char *address);
/* @serve gets the first connection; NULL: nobody answers. t.params are a component's. */
void start(void (*serve)(int fd));
int run(const struct session_handler *handler);
void count_down(struct session *s, void *data);
int count_failure(struct session *s, int code, void *data);

#endif
