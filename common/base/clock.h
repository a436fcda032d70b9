/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Seconds, by a clock that nobody sets: for how long something takes. */
double clock_now(void);

#endif
