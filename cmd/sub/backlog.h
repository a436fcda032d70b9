/* SPDX-License-Identifier: MIT */
#ifndef SUB_BACKLOG_H
#define SUB_BACKLOG_H

/*
 * Live events of one node that wait until its stored items have been printed: first in, first out.
 *
 * They cannot be refused (the stream carries the answers as well), so payloads beyond
 * BACKLOG_MEMORY go to a temporary file without a name.
 */
#include <stdbool.h>

#include "common/pubsub/event.h"

#define BACKLOG_MEMORY (4 * 1024 * 1024)

struct backlog;

struct backlog *backlog_new(void);
void backlog_free(struct backlog *b);
/* 0, or the errno of the temporary file, negative: the event is not held. */
int backlog_push(struct backlog *b, const struct event *e);
/* Events that are covered do not count. */
bool backlog_is_empty(struct backlog *b);

/* Does @item wait, and is not covered? */
bool backlog_holds(const struct backlog *b, const struct event *item);

enum backlog_cover {
	BACKLOG_WITHOUT, /* it does not wait */
	BACKLOG_COVERED, /* it waited; it and all events of its id before it will not be given back
			  */
	BACKLOG_LEAVE,	 /* it waits behind a purge, and must come after that */
};
/*
 * @item has been read from the store, and shall be handed out now: does it wait, with this id and
 * payload? Handed out in the order of the store, items keep their order also where some of their
 * events are late.
 */
enum backlog_cover backlog_cover(struct backlog *b, const struct event *item);
/*
 * Something was lost in front of what was pushed last; was it, in front of the first? It need not be
 * told again. Not when empty. What is covered is not behind a hole: the store had what is before it.
 */
void backlog_add_hole(struct backlog *b);
bool backlog_has_hole(const struct backlog *b);
void backlog_fill_hole(struct backlog *b);
/*
 * The first, valid until the next call; 0 or a negative errno of the temporary file. Not when
 * empty.
 */
int backlog_first(struct backlog *b, struct event *ret);
void backlog_pop(struct backlog *b);
/* Events that wait, with those that are covered. */
size_t backlog_count(const struct backlog *b);

#endif
