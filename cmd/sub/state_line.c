/* SPDX-License-Identifier: MIT */
#include "cmd/sub/state_line.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/map.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define MARK "mark "

void state_line_write(struct str *out, const char *text)
{
	str_printf(out, "%016" PRIx64 " %s\n", map_checksum(text, strlen(text)), text);
}

void state_line_write_escaped(struct str *out, const char *verb, const char *argument)
{
	AUTO_STR text = { 0 };

	str_printf(&text, "%s ", verb);
	for (const unsigned char *c = (const unsigned char *)argument; *c; c++)
		if (*c < 0x20 || *c == '%' || *c == 0x7f)
			str_printf(&text, "%%%02x", *c);
		else
			str_putc(&text, (char)*c);
	state_line_write(out, text.p);
}

char *state_line_unescape(const char *argument)
{
	AUTO_STR text = { 0 };

	str_puts(&text, "");
	for (; *argument; argument++) {
		unsigned value;

		if (*argument == '%' && isxdigit((unsigned char)argument[1]) &&
		    isxdigit((unsigned char)argument[2]) &&
		    sscanf(argument + 1, "%2x", &value) == 1) {
			str_putc(&text, (char)value);
			argument += 2;
		} else {
			str_putc(&text, *argument);
		}
	}
	return str_steal(&text);
}

void state_line_write_mark(struct str *out, size_t bytes)
{
	AUTO_FREE char *text = mem_printf(MARK "%zu", bytes);

	state_line_write(out, text);
}

/* The bytes that are on the disk; 0: it is no mark. */
static size_t mark_of(const char *text)
{
	size_t bytes = 0;

	return sscanf(text, MARK "%zu", &bytes) == 1 ? bytes : 0;
}

bool state_line_is_mark(const char *text)
{
	return mark_of(text) > 0;
}

/* Is [line, lf) one? */
static bool is_good(const char *line, const char *lf)
{
	size_t len = (size_t)(lf - line);
	char sum[STATE_LINE_SUM + 1];

	if (len < STATE_LINE_SUM + 1 || line[STATE_LINE_SUM] != ' ' || memchr(line, '\0', len))
		return false;
	snprintf(sum, sizeof(sum), "%016" PRIx64,
		 map_checksum(line + STATE_LINE_SUM + 1, len - STATE_LINE_SUM - 1));
	return !memcmp(line, sum, STATE_LINE_SUM);
}

char *state_lines_next(struct state_lines *l)
{
	char *line = l->text + l->good, *lf = memchr(line, '\n', l->len - l->good);

	if (!lf || !is_good(line, lf))
		return NULL;
	*lf = '\0';
	l->good += (size_t)(lf + 1 - line);
	line += STATE_LINE_SUM + 1;
	if (!l->marked && mark_of(line)) {
		l->marked = true;
		l->first_mark = l->good;
	}
	return line;
}

bool state_lines_are_damaged(const struct state_lines *l)
{
	const char *end = l->text + l->len, *line = l->text + l->good, *lf;

	for (; (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1)
		if (is_good(line, lf) && mark_of(line + STATE_LINE_SUM + 1) > l->good)
			return true;
	return false;
}
