/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/doc_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "cmd/ctl/doc.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/item_payload.h"
#include "common/pubsub/vocab.h"

#define DEPTH_MAX 250 /* elements in a payload */

/* Where the reader is. */
enum place {
	TOP,
	NODES,
	NODE,
	CONFIGURATION,
	FIELD,
	VALUE,
	AFFILIATIONS,
	AFFILIATION,
	SUBSCRIPTIONS,
	SUBSCRIPTION,
	ITEMS,
	ITEM,
	PAYLOAD
};

struct doc_parser {
	struct ctl *ctl;
	const struct doc_handler *handler;
	void *data;
	char *name; /* of the input, for messages */
	xmlParserCtxtPtr ctxt;
	enum place place;
	struct doc_node node;
	bool told; /* handler->node() was called */
	char *var, *id;
	struct str text; /* of a VALUE */
	struct item_scope scope;
	size_t scope_kept[PAYLOAD + 1]; /* what was in scope before the place was entered */
	struct item_payload payload;
	unsigned depth; /* in the payload */
	bool has_payload;
	int code; /* not 0: it has ended */
};

static void stop(struct doc_parser *r, int code)
{
	if (!r->code)
		r->code = code;
	xmlStopParser(r->ctxt);
}

static void fail(struct doc_parser *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct doc_parser *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (r->code)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("malformed document in %s: line %d, column %d: %s", r->name,
		  xmlSAX2GetLineNumber(r->ctxt), xmlSAX2GetColumnNumber(r->ctxt), text);
	stop(r, EX_DATAERR);
}

/* The attribute, to be freed; NULL, after a message, where it is missing, or empty. */
static char *need(struct doc_parser *r, const struct item_element *e, const char *name)
{
	AUTO_STR value = { 0 };

	if (item_attr(e, name, &value) && value.len)
		return str_steal(&value);
	fail(r, "<%s> without %s='...'", (const char *)e->name, name);
	return NULL;
}

/* Beginnings */

static void tell_node(struct doc_parser *r)
{
	int code;

	if (r->told || r->code)
		return;
	r->told = true;
	doc_people_sort(&r->node.affiliations);
	code = r->handler->node(r->ctl, &r->node, r->data);
	if (code)
		stop(r, code);
}

static void begin_node(struct doc_parser *r, const struct item_element *e)
{
	doc_node_release(&r->node);
	r->told = false;
	r->node.name = need(r, e, "name");
}

static void begin_field(struct doc_parser *r, const struct item_element *e)
{
	free(r->var);
	r->var = need(r, e, "var");
	if (r->var)
		settings_add(&r->node.settings, r->var, NULL);
}

static void begin_value(struct doc_parser *r, const struct item_element *e)
{
	(void)e;
	str_reset(&r->text);
}

static void add_person(struct doc_parser *r, const struct item_element *e, struct doc_people *to,
		       const char *const *words)
{
	AUTO_FREE char *jid = need(r, e, "jid");
	AUTO_FREE char *word = jid ? need(r, e, (const char *)e->name) : NULL;
	int i = word ? vocab_find(words, word) : -1;

	if (!word)
		return;
	if (i < 0)
		fail(r, "there is no %s '%s'", (const char *)e->name, word);
	else if (!doc_people_add(to, jid, words[i]))
		fail(r, "'%s' is not a JID", jid);
}

static void begin_affiliations(struct doc_parser *r, const struct item_element *e)
{
	(void)e;
	r->node.affiliations.given = true;
}

static void begin_affiliation(struct doc_parser *r, const struct item_element *e)
{
	add_person(r, e, &r->node.affiliations, affiliation_names);
}

static void begin_subscriptions(struct doc_parser *r, const struct item_element *e)
{
	(void)e;
	r->node.subscriptions.given = true;
}

static void begin_subscription(struct doc_parser *r, const struct item_element *e)
{
	add_person(r, e, &r->node.subscriptions, sub_state_names);
}

static void begin_items(struct doc_parser *r, const struct item_element *e)
{
	(void)e;
	tell_node(r);
}

static void begin_item(struct doc_parser *r, const struct item_element *e)
{
	free(r->id);
	r->id = need(r, e, "id");
	r->has_payload = false;
	item_payload_reset(&r->payload);
}

/* Ends */

static void end_node(struct doc_parser *r)
{
	int code;

	tell_node(r);
	code = !r->code && r->handler->end ? r->handler->end(r->ctl, &r->node, r->data) : 0;
	if (code)
		stop(r, code);
}

static void end_value(struct doc_parser *r)
{
	settings_add(&r->node.settings, r->var, r->text.p ? r->text.p : "");
}

static void end_item(struct doc_parser *r)
{
	int code;

	if (!r->handler->item || r->code)
		return;
	code = r->handler->item(r->ctl, &r->node, r->id, r->has_payload ? r->payload.xml.p : NULL,
				r->has_payload ? r->payload.xml.len : 0, r->data);
	if (code)
		stop(r, code);
}

/* clang-format off */
static const struct element {
	const char *name;
	enum place in, place;
	void (*begin)(struct doc_parser *r, const struct item_element *e);
	void (*end)(struct doc_parser *r);
} elements[] = {
	{ "nodes", TOP, NODES, NULL, NULL },
	{ "node", NODES, NODE, begin_node, end_node },
	{ "configuration", NODE, CONFIGURATION, NULL, NULL },
	{ "field", CONFIGURATION, FIELD, begin_field, NULL },
	{ "value", FIELD, VALUE, begin_value, end_value },
	{ "affiliations", NODE, AFFILIATIONS, begin_affiliations, NULL },
	{ "affiliation", AFFILIATIONS, AFFILIATION, begin_affiliation, NULL },
	{ "subscriptions", NODE, SUBSCRIPTIONS, begin_subscriptions, NULL },
	{ "subscription", SUBSCRIPTIONS, SUBSCRIPTION, begin_subscription, NULL },
	{ "items", NODE, ITEMS, begin_items, NULL },
	{ "item", ITEMS, ITEM, begin_item, end_item },
	{ NULL }
};
/* clang-format on */

static const struct element *element_at(enum place place)
{
	const struct element *e = elements;

	while (e->place != place)
		e++;
	return e;
}

/* libxml2's events */

static void payload_start(struct doc_parser *r, const struct item_element *e)
{
	if (!r->depth && r->has_payload)
		fail(r, "<%s> is a second payload in one <item>", (const char *)e->name);
	else if (r->depth == DEPTH_MAX)
		fail(r, "elements are nested more than %d levels deep", DEPTH_MAX);
	else
		item_payload_start(&r->payload, e, r->depth ? NULL : &r->scope);
	r->has_payload = true;
	r->depth++;
	r->place = PAYLOAD;
}

static void element_start(struct doc_parser *r, const struct item_element *e)
{
	const struct element *row = elements;

	while (row->name && (row->in != r->place || strcmp(row->name, (const char *)e->name) != 0))
		row++;
	if (!row->name || !e->uri || strcmp((const char *)e->uri, NS_DOC) != 0) {
		fail(r, "<%s> of namespace '%s' does not belong here", (const char *)e->name,
		     e->uri ? (const char *)e->uri : "");
		return;
	}
	if (r->told && r->place == NODE && row->place != ITEMS) {
		fail(r, "<%s> behind the items", row->name);
		return;
	}
	r->place = row->place;
	r->scope_kept[r->place] = r->scope.n;
	if (!item_scope_add(&r->scope, e))
		fail(r, "too many namespace declarations");
	if (row->begin)
		row->begin(r, e);
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int ndecls, const xmlChar **decls, int nattrs, int ndefaulted,
		     const xmlChar **attrs)
{
	struct doc_parser *r = ((xmlParserCtxtPtr)data)->_private;
	struct item_element e = { name, prefix, uri, (size_t)ndecls, decls, (size_t)nattrs, attrs };

	(void)ndefaulted; /* there is no DTD */
	if (r->code)
		return;
	if (r->place == ITEM || r->place == PAYLOAD)
		payload_start(r, &e);
	else
		element_start(r, &e);
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct doc_parser *r = ((xmlParserCtxtPtr)data)->_private;
	const struct element *e;

	(void)uri;
	if (r->code)
		return;
	if (r->place == PAYLOAD) {
		item_payload_end(&r->payload, prefix, name);
		if (!--r->depth)
			r->place = ITEM;
		return;
	}
	e = element_at(r->place);
	if (e->end)
		e->end(r);
	r->scope.n = r->scope_kept[r->place];
	r->place = e->in;
}

static void on_text(void *data, const xmlChar *text, int len)
{
	struct doc_parser *r = ((xmlParserCtxtPtr)data)->_private;

	if (r->code)
		return;
	if (r->place == PAYLOAD)
		item_payload_text(&r->payload, (const char *)text, (size_t)len);
	else if (r->place == VALUE)
		str_add(&r->text, text, (size_t)len);
	else if (strspn((const char *)text, " \t\r\n") < (size_t)len)
		fail(r, "text where only elements belong");
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *uri)
{
	(void)name;
	(void)id;
	(void)uri;
	fail(((xmlParserCtxtPtr)data)->_private, "a document type declaration is not taken");
}

static void on_error(void *data, xmlErrorPtr error)
{
	struct doc_parser *r = ((xmlParserCtxtPtr)data)->_private;

	if (error->level == XML_ERR_FATAL ||
	    (error->domain == XML_FROM_NAMESPACE && error->level == XML_ERR_ERROR &&
	     error->code != XML_WAR_NS_URI)) /* any text may be the name of a namespace */
		fail(r, "%.*s", (int)strcspn(error->message, "\n"), error->message);
}

static xmlParserCtxtPtr parser_new(struct doc_parser *r)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.ignorableWhitespace = on_text,
		.internalSubset = on_doctype,
		.serror = on_error,
	};
	xmlParserCtxtPtr p = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);

	if (!p)
		abort(); /* out of memory */
	p->_private = r;
	xmlCtxtUseOptions(p, XML_PARSE_NONET);
	return p;
}

struct doc_parser *doc_parser_new(struct ctl *c, const char *name, const struct doc_handler *h,
				  void *data)
{
	struct doc_parser *r = mem_zalloc(sizeof(*r));

	r->ctl = c;
	r->name = mem_strdup(name);
	r->handler = h;
	r->data = data;
	r->ctxt = parser_new(r);
	return r;
}

void doc_parser_free(struct doc_parser *r)
{
	if (!r)
		return;
	doc_node_release(&r->node);
	free(r->name);
	free(r->var);
	free(r->id);
	str_release(&r->text);
	item_payload_release(&r->payload);
	xmlFreeParserCtxt(r->ctxt);
	free(r);
}

/* Most errors come by on_error(); where it gives up on an encoding, libxml2 may only fall silent.
 */
static int parse(struct doc_parser *r, const char *p, size_t len, bool end)
{
	int e = r->code ? 0 : xmlParseChunk(r->ctxt, p, (int)len, end);

	if (!r->code && (e == XML_ERR_INVALID_ENCODING || r->ctxt->disableSAX))
		fail(r, "it is not in the encoding that it says");
	return r->code;
}

int doc_parser_feed(struct doc_parser *r, const char *p, size_t len)
{
	return parse(r, p, len, false);
}

int doc_parser_end(struct doc_parser *r)
{
	return parse(r, NULL, 0, true);
}
