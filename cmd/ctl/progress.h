/* SPDX-License-Identifier: MIT */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

/*
 * How far it is, on a terminal: a line on standard error that is written over, once there has been
 * more than a second's work. Nothing where standard error is no terminal, and with --quiet.
 */
#include <stdbool.h>

struct progress {
	double started, shown; /* 0: not yet */
};

void progress_show(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes the line away. */
void progress_end(struct progress *p);

#endif
