/* SPDX-License-Identifier: MIT */
#ifndef SUB_SEEN_H
#define SUB_SEEN_H

/*
 * Which items of a node have been printed lately, so that none is printed twice: an item's id, and
 * the payload that was printed last under it. Bounded: of the newest items, at least SEEN_LEAST and
 * at most twice as many are known.
 */
#include <stdbool.h>

#include "common/base/map.h"

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

/* An item, as it is remembered: hashes of its id and its payload. */
struct seen_mark {
	uint64_t id, payload;
};
struct seen_mark seen_mark(const struct event *item);
uint64_t seen_id(const char *id);

/* @echo_until: when its notification is no echo any more; 0: it came by one. */
void seen_add(struct seen *s, const struct event *item, double echo_until);
void seen_add_mark(struct seen *s, struct seen_mark mark, double echo_until);
/* What is known: added anew in this order, it is known as well. */
void seen_each(const struct seen *s, void (*fn)(struct seen_mark mark, void *data), void *data);
/* Was this id last printed with this payload? */
bool seen_has(const struct seen *s, const struct event *item);
/* Was it printed with any, and not retracted since? */
bool seen_knows(const struct seen *s, const char *id);
/*
 * Is this notification the echo of an item that was read from the store? Each one is taken for such
 * once.
 */
bool seen_is_echo(struct seen *s, const struct event *item, double now);
/*
 * It was retracted: the same item is new when it comes again. True: it was the one added last.
 */
bool seen_forget(struct seen *s, const char *id);
bool seen_forget_id(struct seen *s, uint64_t id);
/* The node was purged. */
void seen_clear(struct seen *s);

/*
 * A set of its own, of places in the archive instead of ids: what has been printed from each. The
 * mark's id is that of the place. A place says little alone: where a service was put back to an
 * earlier state, others come from it.
 */
struct seen_mark seen_place_mark(const struct event *item);
/* @item has an archive id. */
bool seen_has_place(const struct seen *places, const struct event *item);

#endif
