/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_MODEL_H
#define SUB_MONITOR_MODEL_H

/*
 * What the monitor knows: the nodes with their counts and rates, the last events, which of these
 * are shown, and which one is chosen. No terminal, no clock: times are given.
 *
 * Memory is bounded: the oldest events go when there are too many, or when they hold too many
 * bytes. While paused, half of the room is left to those that were there before.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/pubsub/event.h"

struct monitor_model;
struct xpath;

struct monitor_limits {
	size_t events;	/* kept */
	size_t bytes;	/* of all that is kept */
	size_t payload; /* bytes of a payload that are kept */
};

#define MONITOR_RATE_SPAN 10 /* seconds that a rate is measured over */
#define MONITOR_NODES_MAX 1024

struct monitor_node {
	char *name;
	uint64_t items, others; /* events that have come */
	int64_t last;		/* when, by @now; 0: none has */
	bool deleted;
	unsigned seconds[MONITOR_RATE_SPAN]; /* how many came in which second */
	int64_t second;			     /* the newest of them */
};

/* Strings are NUL-terminated; those that the event does not have are NULL. */
struct monitor_event {
	TAILQ_ENTRY(monitor_event) link;
	struct event event;
	uint64_t seq; /* counts from 1 */
	size_t size;  /* bytes it holds */
	bool cut;     /* the payload was larger than what is kept of it */
	bool shown;   /* passes the filter */
};

/* @nodes are there from the beginning. */
struct monitor_model *monitor_model_new(const struct monitor_limits *limits,
					const char *const *nodes, size_t count);
void monitor_model_free(struct monitor_model *m);

/* @e is copied. @now: milliseconds since 1970, the event's stamp if it has none. */
void monitor_model_add(struct monitor_model *m, const struct event *e, int64_t now);

/* Nodes, in the order given, then in that in which they were first seen. */
size_t monitor_model_nodes(const struct monitor_model *m);
const struct monitor_node *monitor_model_node(const struct monitor_model *m, size_t i);
/* Events a second, over the last seconds. */
double monitor_node_rate(const struct monitor_node *n, int64_t now);

struct monitor_counts {
	uint64_t events;  /* that have come */
	size_t held;	  /* that are kept... */
	size_t bytes;	  /* ...and what they hold */
	size_t shown;	  /* that pass the filter */
	uint64_t waiting; /* that have come while paused */
};
struct monitor_counts monitor_model_counts(const struct monitor_model *m);

/*
 * The filter: only events that have @text in them (see monitor_matches()), of @node, and with a
 * payload for which @xpath is true. NULL: any. @text and @node are copied, @xpath is taken over.
 */
void monitor_model_set_text(struct monitor_model *m, const char *text);
void monitor_model_set_node(struct monitor_model *m, const char *node);
void monitor_model_set_xpath(struct monitor_model *m, struct xpath *xpath);
const char *monitor_model_text(const struct monitor_model *m);
const char *monitor_model_only(const struct monitor_model *m);

/*
 * In the kind, node, id, publisher or payload; without regard to the case of ASCII letters, unless
 * @text has a capital.
 */
bool monitor_matches(const struct monitor_event *e, const char *text);

/* While paused, what comes is kept and counted, but not shown. */
void monitor_model_pause(struct monitor_model *m, bool paused);
bool monitor_model_is_paused(const struct monitor_model *m);

/*
 * The chosen event: the newest, until another one is chosen; NULL: nothing is shown. Borrowed until
 * the next event comes.
 */
const struct monitor_event *monitor_model_chosen(const struct monitor_model *m);
/* Does the choice follow the newest? */
bool monitor_model_follows(const struct monitor_model *m);
/* By so many events that are shown, down or (< 0) up, as far as there are any. */
void monitor_model_move(struct monitor_model *m, long by);
/* Chooses the next one down (up) that has @text in it; false: there is none. */
bool monitor_model_search(struct monitor_model *m, const char *text, bool down);
/* The events for a list of that many rows, with the chosen one among them; returns how many. */
size_t monitor_model_window(struct monitor_model *m, size_t rows,
			    const struct monitor_event **ret_rows);

#endif
