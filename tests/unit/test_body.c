/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/serve/notify/body.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

#define ATOM "http://www.w3.org/2005/Atom"
#define ENTRY(content) "<entry xmlns='" ATOM "'>" content "</entry>"
#define A(content) ENTRY("<title>T</title>" content)
#define XHTML(content)                                                                             \
	A("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>" content               \
	  "</div></content>")
#define HTML(content) A("<content type='html'>" content "</content>")

#define STYLE(content)                                                                             \
	"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "          \
	"xmlns:x='urn:x'>" content "</xsl:stylesheet>"
#define TEMPLATE(content) "<xsl:template match='/'>" content "</xsl:template>"

static char *dir;

static int start(void **state)
{
	(void)state;
	dir = mem_strdup("/tmp/pubsub-body.XXXXXX");
	return !mkdtemp(dir);
}

static char *path(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static int stop(void **state)
{
	static const char *const names[] = { "a.xsl", "b.xsl", "secret.xml", "written" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO_FREE char *p = path(names[i]);

		unlink(p);
	}
	rmdir(dir);
	free(dir);
	return 0;
}

static void write_file(const char *name, const char *text)
{
	AUTO_FREE char *p = path(name);
	FILE *f = fopen(p, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static int add(struct body *b, const char *ns, const char *text)
{
	AUTO_FREE char *p = path("a.xsl");

	write_file("a.xsl", text);
	return body_add_stylesheet(b, ns, p);
}

static int render(const struct body *b, const char *payload, struct str *out)
{
	int r = body_render(b, payload, strlen(payload), out);

	assert_true(out->len <= BODY_MAX);
	assert_true(!out->len || xml_valid(out->p, out->len));
	assert_int_equal(r == 1, out->len > 0);
	return r;
}

static void body_render__atom__as_text(void **state)
{
	static const struct {
		const char *payload, *expected; /* NULL: no body */
	} rows[] = {
		{ A(""), "T" },
		{ A("<summary>S</summary>"), "T\n\nS" },
		{ A("<content>C</content><summary>S</summary>"), "T\n\nS" },
		{ A("<content>C</content><summary> </summary>"), "T\n\nC" },
		{ A("<link href='http://example.org/1'/>"), "T\n\nhttp://example.org/1" },
		{ A("<link rel='self' href='urn:s'/><link rel='alternate' href='urn:a'/>"
		    "<link href='urn:b'/>"),
		  "T\n\nurn:a" },
		{ A("<link rel='edit' href='urn:e'/><link/>"), "T" },
		{ A("<summary>S</summary><link href='urn:a'/>"), "T\n\nS\n\nurn:a" },
		/* a note of a microblog (XEP-0472) */
		{ A("<content> T </content>"), "T" },
		{ ENTRY("<content>C</content>"), "C" },
		{ ENTRY("<title> two\n  lines </title>"), "two   lines" },
		{ A("<content>one\r\n  two  \n\n\n\nthree\t</content>"),
		  "T\n\none\n  two\n\nthree" },
		{ A("<content type='text'>a &lt;b&gt; &amp;amp; c</content>"),
		  "T\n\na <b> &amp; c" },
		{ A("<content type='text/plain'>C</content>"), "T\n\nC" },
		{ A("<content type='image/png'>aGVsbG8=</content>"), "T" },
		{ A("<content type='application/xml'><x>C</x></content>"), "T" },
		{ A("<content src='http://example.org/'/>"), "T" },
		{ A("<summary xmlns='urn:x'>S</summary>"), "T" },
		{ ENTRY("<title type='html'>a &amp;lt; &lt;b&gt;b&lt;/b&gt;</title>"), "a < b" },
		{ "<a:entry xmlns:a='" ATOM "'><a:title>T</a:title></a:entry>", "T" },
		{ ENTRY(""), NULL },
		{ ENTRY("<title> \n</title><content/>"), NULL },
		{ "<feed xmlns='" ATOM "'><title>T</title></feed>", NULL },
		{ "<entry><title>T</title></entry>", NULL },
		{ "<x xmlns='urn:x'>text</x>", NULL },
	};
	struct body b;

	(void)state;
	body_init(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		assert_int_equal(render(&b, rows[i].payload, &out), !!rows[i].expected);
		if (rows[i].expected)
			assert_string_equal(out.p, rows[i].expected);
	}
	body_release(&b);
}

static void body_render__markup__as_text(void **state)
{
	static const struct {
		const char *payload, *expected; /* behind the title */
	} rows[] = {
		{ XHTML("a <b>b</b>\n  c"), "a b c" },
		{ XHTML("<p>one</p><p>two<br/>three</p>four"), "one\n\ntwo\nthree\n\nfour" },
		{ XHTML("<ul><li>one</li><li><b>two</b></li></ul>x"), "- one\n- two\n\nx" },
		{ XHTML("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
		  "a b\nc" },
		{ XHTML("a<br/><br/>b"), "a\n\nb" },
		{ XHTML("<style>p {}</style><script>x</script>a"), "a" },
		{ HTML("&lt;p&gt;one&lt;/p&gt; two &lt;BR&gt; three"), "one\n\ntwo\nthree" },
		{ HTML("&lt;![CDATA[x]]&gt;a&lt;!-- &gt; --&gt;b&lt;?p?&gt;c"), "abc" },
		{ HTML("&lt;a href='x>y' title=\"'>\"&gt;a&lt;/a&gt;b"), "ab" },
		{ HTML("&lt;script&gt;if (a&lt;b) x&lt;/p&gt;&lt;/SCRIPT &gt;c"), "c" },
		{ HTML("&lt;script&gt;never closed"), NULL },
		{ HTML("a &lt; b &lt;3 c &amp; d"), "a < b <3 c & d" },
		{ HTML("&amp;eacute;&amp;#233;&amp;#xE9;&amp;amp;lt;&amp;apos;&amp;nbsp;."),
		  "ééé&lt;'\u00a0." },
		{ HTML("&amp;nosuch; &amp;#1; &amp;#xFFFE; &amp;#xD800; &amp;# &amp;#x; &amp;#-1; "
		       "&amp;eacute &amp;#99999999999999999999;"),
		  "&nosuch; &#1; &#xFFFE; &#xD800; &# &#x; &#-1; &eacute "
		  "&#99999999999999999999;" },
		{ HTML("a&lt;b"), "a" },
		{ HTML("a&lt;"), "a<" },
		{ HTML("a&amp;"), "a&" },
	};
	struct body b;

	(void)state;
	body_init(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 }, expected = { 0 };

		str_puts(&expected, "T");
		if (rows[i].expected)
			str_printf(&expected, "\n\n%s", rows[i].expected);
		assert_int_equal(render(&b, rows[i].payload, &out), 1);
		assert_string_equal(out.p, expected.p);
	}
	body_release(&b);
}

static void body_render__bad__refused(void **state)
{
	static const char *const rows[] = {
		"",
		"text",
		"<entry xmlns='" ATOM "'>",
		"<a:entry/>",
		"<!DOCTYPE entry [<!ENTITY e 'x'>]>" ENTRY("<title>&e;</title>"),
	};
	struct body b;

	(void)state;
	body_init(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		assert_int_equal(render(&b, rows[i], &out), -EINVAL);
	}
	body_release(&b);
}

static void repeat(struct str *out, const char *what, int n)
{
	while (n--)
		str_puts(out, what);
}

static void body_render__long__cut(void **state)
{
	static const struct {
		const char *open, *each, *close;
	} rows[] = {
		{ "<title>T</title><content>", "é", "</content>" },
		{ "<title>T</title><content>", "x€", "</content>" },
		{ "<title>T</title><content>", "𝄞", "</content>" },
		{ "<title>T</title><content type='html'>", "&amp;#x1D11E;", "</content>" },
		{ "<title>", "é ", "</title>" },
	};
	struct body b;

	(void)state;
	body_init(&b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR payload = { 0 }, out = { 0 };

		str_printf(&payload, "<entry xmlns='" ATOM "'>%s", rows[i].open);
		repeat(&payload, rows[i].each, 20000);
		str_printf(&payload, "%s<link href='urn:l'/></entry>", rows[i].close);
		assert_int_equal(render(&b, payload.p, &out), 1);
		assert_true(out.len > 400);
		assert_string_equal(out.p + out.len - strlen("…\n\nurn:l"), "…\n\nurn:l");
	}
	body_release(&b);
}

static void body_render__stylesheet__applied(void **state)
{
	static const char *const style = STYLE("<xsl:output method='text'/>" TEMPLATE(
		"Alert: <xsl:value-of select='x:a/@n'/><xsl:text>&#10;</xsl:text>"
		"<xsl:for-each select='x:a/x:b'>* <xsl:value-of "
		"select='.'/><xsl:text>&#10;</xsl:text>"
		"</xsl:for-each>"));
	static const char payload[] = "<a xmlns='urn:x' n='é'><b>1 &lt; 2</b><b>3</b></a>";
	AUTO_STR out = { 0 }, html = { 0 }, none = { 0 }, atom = { 0 };
	struct body b;

	(void)state;
	body_init(&b);
	assert_false(body_understands(&b, "urn:x"));
	assert_true(body_understands(&b, ATOM));
	assert_false(body_understands(&b, ""));
	assert_int_equal(add(&b, "urn:x", style), 0);
	assert_true(body_understands(&b, "urn:x"));
	assert_int_equal(add(&b, "urn:x", style), -EEXIST);
	assert_int_equal(render(&b, payload, &out), 1);
	assert_string_equal(out.p, "Alert: é\n* 1 < 2\n* 3");
	/* whatever it makes is taken as text */
	assert_int_equal(add(&b, "", STYLE(TEMPLATE("<p>a<b>b</b></p>"))), 0);
	assert_int_equal(render(&b, "<y/>", &html), 1);
	assert_string_equal(html.p, "ab");
	/* also instead of what is built in */
	assert_int_equal(add(&b, ATOM, STYLE(TEMPLATE("<xsl:text> \n </xsl:text>"))), 0);
	assert_int_equal(render(&b, A(""), &none), 0);
	assert_int_equal(render(&b, payload, &atom), 1); /* each has its own */
	assert_string_equal(atom.p, out.p);
	body_release(&b);
}

static void body_add_stylesheet__bad__refused(void **state)
{
	static const char *const rows[] = {
		"",
		"text",
		"<x/>",
		STYLE("<xsl:template match='['/>"),
		STYLE("<xsl:import href='b.xsl'/>"),
		STYLE("<xsl:include href='b.xsl'/>"),
		STYLE(TEMPLATE("<xsl:nosuch/>")) "x",
	};
	AUTO_FREE char *missing = path("none.xsl"), *other = path("b.xsl"), *import = NULL;
	AUTO_STR out = { 0 };
	struct body b;

	(void)state;
	body_init(&b);
	write_file("b.xsl", STYLE(TEMPLATE("other")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(add(&b, "urn:x", rows[i]), -EINVAL);
	import = mem_printf(STYLE("<xsl:import href='%s'/>"), other);
	assert_int_equal(add(&b, "urn:x", import), -EINVAL);
	assert_int_equal(body_add_stylesheet(&b, "urn:x", missing), -ENOENT);
	assert_int_equal(body_add_stylesheet(&b, "urn:x", dir), -EISDIR);
	assert_int_equal(body_add_stylesheet(&b, "urn:x", other), 0);
	assert_int_equal(render(&b, "<a xmlns='urn:x'/>", &out), 1);
	assert_string_equal(out.p, "other");
	body_release(&b);
}

/* What a stylesheet must not do; @ stands for the directory of this test. */
static void body_render__stylesheet_reaches_out__nothing(void **state)
{
	static const char *const rows[] = {
		STYLE(TEMPLATE("<xsl:value-of select=\"document('@/secret.xml')\"/>")),
		STYLE(TEMPLATE("<xsl:copy-of select=\"document('file://@/secret.xml')\"/>")),
		STYLE(TEMPLATE("<xsl:value-of select='document(x:a)'/>")),
		"<!DOCTYPE s [<!ENTITY e SYSTEM '@/secret.xml'>]>" STYLE(TEMPLATE("&e;")),
		STYLE(TEMPLATE("<e:document href='@/written' "
			       "xmlns:e='http://exslt.org/common' "
			       "xsl:extension-element-prefixes='e'>text</e:document>")),
		STYLE(TEMPLATE("<xsl:document href='@/written'>text</xsl:document>")),
		"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
		"xmlns:s='http://icl.com/saxon' extension-element-prefixes='s'>" TEMPLATE(
			"<s:output file='@/written'>text</s:output>") "</xsl:stylesheet>",
		STYLE(TEMPLATE("<xsl:value-of select='s:evaluate(\"1\")' "
			       "xmlns:s='http://exslt.org/dynamic'/>")),
	};
	AUTO_FREE char *written = path("written");
	AUTO_FREE char *payload = mem_printf("<a xmlns='urn:x'>%s/secret.xml</a>", dir);

	(void)state;
	write_file("secret.xml", "<s>secret</s>");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR style = { 0 }, out = { 0 };
		struct body b;
		int r;

		for (const char *p = rows[i]; *p; p++)
			if (*p == '@')
				str_puts(&style, dir);
			else
				str_putc(&style, *p);
		body_init(&b);
		r = add(&b, "urn:x", style.p);
		assert_true(r == 0 || r == -EINVAL);
		if (!r)
			(void)render(&b, payload, &out);
		if (out.len && strstr(out.p, "secret"))
			fail_msg("%s: %s", rows[i], out.p);
		assert_int_equal(access(written, F_OK), -1);
		body_release(&b);
	}
}

static void body_render__stylesheet_endless__stopped(void **state)
{
	static const char *const rows[] = {
		STYLE(TEMPLATE("<xsl:call-template name='f'/>") "<xsl:template "
								"name='f'>x<xsl:call-template "
								"name='f'/></xsl:template>"),
		STYLE(TEMPLATE("<xsl:apply-templates select='/'/>")),
		STYLE(TEMPLATE("<xsl:for-each select='//*'><xsl:for-each select='//*'>"
			       "<xsl:for-each select='//*'>x</xsl:for-each></xsl:for-each>"
			       "</xsl:for-each>")),
		STYLE(TEMPLATE("<xsl:value-of select='count(//*[//*[//*[//*]/..]/..])'/>")),
		STYLE(TEMPLATE("<xsl:message terminate='yes'>no</xsl:message>")),
	};
	AUTO_STR payload = { 0 };

	(void)state;
	str_puts(&payload, "<a xmlns='urn:x'>");
	repeat(&payload, "<b/>", 1000);
	str_puts(&payload, "</a>");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };
		struct body b;
		int r;

		body_init(&b);
		assert_int_equal(add(&b, "urn:x", rows[i]), 0);
		r = render(&b, payload.p, &out);
		assert_true(r == -EINVAL || r == -E2BIG);
		body_release(&b);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_render__atom__as_text),
		cmocka_unit_test(body_render__markup__as_text),
		cmocka_unit_test(body_render__bad__refused),
		cmocka_unit_test(body_render__long__cut),
		cmocka_unit_test(body_render__stylesheet__applied),
		cmocka_unit_test(body_add_stylesheet__bad__refused),
		cmocka_unit_test(body_render__stylesheet_reaches_out__nothing),
		cmocka_unit_test(body_render__stylesheet_endless__stopped),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
