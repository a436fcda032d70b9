/* SPDX-License-Identifier: MIT */
#ifndef SUB_STATE_LINE_H
#define SUB_STATE_LINE_H

/*
 * Lines of a state file: "CHECKSUM TEXT". Marks among them say that so many bytes before them have
 * reached the disk.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

#define STATE_LINE_SUM 16 /* characters of the checksum */

void state_line_write(struct str *out, const char *text);
/* "VERB ARGUMENT", whatever characters the argument has. */
void state_line_write_escaped(struct str *out, const char *verb, const char *argument);
void state_line_write_mark(struct str *out, size_t bytes);
bool state_line_is_mark(const char *text);
/* A new string. */
char *state_line_unescape(const char *argument);

/* Zero but for @text, which is written into, and @len. */
struct state_lines {
	char *text;
	size_t len;
	size_t good;	   /* up to here, all lines are */
	bool marked;	   /* there was a mark */
	size_t first_mark; /* where it ended */
};
/* The next good line's text, NUL-terminated; NULL: there is none at this place. */
char *state_lines_next(struct state_lines *l);
/*
 * Behind the last good line: does a mark say that what is no line there had reached the disk? Else
 * it was being written when the power failed.
 */
bool state_lines_are_damaged(const struct state_lines *l);

#endif
