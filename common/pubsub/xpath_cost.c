/* SPDX-License-Identifier: MIT */
#include "common/pubsub/xpath_cost.h"

#include <stdint.h>
#include <string.h>

#include <libxml/xpathInternals.h>

#include "common/base/auto.h"
#include "common/pubsub/xpath_scan.h"

AUTO_DEFINE(xmlXPathObjectPtr, xmlXPathFreeObject);

#define NODE_COST 8 /* to walk over a node, in bytes copied */

/* --- the sizes of nodes --- */

static size_t length(const xmlChar *s)
{
	return s ? strlen((const char *)s) : 0;
}

static size_t weigh_attributes(xmlNodePtr n)
{
	size_t all = 0;

	for (xmlAttrPtr a = n->properties; a; a = a->next) {
		size_t w = NODE_COST + length(a->name);

		for (xmlNodePtr t = a->children; t; t = t->next)
			w += NODE_COST + length(t->content);
		a->_private = (void *)(uintptr_t)w;
		all += w;
	}
	return all;
}

static size_t weigh(xmlNodePtr n)
{
	size_t w = NODE_COST + length(n->name);

	if (n->type == XML_TEXT_NODE) {
		w += length(n->content);
	} else if (n->type == XML_ELEMENT_NODE) {
		weigh_attributes(n);
		for (xmlNodePtr c = n->children; c; c = c->next)
			w += weigh(c); /* as deep as the parser allows, 256 */
	}
	n->_private = (void *)(uintptr_t)w;
	return w;
}

void xpath_cost_weigh(xmlDocPtr doc)
{
	size_t w = 0;

	for (xmlNodePtr n = doc->children; n; n = n->next)
		w += weigh(n);
	doc->_private = (void *)(uintptr_t)w;
}

static size_t weight(const xmlNode *n)
{
	return (size_t)(uintptr_t)n->_private;
}

/* --- the costs of values --- */

static const xmlNodeSet *set_of(const xmlXPathObject *o)
{
	return o && o->type == XPATH_NODESET ? o->nodesetval : NULL;
}

static size_t set_size(const xmlXPathObject *o)
{
	const xmlNodeSet *set = set_of(o);

	return set ? (size_t)set->nodeNr : 0;
}

/* Of a node-set all string values. */
static size_t cost_of_all(const xmlXPathObject *o)
{
	const xmlNodeSet *set = set_of(o);
	size_t cost = NODE_COST;

	for (int i = 0; set && i < set->nodeNr; i++)
		cost += weight(set->nodeTab[i]);
	return o && o->type == XPATH_STRING ? cost + length(o->stringval) : cost;
}

/* The string value of a set is its first node's; which one that is, is only known once sorted. */
size_t xpath_cost_of(const xmlXPathObject *o)
{
	const xmlNodeSet *set = set_of(o);
	size_t largest = 0;

	if (!set)
		return cost_of_all(o);
	for (int i = 0; i < set->nodeNr; i++)
		if (weight(set->nodeTab[i]) > largest)
			largest = weight(set->nodeTab[i]);
	return (size_t)set->nodeNr * NODE_COST + largest;
}

static bool charge(xmlXPathParserContextPtr p, size_t cost)
{
	struct xpath_cost *c = p->context->userData;

	if (cost <= c->limit - c->used) {
		c->used += cost;
		return true;
	}
	c->used = c->limit;
	xmlXPathErr(p, XPATH_OP_LIMIT_EXCEEDED);
	return false;
}

/* The value that is @below the top of the stack. */
static const xmlXPathObject *peek(xmlXPathParserContextPtr p, int below)
{
	return p->valueNr > below ? p->valueTab[p->valueNr - 1 - below] : NULL;
}

/* --- guards of operands --- */

static void guard_left(xmlXPathParserContextPtr p, int n)
{
	if (n != 1)
		xmlXPathErr(p, XPATH_INVALID_ARITY);
	else
		charge(p, cost_of_all(peek(p, 0)));
}

/* Of two node-sets each node is compared with each: bytes as far as the shorter one goes. */
static size_t cost_of_pairs(const xmlXPathObject *a, const xmlXPathObject *b)
{
	size_t n = set_size(a), m = set_size(b);
	size_t by_a = m * cost_of_all(a), by_b = n * cost_of_all(b);

	return n && m ? n * m + (by_a < by_b ? by_a : by_b) / 2 : 0;
}

static void guard_right(xmlXPathParserContextPtr p, int n)
{
	const xmlXPathObject *value = peek(p, 0), *other = peek(p, 1);

	if (n != 1) {
		xmlXPathErr(p, XPATH_INVALID_ARITY);
		return;
	}
	charge(p, cost_of_all(value) + cost_of_pairs(other, value));
}

/* --- functions that stand before libxml2's --- */

static bool is_named(xmlXPathParserContextPtr p, const char *name)
{
	return !strcmp((const char *)p->context->function, name);
}

static void call_plain(xmlXPathParserContextPtr p, int n)
{
	const struct xpath_cost *c = p->context->userData;
	size_t i = 0;

	while (!is_named(p, xpath_functions[i].name))
		i++;
	c->plain[i](p, n);
}

static bool charge_arguments(xmlXPathParserContextPtr p, int n)
{
	size_t cost = n ? 0 : weight(p->context->node);

	for (int i = 0; i < n; i++)
		cost += xpath_cost_of(peek(p, i));
	return charge(p, cost);
}

static void counted(xmlXPathParserContextPtr p, int n)
{
	if (charge_arguments(p, n))
		call_plain(p, n);
}

static void counted_sum(xmlXPathParserContextPtr p, int n)
{
	if (charge(p, cost_of_all(peek(p, 0))))
		call_plain(p, n);
}

/* Each character of the first is looked up in the second. */
static void counted_translate(xmlXPathParserContextPtr p, int n)
{
	if (n == 3 && charge_arguments(p, n) &&
	    charge(p, xpath_cost_of(peek(p, 2)) * xpath_cost_of(peek(p, 1))))
		call_plain(p, n);
	else if (n != 3)
		xmlXPathErr(p, XPATH_INVALID_ARITY);
}

/*
 * contains(), substring-before() and substring-after(). libxml2 looks at each place for the whole
 * of what it looks for; memmem() takes linear time.
 */
static void search(xmlXPathParserContextPtr p, int n)
{
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr hay = NULL;
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr needle = NULL;
	const char *at, *from;
	size_t len;

	if (n != 2) {
		xmlXPathErr(p, XPATH_INVALID_ARITY);
		return;
	}
	if (!charge_arguments(p, n))
		return;
	needle = xmlXPathConvertString(valuePop(p));
	hay = xmlXPathConvertString(valuePop(p));
	if (!needle || !hay) {
		xmlXPathErr(p, XPATH_MEMORY_ERROR);
		return;
	}
	from = (const char *)hay->stringval;
	len = length(needle->stringval);
	at = memmem(from, strlen(from), needle->stringval, len);
	if (is_named(p, "contains"))
		valuePush(p, xmlXPathNewBoolean(!!at));
	else if (!at)
		valuePush(p, xmlXPathNewCString(""));
	else if (is_named(p, "substring-after"))
		valuePush(p, xmlXPathNewCString(at + len));
	else
		valuePush(p, xmlXPathWrapString(xmlStrndup(hay->stringval, (int)(at - from))));
}

static xmlXPathFunction wrapper(const char *name)
{
	static const struct {
		const char *name;
		xmlXPathFunction function;
	} others[] = {
		{ "boolean", NULL }, /* these read no strings */
		{ "count", NULL },
		{ "false", NULL },
		{ "last", NULL },
		{ "not", NULL },
		{ "position", NULL },
		{ "true", NULL },
		{ "contains", search },
		{ "substring-after", search },
		{ "sum", counted_sum },
		{ "substring-before", search },
		{ "translate", counted_translate },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i].name, name))
			return others[i].function;
	return counted;
}

static bool put(xmlXPathContextPtr ctx, const char *name, xmlXPathFunction f)
{
	xmlXPathRegisterFunc(ctx, (const xmlChar *)name, NULL); /* it does not replace one */
	return !xmlXPathRegisterFunc(ctx, (const xmlChar *)name, f);
}

bool xpath_cost_attach(xmlXPathContextPtr ctx, struct xpath_cost *cost)
{
	ctx->userData = cost;
	for (size_t i = 0; xpath_functions[i].name; i++) {
		const char *name = xpath_functions[i].name;
		xmlXPathFunction f = wrapper(name);

		cost->plain[i] = xmlXPathFunctionLookup(ctx, (const xmlChar *)name);
		if (!cost->plain[i] || (f && !put(ctx, name, f)))
			return false;
	}
	xmlXPathRegisterFunc(ctx, (const xmlChar *)"id", NULL);
	return put(ctx, XPATH_GUARD_LEFT, guard_left) && put(ctx, XPATH_GUARD_RIGHT, guard_right);
}
