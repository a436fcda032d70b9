/* SPDX-License-Identifier: MIT */
#ifndef CTL_PROBE_H
#define CTL_PROBE_H

/*
 * Trying a service out: a node, perhaps one for the purpose, and a wait for what it sends us.
 */
#include <stdbool.h>

#include "common/pubsub/event.h"

struct ctl;
struct str;

struct probe {
	struct ctl *c;
	char *node;
	bool made; /* it is ours, and goes with the probe */
	/* What is waited for: probe_expect(). */
	enum event_kind kind;
	const char *id; /* NULL: any */
	bool seen;
	double at; /* when it came, clock_now() */
};

/* @node: NULL: one with a name that nobody else has, which probe_create() makes. */
void probe_init(struct probe *p, struct ctl *c, const char *node);
/* 0, or an exit code after a message. It is removed in any case, also when a signal ends the run.
 */
int probe_create(struct probe *p);
/* Removes the node if it is ours. 0, or an exit code after a message. */
int probe_end(struct probe *p);

/* From now on. @id is borrowed. */
void probe_expect(struct probe *p, enum event_kind kind, const char *id);
/* Until it has been seen, but no longer than this. 0, or the code of a session that has ended. */
int probe_wait(struct probe *p, double seconds);

#endif
