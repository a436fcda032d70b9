/* SPDX-License-Identifier: MIT */
#ifndef XMPP_TAP_NAMES_H
#define XMPP_TAP_NAMES_H

/*
 * Names and namespaces on their way from expat to libstrophe: a name taken apart, the declarations
 * in scope, and attributes under names that libstrophe leaves alone.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

/*
 * The namespace of our own elements that stand in the tree among the peer's. What the peer sends
 * in it is renamed to the other one, so that it can forge nothing.
 */
#define NS_TAP "urn:x-pubsub:tap"
#define NS_TAP_FOREIGN NS_TAP "#foreign"
#define TAP_NAME(local) NS_TAP "\x1f" local

/*
 * The pieces of a name as expat reports it with triplets on, "NS US LOCAL US PREFIX"; NS and PREFIX
 * may be missing and are then empty. Only @prefix is NUL-terminated.
 */
#define EXPAT_NAME_SEP '\x1f'
struct expat_name {
	const char *ns, *local, *prefix;
	size_t ns_len, local_len;
};
void expat_name_split(const char *name, struct expat_name *ret);
bool expat_name_is_ns(const struct expat_name *n, const char *ns);
bool expat_name_is_local(const struct expat_name *n, const char *local);
/* PREFIX:LOCAL, or LOCAL alone. */
void expat_name_add(struct str *out, const struct expat_name *n);

/* Namespace declarations in scope, outermost first. Zero-initialise; owns its strings. */
struct scope {
	struct declaration {
		char *prefix;		/* "": the default namespace */
		char *uri;		/* "": none */
		unsigned depth;		/* of the element that declares it */
	} *v;
	size_t n, cap;
	size_t stream;			/* so many of them are the stream header's */
};
void scope_push(struct scope *s, unsigned depth, const char *prefix, const char *uri);
/* Forgets what elements at @depth and below have declared. */
void scope_pop(struct scope *s, unsigned depth);
/* The index of the first declaration of the element at @depth, which is the innermost. */
size_t scope_own(const struct scope *s, unsigned depth);
/* The declaration in force, or NULL. */
const struct declaration *scope_find(const struct scope *s, const char *prefix);
void scope_release(struct scope *s);

/*
 * A name and attributes in the form in which libstrophe wants them. Zero-initialise; the arrays
 * are borrowed until the next call.
 */
struct attributes {
	const char **v;			/* name, value, .., NULL */
	size_t n, cap;
	struct str names;
};
/*
 * The stream header, or, with no @atts, an end tag: names lose their prefix. Returns the element's
 * name.
 */
const char *attributes_plain(struct attributes *a, const char *name, const char **atts);
/*
 * Any other start tag: attributes become PREFIX:LOCAL, with xmlns:PREFIX beside them; what the
 * element declares (in @s from @own on) is added, and xmlns='' where it has no namespace. Takes
 * the first @count of @atts.
 */
const char *attributes_qualified(struct attributes *a, const char *name, const char **atts,
				 size_t count, const struct scope *s, size_t own);
void attributes_release(struct attributes *a);

#endif
