/* SPDX-License-Identifier: MIT */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

/*
 * What a client that has logged in may still ask of the kernel (seccomp(2)).
 *
 * From then on it reads what strangers have written, and needs no more than files, its sockets, a
 * terminal and the time. confine_make.c has the list, of which it makes the filter when we are
 * built: nothing is computed and no library loaded at run time. It stands in three parts:
 *
 *  - what is needed, or may be by the libraries for a further connection (threads and sockets of a
 *    look-up, modules of the C library loaded late), is let through;
 *  - what only an intruder has a use for (other programs, tracing, listening, other users, mounts,
 *    modules of the kernel) kills the process, by SIGSYS: it shows, and leaves no second try;
 *  - what is neither fails with ENOSYS, as in a kernel that does not have it: a library of next
 *    year that tries something new takes its other way, and goes on.
 *
 * No memory of ours is both written and run, signals go to ourselves alone, no program is run in
 * our place. The filter lasts, for all
 * threads and for what a child would be. So whoever runs other programs later does without.
 */
#include <stdbool.h>

/*
 * 0, also where it has been done before. -ENOSYS: it was built without; -ECANCELED: PUBSUB_CONFINE=no
 * in the environment forbids it; else the kernel's objection. Nothing has changed then, but that no program that we might run
 * could gain rights by it (PR_SET_NO_NEW_PRIVS).
 */
int confine(void);

#endif
