/* SPDX-License-Identifier: MIT */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/*
 * The name that was probably meant: of those considered, the one with the fewest letters to be
 * changed (Levenshtein's distance).
 *
 *	struct nearest n = { .word = given };
 *
 *	nearest_consider(&n, name); ...
 *	nearest_found(&n)
 */
#include <stddef.h>

struct nearest {
	const char *word;
	const char *found; /* borrowed from the caller */
	size_t distance;
};

void nearest_consider(struct nearest *n, const char *name);
/* NULL: nothing was considered. */
const char *nearest_found(const struct nearest *n);

#endif
