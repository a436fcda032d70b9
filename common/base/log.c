/* SPDX-License-Identifier: MIT */
#include "common/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/auto.h"

static const char *program = "pubsub";
static enum log_level threshold = LOG_NOTE;

void log_init(const char *name)
{
	program = name;
}

void log_set_level(enum log_level level)
{
	threshold = level;
}

enum log_level log_get_level(void)
{
	return threshold;
}

const char *log_name(void)
{
	return program;
}

void log_say(enum log_level level, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *line = NULL;
	va_list ap;
	int n;

	if (level > threshold)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return;
	}
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	n = asprintf(&line, "%s: %s\n", program, text);
	if (n < 0) {
		line = NULL;
		return;
	}
	/* One write: lines of several processes on one terminal or log do not mix. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}
