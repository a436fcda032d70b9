/* SPDX-License-Identifier: MIT */
#ifndef XMPP_ANSWERS_H
#define XMPP_ANSWERS_H

/*
 * What every session answers by itself: ping (XEP-0199), version (XEP-0092), disco#info (XEP-0030);
 * any other request is refused with service-unavailable (RFC 6120 section 8.4).
 */
#include <strophe.h>

struct str;

/*
 * Adds what stands in the answer to @iq, which is of type get or set, or of a type that does not
 * exist. Returns the answer's type: "result" or "error".
 */
const char *answers_render(struct str *out, xmpp_stanza_t *iq);

#endif
