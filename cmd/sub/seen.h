/* SPDX-License-Identifier: MIT */
#ifndef SUB_SEEN_H
#define SUB_SEEN_H

/*
 * Which items of a node have been printed lately, so that none is printed twice: an item's id, and
 * the payload that was printed last under it. Bounded: of the newest items, at least SEEN_LEAST and
 * at most twice as many are known.
 */
#include <stdbool.h>

#include "cmd/sub/map.h"

struct event;

#define SEEN_LEAST 16384
/*
 * Seconds in which the notification of an item that was read from the store may still arrive: some
 * services let others see an item a moment before they send it, and send the last item again on
 * subscribing.
 */
#define SEEN_ECHO 5.

struct seen {
	struct map young, old;
	uint64_t newest;	/* key of what was added last; 0: nothing */
};

/* @echo_until: when its notification is no echo any more; 0: it came by one. */
void seen_add(struct seen *s, const struct event *item, double echo_until);
/* Was this id last printed with this payload? */
bool seen_has(const struct seen *s, const struct event *item);
/*
 * Is this notification the echo of an item that was read from the store? Each one is taken for such
 * once.
 */
bool seen_is_echo(struct seen *s, const struct event *item, double now);
/* The newest item may come once more until @until. */
void seen_expect_newest(struct seen *s, double until);
/*
 * It was retracted: the same item is new when it comes again. True: it was the one added last.
 */
bool seen_forget(struct seen *s, const char *id);
/* The node was purged. */
void seen_clear(struct seen *s);

#endif
