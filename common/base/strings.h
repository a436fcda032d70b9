/* SPDX-License-Identifier: MIT */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

/*
 * Lists of strings: NULL-terminated, list and strings on the heap. A NULL pointer is an empty list.
 */
#include <stdbool.h>
#include <stddef.h>

size_t strings_count(char *const *list);
/* A copy of @text at the end. */
void strings_add(char ***list, const char *text);
bool strings_have(char *const *list, const char *text);
/* NULL for an empty list. */
char **strings_copy(char *const *list);
/* The same strings, in whatever order; neither list has one twice. */
bool strings_same_set(char *const *a, char *const *b);
void strings_free(char **list);

#endif
