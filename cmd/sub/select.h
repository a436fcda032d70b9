/* SPDX-License-Identifier: MIT */
#ifndef SUB_SELECT_H
#define SUB_SELECT_H

/*
 * XPath expressions over the payloads of events: which items are printed, and values in them.
 *
 * Where there is no payload, or it is not one element, an expression is false and has no value. The
 * same where it costs too much (xpath.h), which is warned of once.
 */
#include <stdbool.h>

struct event;
struct str;
struct xpath;
struct xpath_doc;

/*
 * What expressions may use, as xpath_compile() takes it: @given ("PREFIX=URI" each; NULL: none),
 * and "atom" and, for the payload's own namespace, "p", unless these are given. The list is the
 * caller's, for strings_free().
 */
char **select_namespaces(char *const *given);

/* The event that is looked at: set @event and @warned, and release it. */
struct select_item {
	const struct event *event;
	bool *warned;
	bool tried;
	struct xpath_doc *doc; /* made when an expression needs it */
};
void select_item_release(struct select_item *i);

bool select_test(struct select_item *i, const struct xpath *x);
/* The string value, added to @out; each line feed in it as @feed. */
void select_value(struct select_item *i, const struct xpath *x, const char *feed, struct str *out);

#endif
