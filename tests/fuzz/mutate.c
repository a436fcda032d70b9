/* SPDX-License-Identifier: MIT */
/*
 * What libFuzzer calls to change an input of the dispatcher: lines come, go and move, and within
 * one, elements and attributes do. Now and then bytes, so that nothing is out of reach.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "grammar.h"

#define MAX_LINES 40
#define MAX_NODES 200

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
				 size_t other_size, uint8_t *out, size_t max_size, unsigned seed);

struct lines {
	char *at[MAX_LINES];
	size_t n;
};

static void insert_line(struct lines *l, size_t where, char *line)
{
	if (l->n == MAX_LINES) {
		free(line);
		return;
	}
	memmove(l->at + where + 1, l->at + where, (l->n - where) * sizeof(l->at[0]));
	l->at[where] = line;
	l->n++;
}

static void remove_line(struct lines *l, size_t where)
{
	free(l->at[where]);
	l->n--;
	memmove(l->at + where, l->at + where + 1, (l->n - where) * sizeof(l->at[0]));
}

/* The lines from @first on, @most of them, behind what there is. */
static void add_lines(struct lines *l, const uint8_t *data, size_t size, size_t first, size_t most)
{
	AUTO_FREE char *text = mem_strndup((const char *)data, size);
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (first) {
			first--;
		} else if (most) {
			most--;
			insert_line(l, l->n, mem_strdup(line));
		}
	}
}

/* As many as fit; frees them. */
static size_t join(struct lines *l, uint8_t *out, size_t max)
{
	size_t len = 0;

	for (size_t i = 0; i < l->n; i++) {
		size_t more = strlen(l->at[i]) + 1;

		if (len + more <= max) {
			memcpy(out + len, l->at[i], more - 1);
			out[len + more - 1] = '\n';
			len += more;
		}
		free(l->at[i]);
	}
	return len;
}

/* Elements */

struct elements {
	xmlNode *at[MAX_NODES];
	size_t n;
};

static void collect(struct elements *e, xmlNode *n)
{
	for (; n && e->n < MAX_NODES; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		e->at[e->n++] = n;
		collect(e, n->children);
	}
}

static xmlNode *pick(struct rnd *r, const struct elements *e)
{
	return e->at[rnd_below(r, e->n)];
}

static bool is_above(const xmlNode *a, const xmlNode *b)
{
	for (; b; b = b->parent)
		if (a == b)
			return true;
	return false;
}

static void drop(xmlNode *n)
{
	if (n->parent->type != XML_ELEMENT_NODE)
		return;
	xmlUnlinkNode(n);
	xmlFreeNode(n);
}

/* A copy of @n behind it, or in @where. */
static void copy(struct rnd *r, xmlNode *n, xmlNode *where)
{
	xmlNode *twin = xmlDocCopyNode(n, n->doc, 1);

	if (n->parent->type == XML_ELEMENT_NODE && rnd_below(r, 2))
		xmlAddNextSibling(n, twin);
	else
		xmlAddChild(where, twin);
}

static void move(xmlNode *n, xmlNode *where)
{
	if (n->parent->type != XML_ELEMENT_NODE || is_above(n, where))
		return;
	xmlUnlinkNode(n);
	xmlAddChild(where, n);
}

/* In front of its brother. */
static void swap(xmlNode *n)
{
	xmlNode *before = n->prev;

	if (!before || n->parent->type != XML_ELEMENT_NODE)
		return;
	xmlUnlinkNode(n);
	xmlAddPrevSibling(before, n);
}

/* Of all that the declaration is for, or of this one alone. */
static void set_ns(struct rnd *r, xmlNode *n)
{
	const xmlChar *uri = (const xmlChar *)grammar_ns(r);

	if (!n->nsDef) {
		xmlSetNs(n, xmlNewNs(n, uri, NULL));
		return;
	}
	xmlFree((void *)(uintptr_t)n->nsDef->href);
	n->nsDef->href = xmlStrdup(uri);
}

static xmlAttr *pick_attribute(struct rnd *r, const xmlNode *n)
{
	size_t count = 0;
	xmlAttr *a;

	for (a = n->properties; a; a = a->next)
		count++;
	if (!count)
		return NULL;
	count = rnd_below(r, count);
	for (a = n->properties; count; a = a->next)
		count--;
	return a;
}

static void change_attribute(struct rnd *r, xmlNode *n)
{
	xmlAttr *a = pick_attribute(r, n);

	switch (rnd_below(r, 4)) {
	case 0:
		if (a)
			xmlRemoveProp(a);
		break;
	case 1:
		xmlSetProp(n, (const xmlChar *)grammar_attribute(r),
			   (const xmlChar *)grammar_word(r));
		break;
	default:
		if (a)
			xmlSetProp(n, a->name, (const xmlChar *)grammar_word(r));
	}
}

static void set_text(struct rnd *r, xmlNode *n)
{
	if (n->parent->type == XML_ELEMENT_NODE)
		xmlNodeSetContent(n, NULL);
	xmlNodeAddContent(n, (const xmlChar *)grammar_word(r));
}

static void change_element(struct rnd *r, const struct elements *e)
{
	xmlNode *n = pick(r, e);

	switch (rnd_below(r, 10)) {
	case 0:
		drop(n);
		break;
	case 1:
		copy(r, n, pick(r, e));
		break;
	case 2:
		move(n, pick(r, e));
		break;
	case 3:
		swap(n);
		break;
	case 4:
		xmlNodeSetName(n, (const xmlChar *)grammar_element(r));
		break;
	case 5:
		set_ns(r, n);
		break;
	case 6:
		set_text(r, n);
		break;
	default:
		change_attribute(r, n);
	}
}

/* The changed line, or NULL where this one is no XML. */
static char *change_stanza(struct rnd *r, const char *line)
{
	xmlDoc *doc = xmlReadMemory(line, (int)strlen(line), NULL, "UTF-8",
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	struct elements e = { .n = 0 };
	xmlBuffer *buffer;
	char *text;

	if (!doc)
		return NULL;
	collect(&e, xmlDocGetRootElement(doc));
	change_element(r, &e);
	buffer = xmlBufferCreate();
	xmlNodeDump(buffer, doc, xmlDocGetRootElement(doc), 0, 0);
	text = mem_strdup((const char *)xmlBufferContent(buffer));
	xmlBufferFree(buffer);
	xmlFreeDoc(doc);
	for (char *p = strchr(text, '\n'); p; p = strchr(p, '\n'))
		*p = ' ';
	return text;
}

/* Lines */

static void grow(struct rnd *r, struct lines *l)
{
	struct str line = { 0 };

	grammar_line(r, &line);
	insert_line(l, rnd_below(r, 3) ? l->n : rnd_below(r, l->n + 1), str_steal(&line));
}

static void change(struct rnd *r, struct lines *l)
{
	size_t i = l->n ? rnd_below(r, l->n) : 0, what = l->n ? rnd_below(r, 12) : 0;
	char *line;

	if (what < 4) {
		grow(r, l);
	} else if (what == 4) {
		remove_line(l, i);
	} else if (what == 5) {
		insert_line(l, rnd_below(r, l->n + 1), mem_strdup(l->at[i]));
	} else {
		line = change_stanza(r, l->at[i]);
		if (!line)
			return;
		free(l->at[i]);
		l->at[i] = line;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	struct rnd r = { seed };
	struct lines l = { .n = 0 };

	if (!rnd_below(&r, 24))
		return LLVMFuzzerMutate(data, size, max_size);
	add_lines(&l, data, size, 0, MAX_LINES);
	for (size_t n = 1 + rnd_below(&r, 3); n; n--)
		change(&r, &l);
	return join(&l, data, max_size);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other,
				 size_t other_size, uint8_t *out, size_t max_size, unsigned seed)
{
	struct rnd r = { seed };
	struct lines l = { .n = 0 };

	add_lines(&l, one, one_size, 0, 1 + rnd_below(&r, MAX_LINES));
	add_lines(&l, other, other_size, rnd_below(&r, 4), 1 + rnd_below(&r, MAX_LINES));
	return join(&l, out, max_size);
}
