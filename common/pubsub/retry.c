/* SPDX-License-Identifier: MIT */
#include "common/pubsub/retry.h"

#include <stdlib.h>
#include <string.h>

#include "common/pubsub/errors.h"

#define PAUSE_FIRST 0.5
#define DOUBLINGS_MAX 7 /* 64 s */

enum retry_hope retry_hope(const struct stanza_error *e)
{
	static const char *const away[] = { "recipient-unavailable", "remote-server-not-found",
					    "remote-server-timeout", "service-unavailable" };

	for (size_t i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		if (!strcmp(e->condition, away[i]))
			return RETRY_AWAY;
	if (!strcmp(e->type, "wait"))
		return RETRY_AWAY;
	return !strcmp(e->condition, "forbidden") && !e->pubsub ? RETRY_DOUBTFUL : RETRY_NEVER;
}

double retry_next(struct retry *r, enum retry_hope hope, int max)
{
	unsigned doublings = r->tries < DOUBLINGS_MAX ? r->tries : DOUBLINGS_MAX;

	if (hope == RETRY_DOUBTFUL && (max < 0 || max > RETRY_DOUBTFUL_MAX))
		max = RETRY_DOUBTFUL_MAX;
	if (hope == RETRY_NEVER || (max >= 0 && r->tries >= (unsigned)max))
		return -1.;
	r->tries++;
	return PAUSE_FIRST * (1U << doublings) * (0.5 + arc4random_uniform(1000) / 1000.);
}

void retry_reset(struct retry *r)
{
	r->tries = 0;
}
