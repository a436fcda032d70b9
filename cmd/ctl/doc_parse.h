/* SPDX-License-Identifier: MIT */
#ifndef CTL_DOC_PARSE_H
#define CTL_DOC_PARSE_H

/* The parser of documents (doc.h), fed piece by piece. */
#include <stddef.h>

struct ctl;
struct doc_handler;
struct doc_parser;

/*
 * @name: of the input, as messages have it. @c is for the handler alone. What the handler is shown
 * is borrowed for the call.
 */
struct doc_parser *doc_parser_new(struct ctl *c, const char *name, const struct doc_handler *h,
				  void *data);
/* NULL is fine. */
void doc_parser_free(struct doc_parser *r);

/*
 * @len: below 2^31. 0, what the handler returned, or EX_DATAERR after a message with line and
 * column. What is not 0 stays.
 */
int doc_parser_feed(struct doc_parser *r, const char *p, size_t len);
/* There is no more: likewise. */
int doc_parser_end(struct doc_parser *r);

#endif
