/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/body_atom.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "cmd/serve/notify/body_text.h"
#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"

AUTO_DEFINE(xmlChar *, xmlFree);

/* In bytes; together they are less than a body, so that the link is not what is cut off. */
#define TITLE_MAX 512
#define TEXT_MAX 3000
#define LINK_MAX 500

static bool is_atom(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns &&
	       !strcmp((const char *)n->ns->href, NS_ATOM) && !strcmp((const char *)n->name, name);
}

static const xmlNode *child(const xmlNode *n, const char *name)
{
	for (n = n->children; n && !is_atom(n, name);)
		n = n->next;
	return n;
}

static xmlChar *attribute(const xmlNode *n, const char *name)
{
	return xmlGetNoNsProp(n, (const xmlChar *)name);
}

static void add_as_is(const xmlNode *n, struct str *out)
{
	AUTO(xmlFree) xmlChar *text = xmlNodeGetContent(n);

	if (text)
		str_puts(out, (const char *)text);
}

static void add_html(const xmlNode *n, struct str *out)
{
	AUTO(xmlFree) xmlChar *text = xmlNodeGetContent(n);

	if (text)
		body_text_html((const char *)text, out);
}

/*
 * A text construct, or a content that is text (RFC 4287, 3.1.1 and 4.1.3.1): other media types are
 * nothing to read, and what is elsewhere (@src) is not fetched.
 */
static void add_text(const xmlNode *n, size_t max, struct str *out)
{
	AUTO(xmlFree) xmlChar *type = NULL;
	const char *t;

	if (!n)
		return;
	type = attribute(n, "type");
	t = type ? (const char *)type : "text";
	if (!strcasecmp(t, "html") || !strcasecmp(t, "text/html"))
		add_html(n, out);
	else if (!strcasecmp(t, "xhtml"))
		body_text_xhtml(n, out);
	else if (!strcasecmp(t, "text") || !strncasecmp(t, "text/", 5))
		add_as_is(n, out);
	body_text_tidy(out, max);
}

/* The first link to the entry's page: one of rel='alternate', which is what none stands for. */
static void add_link(const xmlNode *entry, struct str *out)
{
	for (const xmlNode *n = entry->children; n; n = n->next) {
		AUTO(xmlFree) xmlChar *rel = NULL;
		AUTO(xmlFree) xmlChar *href = NULL;

		if (!is_atom(n, "link"))
			continue;
		rel = attribute(n, "rel");
		href = attribute(n, "href");
		if (!href || (rel && strcmp((const char *)rel, "alternate") != 0) ||
		    strlen((const char *)href) > LINK_MAX)
			continue;
		str_puts(out, (const char *)href);
		return;
	}
}

static void add_paragraph(struct str *out, const struct str *text)
{
	if (!text->p || !text->len)
		return;
	if (out->len)
		str_puts(out, "\n\n");
	str_add(out, text->p, text->len);
}

/* And not empty. */
static bool equal(const struct str *a, const struct str *b)
{
	return a->len == b->len && a->p && b->p && !memcmp(a->p, b->p, a->len);
}

void body_atom(const xmlNode *entry, struct str *out)
{
	AUTO_STR title = { 0 }, text = { 0 }, link = { 0 };

	if (!is_atom(entry, "entry"))
		return;
	add_text(child(entry, "title"), TITLE_MAX, &title);
	for (char *p = title.p; p && *p; p++)
		if (*p == '\n')
			*p = ' ';
	add_text(child(entry, "summary"), TEXT_MAX, &text);
	if (!text.len)
		add_text(child(entry, "content"), TEXT_MAX, &text);
	add_link(entry, &link);
	add_paragraph(out, &title);
	if (!equal(&title, &text)) /* a note of a microblog has its text in both */
		add_paragraph(out, &text);
	add_paragraph(out, &link);
}
