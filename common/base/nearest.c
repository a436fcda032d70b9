/* SPDX-License-Identifier: MIT */
#include "common/base/nearest.h"

#include <string.h>

#define LONGEST 64

static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST], n = strlen(b);

	if (n >= LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (*a != b[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[n];
}

void nearest_consider(struct nearest *n, const char *name)
{
	size_t d = distance(n->word, name);

	if (n->found && d >= n->distance)
		return;
	n->found = name;
	n->distance = d;
}

const char *nearest_found(const struct nearest *n)
{
	return n->found;
}
