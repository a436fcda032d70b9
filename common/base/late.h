/* SPDX-License-Identifier: MIT */
#ifndef BASE_LATE_H
#define BASE_LATE_H

/*
 * Libraries that few runs need. The dynamic loader takes longer over them than a short command
 * takes for all its work, so the program is not linked with them: whoever is about to use one loads
 * it first. Each has a header and a source of its own beside its users, in which
 *
 *	#include <sqlite3.h>
 *	#define SQLITE_NAMES(X) X(sqlite3_step) X(sqlite3_temp_directory)
 *	extern struct sqlite_names { SQLITE_NAMES(LATE_MEMBER) } sqlite_names;
 *	#define sqlite3_step (*sqlite_names.sqlite3_step)
 *
 * stands for the library's own header. The names are functions or variables, with the types that
 * the library's header gives them; a name that is used and not listed does not link.
 */
#include <stddef.h>

#define LATE_MEMBER(name) __typeof__(name) *name;
#define LATE_NAME(name) #name,

struct late {
	const char *file; /* for dlopen(3): the name with the version of its interface */
	const char *const *names;
	size_t n_names;
};

/*
 * Loads a library for the rest of the run, and writes the addresses of its names to @to, in their
 * order; nothing is written where one is missing. Again it costs as good as nothing. Returns 0, or
 * -ELIBACC after a message.
 */
int late_load(const struct late *library, void *to);

#endif
