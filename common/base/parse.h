/* SPDX-License-Identifier: MIT */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

/*
 * Text to values: the whole string or failure. No blanks, no signs where none belong.
 * Each returns 0, or -EINVAL (not of that form) or -ERANGE (outside of the bounds).
 */
#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only. */
int parse_uint(const char *s, uint64_t min, uint64_t max, uint64_t *ret_value);
/* An xs:boolean: 0, 1, true, false. */
int parse_bool(const char *s, bool *ret_value);

#endif
