/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DELIVER_H
#define SERVE_DELIVER_H

/*
 * One event, one entity: do its subscriptions want the event, and what goes into the message beside
 * what all messages share (XEP-0060 sections 6.3, 7.1.2 and 12.16; XEP-0248 section 6.1).
 */
#include <stdbool.h>

#include "cmd/serve/notify/recipients.h"
#include "common/base/str.h"

struct event;
struct service;
struct str;

/* The names of all headers that a message may have (XEP-0131); ends with NULL. */
extern const char *const delivery_headers[];

struct delivery {
	bool wanted, body;
	bool numbered;		/* its number says whether something was lost (sequence.h) */
	struct str headers;	/* <header/>s; empty: none */
	int64_t node;		/* that of the first subscription that matches */
	bool *picked;		/* which of the event's entries; NULL: all */
};
void delivery_release(struct delivery *d);
/* Zero-initialised @d. 0 or a negative errno. */
int deliver_judge(struct service *s, struct event *e, const struct group *g, struct delivery *d);

/* Do all plain members (audience.h) want it, and nothing in it but what all messages share? */
bool deliver_is_plain(const struct service *s, const struct event *e);

/*
 * All headers of a message, in one element (XEP-0131); nothing where there are none. NULL @d: it is
 * for one address.
 */
void deliver_headers(const struct event *e, const struct delivery *d, struct str *out);

#endif
