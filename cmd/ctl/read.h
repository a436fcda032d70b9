/* SPDX-License-Identifier: MIT */
#ifndef CTL_READ_H
#define CTL_READ_H

/* All items of a node, oldest first, in bounded memory. */
struct ctl;
struct event;

typedef void read_fn(struct ctl *c, const struct event *e, void *data);

/*
 * 0, or an exit code after a message. It ends with the connection. While it reads, items may be
 * published: one that has been handed out may come once more, as it is then.
 */
int read_items(struct ctl *c, const char *node, read_fn *fn, void *data);

#endif
