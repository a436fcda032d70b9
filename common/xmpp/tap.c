/* SPDX-License-Identifier: MIT */
#include "common/xmpp/tap.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/capture.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/tap_names.h"

/*
 * How it gets between: a name that the program defines hides the same name in every library, for
 * the libraries as well. So libstrophe's calls to XML_SetElementHandler() and its three companions
 * arrive at the end of this file. There its handlers are noted down and ours installed; the real
 * functions are reached by dlsym(RTLD_NEXT). Nothing but public interfaces is used.
 */

/* As much as servers allow a whole stanza, by default. */
#define HUGE_TAG (256 * 1024)

/* What we know of one parser. */
struct tap {
	struct tap *next;
	XML_Parser parser;
	XML_StartElementHandler start;	/* libstrophe's */
	XML_EndElementHandler end;
	XML_CharacterDataHandler chars;
	bool string;			/* no stream: xmpp_stanza_new_from_string() */
	size_t silent;			/* bytes parsed since expat last reported anything */
	unsigned depth;			/* open elements; 1: between stanzas */
	unsigned handed;		/* of them, those handed on: always the outermost */
	unsigned item;			/* depth inside of the item being captured; 0: none */
	struct scope scope;
	struct str text;		/* since the last tag */
	struct capture capture;
	struct attributes attributes;
	/* Of this stanza. */
	const char *cut;		/* the limit it broke */
	unsigned elements;
	size_t text_len, captured_len;
	const char *stream_cut;		/* the limit that the header broke, and so all do */
};

static struct tap *taps;
static unsigned long stream_reads, string_reads;
static uint64_t stream_bytes;
static bool stream_opened, parse_error;
static bool unlogged;			/* tap_log(false) */
static bool for_nobody;			/* what is rendered next */

static void *real_function(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f) {
		fprintf(stderr, "pubsub: no library has %s\n", name);
		abort();
	}
	return f;
}

#define REAL(function)                                                \
	({                                                            \
		static __typeof__(function) *real_;                   \
		if (!real_)                                           \
			real_ = real_function(#function);             \
		real_;                                                \
	})

/*
 * expat 2.6, and Debian's 2.5 since it was mended, puts off a tag that came in two blocks until as
 * much again has arrived, lest a huge one be scanned anew with each block. On a stream nothing
 * more may arrive until we have answered. So this is for huge ones alone.
 */
static void defer_huge_tags_only(const struct tap *t)
{
	static unsigned char (*set)(XML_Parser, unsigned char); /* not in every version */
	static bool looked;

	if (!looked)
		set = dlsym(RTLD_DEFAULT, "XML_SetReparseDeferralEnabled");
	looked = true;
	if (set)
		set(t->parser, t->silent > HUGE_TAG);
}

/* There is one for the stream, and for moments another for a string. */
static struct tap *tap_find(XML_Parser p)
{
	struct tap *t = taps;

	while (t && t->parser != p)
		t = t->next;
	return t;
}

/* Of a parser that calls us, which is one of ours. */
static struct tap *tap_of(void *parser)
{
	struct tap *t = tap_find(parser);

	assert(t);
	return t;
}

static void cut_short(struct tap *t, const char *limit)
{
	if (!t->cut)
		t->cut = limit;
}

static void check_capture(struct tap *t, size_t more)
{
	if (t->captured_len + t->capture.xml.len + more > TAP_MAX_CAPTURE)
		cut_short(t, "capture");
}

static size_t count_attributes(const char **atts)
{
	size_t n = 0;

	while (atts[2 * n])
		n++;
	return n;
}

/*
 * Handing on to libstrophe.
 */

static void call_start(struct tap *t, const char *name, const char **atts)
{
	if (t->start)
		t->start(XML_GetUserData(t->parser), name, atts);
}

static void call_chars(struct tap *t, const char *text, size_t len)
{
	if (t->chars)
		t->chars(XML_GetUserData(t->parser), text, (int)len);
}

static void call_end(struct tap *t, const char *name)
{
	if (t->end)
		t->end(XML_GetUserData(t->parser), name);
}

/* libstrophe reads the header's attributes itself, by their local names. */
static void hand_stream(struct tap *t, const char *name, const char **atts)
{
	name = attributes_plain(&t->attributes, name, atts);
	t->handed++;
	call_start(t, name, t->attributes.v);
}

static void hand_start(struct tap *t, const char *name, const char **atts)
{
	const struct scope *s = &t->scope;
	size_t own = scope_own(s, t->depth), count = count_attributes(atts);

	if (count > TAP_MAX_ATTRIBUTES)
		count = TAP_MAX_ATTRIBUTES;
	name = attributes_qualified(&t->attributes, name, atts, count, s, own);
	t->handed++;
	call_start(t, name, t->attributes.v);
}

/* What the item held, as one element that says what its text is. */
static void hand_payload(struct tap *t)
{
	const struct capture *c = &t->capture;
	char elements[16];
	const char *atts[] = { "elements", elements, "text", c->text ? "1" : "0",
			       c->elements ? "name" : NULL, c->name.p, "ns", c->ns.p, NULL };

	if (!c->elements && !c->text)
		return;
	snprintf(elements, sizeof(elements), "%u", c->elements);
	call_start(t, TAP_NAME("payload"), atts);
	call_chars(t, c->xml.p, c->xml.len);
	call_end(t, TAP_NAME("payload"));
}

static void hand_cut(struct tap *t)
{
	const char *atts[] = { "limit", t->cut, NULL };

	call_start(t, TAP_NAME("cut"), atts);
	call_end(t, TAP_NAME("cut"));
}

static void hand_end(struct tap *t, const char *name)
{
	if (t->item == t->depth + 1) {
		if (!t->cut)
			hand_payload(t);
		t->captured_len += t->capture.xml.len;
		t->item = 0;
	}
	if (t->depth == 1 && t->cut)
		hand_cut(t);
	t->handed--;
	/* With the whole stanza, libstrophe renders it first, and then calls who handles it. */
	for_nobody = unlogged && t->depth == 1 && !t->string;
	call_end(t, attributes_plain(&t->attributes, name, NULL));
	/* It did not come by here: it is linked in another way, and we leave it alone. */
	if (for_nobody)
		unlogged = false;
	for_nobody = false;
}

/*
 * What expat reports. The text between two tags is gathered first: expat cuts it up at each line
 * feed, and libstrophe's time to append a piece grows with what it has already.
 */

static void flush_text(struct tap *t)
{
	if (!t->text.len)
		return;
	if (!t->cut && t->item) {
		capture_text(&t->capture, t->text.p, t->text.len);
		check_capture(t, 0);
	} else if (!t->cut) {
		call_chars(t, t->text.p, t->text.len);
	}
	str_reset(&t->text);
}

static void on_chars(void *arg, const char *text, int len)
{
	struct tap *t = tap_of(arg);

	t->silent = 0;
	if (t->depth < 2 || t->cut)
		return;
	if (t->item)
		check_capture(t, t->text.len + (size_t)len);
	else if ((t->text_len += (size_t)len) > TAP_MAX_TEXT)
		cut_short(t, "text");
	if (!t->cut)
		str_add(&t->text, text, (size_t)len);
}

/* Comes before the start tag that it belongs to. */
static void on_namespace(void *arg, const char *prefix, const char *uri)
{
	struct tap *t = tap_of(arg);

	if (prefix && !strcmp(prefix, "xml"))
		return;
	if (t->scope.n >= TAP_MAX_NAMESPACES)
		cut_short(t, "namespaces");
	if (!t->cut || !t->depth)
		scope_push(&t->scope, t->depth, prefix ? prefix : "", uri ? uri : "");
}

static bool is_item(const struct expat_name *n)
{
	return n->ns_len >= strlen(NS_PUBSUB) && !memcmp(n->ns, NS_PUBSUB, strlen(NS_PUBSUB)) &&
	       expat_name_is_local(n, "item");
}

/* xmpp_stanza_new_from_string() wraps its text in <stream>, without a namespace. */
static void open_stream(struct tap *t, const struct expat_name *n, const char *name,
			const char **atts)
{
	t->string = !n->ns_len && expat_name_is_local(n, "stream");
	if (!t->string)
		stream_opened = true;
	t->scope.stream = t->scope.n;
	t->stream_cut = t->cut;
	hand_stream(t, name, atts);
}

static void open_element(struct tap *t, const struct expat_name *n, const char *name,
			 const char **atts)
{
	if (t->depth > TAP_MAX_DEPTH + 1)
		cut_short(t, "depth");
	if (count_attributes(atts) > TAP_MAX_ATTRIBUTES)
		cut_short(t, "attributes");
	if (t->item) {
		if (!t->cut)
			capture_start(&t->capture, &t->scope, t->depth, n, atts);
		check_capture(t, 0);
		return;
	}
	if (++t->elements > TAP_MAX_ELEMENTS)
		cut_short(t, "elements");
	if (t->cut && t->depth > 1)
		return; /* but the stanza itself is needed for an answer */
	hand_start(t, name, atts);
	if (!t->cut && is_item(n)) {
		t->item = t->depth + 1;
		capture_begin(&t->capture);
	}
}

static void on_start(void *arg, const char *name, const char **atts)
{
	struct tap *t = tap_of(arg);
	struct expat_name n;

	t->silent = 0;
	flush_text(t);
	expat_name_split(name, &n);
	if (t->depth)
		open_element(t, &n, name, atts);
	else
		open_stream(t, &n, name, atts);
	t->depth++;
}

static void begin_stanza(struct tap *t)
{
	t->cut = t->stream_cut;
	t->elements = 0;
	t->text_len = t->captured_len = 0;
}

static void on_end(void *arg, const char *name)
{
	struct tap *t = tap_of(arg);
	struct expat_name n;

	t->silent = 0;
	flush_text(t);
	t->depth--;
	if (t->depth < t->handed) {
		hand_end(t, name);
	} else if (!t->cut) {
		expat_name_split(name, &n);
		capture_end(&t->capture, &n);
		check_capture(t, 0);
	}
	scope_pop(&t->scope, t->depth);
	if (t->depth == 1)
		begin_stanza(t);
}

/*
 * A parser's life. libstrophe sets its handlers anew after each restart of a stream.
 */

static struct tap *tap_adopt(XML_Parser p)
{
	struct tap *t = tap_find(p);

	if (!t) {
		t = mem_zalloc(sizeof(*t));
		t->parser = p;
		t->next = taps;
		taps = t;
	}
	t->string = false;
	t->silent = 0;
	t->depth = t->handed = t->item = 0;
	t->stream_cut = NULL;
	scope_pop(&t->scope, 0);
	str_reset(&t->text);
	begin_stanza(t);
	return t;
}

static void tap_drop(XML_Parser p)
{
	struct tap **at = &taps, *t;

	while (*at && (*at)->parser != p)
		at = &(*at)->next;
	t = *at;
	if (!t)
		return;
	*at = t->next;
	scope_release(&t->scope);
	capture_release(&t->capture);
	str_release(&t->text);
	attributes_release(&t->attributes);
	free(t);
}

#define INTERPOSED __attribute__((visibility("default"), used))

INTERPOSED void XML_SetElementHandler(XML_Parser p, XML_StartElementHandler start,
				      XML_EndElementHandler end)
{
	struct tap *t = tap_adopt(p);

	t->start = start;
	t->end = end;
	/* The user data stays libstrophe's; our handlers get the parser itself. */
	XML_UseParserAsHandlerArg(p);
	XML_SetReturnNSTriplet(p, 1);
	XML_SetStartNamespaceDeclHandler(p, on_namespace);
	REAL(XML_SetElementHandler)(p, on_start, on_end);
}

INTERPOSED void XML_SetCharacterDataHandler(XML_Parser p, XML_CharacterDataHandler chars)
{
	struct tap *t = tap_find(p);

	if (t)
		t->chars = chars;
	REAL(XML_SetCharacterDataHandler)(p, t ? on_chars : chars);
}

INTERPOSED void XML_ParserFree(XML_Parser p)
{
	tap_drop(p);
	REAL(XML_ParserFree)(p);
}

INTERPOSED enum XML_Status XML_Parse(XML_Parser p, const char *s, int len, int is_final)
{
	struct tap *t = tap_find(p);
	enum XML_Status status;

	if (t) {
		t->silent += (size_t)len;
		defer_huge_tags_only(t);
	}
	status = REAL(XML_Parse)(p, s, len, is_final);
	t = tap_find(p); /* a handler may have freed it */
	if (!t)
		return status;
	if (t->string) {
		string_reads++;
	} else {
		stream_reads++;
		stream_bytes += (uint64_t)len;
		parse_error |= status == XML_STATUS_ERROR;
	}
	return status;
}

INTERPOSED int xmpp_stanza_to_text(xmpp_stanza_t *stanza, char **text, size_t *len)
{
	if (!for_nobody)
		return REAL(xmpp_stanza_to_text)(stanza, text, len);
	for_nobody = false;
	*text = NULL;
	*len = 0;
	return XMPP_EINVOP;
}

/*
 * What can be asked.
 */

static bool is_ours(xmpp_stanza_t *s, const char *name)
{
	const char *s_name = xmpp_stanza_get_name(s), *ns = xmpp_stanza_get_ns(s);

	return s_name && ns && !strcmp(s_name, name) && !strcmp(ns, NS_TAP);
}

bool tap_payload(xmpp_stanza_t *item, struct tap_payload *ret)
{
	xmpp_stanza_t *child = xmpp_stanza_get_children(item);
	const char *elements;

	*ret = (struct tap_payload){ 0 };
	if (!child || !is_ours(child, "payload"))
		return false;
	elements = xmpp_stanza_get_attribute(child, "elements");
	*ret = (struct tap_payload){
		.xml = xmpp_stanza_get_text_ptr(xmpp_stanza_get_children(child)),
		.elements = (unsigned)strtoul(elements, NULL, 10),
		.text = !strcmp(xmpp_stanza_get_attribute(child, "text"), "1"),
		.name = xmpp_stanza_get_attribute(child, "name"),
		.ns = xmpp_stanza_get_attribute(child, "ns"),
	};
	ret->len = strlen(ret->xml);
	return true;
}

const char *tap_cut(xmpp_stanza_t *stanza)
{
	xmpp_stanza_t *last = NULL;

	for (xmpp_stanza_t *s = xmpp_stanza_get_children(stanza); s; s = xmpp_stanza_get_next(s))
		last = s;
	return last && is_ours(last, "cut") ? xmpp_stanza_get_attribute(last, "limit") : NULL;
}

unsigned long tap_reads(void)
{
	return stream_reads;
}

uint64_t tap_bytes(void)
{
	return stream_bytes;
}

bool tap_stream_opened(void)
{
	return stream_opened;
}

bool tap_parse_error(void)
{
	return parse_error;
}

void tap_reset(void)
{
	stream_opened = parse_error = false;
}

void tap_log(bool wanted)
{
	unlogged = !wanted;
}

static bool has(xmpp_stanza_t *s, const char *attribute, const char *value)
{
	const char *found = xmpp_stanza_get_attribute(s, attribute);

	return found && !strcmp(found, value);
}

bool tap_works(xmpp_ctx_t *ctx)
{
	unsigned long before = string_reads;
	AUTO_STANZA xmpp_stanza_t *a = xmpp_stanza_new_from_string(ctx,
		"<a xmlns='urn:a' xmlns:p='urn:p' xml:lang='en' k='1' p:k='2'><b xmlns=''/>"
		"<item xmlns='" NS_PUBSUB "'><p:c>&lt;</p:c></item></a>");
	xmpp_stanza_t *b = a ? xmpp_stanza_get_children(a) : NULL;
	xmpp_stanza_t *item = b ? xmpp_stanza_get_next(b) : NULL;
	struct tap_payload payload;

	return item && string_reads > before && has(a, "xml:lang", "en") && has(a, "k", "1") &&
	       has(a, "p:k", "2") && has(a, "xmlns:p", "urn:p") && has(b, "xmlns", "") &&
	       tap_payload(item, &payload) && payload.elements == 1 &&
	       !strcmp(payload.xml, "<p:c xmlns='" NS_PUBSUB "' xmlns:p='urn:p'>&lt;</p:c>");
}
