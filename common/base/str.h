/* SPDX-License-Identifier: MIT */
#ifndef BASE_STR_H
#define BASE_STR_H

/*
 * A string that grows. Zero-initialise it; str_release() frees it, str_reset() empties it and
 * keeps the memory. @p is NUL-terminated whenever it is not NULL; @len does not count the NUL.
 */
#include <stddef.h>
#include <string.h>

struct str {
	char *p;
	size_t len, cap;
};

/* Room for @more further bytes and a NUL. */
void str_reserve(struct str *s, size_t more);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As str_add(), with @feed in the place of each line feed. */
void str_add_lines(struct str *s, const char *p, size_t len, const char *feed);
void str_reset(struct str *s);
void str_release(struct str *s);
/* The content, now the caller's to free (never NULL); @s is empty afterwards. */
char *str_steal(struct str *s) __attribute__((returns_nonnull));

/* Inline, as nearly all text that goes out comes by here, in small pieces. */
static inline void str_add(struct str *s, const void *p, size_t len)
{
	if (s->cap - s->len <= len)
		str_reserve(s, len);
	if (len)
		memcpy(s->p + s->len, p, len);
	s->len += len;
	s->p[s->len] = '\0';
}

static inline void str_puts(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

static inline void str_putc(struct str *s, char c)
{
	str_add(s, &c, 1);
}

#define AUTO_STR __attribute__((cleanup(str_release))) struct str

#endif
