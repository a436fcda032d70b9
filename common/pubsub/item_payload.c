/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_payload.h"

#include <string.h>

#include "common/xmpp/xml.h"

#define ATTR_FIELDS 5

/*
 * libxml2 resolves references in values, but for that to '&', which it leaves as "&#38;" to whoever
 * builds the tree, however it was written (unless it is told to substitute entities, which we do
 * not want to hear of).
 */
static void set_value(struct str *out, const xmlChar *value, size_t len)
{
	static const char amp[] = "&#38;";
	const char *p = (const char *)value, *end = p + len, *next;

	str_reset(out);
	while ((next = memchr(p, '&', (size_t)(end - p)))) {
		str_add(out, p, (size_t)(next - p) + 1);
		p = next + 1;
		if ((size_t)(end - next) >= sizeof(amp) - 1 && !memcmp(next, amp, sizeof(amp) - 1))
			p = next + sizeof(amp) - 1;
	}
	str_add(out, p, (size_t)(end - p));
}

bool item_attr(const struct item_element *e, const char *name, struct str *out)
{
	for (size_t i = 0; i < e->nattrs; i++) {
		const xmlChar **a = e->attrs + i * ATTR_FIELDS;

		if (a[1] || strcmp((const char *)a[0], name) != 0)
			continue;
		set_value(out, a[3], (size_t)(a[4] - a[3]));
		return true;
	}
	return false;
}

bool item_scope_add(struct item_scope *s, const struct item_element *e)
{
	if (s->n + e->ndecls > ITEM_SCOPE_MAX)
		return false;
	for (size_t i = 0; i < e->ndecls; i++)
		s->decls[s->n++] = (struct item_decl){ e->decls[2 * i], e->decls[2 * i + 1] };
	return true;
}

static void add_name(struct str *out, const xmlChar *prefix, const xmlChar *name)
{
	if (prefix) {
		str_puts(out, (const char *)prefix);
		str_putc(out, ':');
	}
	str_puts(out, (const char *)name);
}

static void add_attr(struct item_payload *p, const xmlChar *prefix, const xmlChar *name,
		     const xmlChar *value, size_t len)
{
	str_reset(&p->name);
	add_name(&p->name, prefix, name);
	set_value(&p->value, value, len);
	xml_attr(&p->xml, p->name.p, p->value.p);
}

static void add_decl(struct item_payload *p, const xmlChar *prefix, const xmlChar *uri)
{
	static const xmlChar xmlns[] = "xmlns";
	size_t len = strlen((const char *)uri);

	if (prefix)
		add_attr(p, xmlns, prefix, uri, len);
	else
		add_attr(p, NULL, xmlns, uri, len);
}

static bool declares(const struct item_element *e, const xmlChar *prefix)
{
	for (size_t i = 0; i < e->ndecls; i++)
		if (xmlStrEqual(e->decls[2 * i], prefix))
			return true;
	return false;
}

static bool declared_again(const struct item_scope *s, size_t i)
{
	for (size_t k = i + 1; k < s->n; k++)
		if (xmlStrEqual(s->decls[k].prefix, s->decls[i].prefix))
			return true;
	return false;
}

static void add_inherited(struct item_payload *p, const struct item_element *e,
			  const struct item_scope *scope)
{
	bool have_default = declares(e, NULL);

	for (size_t i = 0; i < scope->n; i++) {
		const struct item_decl *d = &scope->decls[i];

		if (declares(e, d->prefix) || declared_again(scope, i))
			continue;
		add_decl(p, d->prefix, d->uri);
		have_default = have_default || !d->prefix;
	}
	if (!have_default)
		add_decl(p, NULL, (const xmlChar *)"");
}

static void close_tag(struct item_payload *p)
{
	if (p->open)
		str_putc(&p->xml, '>');
	p->open = false;
}

void item_payload_start(struct item_payload *p, const struct item_element *e,
			const struct item_scope *scope)
{
	close_tag(p);
	str_putc(&p->xml, '<');
	add_name(&p->xml, e->prefix, e->name);
	for (size_t i = 0; i < e->ndecls; i++)
		add_decl(p, e->decls[2 * i], e->decls[2 * i + 1]);
	if (scope)
		add_inherited(p, e, scope);
	for (size_t i = 0; i < e->nattrs; i++) {
		const xmlChar **a = e->attrs + i * ATTR_FIELDS;

		add_attr(p, a[1], a[0], a[3], (size_t)(a[4] - a[3]));
	}
	p->open = true;
}

void item_payload_end(struct item_payload *p, const xmlChar *prefix, const xmlChar *name)
{
	if (p->open) {
		str_puts(&p->xml, "/>");
		p->open = false;
		return;
	}
	str_puts(&p->xml, "</");
	add_name(&p->xml, prefix, name);
	str_putc(&p->xml, '>');
}

void item_payload_text(struct item_payload *p, const char *text, size_t len)
{
	close_tag(p);
	xml_text(&p->xml, text, len);
}

void item_payload_reset(struct item_payload *p)
{
	str_reset(&p->xml);
	p->open = false;
}

void item_payload_release(struct item_payload *p)
{
	str_release(&p->xml);
	str_release(&p->name);
	str_release(&p->value);
}
