/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_RETRY_H
#define PUBSUB_RETRY_H

/*
 * Asking again: a service that is away for a moment (it restarts, its own link is down) while our
 * session is up. Pauses grow and are jittered, as those of reconnecting do. Zero-initialise it.
 */
struct stanza_error;

struct retry {
	unsigned tries;	/* in a row */
};

/* May the same request succeed later? */
enum retry_hope {
	RETRY_NEVER,
	/*
	 * "forbidden", and not a word of pubsub: ejabberd says so also while a component is not
	 * connected. Where the service has been there before, RETRY_DOUBTFUL_MAX tries are worth
	 * it.
	 */
	RETRY_DOUBTFUL,
	RETRY_AWAY,	/* an error of type wait, or one that says that nobody is there */
};
#define RETRY_DOUBTFUL_MAX 8 /* about two minutes */

enum retry_hope retry_hope(const struct stanza_error *e);
/*
 * One more of at most @max (-1: no end): the seconds to wait before it, or a negative number: no
 * more.
 */
double retry_next(struct retry *r, enum retry_hope hope, int max);
/* It succeeded. */
void retry_reset(struct retry *r);

#endif
