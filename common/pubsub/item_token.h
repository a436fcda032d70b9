/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_ITEM_TOKEN_H
#define PUBSUB_ITEM_TOKEN_H

/*
 * Where markup ends.
 *
 * Cuts the input of the item reader into pieces that end right behind a tag, a comment, a CDATA
 * section or a processing instruction, text before it included. Fed piece by piece, the XML parser
 * sees whole tags and one at a time, so that
 *
 *  - an element ends exactly where its last piece ends, and reading can stop there;
 *  - how the input was sliced makes no difference at all;
 *  - size and attributes are bounded before the parser works on them (libxml2 compares each
 *    attribute with each other one: a tag with 100 000 of them would keep it busy for minutes).
 *
 * It refuses what must not reach the parser and leaves everything else to the parser's judgement.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both from 1; columns are characters. */
struct item_pos {
	unsigned long line, column;
};

struct item_token {
	/* Set by the user before each scan. */
	bool inside; /* the piece belongs to an element of which ... */
	size_t room; /* ... only so many bytes may follow */
	/* Of the current piece. */
	struct item_pos tag;  /* its markup's '<' */
	struct item_pos text; /* its first character of text that is not blank */
	size_t len, markup;   /* its bytes, and those from the '<' on */
	bool too_large;	      /* the reason for @error is a limit on size */
	const char *error;    /* why the input is refused; NULL: it is not */
	struct item_pos error_pos;
	/* Of the input. */
	struct item_pos pos; /* of the next byte */
	int bom;	     /* bytes seen of a byte order mark */
	/* Private. */
	int state;
	uint32_t tail;
	unsigned attributes;
	bool whole, has_text;
};

void item_token_init(struct item_token *t);
/* Passes over blanks and byte order marks between pieces. Returns how many bytes that were. */
size_t item_token_skip(struct item_token *t, const char *p, size_t len);
/*
 * Goes on with the current piece; the first call after a whole one begins the next. Returns how
 * many bytes belong to it: all of them, unless *ret_whole says that the piece is complete or
 * @error is set.
 */
size_t item_token_scan(struct item_token *t, const char *p, size_t len, bool *ret_whole);

#endif
