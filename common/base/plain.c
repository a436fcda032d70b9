/* SPDX-License-Identifier: MIT */
#include "common/base/plain.h"

#include "common/base/str.h"

/*
 * Length of the UTF-8 sequence at @s, which has @len bytes, its code point in *ret_c.
 */
static size_t decode(const unsigned char *s, size_t len, unsigned *ret_c)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	unsigned c = n == 1 ? s[0] : s[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++) {
		if (i == len || (s[i] & 0xc0) != 0x80) {
			*ret_c = 0xfffd;
			return i;
		}
		c = c << 6 | (s[i] & 0x3fU);
	}
	*ret_c = c;
	return n;
}

/* Controls that XML allows (C1, DEL) and directional formatting. */
static bool is_unsafe(unsigned c, bool line)
{
	return (c < 0x20 && (line || (c != '\n' && c != '\t'))) || (c >= 0x7f && c < 0xa0) ||
	       c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
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
