/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary expressions over arbitrary payloads: the first line is the expression, the second one
 * the payload. Where ours has a result, libxml2 by itself has the same; what is refused is refused
 * with a sentence, and nothing takes long.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/payload_doc.h"
#include "common/pubsub/xpath.h"
#include "common/xmpp/xml.h"
#include "fuzz.h"

#define MAX_SIZE (16 * 1024)
#define MAX_MS 2000 /* with the sanitizers of a fuzz target; without them below 20 */

AUTO_DEFINE(struct xpath *, xpath_free);
AUTO_DEFINE(struct xpath_doc *, xpath_doc_free);
AUTO_DEFINE(xmlXPathContextPtr, xmlXPathFreeContext);
AUTO_DEFINE(xmlXPathObjectPtr, xmlXPathFreeObject);

static const char *const bound[] = { "a=urn:a", "b=urn:b", NULL };

static void ignore(void *data, xmlErrorPtr e)
{
	(void)data;
	(void)e;
}

static void compare(const char *expr, xmlDocPtr doc, int verdict, const char *text)
{
	AUTO(xmlXPathFreeContext) xmlXPathContextPtr ctx = xmlXPathNewContext(doc);
	AUTO(xmlXPathFreeObject) xmlXPathObjectPtr value = NULL;
	AUTO_STR grouped = { 0 };
	xmlChar *s;

	str_printf(&grouped, "(%s)", expr); /* else it may be matched as a pattern */
	ctx->error = ignore;
	ctx->opLimit = 200000;
	ctx->node = xmlDocGetRootElement(doc);
	ctx->contextSize = ctx->proximityPosition = 1;
	xmlXPathRegisterNs(ctx, (const xmlChar *)"a", (const xmlChar *)"urn:a");
	xmlXPathRegisterNs(ctx, (const xmlChar *)"b", (const xmlChar *)"urn:b");
	value = xmlXPathEval((const xmlChar *)grouped.p, ctx);
	MUST(value || ctx->opCount >= ctx->opLimit);
	if (!value)
		return;
	MUST(xmlXPathCastToBoolean(value) == verdict);
	s = xmlXPathCastToString(value);
	MUST(!strcmp((const char *)s, text));
	xmlFree(s);
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check(const char *expr, const struct xpath *x, const char *payload, size_t len)
{
	AUTO(xpath_doc_free) struct xpath_doc *doc = NULL;
	AUTO_DOC xmlDocPtr tree = NULL;
	AUTO_STR text = { 0 };
	double before;
	int r = xpath_doc_new(payload, len, &doc);

	MUST(!r || r == -EINVAL || r == -E2BIG);
	if (r)
		return;
	before = cpu_ms();
	r = xpath_test(x, doc);
	MUST(r == 0 || r == 1 || r == -EINVAL || r == -E2BIG);
	MUST(cpu_ms() - before < MAX_MS);
	str_puts(&text, "");
	MUST(xpath_string(x, doc, &text) == (r < 0 ? r : 0));
	if (r < 0)
		return;
	MUST(xml_valid(text.p, text.len));
	MUST(!payload_doc_parse(payload, len, XPATH_MAX_NODES, &tree));
	compare(expr, tree, r, text.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\n', size) : NULL;
	AUTO(xpath_free) struct xpath *x = NULL;
	AUTO_FREE char *expr = NULL;
	AUTO_STR why = { 0 };
	int r;

	if (size > MAX_SIZE || !end)
		return 0;
	expr = mem_strndup(text, (size_t)(end - text));
	r = xpath_compile(expr, bound, &why, &x);
	MUST(r == 0 || r == -EINVAL);
	MUST(!r == !why.len && !r == !!x);
	MUST(!r || xml_valid(why.p, why.len));
	if (!r)
		check(expr, x, end + 1, size - (size_t)(end + 1 - text));
	return 0;
}
