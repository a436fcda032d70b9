/* SPDX-License-Identifier: MIT */
#include "common/base/strings.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

size_t strings_count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

void strings_add(char ***list, const char *text)
{
	size_t n = strings_count(*list);

	*list = mem_realloc(*list, (n + 2) * sizeof(**list));
	(*list)[n] = mem_strdup(text);
	(*list)[n + 1] = NULL;
}

bool strings_have(char *const *list, const char *text)
{
	for (; list && *list; list++)
		if (!strcmp(*list, text))
			return true;
	return false;
}

char **strings_copy(char *const *list)
{
	char **copy = NULL;

	for (; list && *list; list++)
		strings_add(&copy, *list);
	return copy;
}

bool strings_same_set(char *const *a, char *const *b)
{
	if (strings_count(a) != strings_count(b))
		return false;
	for (; a && *a; a++)
		if (!strings_have(b, *a))
			return false;
	return true;
}

void strings_free(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}
