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

#endif
