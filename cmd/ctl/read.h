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
/*
 * The same, where something is to be done with items that @fn must not do, as it is called from
 * within a reply: @between is called after each page, outside of that, and the next page is asked
 * for when it has come back with 0; else that is the end, and the code.
 */
int read_items_between(struct ctl *c, const char *node, read_fn *fn,
		       int (*between)(struct ctl *c, void *data), void *data);

#endif
