/* SPDX-License-Identifier: MIT */
#include "common/xmpp/markup.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Pairs, by their names. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* But for the namespace of the element itself; in an order of their own, as the sent one is lost.
 */
static void attributes(struct str *out, xmpp_stanza_t *s)
{
	int count = xmpp_stanza_get_attribute_count(s) * 2;
	AUTO_FREE const char **pairs = count > 0 ? mem_alloc((size_t)count * sizeof(*pairs)) : NULL;

	count = pairs ? xmpp_stanza_get_attributes(s, pairs, count) : 0;
	if (count > 0)
		qsort(pairs, (size_t)count / 2, 2 * sizeof(*pairs), by_name);
	for (int i = 0; i + 1 < count; i += 2)
		if (strcmp(pairs[i], "xmlns"))
			xml_attr(out, pairs[i], pairs[i + 1]);
}

/* Depth is bounded by the tap. */
static void render(struct str *out, xmpp_stanza_t *s, const char *scope)
{
	const char *ns = stanza_ns(s);
	xmpp_stanza_t *child;

	str_printf(out, "<%s", stanza_name(s));
	if (!scope || strcmp(ns, scope))
		xml_attr(out, "xmlns", ns);
	attributes(out, s);
	child = xmpp_stanza_get_children(s);
	if (!child) {
		str_puts(out, "/>");
		return;
	}
	str_putc(out, '>');
	for (; child; child = xmpp_stanza_get_next(child)) {
		const char *text =
			xmpp_stanza_is_text(child) ? xmpp_stanza_get_text_ptr(child) : NULL;

		if (text)
			xml_text(out, text, strlen(text));
		else if (xmpp_stanza_is_tag(child))
			render(out, child, ns);
	}
	str_printf(out, "</%s>", stanza_name(s));
}

void markup_render(struct str *out, xmpp_stanza_t *element)
{
	render(out, element, NULL);
}
