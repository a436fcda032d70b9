/* SPDX-License-Identifier: MIT */
#include "common/base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/plain.h"

static const char *program = "pubsub";
static enum log_level threshold = LOG_NOTE;
static bool on_journal;
static void (*before)(void);
static bool (*diversion)(enum log_level level, const char *text, void *data);
static void *diversion_data;

/* What each level is to syslog(3). */
static const int priorities[] = {
	[LOG_ERROR] = 3, [LOG_WARN] = 4, [LOG_NOTE] = 5, [LOG_INFO] = 6, [LOG_DEBUG] = 7,
};

/* JOURNAL_STREAM (systemd.exec(5)): it may have been inherited with another standard error. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	AUTO_FREE char *here = NULL;
	struct stat st;

	if (!stream || fstat(fd, &st) < 0)
		return false;
	if (asprintf(&here, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino) < 0) {
		here = NULL;
		return false;
	}
	return !strcmp(here, stream);
}

void log_init(const char *name)
{
	program = name;
	on_journal = is_journal(STDERR_FILENO);
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

void log_set_before(void (*fn)(void))
{
	before = fn;
}

void log_divert(bool (*take)(enum log_level level, const char *text, void *data), void *data)
{
	diversion = take;
	diversion_data = data;
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
	plain_mask(text);
	if (diversion && diversion(level, text, diversion_data))
		return;
	if (on_journal)
		n = asprintf(&line, "<%d>%s: %s\n", priorities[level], program, text);
	else
		n = asprintf(&line, "%s: %s\n", program, text);
	if (n < 0) {
		line = NULL;
		return;
	}
	if (before)
		before();
	/* One write: lines of several processes on one terminal or log do not mix. */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}
