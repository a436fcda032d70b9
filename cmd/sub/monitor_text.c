/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "common/base/mem.h"
#include "common/base/str.h"

size_t text_decode(const char *s, wchar_t *ret_c)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;
	unsigned c = n == 1 ? *p : *p & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			n = 0;
		else
			c = c << 6 | (p[i] & 0x3fU);
	}
	if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
		*ret_c = 0xfffd;
		return 1;
	}
	*ret_c = (wchar_t)c;
	return n;
}

/*
 * Besides what has no width of its own by wcwidth(): formatting that is not seen, and by which a
 * terminal may join or turn what stands round it. Combining marks stay, they are letters' parts.
 */
static bool is_format(wchar_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);
}

static void add_char(struct str *out, const char *s, size_t n, wchar_t c)
{
	static const char replacement[] = "\357\277\275";
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

	if (c < 0x80 ? c < 0x20 || c == 0x7f : !utf8 || wcwidth(c) < 0 || is_format(c))
		str_printf(out, "&#x%X;", (unsigned)c);
	else if (c == 0xfffd)
		str_puts(out, replacement);
	else
		str_add(out, s, n);
}

void text_add_line(struct str *out, const char *s, size_t len)
{
	bool blank = false;

	for (const char *end = s + len; s < end;) {
		wchar_t c;
		size_t n = text_decode(s, &c);

		if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
			if (!blank)
				str_putc(out, ' ');
			blank = true;
		} else {
			add_char(out, s, n, c);
			blank = false;
		}
		s += n;
	}
}

size_t text_hue(const char *s, int *ret_hue)
{
	size_t digits;

	if (s[0] != '\033' || s[1] != '[')
		return 0;
	digits = strspn(s + 2, "0123456789");
	if (!digits || digits > 3 || s[2 + digits] != 'm')
		return 0;
	*ret_hue = atoi(s + 2);
	return digits + 3;
}

void text_add_pretty(struct str *out, const char *pretty)
{
	for (const char *s = pretty; *s;) {
		wchar_t c;
		int hue;
		size_t n = text_hue(s, &hue);

		if (n) {
			str_add(out, s, n);
		} else {
			n = text_decode(s, &c);
			if (c == '\n')
				str_putc(out, '\n');
			else if (c == '\t')
				str_puts(out, "    ");
			else
				add_char(out, s, n, c);
		}
		s += n;
	}
}

static void add_line(struct text_lines *l, const char *p, size_t len, int hue)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->v = mem_realloc(l->v, l->room * sizeof(struct text_line));
	}
	l->v[l->count++] = (struct text_line){ p, len, hue };
}

void text_wrap(const char *text, int width, size_t max, struct text_lines *ret)
{
	const char *start = text, *s = text;
	int column = 0, hue = 0, next = 0;

	ret->count = 0;
	while (*s && ret->count < max) {
		wchar_t c;
		size_t n = text_hue(s, &next);
		int w = 0;

		if (!n) {
			n = text_decode(s, &c);
			w = c == '\n' ? 0 : wcwidth(c);
			if (c == '\n' || (column && column + w > width)) {
				add_line(ret, start, (size_t)(s - start), hue);
				start = c == '\n' ? s + 1 : s;
				column = 0;
				hue = next;
			}
			column += w > 0 ? w : 0;
		}
		s += n;
	}
	if (s > start && ret->count < max)
		add_line(ret, start, (size_t)(s - start), hue);
}

void text_lines_release(struct text_lines *l)
{
	free(l->v);
	*l = (struct text_lines){ 0 };
}
