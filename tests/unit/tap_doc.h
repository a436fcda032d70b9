/* SPDX-License-Identifier: MIT */
#ifndef TAP_DOC_H
#define TAP_DOC_H

/*
 * Payloads that are easily damaged, and the comparison of what became of one with what libxml2
 * reads in the stanza itself: expanded names, attributes, text, and the prefixes in scope.
 */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/str.h"
#include "common/xmpp/ns.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define XHTML "http://www.w3.org/1999/xhtml"
#define PS NS_PUBSUB
#define EV NS_PUBSUB_EVENT
#define XS "http://www.w3.org/2001/XMLSchema"
#define XSI "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"

/* The content of an item. */
static const char *const tap_doc_contents[] = {
	"<entry xmlns='" ATOM "'><title>t</title></entry>",
	"<entry/>",
	"<entry xmlns=''/>",
	"<entry xmlns=''><inner/></entry>",
	"<a xmlns='urn:a'><b xmlns=''><c/></b><d/></a>",
	"<a xmlns='urn:a'><b xmlns=''><c xmlns='urn:c'><d xmlns=''/></c></b></a>",
	"<a xmlns='urn:a' xml:lang='en' xml:base='http://x/' xml:space='preserve'> </a>",
	"<link xmlns='urn:a' href='1' x:href='2' xmlns:x='urn:x' y:href='3' xmlns:y='urn:y'/>",
	"<x:a xmlns:x='urn:x'><x:b x:c='1' c='2'/></x:a>",
	"<x:a xmlns:x='urn:x'><b/></x:a>",
	"<x:a xmlns:x='urn:x' xmlns='urn:d'><b/><x:c/></x:a>",
	"<x:a xmlns:x='urn:x' xmlns=''><b/></x:a>",
	"<x:a xmlns:x='urn:1'><x:b xmlns:x='urn:2'><x:c/></x:b><x:d/></x:a>",
	"<a xmlns='urn:1' xmlns:x='urn:1' x:k='1'><x:b k='2'/></a>",
	"<a xmlns='urn:a' xmlns:unused='urn:unused'/>",
	"<v xmlns='urn:v' " XSI " xmlns:xs='" XS "' xsi:type='xs:string'>s</v>",
	"<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='de'/>",
	"<p xmlns='" XHTML "'>one <b>two</b> three<i/> four <b> five </b>\n</p>",
	"<a xmlns='urn:a'>\n\t<b>\n\t</b>\n</a>",
	"<a xmlns='urn:a'>&lt;b&gt;&amp;amp;&quot;&apos;</a>",
	"<a xmlns='urn:a'>]]&gt; &#93;&#93;&#62; >></a>",
	"<a xmlns='urn:a'><![CDATA[<b>&amp;]]]]><![CDATA[>]]></a>",
	"<a xmlns='urn:a'>x&#13;&#10;y&#13;z\r\nw\r</a>",
	"<a xmlns='urn:a' k='x&#13;&#10;y&#9;z \t w\nv'/>",
	"<a xmlns='urn:a' k='&lt;&gt;&amp;&quot;&apos;' l=\"'\" m='\"'/>",
	"<a xmlns='urn:a' k=''/>",
	"<a xmlns='urn:&lt;&amp;&apos;&gt;&quot;'><b/></a>",
	"<a xmlns='urn:a' xmlns:p='urn:p&amp;p&apos;' p:k='1'/>",
	"<a xmlns='urn:a'>\xf0\x9f\x98\x80\xf0\x9d\x84\x9e&#x1F600;&#x10FFFD;</a>",
	"<a xmlns='urn:a' k='\xf0\x9f\x98\x80&#x1F600;'/>",
	"<a xmlns='urn:a'>e\xcc\x81 \xc2\x85 \xe2\x80\xa8 \xef\xbb\xbf \xef\xbf\xbd \x7f</a>",
	"<\xc3\xa9 xmlns='urn:\xc3\xa9' \xc3\xa8:\xc3\xa8='2' xmlns:\xc3\xa8='urn:p'/>",
	"<a xmlns='urn:a'>x<!-- > --><?pi > ?>y<b/><!-- --><c/></a>",
	"<pubsub xmlns='" PS "'><items><item id='1'><a xmlns='urn:a'/></item></items></pubsub>",
	"<item xmlns='" PS "' id='2'>x<item><item/></item></item>",
	"<message xmlns='jabber:client'><body>b</body></message>",
	"<payload xmlns='urn:x-pubsub:tap' elements='3'><cut limit='depth'/></payload>",
	"<s:stream xmlns:s='http://etherx.jabber.org/streams'><s:error/></s:stream>",
	"<a xmlns='urn:a' xmlns:a='urn:b' a:a='1' a='2'><a:a a:a='3' a='4'/></a>",
	"<a.b-c_1 xmlns='urn:a' k.l-m_2='1'/>",
	"  <a xmlns='urn:a'/>\r\n\t ",
};

/* Whole stanzas, for what is declared around the payload. */
static const char *const tap_doc_stanzas[] = {
	"<message xmlns='jabber:client' xmlns:p='urn:p'><event xmlns='" EV "'><items>"
	"<item><p:a p:k='1'/></item></items></event></message>",
	"<message xmlns:p='urn:0'><event xmlns='" EV "' xmlns:p='urn:1'>"
	"<item xmlns:p='urn:2'><a xmlns='urn:a' p:k='1'><p:b xmlns:p='urn:3'/><p:c/></a></item>"
	"</event></message>",
	"<e:event xmlns:e='" EV "' xmlns='urn:d'><e:item><a><b/><e:c/></a></e:item></e:event>",
	"<e:event xmlns:e='" EV "'><e:item><a e:k='1'/></e:item></e:event>",
	"<pubsub xmlns='" PS "' " XSI " xmlns:xs='urn:xs'><publish><item>"
	"<v xmlns='urn:v'><w xsi:type='xs:string'/></v></item></publish></pubsub>",
	"<pubsub xmlns='" PS "' xmlns:x='urn:only-in-a-value'><publish><item>"
	"<v xmlns='urn:v' name='x:y'>x:z</v></item></publish></pubsub>",
	"<pubsub xmlns='" PS "' xmlns:x='urn:1'><o xmlns:x='urn:2'/><item>"
	"<v xmlns='' v='x:y'/></item></pubsub>",
	"<item xmlns='" PS "#owner'><a/></item>",
	"<item xmlns='" PS "'><a xml:lang='en'/></item>",
};

static inline bool tap_doc_is_text(const xmlNode *n)
{
	return n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
}

/* The text from *n up to the next element, at which it leaves *n. */
static inline void tap_doc_text(xmlNode **n, struct str *ret)
{
	for (; *n && (*n)->type != XML_ELEMENT_NODE; *n = (*n)->next)
		if (tap_doc_is_text(*n))
			str_puts(ret, (const char *)(*n)->content);
	str_add(ret, "", 0);
}

static inline const char *tap_doc_uri(const xmlNs *ns)
{
	return ns && ns->href ? (const char *)ns->href : "";
}

static inline int tap_doc_count_attributes(const xmlNode *n)
{
	int count = 0;

	for (const xmlAttr *a = n->properties; a; a = a->next)
		count++;
	return count;
}

static inline void tap_doc_assert_attributes(xmlNode *got, xmlNode *want)
{
	assert_int_equal(tap_doc_count_attributes(got), tap_doc_count_attributes(want));
	for (xmlAttr *a = want->properties; a; a = a->next) {
		const xmlChar *uri = a->ns ? a->ns->href : NULL;
		xmlChar *w = uri ? xmlGetNsProp(want, a->name, uri) : xmlGetNoNsProp(want, a->name);
		xmlChar *g = uri ? xmlGetNsProp(got, a->name, uri) : xmlGetNoNsProp(got, a->name);

		assert_non_null(g);
		assert_string_equal((char *)g, (char *)w);
		xmlFree(g);
		xmlFree(w);
	}
}

/* Every prefix that means something in the stanza means the same in the payload alone. */
static inline void tap_doc_assert_prefixes(xmlNode *got, xmlNode *want)
{
	xmlNs **in_scope = xmlGetNsList(want->doc, want);

	for (xmlNs **ns = in_scope; ns && *ns; ns++) {
		xmlNs *same = xmlSearchNs(got->doc, got, (*ns)->prefix);

		assert_string_equal(tap_doc_uri(same), tap_doc_uri(*ns));
	}
	xmlFree(in_scope);
}

static inline void tap_doc_assert_element(xmlNode *got, xmlNode *want)
{
	xmlNode *g = got->children, *w = want->children;

	assert_string_equal((char *)got->name, (char *)want->name);
	assert_string_equal(tap_doc_uri(got->ns), tap_doc_uri(want->ns));
	tap_doc_assert_attributes(got, want);
	tap_doc_assert_prefixes(got, want);
	for (;; g = g->next, w = w->next) {
		AUTO_STR got_text = { 0 }, want_text = { 0 };

		tap_doc_text(&g, &got_text);
		tap_doc_text(&w, &want_text);
		assert_string_equal(got_text.p, want_text.p);
		assert_int_equal(g == NULL, w == NULL);
		if (!g)
			return;
		tap_doc_assert_element(g, w);
	}
}

static inline xmlNode *tap_doc_find_item(xmlNode *n)
{
	for (; n; n = n->next) {
		xmlNode *found;

		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (!strcmp((const char *)n->name, "item"))
			return n;
		found = tap_doc_find_item(n->children);
		if (found)
			return found;
	}
	return NULL;
}

static inline xmlNode *tap_doc_first_element(xmlNode *parent)
{
	xmlNode *n = parent->children;

	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

/* NOENT, as otherwise libxml2 leaves "&#38;" in the names of namespaces. */
static inline xmlDoc *tap_doc_parse(const char *xml)
{
	const int quiet = XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), NULL, "UTF-8", XML_PARSE_NOENT | quiet);

	assert_non_null(doc);
	return doc;
}

/*
 * @xml must say what the one element within the item of @stanza says. It is read inside of an
 * element whose default namespace would leak into it, were it not to stand for itself.
 */
static inline void tap_doc_assert_payload(const char *stanza, const char *xml, const char *name,
					  const char *ns)
{
	AUTO_STR around = { 0 };
	xmlDoc *want_doc = tap_doc_parse(stanza), *got_doc;
	xmlNode *want = tap_doc_first_element(tap_doc_find_item(xmlDocGetRootElement(want_doc)));

	str_puts(&around, "<around xmlns='urn:around'>");
	str_puts(&around, xml);
	str_puts(&around, "</around>");
	got_doc = tap_doc_parse(around.p);
	tap_doc_assert_element(tap_doc_first_element(xmlDocGetRootElement(got_doc)), want);
	assert_string_equal((char *)want->name, name);
	assert_string_equal(tap_doc_uri(want->ns), ns);
	xmlFreeDoc(got_doc);
	xmlFreeDoc(want_doc);
}

#endif
