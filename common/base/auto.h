/* SPDX-License-Identifier: MIT */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

/*
 * Scope-bound ownership.
 *
 * AUTO_DEFINE(type, fn), once per type, makes what AUTO(fn) gives to the compiler's cleanup
 * attribute: fn is called on the variable when its scope ends, unless it is NULL. steal()
 * hands the value on and leaves NULL behind. AUTO_IN_PLACE is for structs with a _release
 * function that takes a pointer to them.
 */
#include <stdlib.h>

#define AUTO(fn) __attribute__((cleanup(fn##_auto_)))
#define AUTO_IN_PLACE(fn) __attribute__((cleanup(fn)))
#define AUTO_DEFINE(type, fn)                                                                      \
	static inline void fn##_auto_(type *p)                                                     \
	{                                                                                          \
		if (*p)                                                                            \
			fn(*p);                                                                    \
	}                                                                                          \
	struct auto_needs_a_semicolon_

#define steal(var)                                                                                 \
	({                                                                                         \
		__typeof__(var) stolen_ = (var);                                                   \
		(var) = NULL;                                                                      \
		stolen_;                                                                           \
	})

static inline void auto_free_(void *p)
{
	free(*(void **)p);
}
#define AUTO_FREE __attribute__((cleanup(auto_free_)))

#endif
