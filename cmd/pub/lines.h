/* SPDX-License-Identifier: MIT */
#ifndef PUB_LINES_H
#define PUB_LINES_H

/*
 * Text as items: each line becomes <NAME>line</NAME>.
 *
 * A line ends with LF, the last one also without; all else belongs to it, a CR before the LF too.
 * An empty line is an empty element. Lines must be UTF-8 without the control characters that XML
 * excludes.
 */
#include "common/pubsub/item_reader.h"

struct lines;

/*
 * @name: NAME, or {URI}NAME for one in a namespace. NULL: it is none. @fn gets each line as an
 * IN_ITEM.
 */
struct lines *lines_new(const char *name, item_reader_fn *fn, void *data);
void lines_free(struct lines *l);
/* As item_reader_feed(), _end() and _error(). */
int lines_feed(struct lines *l, const char *buf, size_t len, size_t *ret_used);
int lines_end(struct lines *l);
const char *lines_error(const struct lines *l);

#endif
