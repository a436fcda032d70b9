/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <strophe.h>

#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/tap.h"
#include "tap_doc.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OPEN "<message xmlns='jabber:client'><event xmlns='" EV "'><items><item>"
#define CLOSE "</item></items></event></message>"

static xmpp_ctx_t *ctx;

static xmpp_stanza_t *find_item(xmpp_stanza_t *s)
{
	const char *name = xmpp_stanza_get_name(s);
	xmpp_stanza_t *found = NULL;

	if (name && !strcmp(name, "item"))
		return s;
	for (s = xmpp_stanza_get_children(s); s && !found; s = xmpp_stanza_get_next(s))
		found = find_item(s);
	return found;
}

/* Strings, or NULL both. */
static void assert_same(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

/* What became of @stanza's first item; borrowed from *ret_stanza. */
static bool payload_of(const char *stanza, xmpp_stanza_t **ret_stanza, struct tap_payload *ret)
{
	*ret_stanza = xmpp_stanza_new_from_string(ctx, stanza);
	assert_non_null(*ret_stanza);
	assert_null(tap_cut(*ret_stanza));
	return tap_payload(find_item(*ret_stanza), ret);
}

static bool payload_of_content(const char *content, xmpp_stanza_t **ret_stanza,
			       struct tap_payload *ret)
{
	AUTO_STR stanza = { 0 };

	str_puts(&stanza, OPEN);
	str_puts(&stanza, content);
	str_puts(&stanza, CLOSE);
	return payload_of(stanza.p, ret_stanza, ret);
}

static void check_infoset(const char *stanza)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	struct tap_payload p;

	assert_true(payload_of(stanza, &s, &p));
	assert_int_equal(p.elements, 1);
	assert_false(p.text);
	assert_int_equal(p.len, strlen(p.xml));
	tap_doc_assert_payload(stanza, p.xml, p.name, p.ns);
}

static void tap_payload__nasty_documents__same_infoset(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tap_doc_contents); i++) {
		AUTO_STR stanza = { 0 };

		str_puts(&stanza, OPEN);
		str_puts(&stanza, tap_doc_contents[i]);
		str_puts(&stanza, CLOSE);
		check_infoset(stanza.p);
	}
	for (size_t i = 0; i < COUNT(tap_doc_stanzas); i++)
		check_infoset(tap_doc_stanzas[i]);
}

static void repeat(struct str *out, const char *s, size_t n)
{
	while (n--)
		str_puts(out, s);
}

static void tap_payload__deep_and_large__same_infoset(void **state)
{
	AUTO_STR deep = { 0 }, large = { 0 };

	(void)state;
	str_puts(&deep, OPEN);
	repeat(&deep, "<d xmlns='urn:d' k='&#10;'>x", 200);
	repeat(&deep, "</d>", 200);
	str_puts(&deep, CLOSE);
	check_infoset(deep.p);

	str_puts(&large, OPEN "<l>");
	repeat(&large, "0123456789 <b/>\n&lt;\xf0\x9f\x98\x80", 10000);
	str_puts(&large, "</l>" CLOSE);
	assert_true(large.len > 200 * 1024);
	check_infoset(large.p);
}

static void tap_payload__table__exact_markup(void **state)
{
	static const struct {
		const char *content, *xml;
		unsigned elements;
		bool text;
		const char *name, *ns;
	} rows[] = {
		{ "", NULL, 0, false, NULL, NULL },
		{ " \t\r\n ", NULL, 0, false, NULL, NULL },
		{ "<!-- no -->\n<?no no?>", NULL, 0, false, NULL, NULL },
		{ "hello &lt;all&gt;\n", "hello &lt;all&gt;\n", 0, true, NULL, NULL },
		{ "<a xmlns='urn:a'/>", "<a xmlns='urn:a'/>", 1, false, "a", "urn:a" },
		{ "\n  <a xmlns='urn:a'> </a>\n", "<a xmlns='urn:a'> </a>", 1, false, "a",
		  "urn:a" },
		{ "<a/>", "<a xmlns='" EV "'/>", 1, false, "a", EV },
		{ "<a xmlns=''/>", "<a xmlns=''/>", 1, false, "a", "" },
		{ "<p:a xmlns:p='urn:p'><b/></p:a>",
		  "<p:a xmlns='" EV "' xmlns:p='urn:p'><b/></p:a>", 1, false, "a", "urn:p" },
		{ "<a xmlns='u'/> <b xmlns='v'/>",
		  "<a xmlns='u'/><b xmlns='v'/>", 2, false, "a", "u" },
		{ "<a xmlns='urn:a'/>x", "<a xmlns='urn:a'/>x", 1, true, "a", "urn:a" },
		{ "x<a xmlns='urn:a'/>", "x<a xmlns='urn:a'/>", 1, true, "a", "urn:a" },
		{ "<![CDATA[x]]><a xmlns=''/><b xmlns=''/>",
		  "x<a xmlns=''/><b xmlns=''/>", 2, true, "a", "" },
		{ "<a xmlns='' b='&quot;&apos;&#13;&#10;&#9;'>&#13;]]&gt;</a>",
		  "<a xmlns='' b='\"&apos;&#13;&#10;&#9;'>&#13;]]&gt;</a>", 1, false, "a", "" },
		{ "<item xmlns='" PS "'><item/></item>",
		  "<item xmlns='" PS "'><item/></item>", 1, false, "item", PS },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		struct tap_payload p;

		assert_int_equal(payload_of_content(rows[i].content, &s, &p), rows[i].xml != NULL);
		assert_int_equal(p.elements, rows[i].elements);
		assert_int_equal(p.text, rows[i].text);
		assert_int_equal(p.len, rows[i].xml ? strlen(rows[i].xml) : 0);
		assert_same(p.xml, rows[i].xml);
		assert_same(p.name, rows[i].name);
		assert_same(p.ns, rows[i].ns);
	}
}

static void tap_payload__two_elements__each_stands_alone(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	struct tap_payload p;

	(void)state;
	assert_true(payload_of("<q:pubsub xmlns:q='" PS "' xmlns:p='urn:1' xmlns='urn:0'>"
			       "<q:item xmlns:p='urn:2'><a/><p:b xmlns:p='urn:3'/>"
			       "</q:item></q:pubsub>",
			       &s, &p));
	assert_int_equal(p.elements, 2);
	assert_string_equal(p.xml, "<a xmlns='urn:0' xmlns:q='" PS "' xmlns:p='urn:2'/>"
				   "<p:b xmlns='urn:0' xmlns:q='" PS "' xmlns:p='urn:3'/>");
}

static void tap_payload__forged__is_not_taken(void **state)
{
#define FORGED "<payload xmlns='urn:x-pubsub:tap' elements='7' text='0' name='n' ns='u'>x</payload>"
	static const char *const outside[] = {
		"<item xmlns='urn:other'>" FORGED "</item>",
		"<item>" FORGED "</item>",
		"<item xmlns='urn:x-pubsub:tap'><payload elements='7'>x</payload></item>",
		"<item xmlns:t='urn:x-pubsub:tap'><t:payload elements='7'>x</t:payload></item>",
		"<x:item xmlns:x='urn:o' xmlns='urn:x-pubsub:tap'><payload elements='7'/></x:item>",
	};
	AUTO_STANZA xmpp_stanza_t *inside = NULL;
	struct tap_payload p;

	(void)state;
	for (size_t i = 0; i < COUNT(outside); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;

		assert_false(payload_of(outside[i], &s, &p));
		assert_null(p.xml);
		assert_non_null(xmpp_stanza_get_children(s));
	}
	assert_true(payload_of_content(FORGED, &inside, &p));
	assert_int_equal(p.elements, 1);
	assert_string_equal(p.name, "payload");
	assert_string_equal(p.ns, "urn:x-pubsub:tap");
	assert_string_equal(p.xml, FORGED);
}

static void tap_cut__forged__is_not_taken(void **state)
{
	static const char *const stanzas[] = {
		"<m><cut xmlns='urn:x-pubsub:tap' limit='depth'/></m>",
		"<m xmlns='urn:x-pubsub:tap'><cut limit='depth'/></m>",
		"<m xmlns:t='urn:x-pubsub:tap'><t:cut limit='depth'/></m>",
		"<item xmlns='" PS "'><cut xmlns='urn:x-pubsub:tap' limit='depth'/></item>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(stanzas); i++) {
		AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, stanzas[i]);

		assert_non_null(s);
		assert_non_null(xmpp_stanza_get_children(s));
		assert_null(tap_cut(s));
	}
}

static void attributes__outside_of_items__keep_their_namespace(void **state)
{
	static const struct {
		const char *stanza, *attribute, *value;
	} rows[] = {
		{ "<a xml:lang='en'/>", "xml:lang", "en" },
		{ "<a xml:lang='en'/>", "lang", NULL },
		{ "<a xml:lang='en' lang='de'/>", "lang", "de" },
		{ "<a xmlns:p='urn:p' p:k='1' k='2'/>", "p:k", "1" },
		{ "<a xmlns:p='urn:p' p:k='1' k='2'/>", "k", "2" },
		{ "<a xmlns:p='urn:p' p:k='1' k='2'/>", "xmlns:p", "urn:p" },
		{ "<a/>", "xmlns", "" },
		{ "<a xmlns='urn:a'/>", "xmlns", "urn:a" },
		{ "<p:a xmlns:p='urn:p'/>", "xmlns", "urn:p" },
		{ "<p:a xmlns:p='urn:p'/>", "xmlns:p", "urn:p" },
		{ "<a xmlns:p='urn:p' p:xmlns='urn:forged'/>", "xmlns", "" },
		{ "<a xmlns:p='urn:p' p:xmlns='urn:forged'/>", "p:xmlns", "urn:forged" },
	};
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx,
		"<a xmlns='urn:a' xmlns:p='urn:p'>x<b xmlns='' p:k='1'/>\ny&amp;z<c/></a>");
	xmpp_stanza_t *child;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STANZA xmpp_stanza_t *one = xmpp_stanza_new_from_string(ctx, rows[i].stanza);

		assert_same(xmpp_stanza_get_attribute(one, rows[i].attribute), rows[i].value);
	}
	child = xmpp_stanza_get_children(s);
	assert_string_equal(xmpp_stanza_get_text_ptr(child), "x");
	child = xmpp_stanza_get_next(child);
	assert_string_equal(xmpp_stanza_get_ns(child), "");
	assert_string_equal(xmpp_stanza_get_attribute(child, "p:k"), "1");
	assert_string_equal(xmpp_stanza_get_attribute(child, "xmlns:p"), "urn:p");
	child = xmpp_stanza_get_next(child);
	assert_string_equal(xmpp_stanza_get_text_ptr(child), "\ny&z");
	child = xmpp_stanza_get_next(child);
	assert_string_equal(xmpp_stanza_get_ns(child), "urn:a");
	assert_null(xmpp_stanza_get_next(child));
}

/*
 * Limits. A stanza is HEAD, N times OPEN with its number, MIDDLE, N times CLOSE, TAIL.
 */
struct pattern {
	const char *head, *open, *middle, *close, *tail;
};

static void build(struct str *out, const struct pattern *p, size_t n)
{
	str_puts(out, p->head);
	for (size_t i = 0; i < n; i++) {
		const char *mark = strchr(p->open, '#');

		str_add(out, p->open, mark ? (size_t)(mark - p->open) : strlen(p->open));
		if (mark)
			str_printf(out, "%zu%s", i, mark + 1);
	}
	str_puts(out, p->middle);
	repeat(out, p->close, n);
	str_puts(out, p->tail);
}

static xmpp_stanza_t *parse_pattern(const struct pattern *p, size_t n)
{
	AUTO_STR stanza = { 0 };
	xmpp_stanza_t *s;

	build(&stanza, p, n);
	s = xmpp_stanza_new_from_string(ctx, stanza.p);
	assert_non_null(s);
	return s;
}

static void tap_cut__at_each_limit_and_one_beyond(void **state)
{
	static const struct {
		struct pattern p;
		size_t good;		/* the greatest n that passes */
		const char *limit;
	} rows[] = {
		{ { "<m>", "<a>", "", "</a>", "</m>" }, TAP_MAX_DEPTH, "depth" },
		{ { OPEN, "<a>", "", "</a>", CLOSE }, TAP_MAX_DEPTH - 3, "depth" },
		{ { "<m>", "<a/>", "", "", "</m>" }, TAP_MAX_ELEMENTS - 1, "elements" },
		{ { "<m", " a#=''", "", "", "/>" }, TAP_MAX_ATTRIBUTES, "attributes" },
		{ { "<m><a", " a#=''", "", "", "/></m>" }, TAP_MAX_ATTRIBUTES, "attributes" },
		{ { OPEN "<a", " a#=''", "", "", "/>" CLOSE }, TAP_MAX_ATTRIBUTES, "attributes" },
		{ { "<m", " xmlns:a#='u'", "", "", "/>" }, TAP_MAX_NAMESPACES, "namespaces" },
		{ { "<m><a", " xmlns:a#='u'", "", "", "/></m>" }, TAP_MAX_NAMESPACES,
		  "namespaces" },
		{ { OPEN "<a", " xmlns:a#='u'", "", "", "/>" CLOSE }, TAP_MAX_NAMESPACES - 2,
		  "namespaces" },
		{ { "<m>", "x", "", "", "</m>" }, TAP_MAX_TEXT, "text" },
		{ { "<m><a>1</a>", "x", "", "", "</m>" }, TAP_MAX_TEXT - 1, "text" },
		{ { OPEN "<a xmlns='u'>", "x", "", "", "</a>" CLOSE }, TAP_MAX_CAPTURE - 17,
		  "capture" },
		{ { OPEN "<b xmlns=''/></item><item><a xmlns='u'>", "x", "", "", "</a>" CLOSE },
		  TAP_MAX_CAPTURE - 17 - 13, "capture" },
		{ { OPEN "<a xmlns='u' b='", "x", "", "", "'/>" CLOSE }, TAP_MAX_CAPTURE - 19,
		  "capture" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STANZA xmpp_stanza_t *good = parse_pattern(&rows[i].p, rows[i].good);
		AUTO_STANZA xmpp_stanza_t *bad = parse_pattern(&rows[i].p, rows[i].good + 1);

		assert_null(tap_cut(good));
		assert_non_null(tap_cut(bad));
		assert_string_equal(tap_cut(bad), rows[i].limit);
	}
}

static void tap_cut__second_item__first_payload_remains(void **state)
{
	static const struct pattern p = { OPEN "<a xmlns=''/></item><item>", "<a>", "", "</a>",
					  CLOSE };
	AUTO_STANZA xmpp_stanza_t *s = parse_pattern(&p, TAP_MAX_DEPTH);
	xmpp_stanza_t *item = find_item(s);
	struct tap_payload payload;

	(void)state;
	assert_string_equal(tap_cut(s), "depth");
	assert_true(tap_payload(item, &payload));
	assert_string_equal(payload.xml, "<a xmlns=''/>");
	item = xmpp_stanza_get_next(item);
	assert_string_equal(xmpp_stanza_get_name(item), "item");
	assert_false(tap_payload(item, &payload));
}

static void tap_cut__too_many_attributes__stanza_can_still_be_answered(void **state)
{
	static const struct pattern p = { "<iq type='set' id='7'", " a#=''", "><q/></iq>", "", "" };
	AUTO_STANZA xmpp_stanza_t *s = parse_pattern(&p, 20000);

	(void)state;
	assert_string_equal(tap_cut(s), "attributes");
	assert_string_equal(xmpp_stanza_get_type(s), "set");
	assert_string_equal(xmpp_stanza_get_id(s), "7");
	assert_null(xmpp_stanza_get_child_by_name(s, "q"));
}

/* About a megabyte each. Without the limits: minutes, or the end of the stack. */
static void tap__hostile_stanzas__linear_time(void **state)
{
	static const struct {
		struct pattern p;
		size_t n;
		const char *limit;
	} rows[] = {
		{ { "<m>", "\n", "", "", "</m>" }, 1000000, NULL },
		{ { OPEN, "\n", "<a/>", "", CLOSE }, 1000000, NULL },
		{ { "<m>", "<a/>", "", "", "</m>" }, 250000, "elements" },
		{ { OPEN, "<a xmlns=''/>", "", "", CLOSE }, 80000, NULL },
		{ { "<m", " a#=''", "/>", "", "" }, 100000, "attributes" },
		{ { OPEN "<a", " a#=''", "/>", "", CLOSE }, 100000, "attributes" },
		{ { "<m>", "<a>", "", "</a>", "</m>" }, 150000, "depth" },
		{ { OPEN, "<a>", "", "</a>", CLOSE }, 150000, "depth" },
		{ { "<m", " xmlns:a#='u'", "/>", "", "" }, 60000, "namespaces" },
		{ { OPEN "<a", " xmlns:a#='u'", "/>", "", CLOSE }, 60000, "namespaces" },
		{ { OPEN, "&amp;", "", "", CLOSE }, 200000, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		clock_t start = clock();

		s = parse_pattern(&rows[i].p, rows[i].n);
		assert_true((clock() - start) / CLOCKS_PER_SEC < 4);
		assert_same(tap_cut(s), rows[i].limit);
	}
}

/* Every top-level element repeats what is declared around it: small input, large output. */
static void tap__many_declarations_times_many_elements__linear_time(void **state)
{
	static const struct {
		struct pattern p;
		const char *limit;
	} rows[] = {
		{ { "", "<a/>", "", "", "" }, "capture" },
		{ { "<b>", "<p0:a/>", "", "", "</b>" }, NULL },
		{ { "<b>", "<a p0:b=''/>", "", "", "</b>" }, NULL },
		{ { "<b xmlns:p0='v'>", "<p0:a/>", "", "", "</b>" }, NULL },
	};
	static const struct pattern around = { "<event xmlns='" EV "'", " xmlns:p#='urn:long'",
					       "><item>", "", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STR stanza = { 0 };
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		clock_t start = clock();

		build(&stanza, &around, TAP_MAX_NAMESPACES - 2);
		build(&stanza, &rows[i].p, 75000);
		str_puts(&stanza, "</item></event>");
		s = xmpp_stanza_new_from_string(ctx, stanza.p);
		assert_true((clock() - start) / CLOCKS_PER_SEC < 4);
		assert_non_null(s);
		assert_same(tap_cut(s), rows[i].limit);
	}
}

static void tap_works__expat_underneath__true(void **state)
{
	unsigned long reads = tap_reads();

	(void)state;
	assert_true(tap_works(ctx));
	assert_true(tap_works(ctx));
	assert_int_equal(tap_reads(), reads);
}

static void strings__not_well_formed__no_stream_error(void **state)
{
	static const char *const rows[] = {
		"", "<a", "<a>", "</a>", "<p:a/>", "</stream><b/>", "<a>&no;</a>", "<a b='' b=''/>",
		OPEN "<a", OPEN "x & y" CLOSE,
	};

	(void)state;
	tap_reset();
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_null(xmpp_stanza_new_from_string(ctx, rows[i]));
	assert_false(tap_parse_error());
	assert_false(tap_stream_opened());
	assert_true(tap_works(ctx));
}

static int setup(void **state)
{
	(void)state;
	ctx = xmpp_ctx_new(NULL, NULL);
	return ctx ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	xmpp_ctx_free(ctx);
	xmlCleanupParser();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap_works__expat_underneath__true),
		cmocka_unit_test(strings__not_well_formed__no_stream_error),
		cmocka_unit_test(tap_payload__nasty_documents__same_infoset),
		cmocka_unit_test(tap_payload__deep_and_large__same_infoset),
		cmocka_unit_test(tap_payload__table__exact_markup),
		cmocka_unit_test(tap_payload__two_elements__each_stands_alone),
		cmocka_unit_test(tap_payload__forged__is_not_taken),
		cmocka_unit_test(attributes__outside_of_items__keep_their_namespace),
		cmocka_unit_test(tap_cut__forged__is_not_taken),
		cmocka_unit_test(tap_cut__at_each_limit_and_one_beyond),
		cmocka_unit_test(tap_cut__second_item__first_payload_remains),
		cmocka_unit_test(tap_cut__too_many_attributes__stanza_can_still_be_answered),
		cmocka_unit_test(tap__hostile_stanzas__linear_time),
		cmocka_unit_test(tap__many_declarations_times_many_elements__linear_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
