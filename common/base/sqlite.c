/* SPDX-License-Identifier: MIT */
#include "common/base/sqlite.h"

struct sqlite_names sqlite_names;

int sqlite_load(void)
{
	static const char *const names[] = { SQLITE_NAMES(LATE_NAME) };
	static const struct late library = { "libsqlite3.so.0", names,
					     sizeof(names) / sizeof(names[0]) };

	return late_load(&library, &sqlite_names);
}
