/* SPDX-License-Identifier: MIT */
#ifndef XMPP_CAPTURE_H
#define XMPP_CAPTURE_H

/*
 * Markup written down again from what expat reports, so that it stands alone.
 *
 * Prefixes stay as they were sent. Each top-level element gets the default namespace in force and
 * every prefix that the stanza declares around it, used or not: attribute values may use them
 * (xsi:type='xs:string'). Prefixes of the stream header are declared where a name uses them.
 * Comments, processing instructions and blanks between top-level elements are left out.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

struct expat_name;
struct scope;

/* Zero-initialise. */
struct capture {
	struct str xml;			/* the result, once all elements have ended */
	unsigned elements;		/* at top level */
	bool text;			/* at top level, other than blanks */
	struct str name, ns;		/* of the first top-level element */
	/* The rest is the writer's own. */
	unsigned level;
	bool tag_open;			/* the '>' of the last start tag is still due */
	struct str scratch;
};
void capture_begin(struct capture *c);
/*
 * @depth: of this element, as in @s, which holds its declarations already. May add further ones to
 * @s for this element.
 */
void capture_start(struct capture *c, struct scope *s, unsigned depth, const struct expat_name *n,
		   const char **atts);
/* All the text between two tags in one call. */
void capture_text(struct capture *c, const char *text, size_t len);
void capture_end(struct capture *c, const struct expat_name *n);
void capture_release(struct capture *c);

#endif
