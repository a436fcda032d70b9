/* SPDX-License-Identifier: MIT */
#include "common/pubsub/xpath.h"

#include <errno.h>
#include <string.h>

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/payload_doc.h"
#include "common/pubsub/xpath_cost.h"
#include "common/pubsub/xpath_scan.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(xmlXPathContextPtr, xmlXPathFreeContext);
AUTO_DEFINE(xmlXPathObjectPtr, xmlXPathFreeObject);
AUTO_DEFINE(struct xpath *, xpath_free);
AUTO_DEFINE(struct xpath_doc *, xpath_doc_free);

/*
 * The limits of an evaluation. A step takes up to 0.1 us by itself. But adding a node to a set
 * compares it with those that are there, so the larger the document, the fewer steps.
 */
#define STEPS_MAX 30000
#define STEPS_TIMES_NODES 30000000
/* Of bytes read: up to about 3 ns each. */
#define BYTES_MAX 2000000

struct xpath {
	xmlXPathCompExprPtr compiled;
	size_t n_ns;
	xmlNs ns[XPATH_MAX_NS]; /* only prefix and href; an empty href: the payload's own */
};

struct xpath_doc {
	xmlDocPtr doc;
	xmlXPathContextPtr ctx;
	size_t steps;
	struct xpath_cost cost;
};

/* --- compiling --- */

struct names {
	struct xpath_names base;
	const struct xpath *x;
};

static bool is_bound(const struct xpath_names *base, const char *prefix, size_t len)
{
	const struct xpath *x = ((const struct names *)base)->x;

	for (size_t i = 0; i < x->n_ns; i++)
		if (strlen((const char *)x->ns[i].prefix) == len &&
		    !memcmp(x->ns[i].prefix, prefix, len))
			return true;
	return false;
}

static int bind(struct xpath *x, const char *text, struct str *why)
{
	struct names names = { .x = x };
	const char *eq = strchr(text, '=');
	AUTO_FREE char *prefix = mem_strndup(text, eq ? (size_t)(eq - text) : 0);

	if (!eq || !xml_valid(text, strlen(text)) ||
	    xmlValidateNCName((const xmlChar *)prefix, 0)) {
		str_printf(why, "not of the form PREFIX=NAMESPACE: '%s'", text);
		return -EINVAL;
	}
	if (!strcmp(prefix, "xml") || !strcmp(prefix, "xmlns")) {
		str_printf(why, "the prefix '%s' cannot be bound", prefix);
		return -EINVAL;
	}
	if (is_bound(&names.base, prefix, strlen(prefix))) {
		str_printf(why, "the prefix '%s' is bound twice", prefix);
		return -EINVAL;
	}
	if (x->n_ns == XPATH_MAX_NS) {
		str_printf(why, "more than %d namespaces are bound", XPATH_MAX_NS);
		return -EINVAL;
	}
	x->ns[x->n_ns++] = (xmlNs){ .type = XML_NAMESPACE_DECL,
				    .prefix = (xmlChar *)steal(prefix),
				    .href = (xmlChar *)mem_strdup(eq + 1) };
	return 0;
}

static void ignore(void *data, xmlErrorPtr e)
{
	(void)data;
	(void)e;
}

/* Syntax errors are searched for in what the user wrote, and found where he wrote them. */
static int compile(struct xpath *x, xmlXPathContextPtr ctx, const char *expr, struct str *why)
{
	const xmlError *e = &ctx->lastError;

	x->compiled = xmlXPathCtxtCompile(ctx, (const xmlChar *)expr);
	if (x->compiled)
		return 0;
	if (e->int1 > 0 && (size_t)e->int1 < strlen(expr) && (expr[e->int1] & 0xc0) != 0x80)
		return xpath_syntax_error(expr + e->int1, why);
	str_puts(why, "syntax error");
	return -EINVAL;
}

/* What has no meaning on any document has none on this one, mostly. */
static int try_out(const struct xpath *x, struct str *why)
{
	static const char empty[] = "<x/>";
	AUTO(xpath_doc_free) struct xpath_doc *doc = NULL;
	int r = xpath_doc_new(empty, strlen(empty), &doc);

	if (!r)
		r = xpath_test(x, doc);
	if (r == -EINVAL)
		str_puts(why, "a value in the expression has the wrong type");
	if (r == -E2BIG)
		str_puts(why, "the expression costs too much");
	return r < 0 ? -EINVAL : 0;
}

static int check(const char *expr, const struct xpath *x, struct str *guarded, struct str *why)
{
	struct names names = { { is_bound }, x };
	size_t len = strnlen(expr, XPATH_MAX_LEN + 1);

	if (len > XPATH_MAX_LEN) {
		str_printf(why, "the expression is longer than %d bytes", XPATH_MAX_LEN);
		return -EINVAL;
	}
	if (!xml_valid(expr, len)) {
		str_puts(why, "the expression is not text in UTF-8");
		return -EINVAL;
	}
	if (!expr[strspn(expr, " \t\r\n")]) {
		str_puts(why, "the expression is empty");
		return -EINVAL;
	}
	str_putc(guarded,
		 '('); /* else libxml2 may take it for a pattern, which it matches otherwise */
	if (xpath_scan(expr, &names.base, guarded, why))
		return -EINVAL;
	str_putc(guarded, ')');
	return 0;
}

int xpath_compile(const char *expr, const char *const *ns, struct str *why,
		  struct xpath **ret_xpath)
{
	AUTO(xpath_free) struct xpath *x = mem_zalloc(sizeof(*x));
	AUTO(xmlXPathFreeContext) xmlXPathContextPtr ctx = xmlXPathNewContext(NULL);
	AUTO_STR guarded = { 0 };
	int r = ctx ? 0 : -ENOMEM;

	if (ctx)
		ctx->error = ignore;
	for (; !r && ns && *ns; ns++)
		r = bind(x, *ns, why);
	if (!r)
		r = check(expr, x, &guarded, why);
	if (!r)
		r = compile(x, ctx, expr, why);
	if (!r) {
		xmlXPathFreeCompExpr(steal(x->compiled));
		r = compile(x, ctx, guarded.p, why);
	}
	if (!r)
		r = try_out(x, why);
	if (!r)
		*ret_xpath = steal(x);
	return r;
}

void xpath_free(struct xpath *x)
{
	if (!x)
		return;
	xmlXPathFreeCompExpr(x->compiled);
	for (size_t i = 0; i < x->n_ns; i++) {
		free((void *)x->ns[i].prefix);
		free((void *)x->ns[i].href);
	}
	free(x);
}

/* --- documents --- */

int xpath_doc_new(const char *payload, size_t len, struct xpath_doc **ret_doc)
{
	AUTO(xpath_doc_free) struct xpath_doc *d = mem_zalloc(sizeof(*d));
	int r = payload_doc_parse(payload, len, XPATH_MAX_NODES, &d->doc);

	if (r)
		return r;
	xmlXPathOrderDocElems(d->doc); /* else sorting a set takes quadratic time */
	xpath_cost_weigh(d->doc);
	d->ctx = xmlXPathNewContext(d->doc);
	if (!d->ctx || !xpath_cost_attach(d->ctx, &d->cost))
		return -ENOMEM;
	d->ctx->error = ignore;
	d->steps = STEPS_TIMES_NODES / payload_doc_count(d->doc);
	if (d->steps > STEPS_MAX)
		d->steps = STEPS_MAX;
	*ret_doc = steal(d);
	return 0;
}

void xpath_doc_free(struct xpath_doc *doc)
{
	if (!doc)
		return;
	if (doc->ctx)
		xmlXPathFreeContext(doc->ctx);
	if (doc->doc)
		xmlFreeDoc(doc->doc);
	free(doc);
}

/* --- evaluation --- */

static int verdict(const struct xpath_doc *d)
{
	const xmlXPathContext *c = d->ctx;

	if (c->lastError.code == XML_ERR_OK)
		return 0;
	if (c->lastError.code == XML_ERR_NO_MEMORY)
		return -ENOMEM;
	return c->opCount >= c->opLimit || d->cost.used >= d->cost.limit ? -E2BIG : -EINVAL;
}

static int evaluate(const struct xpath *x, struct xpath_doc *d, xmlXPathObjectPtr *ret_value)
{
	xmlXPathContextPtr c = d->ctx;
	xmlNodePtr root = xmlDocGetRootElement(d->doc);
	xmlNs ns[XPATH_MAX_NS];
	xmlNsPtr list[XPATH_MAX_NS];
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr value = NULL;
	int r;

	for (size_t i = 0; i < x->n_ns; i++) {
		ns[i] = x->ns[i];
		if (!*ns[i].href && root->ns)
			ns[i].href = root->ns->href;
		list[i] = &ns[i];
	}
	c->namespaces = list;
	c->nsNr = (int)x->n_ns;
	c->node = root;
	c->contextSize = c->proximityPosition = 1;
	c->opCount = 0;
	c->opLimit = d->steps;
	d->cost.used = 0;
	d->cost.limit = BYTES_MAX;
	xmlResetError(&c->lastError);
	value = xmlXPathCompiledEval(x->compiled, c);
	c->namespaces = NULL;
	c->nsNr = 0;
	r = verdict(d);
	if (!r && !value)
		r = -EINVAL;
	if (!r)
		*ret_value = steal(value);
	return r;
}

int xpath_test(const struct xpath *x, struct xpath_doc *doc)
{
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr value = NULL;
	int r = evaluate(x, doc, &value);

	return r ? r : xmlXPathCastToBoolean(value);
}

int xpath_string(const struct xpath *x, struct xpath_doc *doc, struct str *out)
{
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr value = NULL;
	xmlChar *text;
	int r = evaluate(x, doc, &value);

	if (r)
		return r;
	text = xmlXPathCastToString(value);
	if (!text)
		return -ENOMEM;
	str_puts(out, (const char *)text);
	xmlFree(text);
	return 0;
}
