/* SPDX-License-Identifier: MIT */
#ifndef SERVE_BODY_TEXT_H
#define SERVE_BODY_TEXT_H

/*
 * Marked-up text as plain text: blanks collapse, blocks become lines, all else of the markup goes.
 */
#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

struct str;

/* HTML, which may be any bytes of valid UTF-8. In linear time: this is no parser of HTML. */
void body_text_html(const char *html, struct str *out);
/* What is in the element @n, which is XHTML. */
void body_text_xhtml(const xmlNode *n, struct str *out);
/*
 * Ends of lines are LF, lines have no blanks at their ends, there is one empty line in a row, and
 * none at the ends; not longer than @max bytes.
 */
void body_text_tidy(struct str *s, size_t max);

#endif
