/* SPDX-License-Identifier: MIT */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

/*
 * How far it has come, on a terminal: one line that is written anew, once the work has taken more
 * than a second. Where standard error is no terminal, or the user wants it quiet, nothing at all.
 */
#include <ev.h>

struct progress;

struct progress *progress_new(struct ev_loop *loop);
/* Ends the line. */
void progress_free(struct progress *p);
/* One more is done. */
void progress_add(struct progress *p);

#endif
