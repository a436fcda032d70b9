/* SPDX-License-Identifier: MIT */
#include "cmd/serve/rate.h"

#include <stdlib.h>
#include <time.h>

#include "common/base/mem.h"

#define SECOND INT64_C(1000000000)
#define SETS 2048 /* a power of two */
#define WAYS 8	  /* places in which an account may be found */

/* A bucket is known by the time at which it is full again. */
struct rate_place {
	uint64_t hash;
	int64_t full;
};

void rate_release(struct rate *r)
{
	free(r->places);
	*r = (struct rate){ 0 };
}

int64_t rate_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* FNV-1a from a secret start: nobody can choose a name to share another's bucket. */
static uint64_t hash(const struct rate *r, const char *who)
{
	uint64_t h = r->seed;

	for (; *who; who++)
		h = (h ^ (unsigned char)*who) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	return h * UINT64_C(0x9e3779b97f4a7c15);
}

static struct rate_place *find(struct rate *r, const char *who)
{
	uint64_t h = hash(r, who);
	struct rate_place *set = &r->places[(h >> 32 & (SETS - 1)) * WAYS], *least = set;

	for (struct rate_place *p = set; p < set + WAYS; p++) {
		if (p->hash == h)
			return p;
		if (p->full < least->full)
			least = p;
	}
	*least = (struct rate_place){ .hash = h };
	return least;
}

bool rate_take(struct rate *r, const char *who, uint64_t per_second, uint64_t burst, int64_t now)
{
	int64_t each = SECOND / (int64_t)per_second, full;
	struct rate_place *p;

	if (!r->places) {
		r->places = mem_zalloc((size_t)SETS * WAYS * sizeof(*r->places));
		arc4random_buf(&r->seed, sizeof(r->seed));
	}
	p = find(r, who);
	full = (p->full > now ? p->full : now) + each;
	if (full - now > (int64_t)burst * each)
		return false;
	p->full = full;
	return true;
}
