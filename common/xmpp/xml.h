/* SPDX-License-Identifier: MIT */
#ifndef XMPP_XML_H
#define XMPP_XML_H

/*
 * XML as text.
 *
 * Everything that we send is rendered here and goes out as bytes; libstrophe's own serialiser
 * loses namespaces and spoils line ends. Text escapes & < > and CR; attributes also ', LF and TAB,
 * so that a parser gives back what went in. Strings must pass xml_valid() before they get here.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

/* Character data. */
void xml_text(struct str *out, const char *text, size_t len);
/* " name='value'", escaped; nothing where @value is NULL. */
void xml_attr(struct str *out, const char *name, const char *value);
/*
 * Behind the tag at @p, or where it is cut off, by @limit (NULL: none) or a NUL. *ret_attrs: how
 * many attributes it has, if it is well-formed (NULL: not wanted).
 */
const char *xml_skip_tag(const char *p, const char *limit, size_t *ret_attrs);
/* UTF-8, and only characters that XML 1.0 allows. */
bool xml_valid(const char *s, size_t len);

#endif
