/* SPDX-License-Identifier: MIT */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

/*
 * Text of strangers, for a terminal: controls, and what turns the direction of writing, as
 * references ("&#x1B;").
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

/* @s is UTF-8; bytes that are not are "&#xFFFD;". @line: also line feeds and tabs, so that it stays in its line and column. */
void plain_add(struct str *out, const char *s, size_t len, bool line);

/*
 * Of the markup in @s, from @from on: controls of eight bits (C1, which some terminals obey), as
 * references, and nothing else: to a parser it stays the same. There they can be in text and in
 * values of attributes alone, as it has neither comments nor CDATA sections.
 */
void plain_markup(struct str *s, size_t from);

/* In place, for one line of a log: each of them is a question mark. */
void plain_mask(char *text);

#endif
