/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/names.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void dont_free(void *p)
{
	(void)p;
}

void names_release(struct names *n)
{
	tdestroy(n->tree, dont_free);
	for (size_t i = 0; i < n->n; i++)
		free(n->all[i]);
	free(n->all);
}

void names_add(struct names *n, const char *name)
{
	if (tfind(name, &n->tree, by_name))
		return;
	n->all = mem_realloc(n->all, (n->n + 1) * sizeof(*n->all));
	n->all[n->n] = mem_strdup(name);
	tsearch(n->all[n->n++], &n->tree, by_name);
}

static int by_content(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void names_sort(struct names *n, size_t first)
{
	if (n->n > first)
		qsort(n->all + first, n->n - first, sizeof(*n->all), by_content);
}
