/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_KEYS_H
#define SUB_MONITOR_KEYS_H

/*
 * The monitor's keys: one table, from which comes the help screen, too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

struct view;

struct keys {
	struct view *view;
	const char *const *namespaces;			  /* as xpath_compile() takes them */
	bool quit;					  /* has been asked for */
	void (*answer)(struct keys *k, const char *text); /* of the prompt that shows */
	char *sought;					  /* searched for last; NULL: nothing */
	bool up;					  /* that way */
	char *xpath;					  /* of the filter; NULL: none */
};

/* @special: a KEY_* of ncurses; else a character. */
void keys_take(struct keys *k, wint_t key, bool special);
void keys_release(struct keys *k);

/* A line of the help: "PgUp PgDn", "a page up, down"; false: there is no @i-th. */
bool keys_help(size_t i, const char **ret_keys, const char **ret_what);

#endif
