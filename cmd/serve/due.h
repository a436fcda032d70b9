/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DUE_H
#define SERVE_DUE_H

/*
 * What happens because its time has come: items expire, leases end. A table of chores, each of
 * which finds its next time in the store, so that nothing is forgotten over a restart.
 */
#include <stdbool.h>
#include <stdint.h>

struct request;
struct service;

struct chore {
	/* When there is something to do: milliseconds since 1970. 0, -ENOENT: never, or a negative
	 * errno. */
	int (*next)(struct service *s, int64_t *ret_time);
	/*
	 * Does what is due at r->now, or a part of it that is no more than a request would do; the
	 * rest is due at once. A change like any other (service_change()).
	 */
	int (*run)(struct request *r, void *data);
	/* enum store_times: what in the store says when; 0: it is not kept there alone. */
	unsigned times;
	/* It is not to be done now, whatever the time is; NULL: never so. */
	bool (*waits)(const struct service *s);
};
extern const struct chore chores[]; /* CHORES (service.h) */

/*
 * The next time of all; INT64_MAX: none. What is told by the store is asked again where it may have
 * become earlier, after due_run(), and with s->due.unknown.
 */
int64_t due_next(struct service *s);
/* Does what is due at @now, one step of each chore. */
void due_run(struct service *s, int64_t now);

int expire_next(struct service *s, int64_t *ret_time); /* expire.c: items */
int expire_run(struct request *r, void *data);
int archive_next(struct service *s, int64_t *ret_time); /* archive.c: past versions of items */
int archive_run(struct request *r, void *data);
int lease_next(struct service *s, int64_t *ret_time); /* lease.c: subscriptions */
int lease_run(struct request *r, void *data);
int sweep_next(struct service *s, int64_t *ret_time); /* offline.c: who has not come back */
int sweep_run(struct request *r, void *data);

#endif
