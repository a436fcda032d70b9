/* SPDX-License-Identifier: MIT */
#include "common/xmpp/xml.h"

#include <stdint.h>
#include <string.h>

#include "common/base/str.h"

static const char *escape(char c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	case '\'':
		return attribute ? "&apos;" : NULL;
	default:
		return NULL;
	}
}

/*
 * Hardly anything that is escaped has any of what escape() knows: so many bytes of @s, in whole
 * blocks, have nothing of it. A block is compared at once.
 */
#define BLOCK sizeof(block)
typedef unsigned char block __attribute__((vector_size(16)));

static size_t count_plain(const char *s, size_t len)
{
	uint64_t any[BLOCK / sizeof(uint64_t)];
	size_t n = 0;
	block b;

	for (; len - n >= BLOCK; n += BLOCK) {
		memcpy(&b, s + n, BLOCK);
		b = (block)((b < ' ') | (b == '&') | (b == '<') | (b == '>') | (b == '\''));
		memcpy(any, &b, BLOCK);
		if (any[0] | any[1])
			break;
	}
	return n;
}

static void add_escaped(struct str *out, const char *s, size_t len, bool attribute)
{
	size_t start = 0;

	for (size_t i = 0; i < len;) {
		size_t end;

		i += count_plain(s + i, len - i);
		for (end = len - i > BLOCK ? i + BLOCK : len; i < end; i++) {
			const char *e = escape(s[i], attribute);

			if (!e)
				continue;
			str_add(out, s + start, i - start);
			str_puts(out, e);
			start = i + 1;
		}
	}
	str_add(out, s + start, len - start);
}

void xml_text(struct str *out, const char *text, size_t len)
{
	add_escaped(out, text, len, false);
}

void xml_attr(struct str *out, const char *name, const char *value)
{
	if (!value)
		return;
	str_putc(out, ' ');
	str_puts(out, name);
	str_puts(out, "='");
	add_escaped(out, value, strlen(value), true);
	str_putc(out, '\'');
}

/* The code point at @s, its length in *ret_len; -1 where it is no well-formed UTF-8. */
static int32_t utf8_next(const unsigned char *s, size_t len, size_t *ret_len)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80	 ? 1
		   : s[0] < 0xc2 ? 0
		   : s[0] < 0xe0 ? 2
		   : s[0] < 0xf0 ? 3
		   : s[0] < 0xf5 ? 4
				 : 0;
	int32_t c;

	if (!n || n > len)
		return -1;
	c = n == 1 ? s[0] : s[0] & (0x7f >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*ret_len = n;
	return c;
}

bool xml_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n = 0;

	for (; len; p += n, len -= n) {
		int32_t c = utf8_next(p, len, &n);

		if (c < 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xfffe ||
		    c == 0xffff)
			return false;
	}
	return true;
}

const char *xml_skip_tag(const char *p, const char *limit, size_t *ret_attrs)
{
	size_t attrs = 0;
	char quote = '\0';

	for (; p != limit && *p; p++) {
		if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == '=')
			attrs++;
		else if (*p == '>')
			break;
	}
	if (ret_attrs)
		*ret_attrs = attrs;
	return p + (p != limit && *p);
}
