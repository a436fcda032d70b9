/* SPDX-License-Identifier: MIT */
#ifndef PUB_ENTRY_H
#define PUB_ENTRY_H

/*
 * Work as a line of text, for the spool:
 *
 *	+ SHA-1 KIND TAB SERVICE TAB NODE TAB ID TAB FORM TAB PAYLOAD LF
 *
 * "+" waits, "-" is done with: that one byte is overwritten. SHA-1, in hexadecimal digits, is of
 * all that stands behind it and the blank. Control characters and "%" in the fields but the last
 * are written as %XX; a payload has its line feeds as references.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;
struct work;

#define ENTRY_WAITS '+'
#define ENTRY_DONE '-'

void entry_write(const struct work *w, struct str *out);
/* @line: of @len bytes, without the LF. */
bool entry_is_done(const char *line, size_t len);
/* Whether or not it is done with. 0; -EBADMSG: it is not as it was written. */
int entry_read(const char *line, size_t len, struct work **ret);

#endif
