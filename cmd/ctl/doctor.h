/* SPDX-License-Identifier: MIT */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

/* What doctor tries, and with what: the table that doctor.c walks. */
#include <stdbool.h>

#include <strophe.h>

#include "cmd/ctl/names.h"
#include "cmd/ctl/probe.h"

struct ctl;

struct doctor {
	struct ctl *c;
	struct probe probe; /* made: its node is there */
	struct names advertised;
	char *jid;	/* bare: it is subscribed */
	char **missing; /* of those required */
	int code;	/* the session has ended */
};

struct trial {
	const char *feature; /* with NS_PUBSUB# before it, but for URIs; NULL: the end */
	/* Does it work? */
	bool (*try)(struct doctor *d, const char *arg);
	const char *arg;
};
/* In this order, as they build on each other; the first one makes the node. */
extern const struct trial trials[];

#endif
