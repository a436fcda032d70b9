/* SPDX-License-Identifier: MIT */
#ifndef SERVE_READY_H
#define SERVE_READY_H

/*
 * Telling whoever started us how far we are.
 */

/* "READY=1" and a newline to @fd, which is closed then. Nothing where it is negative. */
void ready_fd(int fd);
/*
 * @state, such as "READY=1", to the service manager that NOTIFY_SOCKET names (sd_notify(3)).
 * Nothing where there is none.
 */
void ready_notify(const char *state);
/* The configuration is being read again; READY=1 or an end must follow. */
void ready_reloading(void);
/*
 * How often the service manager wants to hear "WATCHDOG=1" (sd_watchdog_enabled(3)), in seconds;
 * 0: not at all.
 */
double ready_watchdog(void);

#endif
