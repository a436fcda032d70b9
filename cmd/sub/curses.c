/* SPDX-License-Identifier: MIT */
#include "cmd/sub/curses.h"

struct curses_names curses_names;

int curses_load(void)
{
	static const char *const names[] = { CURSES_NAMES(LATE_NAME) };
	static const struct late library = { "libncursesw.so.6", names,
					     sizeof(names) / sizeof(names[0]) };

	return late_load(&library, &curses_names);
}
