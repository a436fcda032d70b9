/* SPDX-License-Identifier: MIT */
#ifndef SUB_PRETTY_H
#define SUB_PRETTY_H

/*
 * XML for people: indented where an element holds only elements, so that text is never changed;
 * coloured on request. Characters that could drive the terminal or turn its writing round are shown
 * as character references.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

/* @payload: one well-formed element. What cannot be parsed is shown as it is, on one line. */
void pretty_payload(struct str *out, const char *payload, size_t len, bool colour);
/* Text that is no markup, such as an id. */
void pretty_text(struct str *out, const char *text);
/* @text in bold or dim; plain without @colour. */
void pretty_heading(struct str *out, const char *text, bool colour);

#endif
