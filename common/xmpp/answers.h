/* SPDX-License-Identifier: MIT */
#ifndef XMPP_ANSWERS_H
#define XMPP_ANSWERS_H

/*
 * What every session answers by itself: ping (XEP-0199), version (XEP-0092), disco#info (XEP-0030);
 * any other request is refused with service-unavailable (RFC 6120 section 8.4).
 */
#include <strophe.h>

struct session;

/* @iq is of type get or set, or of a type that does not exist. */
void answers_give(struct session *s, xmpp_stanza_t *iq);

#endif
