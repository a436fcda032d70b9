/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/str.h"
#include "common/base/plain.h"

#define FIRST 1.   /* seconds */
#define BETWEEN .2 /* two changes */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_due(struct progress *p)
{
	double t;

	if (log_get_level() < LOG_NOTE || !isatty(STDERR_FILENO))
		return false;
	t = now();
	if (p->started == 0.)
		p->started = t;
	if (t - p->started < FIRST || t - p->shown < BETWEEN)
		return false;
	p->shown = t;
	return true;
}

/* The cursor goes back, so that a message may be written over it. */
void progress_show(struct progress *p, const char *fmt, ...)
{
	AUTO_STR line = { 0 };
	char text[256];
	va_list ap;

	if (!is_due(p))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	plain_add(&line, text, strlen(text), true);
	fprintf(stderr, "\r%s: %s\033[K\r", log_name(), line.p);
}

void progress_end(struct progress *p)
{
	if (p->shown > 0.)
		fputs("\r\033[K", stderr);
	*p = (struct progress){ 0 };
}
