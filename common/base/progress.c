/* SPDX-License-Identifier: MIT */
#include "common/base/clock.h"
#include "common/base/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

#define WIDTH 60
#define EVERY .5

struct progress {
	struct ev_loop *loop;
	ev_timer timer;
	bool wanted;
	unsigned long count, shown;
	double begun;
};

/* The one whose line stands on the terminal; NULL: none does. */
static struct progress *on_show;

static void put(const char *text, size_t len)
{
	if (write(STDERR_FILENO, text, len) < 0)
		return;
}

/* Before a message: an empty line in its place. */
static void wipe(void)
{
	char line[WIDTH + 3];

	if (!on_show)
		return;
	on_show = NULL;
	snprintf(line, sizeof(line), "\r%*s\r", WIDTH, "");
	put(line, WIDTH + 2);
}

static void show(struct progress *p)
{
	char text[WIDTH + 1], line[WIDTH + 2];
	double seconds = clock_now() - p->begun;

	snprintf(text, sizeof(text), "%s: %lu done, %.0f a second", log_name(), p->count,
		 (double)p->count / seconds);
	snprintf(line, sizeof(line), "\r%-*s", WIDTH, text);
	put(line, WIDTH + 1);
	on_show = p;
	p->shown = p->count;
}

static void on_tick(struct ev_loop *loop, ev_timer *t, int events)
{
	struct progress *p = t->data;

	(void)loop;
	(void)events;
	if (clock_now() - p->begun >= 1. && p->count != p->shown)
		show(p);
}

struct progress *progress_new(struct ev_loop *loop)
{
	struct progress *p = mem_zalloc(sizeof(*p));

	p->loop = loop;
	p->begun = clock_now();
	p->wanted = isatty(STDERR_FILENO) && log_get_level() >= LOG_NOTE;
	ev_timer_init(&p->timer, on_tick, EVERY, EVERY);
	p->timer.data = p;
	if (!p->wanted)
		return p;
	log_set_before(wipe);
	ev_timer_start(loop, &p->timer);
	ev_unref(loop);
	return p;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	if (p->wanted) {
		ev_ref(p->loop);
		ev_timer_stop(p->loop, &p->timer);
		log_set_before(NULL);
	}
	if (p->shown)
		show(p);
	if (on_show == p) {
		put("\n", 1);
		on_show = NULL;
	}
	free(p);
}

void progress_add(struct progress *p)
{
	p->count++;
}
