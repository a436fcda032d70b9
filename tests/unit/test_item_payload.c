/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_payload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/auto.h"
#include "common/pubsub/item_reader.h"

/*
 * Payloads keep their infoset: what libxml2 reads from the input and what it reads from the output,
 * the latter below a wrapper that declares other namespaces, has to be the same but for comments
 * and processing instructions.
 */

AUTO_DEFINE(xmlDoc *, xmlFreeDoc);
AUTO_DEFINE(struct item_reader *, item_reader_free);

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define EV "http://jabber.org/protocol/pubsub#event"

static const char *const payloads[] = {
	"<a/>",
	"<a xmlns='urn:a'/>",
	"<a xmlns=''/>",
	"<p:a xmlns:p='urn:a'><b/><p:c p:d='1' d='2'/></p:a>",
	"<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:c'/><d/></b></a>",
	"<p:a xmlns:p='1'><p:a xmlns:p='2'><p:a xmlns:p='1' p:x=''/></p:a><p:b/></p:a>",
	"<a xmlns:p='urn:same' xmlns:q='urn:same' p:x='1'><q:b q:x='2'/></a>",
	"<a xmlns='urn:same' xmlns:p='urn:same'><p:b/><b p:x='1' x='2'/></a>",
	"<a xmlns:xs='urn:xs' xmlns:xsi='urn:xsi' xsi:type='xs:string'>xs:other</a>",
	"<a type='inherited:string' xml:lang='de' xml:space='preserve' "
	"xml:base='http://example.com/'> x </a>",
	"<a xml:id='one'><b xml:id='two'/></a>",
	"<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang=''/>",
	"<a>&lt;&gt;&amp;&quot;&apos;&#60;&#38;&#x26;amp;&#38;#38;</a>",
	"<a b='&lt;&gt;&amp;&quot;&apos;&#60;&#38;&#x26;amp;&#38;#38;'/>",
	"<a b='&#38;#38;' c='&amp;#38;' d='#38;' e='&amp;' f='&amp;&amp;' g='&#38;38;&amp;lt;'/>",
	"<a b=\"it's\" c='say \"x\"' d='&quot;&apos;'/>",
	"<a b=' x&#10;&#9;&#13;y&#13;&#10; z ' c='1\n2\t3\r\n4'/>",
	"<a>1\r\n2\r3\n4&#13;5&#13;&#10;6&#10;</a>",
	"<a> \n\t <b> </b>&#32;&#9; </a>",
	"<a><![CDATA[<b>&amp;]]]]><![CDATA[></b>\r\n]]> x <![CDATA[]]></a>",
	"<a><![CDATA[\r\r\n\r]]><b><![CDATA[\n\r]]>\n<![CDATA[1\r2]]></b></a>",
	"<a>]] &gt; ]]&gt; ></a>",
	"<a>one<!-- two -->three<?four five?>six<b/><!----></a>",
	"<a><!-- only --></a>",
	"<!-- before --><a/><?after?>",
	"<a "
	"b='\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80&#xe9;&#x1F600;'>"
	"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80&#xe9;&#x1F600;</a>",
	"<\xc3\xa9l\xc3\xa8ve \xc3\xa2ge='1' xmlns:\xc3\xbc='urn:\xc3\xbc' \xc3\xbc:x='2'/>",
	"<a>\xc2\x85\xe2\x80\xa8\xc2\xa0\xef\xbb\xbf\xef\xbf\xbd\x7f</a>",
	"<a b='&#x85;&#x2028;&#xa0;'>&#x85;&#x2028;&#xfeff;</a>",
	"<a xmlns='http://x/?a&amp;b&#38;c=\"&lt;d>' xmlns:p='not a URI &gt; \xc3\xa9'><p:b "
	"p:c=''/></a>",
	"<a xmlns='urn:&apos;&#9;x'><b/></a>",
	"<a xmlns='relative'><b xmlns='../other'/></a>",
	"<item xmlns=''><item id='2'/></item>",
	"<item xmlns='" EV "' id='inner'><items/></item>",
	"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
	"xmlns='jabber:client'><presence/></stream:stream>",
	"<a.b-c_d:e.f-g xmlns:a.b-c_d='u' h.i-j_k=''/>",
	"<entry xmlns='http://www.w3.org/2005/Atom'><content type='xhtml'><div "
	"xmlns='http://www.w3.org/1999/xhtml'>"
	"<p>a <b>b</b> c</p><svg:svg xmlns:svg='http://www.w3.org/2000/svg' "
	"xmlns:xlink='http://www.w3.org/1999/xlink'>"
	"<svg:a xlink:href='#x'/></svg:svg></div></content></entry>",
};

/* What stands around them: the whole text before and after. */
static const struct {
	const char *before, *after;
} places[] = {
	{ "<item>", "</item>" },
	{ "<item xmlns='" EV "' xmlns:inherited='urn:inherited' id='1'>\n ", "\n</item>" },
	{ "<i:item xmlns:i='" EV "' xmlns:p='urn:outer' xmlns:q='urn:&amp;&lt;&apos;'>",
	  "</i:item>" },
	{ "<event xmlns='" EV "' xmlns:p='1' xmlns:q='2'><items xmlns:p='3' node='n'><!-- --><item "
	  "xmlns:q='4' xmlns:r='5'>",
	  "</item></items></event>" },
	{ "<event xmlns='" EV "'><items xmlns='' xmlns:i='" EV "'><i:item>",
	  "</i:item></items></event>" },
};

static int keep(const struct in_item *item, void *data)
{
	struct str *out = data;

	assert_int_equal(item->kind, IN_ITEM);
	str_add(out, item->payload, item->payload_len);
	return 0;
}

/* All payloads of @in, one behind the other. */
static void read_payload(struct str *ret_out, const char *in, size_t len)
{
	AUTO(item_reader_free) struct item_reader *r = item_reader_new(keep, ret_out);
	size_t used;

	if (item_reader_feed(r, in, len, &used) || item_reader_end(r))
		fail_msg("%s: %s", in, item_reader_error(r));
}

static xmlDoc *parse(const struct str *s)
{
	xmlDoc *doc = xmlReadMemory(s->p, (int)s->len, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	if (!doc)
		fail_msg("not well-formed: %s", s->p);
	return doc;
}

static xmlNode *next_element(xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

static const char *uri(const xmlNs *ns)
{
	return ns && ns->href ? (const char *)ns->href : "";
}

static void compare_attributes(xmlNode *a, xmlNode *b)
{
	int n = 0;

	for (xmlAttr *x = a->properties; x; x = x->next, n++) {
		xmlChar *v = xmlNodeListGetString(a->doc, x->children, 1);
		xmlChar *w =
			x->ns ? xmlGetNsProp(b, x->name, x->ns->href) : xmlGetNoNsProp(b, x->name);

		assert_non_null(w);
		assert_string_equal(v ? (char *)v : "", (char *)w);
		xmlFree(v);
		xmlFree(w);
	}
	for (xmlAttr *x = b->properties; x; x = x->next)
		n--;
	assert_int_equal(n, 0);
}

/* Every prefix that @a could use means the same at @b. */
static void compare_scope(xmlNode *a, xmlNode *b)
{
	xmlNs **list = xmlGetNsList(a->doc, a);

	for (size_t i = 0; list && list[i]; i++)
		assert_string_equal(uri(xmlSearchNs(b->doc, b, list[i]->prefix)), uri(list[i]));
	assert_string_equal(uri(xmlSearchNs(b->doc, b, NULL)), uri(xmlSearchNs(a->doc, a, NULL)));
	xmlFree(list);
}

/* The text from @n to the next element. */
static xmlNode *take_text(xmlNode *n, struct str *out)
{
	str_reset(out);
	str_puts(out, "");
	for (; n && n->type != XML_ELEMENT_NODE; n = n->next)
		if (n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE)
			str_puts(out, (const char *)n->content);
		else
			assert_true(n->type == XML_COMMENT_NODE || n->type == XML_PI_NODE);
	return n;
}

static void compare(xmlNode *a, xmlNode *b)
{
	AUTO_STR s = { 0 };
	AUTO_STR t = { 0 };
	xmlNode *x, *y;

	assert_string_equal((char *)a->name, (char *)b->name);
	assert_string_equal(uri(a->ns), uri(b->ns));
	compare_attributes(a, b);
	compare_scope(a, b);
	for (x = a->children, y = b->children;; x = x->next, y = y->next) {
		x = take_text(x, &s);
		y = take_text(y, &t);
		assert_string_equal(s.p, t.p);
		assert_int_equal(!x, !y);
		if (!x)
			break;
		compare(x, y);
	}
}

static void assert_no_asides(xmlNode *n)
{
	for (; n; n = n->next) {
		assert_true(n->type == XML_ELEMENT_NODE || n->type == XML_TEXT_NODE);
		if (n->type == XML_ELEMENT_NODE)
			assert_no_asides(n->children);
	}
}

/* @in holds the payload @levels below its root. */
static void check(const struct str *in, int levels)
{
	AUTO_STR out = { 0 };
	AUTO_STR wrapped = { 0 };
	AUTO_STR again = { 0 };
	AUTO(xmlFreeDoc) xmlDoc *before = parse(in);
	AUTO(xmlFreeDoc) xmlDoc *after = NULL;
	xmlNode *a = xmlDocGetRootElement(before), *b;

	while (levels--)
		a = next_element(a->children);
	read_payload(&out, in->p, in->len);
	str_printf(&wrapped,
		   "<p:w xmlns:p='urn:w' xmlns='urn:w' xmlns:q='urn:w' xmlns:xs='urn:w' "
		   "xmlns:i='urn:w'>%s</p:w>",
		   out.p);
	after = parse(&wrapped);
	b = xmlDocGetRootElement(after)->children;
	assert_non_null(b);
	assert_null(b->next);
	assert_no_asides(b);
	compare(a, b);
	/* Its own markup it reads back to the byte. */
	str_reset(&wrapped);
	str_printf(&wrapped, "<item>%s</item>", out.p);
	read_payload(&again, wrapped.p, wrapped.len);
	assert_string_equal(again.p, out.p);
}

static void item_payload__wrapped__keeps_its_infoset(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(payloads); i++)
		for (size_t k = 0; k < N(places); k++) {
			AUTO_STR in = { 0 };

			str_printf(&in, "%s%s%s", places[k].before, payloads[i], places[k].after);
			check(&in, strncmp(places[k].before, "<event", 6) == 0 ? 3 : 1);
		}
}

static void item_payload__bare__keeps_its_infoset(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(payloads); i++) {
		AUTO_STR in = { 0 };

		if (strstr(payloads[i], "<item") == payloads[i])
			continue; /* known, and no payload */
		str_puts(&in, payloads[i]);
		check(&in, 0);
	}
}

static void item_payload__wrapped__byte_for_byte(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "<item><a></a></item>", "<a xmlns=''/>" },
		{ "<item xmlns='" EV "'><a/></item>", "<a xmlns='" EV "'/>" },
		{ "<i:item xmlns:i='" EV "'><a/></i:item>", "<a xmlns:i='" EV "' xmlns=''/>" },
		{ "<items xmlns:p='1' xmlns:q='2'><item xmlns:p='3'><a "
		  "xmlns:q='4'/></item><item><a/></item></items>",
		  "<a xmlns:q='4' xmlns:p='3' xmlns=''/><a xmlns:p='1' xmlns:q='2' xmlns=''/>" },
		{ "<item xmlns='" EV "'><p:a xmlns='' xmlns:p='u'/></item>",
		  "<p:a xmlns='' xmlns:p='u'/>" },
		{ "<a b=\"'&#10;\xc3\xa9\">&#13;\n></a>",
		  "<a xmlns='' b='&apos;&#10;\xc3\xa9'>&#13;\n&gt;</a>" },
		{ "<item><!-- --><a><!-- --></a><?x?></item>", "<a xmlns=''/>" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		AUTO_STR out = { 0 };

		read_payload(&out, rows[i].in, strlen(rows[i].in));
		assert_string_equal(out.p, rows[i].out);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(item_payload__wrapped__keeps_its_infoset),
		cmocka_unit_test(item_payload__bare__keeps_its_infoset),
		cmocka_unit_test(item_payload__wrapped__byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
