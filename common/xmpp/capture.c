/* SPDX-License-Identifier: MIT */
#include "common/xmpp/capture.h"

#include <string.h>

#include "common/xmpp/tap_names.h"
#include "common/xmpp/xml.h"

void capture_begin(struct capture *c)
{
	str_reset(&c->xml);
	str_reset(&c->name);
	str_reset(&c->ns);
	c->elements = c->level = 0;
	c->text = c->tag_open = false;
}

void capture_release(struct capture *c)
{
	str_release(&c->xml);
	str_release(&c->name);
	str_release(&c->ns);
	str_release(&c->scratch);
}

static void close_tag(struct capture *c)
{
	if (c->tag_open)
		str_putc(&c->xml, '>');
	c->tag_open = false;
}

/* A prefix that only the stream header declares is declared once more where it is used. */
static void borrow_from_stream(struct scope *s, unsigned depth, const char *prefix)
{
	const struct declaration *d = prefix[0] ? scope_find(s, prefix) : NULL;

	if (d && d < s->v + s->stream)
		scope_push(s, depth, prefix, d->uri);
}

static void add_declaration(struct capture *c, const struct declaration *d)
{
	str_reset(&c->scratch);
	str_puts(&c->scratch, d->prefix[0] ? "xmlns:" : "xmlns");
	str_puts(&c->scratch, d->prefix);
	xml_attr(&c->xml, c->scratch.p, d->uri);
}

/* All that the stanza has in force, and a default namespace in any case. */
static void add_all_in_force(struct capture *c, const struct scope *s)
{
	const struct declaration *d = scope_find(s, "");

	xml_attr(&c->xml, "xmlns", d ? d->uri : "");
	for (size_t i = s->stream; i < s->n; i++) {
		d = &s->v[i];
		if (d->prefix[0] && scope_find(s, d->prefix) == d)
			add_declaration(c, d);
	}
}

static void add_own(struct capture *c, const struct scope *s, unsigned depth)
{
	for (size_t i = scope_own(s, depth); i < s->n; i++)
		add_declaration(c, &s->v[i]);
}

static void add_attribute(struct capture *c, const char *name, const char *value)
{
	struct expat_name n;

	expat_name_split(name, &n);
	str_reset(&c->scratch);
	expat_name_add(&c->scratch, &n);
	xml_attr(&c->xml, c->scratch.p, value);
}

static void note_top_level(struct capture *c, const struct expat_name *n)
{
	if (c->elements++)
		return;
	str_add(&c->name, n->local, n->local_len);
	str_add(&c->ns, n->ns, n->ns_len);
}

void capture_start(struct capture *c, struct scope *s, unsigned depth, const struct expat_name *n,
		   const char **atts)
{
	bool top = c->level++ == 0;

	close_tag(c);
	if (top)
		note_top_level(c, n);
	borrow_from_stream(s, depth, n->prefix);
	for (const char **a = atts; *a; a += 2) {
		struct expat_name attribute;

		expat_name_split(*a, &attribute);
		borrow_from_stream(s, depth, attribute.prefix);
	}
	str_putc(&c->xml, '<');
	expat_name_add(&c->xml, n);
	if (top)
		add_all_in_force(c, s);
	else
		add_own(c, s, depth);
	for (const char **a = atts; *a; a += 2)
		add_attribute(c, a[0], a[1]);
	c->tag_open = true;
}

static bool is_blank(const char *text, size_t len)
{
	static const char blanks[] = { ' ', '\t', '\n', '\r' };

	for (size_t i = 0; i < len; i++)
		if (!memchr(blanks, text[i], sizeof(blanks)))
			return false;
	return true;
}

void capture_text(struct capture *c, const char *text, size_t len)
{
	if (!c->level) {
		if (is_blank(text, len))
			return;
		c->text = true;
	}
	close_tag(c);
	xml_text(&c->xml, text, len);
}

void capture_end(struct capture *c, const struct expat_name *n)
{
	c->level--;
	if (c->tag_open) {
		str_puts(&c->xml, "/>");
		c->tag_open = false;
		return;
	}
	str_puts(&c->xml, "</");
	expat_name_add(&c->xml, n);
	str_putc(&c->xml, '>');
}
