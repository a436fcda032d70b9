/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_SCREEN_H
#define SUB_MONITOR_SCREEN_H

/*
 * The full screen of pubsub-sub --monitor, in libev's loop. It draws at most MONITOR_FPS times a
 * second, whatever comes. Log messages go to its last line, and to standard error if that is no
 * terminal.
 */
#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

struct event;
struct monitor_screen;

#define MONITOR_FPS 20

/* Strings are borrowed. */
struct monitor_screen_params {
	const char *const *nodes;
	size_t count;
	const char *const *namespaces; /* for the XPath expressions that are typed */
	bool colour;
};

/*
 * @quit: the user has asked for the end, or the terminal has gone (@code). NULL, after a message:
 * there is no terminal that could be used.
 */
struct monitor_screen *monitor_screen_start(struct ev_loop *loop,
					    const struct monitor_screen_params *p,
					    void (*quit)(int code, void *data), void *data);
/* Leaves the screen as it was; repeats what has gone wrong last. NULL does nothing. */
void monitor_screen_stop(struct monitor_screen *m);

void monitor_screen_take(struct monitor_screen *m, const struct event *e);
/* @service is borrowed; NULL: not known yet. */
void monitor_screen_tell_link(struct monitor_screen *m, const char *service, bool up);

#endif
