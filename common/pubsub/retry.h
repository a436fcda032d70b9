/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_RETRY_H
#define PUBSUB_RETRY_H

/*
 * Asking again: a service that is away for a moment (it restarts, its own link is down) while our
 * session is up. Pauses grow and are jittered, as those of reconnecting do. Zero-initialise it.
 */
#include <stdbool.h>

struct stanza_error;

struct retry {
	unsigned tries;	/* in a row */
};

/*
 * May the same request succeed later? Errors of type wait, and those that say that nobody is there.
 */
bool retry_may_help(const struct stanza_error *e);
/*
 * One more of at most @max (-1: no end): the seconds to wait before it, or a negative number: no
 * more.
 */
double retry_next(struct retry *r, int max);
/* It succeeded. */
void retry_reset(struct retry *r);

#endif
