/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_TERM_H
#define SUB_MONITOR_TERM_H

/*
 * The terminal as a full screen, and as it was before: on every way out but SIGKILL.
 */
#include <stdbool.h>

/*
 * Takes the terminal on standard output for a screen; keys come from standard input or, where that
 * is no terminal, from the one that controls the process. @colour: where the terminal has colours.
 * 0, -ENOTTY: there is no terminal, or none to type on; -EINVAL: of a kind (TERM) that is not
 * known, or that cannot show a screen; -ELIBACC: there is no ncurses (a message has said so).
 */
int term_start(bool colour);
/* As it was before. */
void term_stop(void);
/* Keys are to be read from there. */
int term_input(void);
/* Its size has changed, perhaps. */
void term_resize(void);
/* Stops the process, with the terminal as it was before, until it is continued. */
void term_suspend(void);
/* The process was stopped, not by the above, and others have written on the terminal. */
void term_continue(void);

#endif
