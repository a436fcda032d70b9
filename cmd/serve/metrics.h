/* SPDX-License-Identifier: MIT */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

/*
 * What the service has done, counted, and how that is told: as Prometheus text (exposition format
 * 0.0.4) and in a line for people.
 *
 * Labels have values from tables of ours alone: nobody on the network can add a series. Functions
 * that count take NULL for @m, and then do nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pubsub/errors.h"

struct op;
struct str;

/* Single values; those with a label stand next to each other. */
enum metric {
	METRIC_NOTIFIED_ITEMS,
	METRIC_NOTIFIED_RETRACT,
	METRIC_NOTIFIED_PURGE,
	METRIC_NOTIFIED_DELETE,
	METRIC_NOTIFIED_CONFIGURATION,
	METRIC_NOTIFIED_COLLECTION,
	METRIC_NOTIFIED_SUBSCRIPTION,
	METRIC_NOTIFIED_OTHER,
	METRIC_BOUNCES_ENDED,
	METRIC_BOUNCES_COUNTED,
	METRIC_BOUNCES_IGNORED,
	METRIC_BYTES_IN,
	METRIC_BYTES_OUT,
	METRIC_STANZAS_IN,
	METRIC_STANZAS_OUT,
	METRIC_OUTBOX_READ,
	/* Gauges: set when they are to be told. */
	METRIC_QUEUE_REQUESTS,
	METRIC_QUEUE_BYTES,
	METRIC_OUTBOX_EVENTS,
	METRIC_OUTBOX_BYTES,
	METRIC_CONNECTED,
	METRIC_NODES,
	METRIC_ITEMS,
	METRIC_SUBSCRIPTIONS,
	METRIC_START,
	METRIC_BUILD,
	METRIC_VALUES
};
#define METRICS_COMMIT_BUCKETS 13 /* the last one has no bound */

struct metrics {
	uint64_t values[METRIC_VALUES];
	uint64_t commits[METRICS_COMMIT_BUCKETS];
	double commit_seconds;
	size_t n_ops; /* names of operations, "none" included */
	char **ops;
	size_t *op_at; /* place of a row of the operation table among them */
	uint64_t (
		*requests)[PS_ERR_MAX]; /* of each: by outcome, told by the condition's first row */
};

void metrics_init(struct metrics *m);
void metrics_release(struct metrics *m);

/* A request has been answered; @op may be NULL (op_label()). */
void metrics_request(struct metrics *m, const struct op *op, enum ps_err outcome);
/* A notification is sent. @event: <event xmlns='...'>, which tells the kind, and what is in it. */
void metrics_notify(struct metrics *m, const char *event, bool retracts);
/* A commit has taken so long, whether or not it came to be. */
void metrics_commit(struct metrics *m, double seconds);
void metrics_add(struct metrics *m, enum metric id, uint64_t n);
void metrics_set(struct metrics *m, enum metric id, uint64_t value);

/* All of it, as the text of a file. */
void metrics_render(const struct metrics *m, struct str *out);
/* "requests: 12, refused: 1, notifications: 40, ...", no line end. */
void metrics_summary(const struct metrics *m, struct str *out);

/*
 * As a new file @path (mode 0644), which replaces an older one in one step. 0 or a negative errno,
 * and then what there was is still there.
 */
int metrics_write(const struct metrics *m, const char *path);

#endif
