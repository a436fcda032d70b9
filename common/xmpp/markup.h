/* SPDX-License-Identifier: MIT */
#ifndef XMPP_MARKUP_H
#define XMPP_MARKUP_H

/*
 * An element that has arrived, as text again: markup that stands alone, with the namespaces that
 * the tap has kept.
 */
#include <strophe.h>

struct str;

void markup_render(struct str *out, xmpp_stanza_t *element);

#endif
