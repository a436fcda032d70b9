/* SPDX-License-Identifier: MIT */
#ifndef SUB_HANDLER_H
#define SUB_HANDLER_H

/*
 * Handlers of events: a command for each, several at once, tried again with growing pauses where it
 * fails.
 *
 * Events are taken in order, and reported as done in the same order, each once it and all before it
 * are. How many wait is bounded by whoever asks handlers_have_room() first. Uses the default loop,
 * which watches children.
 */
#include <stdbool.h>

struct event;
struct handlers;
struct str;

struct handlers_params {
	const char *command;
	unsigned jobs;		  /* at once */
	unsigned long tries;	  /* of an event; 0: no end */
	const char *dead_letters; /* folder; NULL: who fails for good ends the run */
};

struct handlers_events {
	/* What the handler gets on its standard input. */
	void (*render)(const struct event *e, struct str *out, void *data);
	void (*done)(const struct event *e, void *data);
	/* It was full, and has room again. */
	void (*room)(void *data);
	/* None waits or runs any more. */
	void (*idle)(void *data);
	/* It cannot go on: a message has been given. */
	void (*failed)(int code, void *data);
};

/* @params' strings and @events are borrowed. */
struct handlers *handlers_new(const struct handlers_params *params,
			      const struct handlers_events *events, void *data);
/* Ends those that still run, and waits for them. NULL is fine. */
void handlers_free(struct handlers *h);

bool handlers_have_room(struct handlers *h);
/*
 * Copies @e. @wanted: false: there is nothing to do but to report it done, in its turn. @service is
 * borrowed until it is done.
 */
void handlers_put(struct handlers *h, const char *service, const struct event *e, bool wanted);
bool handlers_are_idle(const struct handlers *h);
/*
 * What waits is dropped; those that run are asked to end (SIGTERM to their process groups), and
 * made to after some seconds. True: none runs; else idle() follows.
 */
bool handlers_stop(struct handlers *h);

#endif
