/* SPDX-License-Identifier: MIT */
#include "common/base/plain.h"

#include <string.h>

#include "common/base/str.h"

#define INVALID 0xfffdU /* a byte that is no UTF-8 */

/*
 * Length of the UTF-8 sequence at @s, which has @len bytes, its code point in *ret_c.
 */
static size_t decode(const unsigned char *s, size_t len, unsigned *ret_c)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	unsigned c = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	*ret_c = INVALID;
	if (!n || n > len || s[0] > 0xf4)
		return 1;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[n])
		return 1;
	*ret_c = c;
	return n;
}

/* Controls that XML allows (C1, DEL) and directional formatting. */
static bool is_unsafe(unsigned c, bool line)
{
	return (c < 0x20 && (line || (c != '\n' && c != '\t'))) || (c >= 0x7f && c < 0xa0) ||
	       c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == INVALID;
}

void plain_add(struct str *out, const char *s, size_t len, bool line)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len) {
		unsigned c;
		size_t n = decode(p, len, &c);

		if (is_unsafe(c, line))
			str_printf(out, "&#x%X;", c);
		else
			str_add(out, p, n);
		p += n;
		len -= n;
	}
}

/* The first control of eight bits; NULL: there is none. */
static const char *find_c1(const char *p, const char *end)
{
	while (p < end && (p = memchr(p, 0xc2, (size_t)(end - p)))) {
		if (end - p > 1 && (p[1] & 0xe0) == 0x80)
			return p;
		p++;
	}
	return NULL;
}

void plain_markup(struct str *s, size_t from)
{
	const char *c1 = s->len > from ? find_c1(s->p + from, s->p + s->len) : NULL;
	AUTO_STR raw = { 0 };

	if (!c1)
		return;
	str_add(&raw, c1, s->len - (size_t)(c1 - s->p));
	s->len = (size_t)(c1 - s->p);
	for (const char *p = raw.p, *end = raw.p + raw.len; p < end;) {
		c1 = find_c1(p, end);
		str_add(s, p, (size_t)((c1 ? c1 : end) - p));
		if (c1)
			str_printf(s, "&#x%X;", (unsigned char)c1[1]);
		p = c1 ? c1 + 2 : end;
	}
}

void plain_mask(char *text)
{
	unsigned char *in = (unsigned char *)text, *out = in;

	for (size_t len = strlen(text), n; len; in += n, len -= n) {
		unsigned c;

		n = decode(in, len, &c);
		if (is_unsafe(c, true)) {
			*out++ = '?';
		} else {
			memmove(out, in, n);
			out += n;
		}
	}
	*out = '\0';
}
