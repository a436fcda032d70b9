/* SPDX-License-Identifier: MIT */
#ifndef SUB_STATE_H
#define SUB_STATE_H

/*
 * The position of a run, in a file: which items of each node have been dealt with, and from which
 * places in its archive (seen.h), so that the next run goes on behind them.
 *
 * The file is a journal of text, a line for each event with a checksum in front. A line is in the
 * kernel's hands when state_take() returns, and thus survives the process; state_sync() brings what
 * was taken to the disk. What a power cut has torn off behind the last state_sync() is left out by
 * the next run; damage before it is an error. When it has grown, the file is written anew beside
 * its place and renamed. It is locked while it is open.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct seen;
struct state;

/*
 * Opens @path, or makes it, for these nodes, in whatever order. NULL: *ret_code is the exit code,
 * and a message has been given: locked by another process (EX_TEMPFAIL), of other nodes (EX_USAGE),
 * damaged or no such file (EX_DATAERR), cannot be opened (EX_CANTCREAT). Before anything is hashed
 * (map.h): the file brings its seed.
 */
struct state *state_open(const char *path, char *const *nodes, size_t count, int *ret_code);
/*
 * The service that the nodes are at: 0, or EX_USAGE or EX_IOERR after a message: it is another one
 * than before, or a new file cannot be written. Again for the same service is fine.
 */
int state_bind(struct state *s, const char *service);
/* Nothing is brought to the disk. NULL is fine. */
void state_close(struct state *s);

/* @node counts those that state_open() was given. */
size_t state_node(const struct state *s, const char *node);
/* Is there a position? */
bool state_has(const struct state *s, size_t node);
/* Is all new that has not been seen? Else only what lies behind it. */
bool state_is_whole(const struct state *s, size_t node);
/* The archive id of what was dealt with last; NULL: not known. */
const char *state_place(const struct state *s, size_t node);
/* The number of the last event that was dealt with (sequence.h); 0: not known. */
uint64_t state_number(const struct state *s, size_t node);
const struct seen *state_seen(const struct state *s, size_t node);
/* The places of what was dealt with lately. */
const struct seen *state_places(const struct state *s, size_t node);

/* This event has been dealt with. 0 or a negative errno. */
int state_take(struct state *s, size_t node, const struct event *e);
/* From now on, all is new that has not been seen. */
int state_set_whole(struct state *s, size_t node);
/* What was dealt with last has this place in the archive. */
int state_set_place(struct state *s, size_t node, const char *place);
/* Events up to this one have been dealt with. */
int state_set_number(struct state *s, size_t node, uint64_t number);
int state_sync(struct state *s);

#endif
