/* SPDX-License-Identifier: MIT */
#ifndef SERVE_RATE_H
#define SERVE_RATE_H

/*
 * How fast each account may ask: a token bucket for each, in a table that does not grow.
 *
 * A bucket that is full again is as if it had never been. Where more accounts are busy at once than
 * there are places, the one that is closest to having a full bucket is forgotten, which is to its
 * good.
 */
#include <stdbool.h>
#include <stdint.h>

struct rate_place;

/* Zero-initialised: nobody has asked so far. */
struct rate {
	struct rate_place *places; /* NULL before the first one */
	uint64_t seed;
};
void rate_release(struct rate *r);

/* Nanoseconds by a clock that nobody sets. */
int64_t rate_clock(void);
/*
 * Takes a token out of the bucket of @who, which holds @burst and gets @per_second new ones; false
 * where there is none.
 */
bool rate_take(struct rate *r, const char *who, uint64_t per_second, uint64_t burst, int64_t now);

#endif
