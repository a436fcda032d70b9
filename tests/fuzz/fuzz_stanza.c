/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as stanzas: as a string, in one piece; and as a stream, in blocks whose sizes the input
 * chooses as well. Both ways must see the same, each payload must be well-formed by itself, and
 * nothing that the peer sends may pass for ours.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>
#include <libxml/parser.h>
#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/own.h"
#include "common/xmpp/tap.h"
#include "fuzz.h"

#define MAX_SIZE (64 * 1024)

static void ignore(void *data, const char *fmt, ...)
{
	(void)data;
	(void)fmt;
}

/* Within a root of our own: there may be several elements, or text. */
static void check_payload(const struct tap_payload *p)
{
	const int quiet = XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	AUTO_STR around = { 0 };
	unsigned elements = 0;
	xmlDoc *doc;

	assert(p->xml && strlen(p->xml) == p->len);
	assert(p->elements || p->text);
	assert(!p->name == !p->elements && !p->ns == !p->elements);
	str_puts(&around, "<around>");
	str_add(&around, p->xml, p->len);
	str_puts(&around, "</around>");
	doc = xmlReadMemory(around.p, (int)around.len, NULL, "UTF-8", XML_PARSE_HUGE | quiet);
	assert(doc);
	for (xmlNode *n = xmlDocGetRootElement(doc)->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (!elements++)
			assert(!strcmp((const char *)n->name, p->name));
	}
	assert(elements == p->elements);
	xmlFreeDoc(doc);
}

static unsigned check_tree(xmpp_stanza_t *s)
{
	struct tap_payload payload;
	unsigned payloads = 0;

	if (tap_payload(s, &payload)) {
		assert(!strcmp(xmpp_stanza_get_name(s), "item"));
		check_payload(&payload);
		return 1;
	}
	for (s = xmpp_stanza_get_children(s); s; s = xmpp_stanza_get_next(s))
		payloads += check_tree(s);
	return payloads;
}

/* What handlers of libstrophe's kind are told, as one string. */
struct teller {
	struct str told;
	unsigned depth;
};

static void on_start(void *data, const char *name, const char **atts)
{
	struct teller *t = data;

	t->depth++;
	str_printf(&t->told, "<%s", name);
	for (; *atts; atts += 2)
		str_printf(&t->told, " %s='%s'", atts[0], atts[1]);
	str_putc(&t->told, '>');
}

static void on_end(void *data, const char *name)
{
	struct teller *t = data;

	assert(t->depth > 0);
	t->depth--;
	str_printf(&t->told, "</%s>", name);
}

static void on_chars(void *data, const char *text, int len)
{
	struct teller *t = data;

	assert(t->depth > 1 && len > 0);
	str_add(&t->told, text, (size_t)len);
}

/* The first byte of each block is also its size; 0: all the rest. True: well-formed. */
static bool tell(struct teller *t, const char *s, size_t len, bool in_blocks)
{
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');
	bool good;

	XML_SetUserData(p, t);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_chars);
	good = XML_Parse(p, "<stream xmlns:s='urn:s'>", 24, 0) == XML_STATUS_OK;
	while (good && len) {
		size_t now = in_blocks ? (uint8_t)s[0] : 0;

		if (!now || now > len)
			now = len;
		good = XML_Parse(p, s, (int)now, 0) == XML_STATUS_OK;
		s += now;
		len -= now;
	}
	if (good)
		good = XML_Parse(p, "</stream>", 9, 1) == XML_STATUS_OK;
	XML_ParserFree(p);
	return good;
}

static void check_blocks(const char *s, size_t len)
{
	struct teller whole = { 0 }, blocks = { 0 };

	if (tell(&whole, s, len, false)) {
		assert(tell(&blocks, s, len, true));
		assert(whole.told.len == blocks.told.len);
		assert(!memcmp(whole.told.p, blocks.told.p, whole.told.len));
		assert(!whole.depth && !blocks.depth);
	}
	str_release(&whole.told);
	str_release(&blocks.told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static xmpp_ctx_t *ctx;
	AUTO_FREE char *s = NULL;
	AUTO_STANZA xmpp_stanza_t *stanza = NULL;

	if (size > MAX_SIZE)
		return 0;
	if (!ctx) {
		xmlSetGenericErrorFunc(NULL, ignore);
		ctx = xmpp_ctx_new(NULL, NULL);
		assert(tap_works(ctx));
	}
	s = mem_strndup((const char *)data, size);
	stanza = xmpp_stanza_new_from_string(ctx, s);
	if (stanza) {
		check_tree(stanza);
		(void)tap_cut(stanza);
	}
	check_blocks(s, strlen(s));
	return 0;
}
