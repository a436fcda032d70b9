/* SPDX-License-Identifier: MIT */
#include "common/base/parse.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

int parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	bool large = false;
	uint64_t v = 0;

	if (!s || !*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		large |= __builtin_mul_overflow(v, (uint64_t)10, &v) ||
			 __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v);
	}
	if (large || v < min || v > max)
		return -ERANGE;
	*ret_value = v;
	return 0;
}

int parse_bool(const char *s, bool *ret_value)
{
	if (!s)
		return -EINVAL;
	if (!strcmp(s, "1") || !strcmp(s, "true"))
		*ret_value = true;
	else if (!strcmp(s, "0") || !strcmp(s, "false"))
		*ret_value = false;
	else
		return -EINVAL;
	return 0;
}
