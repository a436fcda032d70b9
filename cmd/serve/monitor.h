/* SPDX-License-Identifier: MIT */
#ifndef SERVE_MONITOR_H
#define SERVE_MONITOR_H

/*
 * What a running service tells those who look after it: metrics in a file, again and again, and
 * signs of life and a status line to the service manager (ready.h).
 */
#include <stdbool.h>

#include <ev.h>

#include "cmd/serve/metrics.h"
#include "cmd/serve/store/store_size.h"

struct service;

struct monitor {
	struct metrics metrics;
	struct store_size size;
	struct service *service; /* NULL: not begun */
	struct ev_loop *loop;
	const char *path; /* of the metrics; NULL: none */
	ev_timer write, watchdog;
	bool failing; /* the last attempt at the file failed, and that has been said */
};

/*
 * @service's work is counted from here on. @path is borrowed; NULL: no file. All must outlive
 * monitor_stop(), which writes the file for the last time. @m stays where it is. 0, or, after a
 * message, a negative errno: the file cannot be written now. It has begun all the same.
 */
int monitor_start(struct monitor *m, struct service *service, struct ev_loop *loop,
		  const char *path);
/* Nothing where it has not begun. */
void monitor_stop(struct monitor *m);

/* The connection is there, or gone; READY=1 is told with the first one (@ready). */
void monitor_connected(struct monitor *m, bool connected, bool ready);
/* Writes the file and logs a line about what has been done so far. */
void monitor_report(struct monitor *m);

#endif
