/* SPDX-License-Identifier: MIT */
#include "cmd/sub/pretty.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/plain.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(xmlDocPtr, xmlFreeDoc);

enum hue { HUE_TAG, HUE_ATTRIBUTE, HUE_VALUE, HUE_HEADING, HUE_NONE };

/* As git and ls use them: legible on dark and on light. */
static const char *const hues[] = {
	[HUE_TAG] = "\033[34m",
	[HUE_ATTRIBUTE] = "\033[36m",
	[HUE_VALUE] = "\033[32m",
	[HUE_HEADING] = "\033[1m",
	[HUE_NONE] = "\033[0m",
};

struct printer {
	struct str *out;
	bool colour;
};

static void hue(const struct printer *p, enum hue h)
{
	if (p->colour)
		str_puts(p->out, hues[h]);
}

static void add_safe(struct str *out, const char *s)
{
	plain_add(out, s, strlen(s), false);
}

void pretty_text(struct str *out, const char *text)
{
	AUTO_STR line = { 0 };

	for (const char *s = text; *s; s++) /* on one line */
		if (*s == '\n' || *s == '\t')
			str_printf(&line, "&#%d;", *s);
		else
			str_putc(&line, *s);
	add_safe(out, line.p ? line.p : "");
}

void pretty_heading(struct str *out, const char *text, bool colour)
{
	struct printer p = { out, colour };

	hue(&p, HUE_HEADING);
	str_puts(out, text);
	hue(&p, HUE_NONE);
}

static void indent(const struct printer *p, int depth)
{
	str_putc(p->out, '\n');
	for (int i = 0; i < depth; i++)
		str_puts(p->out, "  ");
}

static void put_name(const struct printer *p, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->prefix)
		str_printf(p->out, "%s:", (const char *)ns->prefix);
	str_puts(p->out, (const char *)name);
}

static void put_value(const struct printer *p, const char *value)
{
	AUTO_STR escaped = { 0 };

	xml_attr(&escaped, "", value); /* " ='value'" */
	str_putc(p->out, '=');
	hue(p, HUE_VALUE);
	add_safe(p->out, escaped.p + 2);
	hue(p, HUE_NONE);
}

/* libxml2 leaves an ampersand in a namespace's name as "&#38;". */
static void put_namespace(const struct printer *p, const char *href)
{
	AUTO_STR name = { 0 };
	const char *amp;

	while ((amp = strstr(href, "&#38;"))) {
		str_add(&name, href, (size_t)(amp - href) + 1);
		href = amp + strlen("&#38;");
	}
	str_puts(&name, href);
	put_value(p, name.p);
}

static void put_attributes(const struct printer *p, const xmlNode *n)
{
	for (const xmlNs *ns = n->nsDef; ns; ns = ns->next) {
		str_putc(p->out, ' ');
		hue(p, HUE_ATTRIBUTE);
		str_printf(p->out, "xmlns%s%s", ns->prefix ? ":" : "",
			   ns->prefix ? (const char *)ns->prefix : "");
		hue(p, HUE_NONE);
		put_namespace(p, ns->href ? (const char *)ns->href : "");
	}
	for (xmlAttr *a = n->properties; a; a = a->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, a->children, 1);

		str_putc(p->out, ' ');
		hue(p, HUE_ATTRIBUTE);
		put_name(p, a->ns, a->name);
		hue(p, HUE_NONE);
		put_value(p, value ? (const char *)value : "");
		xmlFree(value);
	}
}

static bool is_blank(const xmlNode *n)
{
	return n->type == XML_TEXT_NODE &&
	       (!n->content || !n->content[strspn((char *)n->content, " \t\r\n")]);
}

/* Elements alone, but for blanks between them: these may be moved about. */
static bool holds_only_elements(const xmlNode *n)
{
	bool any = false;

	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type != XML_ELEMENT_NODE && !is_blank(c))
			return false;
		any |= c->type == XML_ELEMENT_NODE;
	}
	return any && xmlNodeGetSpacePreserve((xmlNode *)n) != 1;
}

static void put_tag(const struct printer *p, const xmlNode *n, const char *open)
{
	hue(p, HUE_TAG);
	str_puts(p->out, open);
	put_name(p, n->ns, n->name);
	hue(p, HUE_NONE);
}

/*
 * @depth: -1 inside of mixed content, where nothing is indented. Depth is bounded by the tap's and
 * the parser's.
 */
static void put_element(const struct printer *p, const xmlNode *n, int depth)
{
	bool indented = depth >= 0 && holds_only_elements(n);
	int inner = indented ? depth + 1 : -1;

	put_tag(p, n, "<");
	put_attributes(p, n);
	hue(p, HUE_TAG);
	str_puts(p->out, n->children ? ">" : "/>");
	hue(p, HUE_NONE);
	if (!n->children)
		return;
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type == XML_ELEMENT_NODE) {
			if (indented)
				indent(p, inner);
			put_element(p, c, inner);
		} else if (c->type == XML_TEXT_NODE && !indented) {
			AUTO_STR text = { 0 };

			xml_text(&text, (char *)c->content, strlen((char *)c->content));
			add_safe(p->out, text.p ? text.p : "");
		}
	}
	if (indented)
		indent(p, depth);
	put_tag(p, n, "</");
	hue(p, HUE_TAG);
	str_putc(p->out, '>');
	hue(p, HUE_NONE);
}

void pretty_payload(struct str *out, const char *payload, size_t len, bool colour)
{
	struct printer p = { out, colour };
	AUTO(xmlFreeDoc) xmlDocPtr doc = NULL;
	AUTO_FREE char *copy = NULL;

	if (len <= INT_MAX)
		doc = xmlReadMemory(payload, (int)len, NULL, "UTF-8",
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					    XML_PARSE_NOCDATA);
	if (doc && xmlDocGetRootElement(doc)) {
		put_element(&p, xmlDocGetRootElement(doc), 0);
		return;
	}
	copy = mem_strndup(payload, len);
	pretty_text(out, copy);
}
