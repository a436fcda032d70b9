/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_SEQUENCE_H
#define PUBSUB_SEQUENCE_H

/*
 * Client side: the numbers of a node's events (Pubsub-Sequence, XEP-0131), as a subscriber sees
 * them. One that is more than the next says that notifications were lost on the way.
 *
 * Whoever subscribes, for the first time or again, does not know where the node is; but what came
 * before the answer to its first question, the answer covers.
 */
#include <stdbool.h>
#include <stdint.h>

struct sequence {
	uint64_t last; /* 0: none yet */
	bool open;     /* whatever number comes is the next */
	bool unsure;   /* none has come to say where the node is */
};

enum sequence_step {
	SEQUENCE_NEXT,	 /* nothing is missing before it; or it has no number */
	SEQUENCE_REPEAT, /* the last number again: of the same message, or the message came twice */
	/*
	 * A number before the last: an old message, or the node was deleted and made again. The last
	 * one stays.
	 */
	SEQUENCE_BACK,
	SEQUENCE_HOLE,	 /* those between have been lost */
	SEQUENCE_UNSURE, /* they may have been; nothing has said so far where the node is */
};

/* Zero-initialised: nothing has been seen. Subscribed: the next number is taken as it is. */
void sequence_open(struct sequence *s);
/* What is stored has been seen: from here on each number counts. */
void sequence_close(struct sequence *s);
/* The number of an event has arrived; 0: it has none. */
enum sequence_step sequence_take(struct sequence *s, uint64_t number);
/* After SEQUENCE_BACK: the numbers go on from there. */
void sequence_restart(struct sequence *s, uint64_t number);

#endif
