/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_ITEM_PAYLOAD_H
#define PUBSUB_ITEM_PAYLOAD_H

/*
 * From libxml2's SAX2 events to markup that stands alone.
 *
 * The root carries every namespace declaration in scope where it stood, also those that only a
 * value like xsi:type='xs:string' uses, and always one of the default namespace: the text means the
 * same below any wrapper.
 */
#include <stdbool.h>
#include <stddef.h>

#include <libxml/xmlstring.h>

#include "common/base/str.h"

/* Declarations around one item; more are refused, as each payload repeats them. */
#define ITEM_SCOPE_MAX 256

/* A start tag as startElementNs() reports it. */
struct item_element {
	const xmlChar *name, *prefix, *uri;
	size_t ndecls;
	const xmlChar **decls; /* prefix, URI */
	size_t nattrs;
	const xmlChar **attrs; /* name, prefix, URI, begin and end of the value */
};

/* The value of the attribute @name without namespace, put into @out; false where there is none. */
bool item_attr(const struct item_element *e, const char *name, struct str *out);

/* Declarations in force outside of the payload, innermost last. The parser owns the strings. */
struct item_scope {
	size_t n;
	struct item_decl {
		const xmlChar *prefix, *uri;
	} decls[ITEM_SCOPE_MAX];
};

/* False: too many. Taken back by setting @n to what it was. */
bool item_scope_add(struct item_scope *s, const struct item_element *e);

struct item_payload {
	struct str xml;
	struct str name, value; /* scratch */
	bool open;		/* the start tag written last still lacks its '>' */
};

/* @scope: only for the root. */
void item_payload_start(struct item_payload *p, const struct item_element *e,
			const struct item_scope *scope);
void item_payload_end(struct item_payload *p, const xmlChar *prefix, const xmlChar *name);
void item_payload_text(struct item_payload *p, const char *text, size_t len);
void item_payload_reset(struct item_payload *p);
void item_payload_release(struct item_payload *p);

#endif
