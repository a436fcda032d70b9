/* SPDX-License-Identifier: MIT */
#ifndef SUB_SUB_H
#define SUB_SUB_H

/*
 * One run of pubsub-sub: sub.c has the session and the nodes that are followed over it, deliver.c
 * what becomes of their events.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include "cmd/sub/output.h"
#include "common/base/reader.h"
#include "common/pubsub/repeat.h"
#include "common/pubsub/retry.h"

struct discovery;
struct follow;
struct handlers;
struct monitor_screen;
struct session;
struct state;
struct sub_opts;

struct sub {
	const struct sub_opts *o;
	struct session *session;
	struct discovery *discovery;
	char *service;
	struct follow **follows;
	size_t count;
	size_t reading; /* the one that reads its stored items; @count: none does */
	size_t gone;
	bool ready; /* has been told */
	struct output out;
	struct repeats repeats;
	struct state *state;		/* NULL: none is kept */
	struct handlers *handlers;	/* NULL: events are printed... */
	struct monitor_screen *monitor; /* ...or shown, unless this is NULL, too */
	uint64_t printed;		/* items; with handlers: given to one */
	bool complete;			/* it ends when the handlers are done */
	bool ending;
	int code;
	size_t unsubscribing;
	struct retry retry;
	ev_timer wait, end, again, sync;
	struct reader reader;
};

/*
 * The end, with this exit code: subscriptions are ended first, and handlers that run. The first
 * call counts.
 */
void sub_end(struct sub *s, int code);
/* All has been printed, or given to a handler: the end, with 0, once handlers are done. */
void sub_complete(struct sub *s);
/* Subscriptions are ended, then the session. Handlers have ended. */
void sub_leave(struct sub *s);
/* There is room for events again. */
void sub_go_on(struct sub *s);

#endif
