/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

/* Every character that a parser might change or stumble over. */
static const char nasty[] = "a<b>&c]]>'\"\r\n\t d\r\né\xf0\x9f\x98\x80\xc2\x85\xe2\x80\xa8";

static void xml__text_and_attribute__parse_back_unchanged(void **state)
{
	AUTO_STR out = { 0 };
	xmlDoc *doc;
	xmlChar *text, *attr;

	(void)state;
	str_puts(&out, "<x");
	xml_attr(&out, "a", nasty);
	xml_attr(&out, "none", NULL);
	str_putc(&out, '>');
	xml_text(&out, nasty, strlen(nasty));
	str_puts(&out, "</x>");
	assert_null(strstr(out.p, "none"));
	doc = xmlReadMemory(out.p, (int)out.len, NULL, "UTF-8", XML_PARSE_NONET);
	assert_non_null(doc);
	text = xmlNodeGetContent(xmlDocGetRootElement(doc));
	attr = xmlGetProp(xmlDocGetRootElement(doc), BAD_CAST "a");
	assert_string_equal((char *)text, nasty);
	assert_string_equal((char *)attr, nasty);
	xmlFree(text);
	xmlFree(attr);
	xmlFreeDoc(doc);
	xmlCleanupParser();
}

/* They are looked for in blocks. */
static void xml__anywhere_in_a_text__is_escaped(void **state)
{
	static const struct {
		char c;
		const char *text, *attribute;
	} rows[] = {
		{ '&', "&amp;", "&amp;" }, { '<', "&lt;", "&lt;" },   { '>', "&gt;", "&gt;" },
		{ '\r', "&#13;", "&#13;" }, { '\n', "\n", "&#10;" }, { '\t', "\t", "&#9;" },
		{ '\'', "'", "&apos;" },    { '"', "\"", "\"" },     { '\xc3', "\xc3", "\xc3" },
	};
	char text[50];

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (size_t at = 0; at + 1 < sizeof(text); at++) {
			AUTO_STR out = { 0 };
			AUTO_STR wanted = { 0 };

			memset(text, 'a', sizeof(text) - 1);
			text[sizeof(text) - 1] = '\0';
			text[at] = rows[row].c;
			str_printf(&wanted, "%.*s%s%s k='%.*s%s%s'", (int)at, text, rows[row].text,
				   text + at + 1, (int)at, text, rows[row].attribute,
				   text + at + 1);
			xml_text(&out, text, strlen(text));
			xml_attr(&out, "k", text);
			assert_string_equal(out.p, wanted.p);
		}
	}
}

static void xml_valid__table__as_xml_1_0_says(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		bool valid;
	} rows[] = {
		{ "", 0, true },
		{ "a\t\r\n", 4, true },
		{ "\x01", 1, false },
		{ "\0", 1, false },
		{ "\x1f", 1, false },
		{ "\x7f", 1, true },
		{ "\xc3\xa9", 2, true },
		{ "\xc3", 1, false },	  /* cut short */
		{ "\xc0\xaf", 2, false }, /* overlong */
		{ "\xe0\x80\xaf", 3, false },
		{ "\xf0\x80\x80\xaf", 4, false },
		{ "\xed\xa0\x80", 3, false }, /* a surrogate */
		{ "\xef\xbf\xbd", 3, true },  /* U+FFFD */
		{ "\xef\xbf\xbe", 3, false }, /* U+FFFE */
		{ "\xef\xbf\xbf", 3, false },
		{ "\xf0\x9f\x98\x80", 4, true },
		{ "\xf4\x8f\xbf\xbd", 4, true },  /* U+10FFFD */
		{ "\xf4\x90\x80\x80", 4, false }, /* beyond U+10FFFF */
		{ "\xff", 1, false },
		{ "a\x80", 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(xml_valid(rows[i].s, rows[i].len), rows[i].valid);
}

static void xml_skip_tag__table__end_and_attributes(void **state)
{
	static const struct {
		const char *text;
		size_t limit, end, attrs;
	} rows[] = {
		{ "<a>b", SIZE_MAX, 3, 0 },
		{ "<a b='>' c=\"'=>\">d", SIZE_MAX, 17, 2 },
		{ "<a b='>'", SIZE_MAX, 8, 1 },
		{ "<a b=c>", 6, 6, 1 },
		{ "<a b=c>", 7, 7, 1 },
		{ "", SIZE_MAX, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *p = rows[i].text;
		const char *limit = rows[i].limit == SIZE_MAX ? NULL : p + rows[i].limit;
		size_t attrs = 99;

		assert_int_equal(xml_skip_tag(p, limit, &attrs) - p, rows[i].end);
		assert_int_equal(attrs, rows[i].attrs);
		assert_ptr_equal(xml_skip_tag(p, limit, NULL), p + rows[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml__text_and_attribute__parse_back_unchanged),
		cmocka_unit_test(xml__anywhere_in_a_text__is_escaped),
		cmocka_unit_test(xml_valid__table__as_xml_1_0_says),
		cmocka_unit_test(xml_skip_tag__table__end_and_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
