/* SPDX-License-Identifier: MIT */
#include "common/xmpp/stanza.h"

#include <string.h>

const char *stanza_name(xmpp_stanza_t *s)
{
	const char *name = s ? xmpp_stanza_get_name(s) : NULL;

	return name ? name : "";
}

const char *stanza_ns(xmpp_stanza_t *s)
{
	const char *ns = s ? xmpp_stanza_get_ns(s) : NULL;

	return ns ? ns : "";
}

const char *stanza_attr(xmpp_stanza_t *s, const char *name)
{
	return s ? xmpp_stanza_get_attribute(s, name) : NULL;
}

bool stanza_is(xmpp_stanza_t *s, const char *name, const char *ns)
{
	return s && xmpp_stanza_is_tag(s) && !strcmp(stanza_name(s), name) &&
	       (!ns || !strcmp(stanza_ns(s), ns));
}

bool stanza_is_result(xmpp_stanza_t *s)
{
	const char *type = stanza_attr(s, "type");

	return type && !strcmp(type, "result");
}

/* @s itself or the first element behind it. */
static xmpp_stanza_t *element_from(xmpp_stanza_t *s)
{
	while (s && !xmpp_stanza_is_tag(s))
		s = xmpp_stanza_get_next(s);
	return s;
}

xmpp_stanza_t *stanza_first(xmpp_stanza_t *parent)
{
	return parent ? element_from(xmpp_stanza_get_children(parent)) : NULL;
}

xmpp_stanza_t *stanza_next(xmpp_stanza_t *s)
{
	return s ? element_from(xmpp_stanza_get_next(s)) : NULL;
}

static xmpp_stanza_t *like_from(xmpp_stanza_t *s, const char *name, const char *ns)
{
	while (s && !stanza_is(s, name, ns))
		s = stanza_next(s);
	return s;
}

xmpp_stanza_t *stanza_child(xmpp_stanza_t *parent, const char *name, const char *ns)
{
	return like_from(stanza_first(parent), name, ns);
}

xmpp_stanza_t *stanza_next_like(xmpp_stanza_t *s, const char *name, const char *ns)
{
	return like_from(stanza_next(s), name, ns);
}

size_t stanza_count(xmpp_stanza_t *parent)
{
	size_t n = 0;

	for (xmpp_stanza_t *s = stanza_first(parent); s; s = stanza_next(s))
		n++;
	return n;
}

static const char *text_of(xmpp_stanza_t *node)
{
	const char *text = xmpp_stanza_is_text(node) ? xmpp_stanza_get_text_ptr(node) : NULL;

	return text ? text : "";
}

const char *stanza_text(xmpp_stanza_t *s)
{
	xmpp_stanza_t *child = s ? xmpp_stanza_get_children(s) : NULL;

	return child ? text_of(child) : "";
}

const char *stanza_child_text(xmpp_stanza_t *parent, const char *name, const char *ns)
{
	xmpp_stanza_t *child = stanza_child(parent, name, ns);

	return child ? stanza_text(child) : NULL;
}
