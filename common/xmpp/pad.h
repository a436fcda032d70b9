/* SPDX-License-Identifier: MIT */
#ifndef XMPP_PAD_H
#define XMPP_PAD_H

/*
 * Blanks behind what is sent, for peers whose expat puts off tags.
 *
 * Since its version 2.6 (and Debian's security update of 2.5) expat does not look again at a tag
 * that came cut in two until about as much again has arrived as was there of it, and servers do not
 * switch that off. So an end tag that a burst of ours ends with may stay unseen, and its stanza
 * with it, until something else is sent. White space between stanzas means nothing (RFC 6120
 * section 4.6.1), but counts as arrived: behind the last stanza we send as much of it as the last
 * tags need.
 */
#include <stddef.h>

struct pad {
	size_t need; /* bytes that have to follow before every tag so far is safe */
};

/* @xml, whole stanzas, is being sent. In it '>' stands for nothing but the end of a tag. */
void pad_sent(struct pad *p, const char *xml, size_t len);
/* So many blanks, at most @max, are sent now. */
size_t pad_take(struct pad *p, size_t max);

#endif
