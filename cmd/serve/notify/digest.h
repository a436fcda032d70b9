/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DIGEST_H
#define SERVE_DIGEST_H

/*
 * Digests (pubsub#digest, pubsub#digest_frequency; XEP-0060 section 16.4.2): what is told of items
 * waits for the subscriber. With the first that waits the period begins, of so many milliseconds;
 * at its end all goes in one message, with an <items/> for each node, in which items and retracts
 * are in the order in which they happened. What is larger than a stanza may be goes in several.
 *
 * No digests are made before the server has the last ones, so far as it says: it is asked right
 * behind them (proof.h). What happens until it answers comes together, the more the busier it is.
 * With a period of 0 this is all that does; when nothing waits, each item is told at once, and what
 * has piled up comes in messages of some kilobytes. Where many are due, a second portion goes
 * behind the first one before the answer, so that the server has something to do meanwhile. Each is
 * large enough for the question behind it to cost the server little beside it, and both together are
 * done in some hundredths of a second, for which all else that is told waits behind them.
 *
 * What waits is in the store and survives a restart. Of a node that is purged or deleted nothing
 * waits any more: that is told at once, as all else that is not about items.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/notify/proof.h"

struct node;
struct request;
struct service;
struct sub_options;

/* The subscription @key at @n has these options from now on. 0 or a negative errno. */
int digest_configure(struct request *r, const struct node *n, int64_t key,
		     const struct sub_options *options);

/* What has been made and the server may not have, oldest first. */
#define DIGEST_STEPS 2
struct digest_step {
	bool full;	/* no more could be made at once */
	bool asking;	/* the server has been asked */
	bool carries;	/* the question is the outbox's, too */
	uint64_t taken;	/* s->out.taken when all of it has been sent */
	int64_t event;	/* the last of it in the outbox; 0: it is not there */
};
struct digests {
	size_t n;
	struct digest_step steps[DIGEST_STEPS];
	size_t fit; /* so many are likely to make a portion; 0: it is not known */
	struct proof proof;
};

/* No more is sent for now: asks whether the server has the last ones. */
void digest_flushed(struct service *s);

/* due.h */
int digest_next(struct service *s, int64_t *ret_time);
int digest_run(struct request *r, void *data);
bool digest_waits(const struct service *s); /* is the server to take the last ones first? */

#endif
