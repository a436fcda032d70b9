/* SPDX-License-Identifier: MIT */
#ifndef CTL_NAMES_H
#define CTL_NAMES_H

/* Many names, each once, in the order in which they came. Zero-initialise it. */
#include <stddef.h>

struct names {
	char **all;
	size_t n;
	void *tree; /* tsearch(3) */
};

void names_add(struct names *n, const char *name);
/* From the @first on, by their bytes; those before stay. */
void names_sort(struct names *n, size_t first);
void names_release(struct names *n);

#endif
