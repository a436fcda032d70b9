/* SPDX-License-Identifier: MIT */
#ifndef SERVE_INTEREST_H
#define SERVE_INTEREST_H

/*
 * What available resources wish to be told of, by the feature NodeID+notify of their capabilities
 * (XEP-0060 section 9.2, XEP-0115).
 *
 * Presence names capabilities by a hash; what it stands for is asked for once and, if the hash is
 * right, kept for all who name it. What cannot be verified counts for the one alone who said it
 * (XEP-0115 section 5.4).
 */
#include <stdbool.h>
#include <stddef.h>

struct interest;
struct presence_in;
struct resource;
struct service;

/* Those that have been verified, and those being asked for. */
struct interests;
/* What @res wishes has become known; @before: what it wished until now (NULL: nothing). */
typedef void interest_known_fn(struct service *s, struct resource *res,
			       const struct interest *before);
struct interests *interests_new(interest_known_fn *known);
void interests_free(struct interests *list);

void interest_unref(struct interest *i);

/*
 * @res has sent presence @p. Takes over what is known of its capabilities, or asks it; what it
 * wishes then comes to the function above at once or later. Nothing where they are as before.
 */
void interest_note(struct service *s, struct resource *res, const struct presence_in *p);

/* Is it known that it wishes to be told of that node? */
bool interest_has(const struct interest *i, const char *node);
/* In the order of their names; *ret_n is 0 with NULL, and while they are not known. */
char *const *interest_nodes(const struct interest *i, size_t *ret_n);
/* May anybody wish to be told of that node? Quick, and not exact: yes also where nobody does. */
bool interests_any(const struct interests *list, const char *node);

#endif
