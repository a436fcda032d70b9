/* SPDX-License-Identifier: MIT */
#include "common/pubsub/payload_doc.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "common/xmpp/xml.h"

AUTO_DEFINE(xmlParserCtxtPtr, xmlFreeParserCtxt);

/* Behind the @end of what starts at @p. */
static const char *skip_to(const char *p, const char *limit, const char *end)
{
	size_t n = strlen(end);
	const char *found = memmem(p, (size_t)(limit - p), end, n);

	return found ? found + n : limit;
}

static bool starts(const char *p, const char *limit, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(limit - p) >= n && !memcmp(p, with, n);
}

/* Before the parser sees them. What is not well-formed may be counted wrongly: it stops there. */
static bool has_few_attributes(const char *p, size_t len)
{
	const char *limit = p + len;
	size_t attrs = 0;

	while (p < limit && (p = memchr(p, '<', (size_t)(limit - p)))) {
		if (starts(p, limit, "<!--"))
			p = skip_to(p + 4, limit, "-->");
		else if (starts(p, limit, "<![CDATA["))
			p = skip_to(p, limit, "]]>");
		else if (starts(p, limit, "<?"))
			p = skip_to(p, limit, "?>");
		else
			p = xml_skip_tag(p, limit, &attrs);
		if (attrs > PAYLOAD_DOC_ATTRS)
			return false;
	}
	return true;
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
	xmlParserCtxtPtr ctxt = data;

	(void)name;
	(void)id;
	(void)uri;
	xmlStopParser(ctxt);
	ctxt->wellFormed = 0;
}

static size_t count_nodes(const xmlNode *n)
{
	size_t count = 0;

	for (; n; n = n->next) {
		count++;
		if (n->type != XML_ELEMENT_NODE)
			continue;
		for (const xmlAttr *a = n->properties; a; a = a->next)
			count++;
		count += count_nodes(n->children); /* as deep as the parser allows, 256 */
	}
	return count;
}

size_t payload_doc_count(xmlDocPtr doc)
{
	const xmlNode *root = xmlDocGetRootElement(doc);

	return root ? count_nodes(root) : 1;
}

int payload_doc_parse(const char *xml, size_t len, size_t max_nodes, xmlDocPtr *ret_doc)
{
	AUTO(xmlFreeParserCtxt) xmlParserCtxtPtr ctxt = xmlNewParserCtxt();
	AUTO_DOC xmlDocPtr doc = NULL;

	if (!ctxt)
		return -ENOMEM;
	if (len > INT_MAX || !has_few_attributes(xml, len))
		return -E2BIG;
	ctxt->sax->comment = NULL;
	ctxt->sax->processingInstruction = NULL;
	ctxt->sax->internalSubset = on_doctype;
	ctxt->sax->externalSubset = NULL;
	ctxt->sax->resolveEntity = NULL;
	doc = xmlCtxtReadMemory(ctxt, xml, (int)len, NULL, "UTF-8",
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					XML_PARSE_NOCDATA);
	if (!doc || !ctxt->wellFormed || !ctxt->nsWellFormed || !xmlDocGetRootElement(doc))
		return -EINVAL;
	if (payload_doc_count(doc) > max_nodes)
		return -E2BIG;
	*ret_doc = steal(doc);
	return 0;
}
