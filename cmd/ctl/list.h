/* SPDX-License-Identifier: MIT */
#ifndef CTL_LIST_H
#define CTL_LIST_H

/*
 * Lists of any length: page after page (XEP-0059) where the service knows pages, else in one
 * answer.
 */
#include <stdbool.h>

#include "cmd/ctl/ctl.h"
#include "common/pubsub/request.h"

/* The exit code for a list with a place for the refusal: no message has been given. */
#define LIST_REFUSED (-1)

struct list {
	void (*request)(struct str *out, const struct list_query *q);
	const char *node; /* NULL: none */
	/* An answer; 0, or the exit code to end with. */
	int (*page)(struct ctl *c, xmpp_stanza_t *reply, void *data);
	void *data;
	struct answer *refusal; /* NULL: a refusal is reported, and its exit code returned */
};

/* 0, an exit code after a message, or LIST_REFUSED. */
int list_read(struct ctl *c, const struct list *l);

#endif
