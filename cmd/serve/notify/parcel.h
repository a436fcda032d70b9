/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PARCEL_H
#define SERVE_PARCEL_H

/*
 * A message to many (multicast.h): what is the same for all, and to whom it goes; and lists of
 * them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"
#include "common/pubsub/vocab.h"

/* What the messages of a parcel have in common, beside their content. */
struct letter_head {
	int64_t node;
	uint64_t number; /* of their ids; with it the one recipient's, or 0: all have the same id */
	uint64_t whose;
	bool once; /* it is in no outbox: messages to each have ids of their own */
	enum notification_type type;
	unsigned kind; /* not 0: with the same number and kind they have the same in them */
};

/* What is the same for all. */
struct letter {
	unsigned refs;
	struct letter_head head;
	struct str content;
};

struct parcel {
	struct parcel *next;
	struct letter *letter;
	struct str to;	      /* the JIDs, each with a NUL behind it */
	struct str addresses; /* them as elements */
	size_t n, sent;	      /* recipients; bytes of @to that have been sent again */
	bool asked, refused;
};

/* Nobody has it yet: the first parcel of it will. @content is copied. */
struct letter *letter_new(const struct letter_head *head, const struct str *content);

/* To nobody yet. The letter lives as long as one of its parcels. */
struct parcel *parcel_new(struct letter *letter);
void parcel_free(struct parcel *p);
void parcel_add(struct parcel *p, const char *jid);
/* So much memory it takes, without its elements. */
size_t parcel_bytes(const struct parcel *p);
/* The JID behind @jid, which is one of its own; NULL: it was the last. */
const char *parcel_next(const struct parcel *p, const char *jid);

/* First in, first out. */
struct parcels {
	struct parcel *first, *last;
};
void parcels_push(struct parcels *l, struct parcel *p);
/* NULL: there is none. */
struct parcel *parcels_take(struct parcels *l);
void parcels_release(struct parcels *l);

#endif
