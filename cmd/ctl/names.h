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
void names_release(struct names *n);

#endif
