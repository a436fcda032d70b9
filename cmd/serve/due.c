/* SPDX-License-Identifier: MIT */
#include "cmd/serve/due.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/notify/digest.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/notify/pace.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/log.h"
#include "common/xmpp/time.h"

/* clang-format off */
const struct chore chores[] = { /* when, what; where the time is; what it waits for */
	{ expire_next, expire_run, TIMES_ITEMS, NULL },
	{ archive_next, archive_run, TIMES_PAST, NULL },
	{ lease_next, lease_run, TIMES_SUBS, NULL },
	{ pace_next, pace_run, TIMES_PACE, NULL },
	{ digest_next, digest_run, TIMES_DIGESTS, digest_waits }, /* of what nodes have held back, too */
	{ sweep_next, sweep_run, 0, NULL },
	{ outbox_next, outbox_run, 0, NULL },
};
_Static_assert(sizeof(chores) / sizeof(chores[0]) == CHORES, "a place for each time");
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
	return e ? time_now() + RETRY : time;
}

static bool has_to_wait(const struct service *s, const struct chore *c)
{
	return c->waits && c->waits(s);
}

int64_t due_next(struct service *s)
{
	unsigned changed = store_times_changed(s->store) | (s->due.unknown ? TIMES_ALL : 0);
	int64_t first = INT64_MAX;

	s->due.unknown = false;
	for (size_t i = 0; i < CHORES; i++) {
		const struct chore *c = &chores[i];
		int64_t *time = &s->due.times[i];

		if (!c->times || c->times & changed)
			*time = next_of(s, c);
		if (*time < first && !has_to_wait(s, c))
			first = *time;
	}
	return first < s->not_before ? s->not_before : first;
}

void due_run(struct service *s, int64_t now)
{
	due_next(s);
	if (now < s->not_before)
		return;
	for (size_t i = 0; i < CHORES; i++) {
		int e;

		if (s->due.times[i] > now || has_to_wait(s, &chores[i]))
			continue;
		s->due.unknown = true;
		e = service_change(s, chores[i].run, NULL);
		if (!e)
			continue;
		log_error("cannot do what is due: %s", strerror(e < 0 ? -e : EPERM));
		s->not_before = now + RETRY;
	}
}
