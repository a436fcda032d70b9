/* SPDX-License-Identifier: MIT */
#ifndef SERVE_BODY_ATOM_H
#define SERVE_BODY_ATOM_H

/* An Atom entry (RFC 4287) as plain text: its title, summary or else content, and link. */
#include <libxml/tree.h>

struct str;

/* Nothing is added to @out where @entry is none, or empty. */
void body_atom(const xmlNode *entry, struct str *out);

#endif
