/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_TEXT_H
#define SUB_MONITOR_TEXT_H

/*
 * Foreign text for the monitor's screen: what could drive a terminal, turn its writing round, or
 * take more or fewer columns than is thought, is shown as a character reference. So is, where the
 * locale is not UTF-8, all that is not ASCII.
 *
 * Widths are wcwidth(3)'s: the locale must have been set.
 */
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

struct str;

/* A character of @s, which is not at its end; U+FFFD where it is not UTF-8. Returns its length. */
size_t text_decode(const char *s, wchar_t *ret_c);

/* Of one line: line feeds, tabs and runs of blanks become one blank. */
void text_add_line(struct str *out, const char *s, size_t len);
/* @pretty: what pretty.h has made. Its line feeds and colours stay. */
void text_add_pretty(struct str *out, const char *pretty);
/* A colour at @s (of pretty.h: ESC [ NUMBER m)? Its length, the number in *ret_hue; else 0. */
size_t text_hue(const char *s, int *ret_hue);

/* A line on the screen; borrowed from the text. @hue is the colour that it begins with. */
struct text_line {
	const char *p;
	size_t len;
	int hue;
};
struct text_lines {
	struct text_line *v;
	size_t count, room;
};

/* Breaks @text, as made above, into lines of at most @width columns; no more than @max of them. */
void text_wrap(const char *text, int width, size_t max, struct text_lines *ret);
void text_lines_release(struct text_lines *l);

#endif
