/* SPDX-License-Identifier: MIT */
#ifndef XMPP_STANZA_H
#define XMPP_STANZA_H

/*
 * Walking a stanza that has arrived.
 *
 * What is handed out is borrowed from the stanza. "Element" leaves out text nodes. Each function
 * takes a NULL stanza and finds nothing in it, so that walks can be written in one line.
 */
#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

/* Is it an element of that name and namespace? A NULL @ns is any. */
bool stanza_is(xmpp_stanza_t *s, const char *name, const char *ns);
/* "" where there is none. */
const char *stanza_name(xmpp_stanza_t *s);
const char *stanza_ns(xmpp_stanza_t *s);
/* NULL where it is missing. */
const char *stanza_attr(xmpp_stanza_t *s, const char *name);

/* An answer that is no error: of type "result". */
bool stanza_is_result(xmpp_stanza_t *s);

/* Child elements. */
xmpp_stanza_t *stanza_first(xmpp_stanza_t *parent);
xmpp_stanza_t *stanza_next(xmpp_stanza_t *s);
/* The first of that name and namespace (NULL: any), and the next like it behind @s. */
xmpp_stanza_t *stanza_child(xmpp_stanza_t *parent, const char *name, const char *ns);
xmpp_stanza_t *stanza_next_like(xmpp_stanza_t *s, const char *name, const char *ns);
size_t stanza_count(xmpp_stanza_t *parent);

/* The text of an element that holds only text, "" where it has none. */
const char *stanza_text(xmpp_stanza_t *s);
/* stanza_text() of that child, NULL where there is no such child. */
const char *stanza_child_text(xmpp_stanza_t *parent, const char *name, const char *ns);

#endif
