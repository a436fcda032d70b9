/* SPDX-License-Identifier: MIT */
#include "common/pubsub/payload_sum.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>
#include <strophe.h>

#include "common/base/str.h"
#include "common/pubsub/payload_doc.h"

/* Controls that XML cannot carry, so that no two payloads give the same text. */
enum { ELEMENT = 1, ATTRIBUTE, END, BREAK };

#define NODES_MAX SIZE_MAX /* the caller bounds what there is */

static void add_name(struct str *out, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->href)
		str_puts(out, (const char *)ns->href);
	str_putc(out, BREAK);
	str_puts(out, (const char *)name);
	str_putc(out, BREAK);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct str *)a)->p, ((const struct str *)b)->p);
}

static void add_attributes(struct str *out, const xmlNode *n)
{
	struct str texts[PAYLOAD_DOC_ATTRS] = { 0 };
	size_t count = 0;

	for (const xmlAttr *a = n->properties; a && count < PAYLOAD_DOC_ATTRS; a = a->next) {
		struct str *text = &texts[count++];

		str_putc(text, ATTRIBUTE);
		add_name(text, a->ns, a->name);
		for (const xmlNode *v = a->children; v; v = v->next)
			if (v->content)
				str_puts(text, (const char *)v->content);
	}
	qsort(texts, count, sizeof(texts[0]), by_text);
	for (size_t i = 0; i < count; i++) {
		str_add(out, texts[i].p, texts[i].len);
		str_release(&texts[i]);
	}
}

static void add_element(struct str *out, const xmlNode *n)
{
	str_putc(out, ELEMENT);
	add_name(out, n->ns, n->name);
	add_attributes(out, n);
	for (const xmlNode *c = n->children; c; c = c->next) {
		if (c->type == XML_ELEMENT_NODE)
			add_element(out, c); /* as deep as the parser allows, 256 */
		else if (c->content)
			str_puts(out, (const char *)c->content);
	}
	str_putc(out, END);
}

void payload_sum(const char *xml, size_t len, unsigned char ret_sum[static PAYLOAD_SUM_SIZE])
{
	AUTO_DOC xmlDocPtr doc = NULL;
	AUTO_STR text = { 0 };

	if (xml && !payload_doc_parse(xml, len, NODES_MAX, &doc))
		add_element(&text, xmlDocGetRootElement(doc));
	else if (xml)
		str_add(&text, xml, len);
	xmpp_sha1_digest((const unsigned char *)(text.p ? text.p : ""), text.len, ret_sum);
}
