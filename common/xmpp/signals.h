/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SIGNALS_H
#define XMPP_SIGNALS_H

/*
 * Signals of a session: the handler notes them down, cuts a login that hangs, and wakes the loop;
 * what they mean is decided there. A second SIGINT or SIGTERM ends the process at once.
 *
 * SIGINT and SIGHUP that the parent has had ignored (a shell's "&", nohup) stay ignored, and so
 * does SIGPIPE from here on.
 */
#include <stdbool.h>

#include <ev.h>

/* SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGALRM send to @wake. @hup_ends: SIGHUP asks for the end.
 */
void signals_catch(struct ev_loop *loop, ev_async *wake, bool hup_ends);
/* @wake is about to go. Signals are still noted down. */
void signals_forget(void);
/* One that has come since it was last asked for; 0: none. */
int signals_take(void);
/* SIGINT or SIGTERM has come. */
bool signals_interrupted(void);

/*
 * Where a second signal ends the process at once, this is called before; async-signal-safe. NULL:
 * nothing is.
 */
void signals_at_exit(void (*leave)(void));

#endif
