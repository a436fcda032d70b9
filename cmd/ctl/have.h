/* SPDX-License-Identifier: MIT */
#ifndef CTL_HAVE_H
#define CTL_HAVE_H

/*
 * What a node has: the ids of its items, with a checksum of what each says. So only what differs
 * needs to be sent. Zero-initialise it; memory grows with the number of items, not with their size.
 */
#include <stdbool.h>
#include <stddef.h>

struct ctl;

struct have {
	void *tree; /* tsearch(3) */
	size_t n;
};

/* After ctl_doing(). 0, or an exit code after a message. */
int have_read(struct ctl *c, const char *node, struct have *h);
void have_release(struct have *h);

enum have_state { HAVE_NOT, HAVE_OTHER, HAVE_SAME };
/* How is the item there? It counts as wanted from now on. */
enum have_state have_find(struct have *h, const char *id, const char *payload, size_t len);
/* Did have_find() find it, or have_put() put it? */
bool have_is_wanted(const struct have *h, const char *id);
/* It is there now, as this. */
void have_put(struct have *h, const char *id, const char *payload, size_t len);
/* True: it was there. */
bool have_drop(struct have *h, const char *id);
/* Those that have_find() was not asked for, and that have_put() has not put, in no order. */
void have_each_unwanted(struct have *h, void (*fn)(const char *id, void *data), void *data);

#endif
