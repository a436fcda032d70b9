/* SPDX-License-Identifier: MIT */
#include "common/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"

void str_reserve(struct str *s, size_t more)
{
	size_t need = s->len + more + 1, cap = s->cap ? s->cap : 64;

	if (need <= s->cap)
		return;
	while (cap < need)
		cap += cap / 2 + 16;
	s->p = mem_realloc(s->p, cap);
	s->cap = cap;
}

void str_printf(struct str *s, const char *fmt, ...)
{
	size_t room = s->cap - s->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room ? s->p + s->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= room) {
		str_reserve(s, (size_t)n);
		va_start(ap, fmt);
		vsnprintf(s->p + s->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	if (n >= 0)
		s->len += (size_t)n;
	else if (room)
		s->p[s->len] = '\0';
}

void str_add_lines(struct str *s, const char *p, size_t len, const char *feed)
{
	const char *lf;

	while (len && (lf = memchr(p, '\n', len))) {
		str_add(s, p, (size_t)(lf - p));
		str_puts(s, feed);
		len -= (size_t)(lf + 1 - p);
		p = lf + 1;
	}
	str_add(s, p, len);
}

void str_reset(struct str *s)
{
	s->len = 0;
	if (s->p)
		s->p[0] = '\0';
}

void str_release(struct str *s)
{
	free(s->p);
	*s = (struct str){ 0 };
}

char *str_steal(struct str *s)
{
	char *p;

	str_reserve(s, 0);
	s->p[s->len] = '\0';
	p = s->p;
	*s = (struct str){ 0 };
	return p;
}
