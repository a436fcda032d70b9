/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_GRAMMAR_H
#define FUZZ_GRAMMAR_H

/*
 * Random lines for the dispatcher: stanzas that make sense to it more often than not.
 *
 * Requests are made from the service's own tables: one of the operations, with what it takes, and
 * forms of the settings of nodes and subscriptions. Whatever these tables gain is sent as well.
 */
#include <stddef.h>
#include <stdint.h>

struct str;

struct rnd {
	uint64_t state;
};
/* From 0 to @n - 1. */
size_t rnd_below(struct rnd *r, size_t n);
const char *rnd_word(struct rnd *r, const char *const *words); /* of a list that ends with NULL */

/* Who and what there is when a run begins; see fuzz_dispatch.c. */
#define FUZZ_SERVICE "pubsub.example.com"
/* Its beginning: milliseconds since 1970, the first day of 2026. */
#define FUZZ_TIME 1767225600000
/* The ids that are made in the run are these, in turn. */
#define FUZZ_ID "%032x"

void grammar_line(struct rnd *r, struct str *out);
/* A word of no particular kind, for an attribute or a text. */
const char *grammar_word(struct rnd *r);
const char *grammar_element(struct rnd *r);
const char *grammar_ns(struct rnd *r);
const char *grammar_attribute(struct rnd *r);

#endif
