/* SPDX-License-Identifier: MIT */
#ifndef XMPP_OWN_H
#define XMPP_OWN_H

/* AUTO for libstrophe's stanzas: one reference, given back when the scope ends. */
#include <strophe.h>

#include "common/base/auto.h"

static inline void xmpp_own_release_stanza(xmpp_stanza_t *s)
{
	xmpp_stanza_release(s);
}
AUTO_DEFINE(xmpp_stanza_t *, xmpp_own_release_stanza);
#define AUTO_STANZA AUTO(xmpp_own_release_stanza)

#endif
