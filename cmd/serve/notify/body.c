/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "cmd/serve/notify/body_atom.h"
#include "cmd/serve/notify/body_text.h"
#include "cmd/serve/notify/xslt.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/payload_doc.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(xsltTransformContextPtr, xsltFreeTransformContext);
AUTO_DEFINE(xsltSecurityPrefsPtr, xsltFreeSecurityPrefs);
AUTO_DEFINE(xmlChar *, xmlFree);

#define FILE_MAX ((size_t)1024 * 1024)
#define PAYLOAD_NODES 20000
/* Of a transformation. The stylesheet is the administrator's, the payload is anybody's. */
#define INSTRUCTIONS_MAX 50000
#define INSTRUCTIONS_MIN 2000
/* Each may copy all of the payload. */
#define INSTRUCTIONS_TIMES_BYTES ((size_t)64 * 1024 * 1024)
#define XPATH_STEPS_MAX 500000
#define TEMPLATE_DEPTH 300
#define TEMPLATE_VARS 1500

struct body_style {
	char *ns;
	xsltStylesheetPtr style;
};

void body_init(struct body *b)
{
	*b = (struct body){ 0 };
}

void body_release(struct body *b)
{
	for (size_t i = 0; i < b->n_styles; i++) {
		free(b->styles[i].ns);
		xsltFreeStylesheet(b->styles[i].style);
	}
	free(b->styles);
	body_init(b);
}

static const struct body_style *find(const struct body *b, const char *ns)
{
	for (size_t i = 0; i < b->n_styles; i++)
		if (!strcmp(b->styles[i].ns, ns))
			return &b->styles[i];
	return NULL;
}

bool body_understands(const struct body *b, const char *ns)
{
	return find(b, ns) || !strcmp(ns, NS_ATOM);
}

/* --- a stylesheet is read --- */

static int read_file(const char *file, struct str *out)
{
	int r = 0, fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (!r && n) {
		str_reserve(out, 65536);
		n = read(fd, out->p + out->len, 65536);
		if (n > 0)
			out->len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			r = -errno;
		if (out->len > FILE_MAX)
			r = -EFBIG;
	}
	close(fd);
	return r;
}

__attribute__((format(printf, 2, 3))) static void ignore(void *data, const char *fmt, ...)
{
	(void)data;
	(void)fmt;
}

static void ignore_error(void *data, xmlErrorPtr e)
{
	(void)data;
	(void)e;
}

static xsltSecurityPrefsPtr forbid_all(void)
{
	static const xsltSecurityOption options[] = {
		XSLT_SECPREF_READ_FILE,	       XSLT_SECPREF_WRITE_FILE,
		XSLT_SECPREF_CREATE_DIRECTORY, XSLT_SECPREF_READ_NETWORK,
		XSLT_SECPREF_WRITE_NETWORK,
	};
	AUTO(xsltFreeSecurityPrefs) xsltSecurityPrefsPtr sec = xsltNewSecurityPrefs();

	for (size_t i = 0; sec && i < sizeof(options) / sizeof(options[0]); i++)
		if (xsltSetSecurityPrefs(sec, options[i], xsltSecurityForbid))
			return NULL;
	return steal(sec);
}

/* Where messages go that are not of a transformation: libxslt's and libxml2's. */
struct told {
	xmlGenericErrorFunc xslt, xml;
	void *xslt_data, *xml_data;
};

static struct told hush(void)
{
	struct told before = { xsltGenericError, xmlGenericError, xsltGenericErrorContext,
			       xmlGenericErrorContext };

	xsltSetGenericErrorFunc(NULL, ignore);
	xmlSetGenericErrorFunc(NULL, ignore);
	return before;
}

static void unhush(struct told before)
{
	xsltSetGenericErrorFunc(before.xslt_data, before.xslt);
	xmlSetGenericErrorFunc(before.xml_data, before.xml);
}

/* What import and include may read, the defaults say. */
static xsltStylesheetPtr compile(xmlDocPtr doc)
{
	AUTO(xsltFreeSecurityPrefs) xsltSecurityPrefsPtr sec = forbid_all();
	xsltSecurityPrefsPtr before = xsltGetDefaultSecurityPrefs();
	struct told told = hush();
	xsltStylesheetPtr style = NULL;

	if (sec) {
		xsltSetDefaultSecurityPrefs(sec);
		style = xsltParseStylesheetDoc(doc);
		xsltSetDefaultSecurityPrefs(before);
	}
	unhush(told);
	return style;
}

int body_add_stylesheet(struct body *b, const char *ns, const char *file)
{
	AUTO_STR text = { 0 };
	AUTO_DOC xmlDocPtr doc = NULL;
	xsltStylesheetPtr style;
	int r = find(b, ns) ? -EEXIST : read_file(file, &text);

	if (!r)
		r = xslt_load();
	if (r)
		return r;
	doc = xmlReadMemory(text.p, (int)text.len, NULL, NULL,
			    XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
				    XML_PARSE_NOWARNING);
	style = doc ? compile(doc) : NULL;
	if (!style)
		return -EINVAL;
	(void)steal(doc); /* it is the stylesheet's now */
	b->styles = mem_realloc(b->styles, (b->n_styles + 1) * sizeof(*b->styles));
	b->styles[b->n_styles++] = (struct body_style){ mem_strdup(ns), style };
	return 0;
}

/* --- and run --- */

static int why_stopped(const xsltTransformContext *c)
{
	if (c->opCount >= c->opLimit || c->xpathCtxt->opCount >= c->xpathCtxt->opLimit ||
	    c->depth >= c->maxTemplateDepth || c->varsNr >= c->maxTemplateVars)
		return -E2BIG;
	return c->state == XSLT_STATE_OK ? 0 : -EINVAL;
}

static unsigned long instructions_for(size_t len)
{
	size_t n = INSTRUCTIONS_TIMES_BYTES / (len + 1);

	return n < INSTRUCTIONS_MIN   ? INSTRUCTIONS_MIN
	       : n > INSTRUCTIONS_MAX ? INSTRUCTIONS_MAX
				      : n;
}

static int transform(xsltStylesheetPtr style, xmlDocPtr doc, size_t len, struct str *out)
{
	AUTO(xsltFreeSecurityPrefs) xsltSecurityPrefsPtr sec = forbid_all();
	AUTO(xsltFreeTransformContext) xsltTransformContextPtr c = NULL;
	AUTO(xmlFree) xmlChar *text = NULL;
	AUTO_DOC xmlDocPtr result = NULL;
	struct told told;
	int r;

	c = sec ? xsltNewTransformContext(style, doc) : NULL;
	if (!c || xsltSetCtxtSecurityPrefs(sec, c))
		return -ENOMEM;
	xsltSetTransformErrorFunc(c, NULL, ignore);
	c->opLimit = instructions_for(len);
	c->maxTemplateDepth = TEMPLATE_DEPTH;
	c->maxTemplateVars = TEMPLATE_VARS;
	c->xpathCtxt->opLimit = XPATH_STEPS_MAX;
	c->xpathCtxt->error = ignore_error;
	told = hush();
	result = xsltApplyStylesheetUser(style, doc, NULL, NULL, NULL, c);
	unhush(told);
	r = why_stopped(c);
	if (r || !result)
		return r ? r : -EINVAL;
	text = xmlNodeGetContent((xmlNodePtr)result);
	if (text)
		str_puts(out, (const char *)text);
	return 0;
}

int body_render(const struct body *b, const char *payload, size_t len, struct str *out)
{
	AUTO_DOC xmlDocPtr doc = NULL;
	AUTO_STR text = { 0 };
	const struct body_style *style;
	const xmlNode *root;
	int r = payload_doc_parse(payload, len, PAYLOAD_NODES, &doc);

	if (r)
		return r;
	root = xmlDocGetRootElement(doc);
	style = find(b, root->ns ? (const char *)root->ns->href : "");
	if (style)
		r = transform(style->style, doc, len, &text);
	else
		body_atom(root, &text);
	if (r)
		return r;
	body_text_tidy(&text, BODY_MAX);
	if (!text.len || !xml_valid(text.p, text.len))
		return 0;
	str_add(out, text.p, text.len);
	return 1;
}
