/* SPDX-License-Identifier: MIT */
#ifndef BASE_EXITS_H
#define BASE_EXITS_H

/*
 * Exit codes: sysexits.h, with the two that it lacks. They are part of the interface
 * (pubsub(1), EXIT STATUS).
 */
#include <sysexits.h>

#define EXIT_DIFFERS 1
#define EX_NOTFOUND EX_NOINPUT /* 66: no such input file, node or item */
#define EX_REFUSED                                                                                 \
	EX_PROTOCOL	    /* 76: any other stanza error; the peer does not speak the protocol */
#define EX_DENIED EX_NOPERM /* 77 */

#endif
