/* SPDX-License-Identifier: MIT */
#include "cmd/serve/due.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/notify/digest.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/notify/pace.h"
#include "cmd/serve/service.h"
#include "common/base/log.h"

/* clang-format off */
const struct chore chores[] = { /* when, what */
	{ expire_next, expire_run },
	{ archive_next, archive_run },
	{ lease_next, lease_run },
	{ pace_next, pace_run },
	{ digest_next, digest_run }, /* of what nodes have held back, too */
	{ sweep_next, sweep_run },
	{ outbox_next, outbox_run },
	{ NULL, NULL },
};
/* clang-format on */

/* What cannot be done now is tried again so much later: milliseconds. */
#define RETRY 5000

static int64_t next_of(struct service *s, const struct chore *c)
{
	int64_t time = INT64_MAX;
	int e = c->next(s, &time);

	if (e == -ENOENT)
		return INT64_MAX;
	if (e)
		log_error("cannot find what is due next: %s", strerror(-e));
	return e ? INT64_MAX : time;
}

int64_t due_next(struct service *s)
{
	int64_t first = INT64_MAX;

	for (const struct chore *c = chores; c->next; c++) {
		int64_t time = next_of(s, c);

		first = time < first ? time : first;
	}
	return first < s->not_before ? s->not_before : first;
}

void due_run(struct service *s, int64_t now)
{
	for (const struct chore *c = chores; c->next; c++) {
		int e = next_of(s, c) <= now ? service_change(s, c->run, NULL) : 0;

		if (!e)
			continue;
		log_error("cannot do what is due: %s", strerror(e < 0 ? -e : EPERM));
		s->not_before = now + RETRY;
	}
}
