/* SPDX-License-Identifier: MIT */
#ifndef CTL_WINDOW_H
#define CTL_WINDOW_H

/*
 * Many requests, a few of them on their way at a time, in order. Zero-initialise it, and drain it
 * before it goes, whatever has happened.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct ctl;
struct flight;
struct str;

struct window {
	bool keep_going; /* to be set: a request that is refused is told of, and ends nothing */
	LIST_HEAD(flights, flight) flights;
	size_t open;	/* without an answer */
	size_t done;	/* that have succeeded */
	size_t refused; /* with keep_going */
	int code;	/* of the first that failed, after a message; 0: none has */
};

/*
 * Sends a set to c->service; waits while too many are on their way. 0, or the exit code of one that
 * has failed: nothing is sent any more then. @missing_is_fine: item-not-found is no failure.
 */
int window_send(struct window *w, struct ctl *c, const struct str *xml, bool missing_is_fine,
		const char *doing, ...) __attribute__((format(printf, 5, 6)));
/* Waits for all answers. The same codes. */
int window_drain(struct window *w, struct ctl *c);

#endif
