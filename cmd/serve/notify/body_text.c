/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/body_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "common/base/str.h"
#include "common/xmpp/xml.h"

#define ELLIPSIS "…"
/* A body takes less. */
#define ENOUGH 8192

/* Text under way: what is due before the next character. */
struct flow {
	struct str *out;
	size_t start;
	int lines;
	bool blank;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void flow_text(struct flow *f, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_blank(s[i])) {
			f->blank = true;
			continue;
		}
		if (f->out->len > f->start) {
			for (; f->lines; f->lines--, f->blank = false)
				str_putc(f->out, '\n');
			if (f->blank)
				str_putc(f->out, ' ');
		}
		f->lines = 0;
		f->blank = false;
		str_putc(f->out, s[i]);
	}
}

/* Lines that an element begins with and ends with; names that are not there are inline. */
static const struct block {
	const char *name;
	int lines;
} blocks[] = {
	{ "address", 1 }, { "article", 2 }, { "blockquote", 2 }, { "br", 1 },	  { "dd", 1 },
	{ "div", 1 },	  { "dl", 2 },	    { "dt", 1 },	 { "figure", 2 }, { "h1", 2 },
	{ "h2", 2 },	  { "h3", 2 },	    { "h4", 2 },	 { "h5", 2 },	  { "h6", 2 },
	{ "hr", 2 },	  { "li", 1 },	    { "ol", 2 },	 { "p", 2 },	  { "pre", 2 },
	{ "section", 2 }, { "table", 2 },   { "tr", 1 },	 { "ul", 2 },
};

static void flow_tag(struct flow *f, const char *name, size_t len, bool opens)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		const struct block *b = &blocks[i];

		if (strlen(b->name) != len || strncasecmp(b->name, name, len) != 0)
			continue;
		/* Two <br/> are an empty line. */
		f->lines = !strcmp(b->name, "br") && opens ? f->lines + 1
			   : b->lines > f->lines	   ? b->lines
							   : f->lines;
		if (!strcmp(b->name, "li") && opens)
			flow_text(f, "- ", 2);
		return;
	}
	if (len == 2 && (!strncasecmp(name, "td", 2) || !strncasecmp(name, "th", 2)))
		f->blank = true;
}

/* --- XHTML --- */

static bool is_hidden(const char *name, size_t len)
{
	static const char *const hidden[] = { "head", "script", "style", "template", "title" };

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (strlen(hidden[i]) == len && !strncasecmp(hidden[i], name, len))
			return true;
	return false;
}

static void flow_nodes(struct flow *f, const xmlNode *n)
{
	for (; n; n = n->next) {
		const char *name = (const char *)n->name;

		if (n->type == XML_TEXT_NODE && n->content)
			flow_text(f, (const char *)n->content, strlen((const char *)n->content));
		if (n->type != XML_ELEMENT_NODE || is_hidden(name, strlen(name)))
			continue;
		flow_tag(f, name, strlen(name), true);
		flow_nodes(f, n->children); /* as deep as the parser allows, 256 */
		flow_tag(f, name, strlen(name), false);
	}
}

void body_text_xhtml(const xmlNode *n, struct str *out)
{
	struct flow f = { .out = out, .start = out->len };

	flow_nodes(&f, n->children);
}

/* --- HTML --- */

static size_t name_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

/* Behind the reference at @p, whose character is in *ret_c; @p itself: it is none. */
static const char *reference(const char *p, int *ret_c)
{
	char name[16];
	const htmlEntityDesc *e;
	char *end;
	size_t n;

	if (p[1] == '#') {
		bool hex = p[2] == 'x' || p[2] == 'X';
		const char *digits = p + (hex ? 3 : 2);
		unsigned long c = strtoul(digits, &end, hex ? 16 : 10);

		if (end == digits || !strchr("0123456789abcdefABCDEF", *digits) || c > 0x10ffff ||
		    !IS_CHAR((int)c))
			return p;
		*ret_c = (int)c;
		return end + (*end == ';');
	}
	n = name_length(p + 1);
	if (!n || n >= sizeof(name) || p[1 + n] != ';')
		return p;
	memcpy(name, p + 1, n);
	name[n] = '\0';
	e = htmlEntityLookup((const xmlChar *)name);
	if (!e && strcmp(name, "apos") != 0)
		return p;
	*ret_c = e ? (int)e->value : '\'';
	return p + n + 2;
}

static const char *flow_reference(struct flow *f, const char *p)
{
	xmlChar utf8[8];
	int c = 0;
	const char *end = reference(p, &c);

	if (end == p) {
		flow_text(f, p, 1);
		return p + 1;
	}
	flow_text(f, (const char *)utf8, (size_t)xmlCopyCharMultiByte(utf8, c));
	return end;
}

static const char *behind(const char *p, const char *what)
{
	const char *found = strcasestr(p, what);

	return found ? found + strlen(what) : p + strlen(p);
}

static const char *flow_markup(struct flow *f, const char *p)
{
	bool opens = p[1] != '/';
	const char *name = p + (opens ? 1 : 2);
	size_t n = name_length(name);
	char end[16];

	if (!strncmp(p, "<!--", 4))
		return behind(p + 4, "-->");
	if (p[1] == '!' || p[1] == '?')
		return behind(p, ">");
	if (!n || *name <= '9') { /* "a < b", "<3" */
		flow_text(f, p, 1);
		return p + 1;
	}
	p = xml_skip_tag(name, NULL, NULL);
	if (opens && n < sizeof(end) - 2 && is_hidden(name, n)) {
		memcpy(end, "</", 2);
		memcpy(end + 2, name, n);
		end[2 + n] = '\0';
		return xml_skip_tag(behind(p, end), NULL, NULL);
	}
	flow_tag(f, name, n, opens);
	return p;
}

void body_text_html(const char *html, struct str *out)
{
	struct flow f = { .out = out, .start = out->len };

	for (const char *p = html; *p && out->len - f.start < ENOUGH;) {
		size_t n = strcspn(p, "<&");

		flow_text(&f, p, n);
		p += n;
		if (*p == '<')
			p = flow_markup(&f, p);
		else if (*p == '&')
			p = flow_reference(&f, p);
	}
}

/* --- the end of it --- */

static void cut(struct str *s, size_t max)
{
	size_t n = max - strlen(ELLIPSIS);

	if (s->len <= max)
		return;
	while (n && ((unsigned char)s->p[n] & 0xc0) == 0x80)
		n--;
	while (n && is_blank(s->p[n - 1]))
		n--;
	s->len = n;
	s->p[n] = '\0';
	str_puts(s, ELLIPSIS);
}

void body_text_tidy(struct str *s, size_t max)
{
	struct str tidy = { 0 };
	size_t lines = 0, blanks = 0; /* that are due */

	for (size_t i = 0; i < s->len; i++) {
		char c = s->p[i];

		if (c == '\n') {
			lines++;
			blanks = 0;
		} else if (c == ' ' || c == '\t') {
			blanks++;
		} else if (c != '\r') {
			if (tidy.len)
				for (lines = lines > 2 ? 2 : lines; lines; lines--)
					str_putc(&tidy, '\n');
			if (tidy.len)
				for (; blanks; blanks--)
					str_putc(&tidy, ' ');
			lines = blanks = 0;
			str_putc(&tidy, c);
		}
	}
	cut(&tidy, max);
	str_release(s);
	*s = tidy;
}
