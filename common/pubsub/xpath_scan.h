/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_XPATH_SCAN_H
#define PUBSUB_XPATH_SCAN_H

/*
 * Reads an XPath expression before libxml2 does.
 *
 * Finds what libxml2 only finds while it evaluates, and only in the branch that it takes: prefixes
 * that are not bound, functions that do not exist or have another number of arguments, variables.
 * And makes what is evaluated: operands of comparisons and of arithmetic, which convert whole
 * node-sets to strings without being counted, are put into calls of XPATH_GUARD_LEFT and
 * XPATH_GUARD_RIGHT, which count them and hand them on. No other grammar is checked.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

/* Operand of an operator; XPATH_GUARD_RIGHT finds the other one below its own on the stack. */
#define XPATH_GUARD_LEFT "_l"
#define XPATH_GUARD_RIGHT "_r"

#define XPATH_MAX_NESTING 32

struct xpath_function {
	const char *name;
	int min, max; /* arguments; @max -1: any number */
};

/* Ends with a NULL name. Those of XPath 1.0 but for id(). */
extern const struct xpath_function xpath_functions[];

struct xpath_names {
	bool (*is_bound)(const struct xpath_names *names, const char *prefix, size_t len);
};

/* 0, or -EINVAL with a sentence in @why. The expression with guards is added to @out. */
int xpath_scan(const char *expr, const struct xpath_names *names, struct str *out, struct str *why);

/* -EINVAL. The sentence has some characters from @at on, which is at the first byte of one. */
int xpath_syntax_error(const char *at, struct str *why);

#endif
