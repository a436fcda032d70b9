/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/pubsub/xpath.h"

AUTO_DEFINE(struct xpath *, xpath_free);
AUTO_DEFINE(struct xpath_doc *, xpath_doc_free);

#define ATOM "http://www.w3.org/2005/Atom"

static const char entry[] =
	"<entry xmlns='" ATOM "' xml:lang='de'><title>Grüße &amp; mehr</title><n>3</n><n>20</n>"
	"<link rel='self' href='urn:1'/><link href='urn:2'/><x xmlns=''><y>in none</y></x>"
	"<!-- a --><?b c?><t>one<![CDATA[<two>]]></t><empty/></entry>";

static const char *const bound[] = { "a=" ATOM, "p=", "o=urn:o", NULL };

static struct xpath *compiled(const char *expr)
{
	AUTO_STR why = { 0 };
	struct xpath *x = NULL;

	if (xpath_compile(expr, bound, &why, &x))
		fail_msg("%s: %s", expr, why.p);
	assert_null(why.p);
	return x;
}

static struct xpath_doc *document(const char *xml)
{
	struct xpath_doc *d = NULL;

	assert_int_equal(xpath_doc_new(xml, strlen(xml), &d), 0);
	return d;
}

static int test(const char *expr, struct xpath_doc *d)
{
	AUTO(xpath_free) struct xpath *x = compiled(expr);

	return xpath_test(x, d);
}

static void xpath_test__table__as_given(void **state)
{
	static const struct {
		const char *expr;
		int expected;
	} rows[] = {
		{ "/a:entry", 1 },
		{ "/a:entry/a:title", 1 },
		{ "a:title", 1 },
		{ "//a:title", 1 },
		{ "self::a:entry", 1 },
		{ "a:entry", 0 },
		{ "title", 0 },
		{ "//y", 1 },
		{ "x/y = 'in none'", 1 },
		{ "p:title", 1 },
		{ "o:title", 0 },
		{ "o:title | p:title", 1 },
		{ "@xml:lang = 'de'", 1 },
		{ "lang('de')", 1 },
		{ "a:link[not(@rel)]/@href='urn:2'", 1 },
		{ "a:link[@rel][@href='urn:2']", 0 },
		/* boolean() */
		{ "0", 0 },
		{ "1", 1 },
		{ "-1", 1 },
		{ "0 div 0", 0 },
		{ "''", 0 },
		{ "'false'", 1 },
		{ "string(a:empty)", 0 },
		{ "a:empty", 1 },
		{ "true() and false()", 0 },
		{ "true()or false()", 1 },
		/* comparisons: any pair of nodes */
		{ "a:n = 20", 1 },
		{ "a:n != 20", 1 },
		{ "not(a:n = 4)", 1 },
		{ "a:n > 19.5", 1 },
		{ "a:n > 20", 0 },
		{ "2 < a:n", 1 },
		{ "a:n = a:n", 1 },
		{ "a:n = a:title", 0 },
		{ "a:title = a:n = false()", 1 },
		{ "a:n+1 = 4", 1 },
		{ "a:n * 2 = 6 and a:n mod 2 = 1", 1 },
		{ "6 = 2*a:n", 1 },
		{ "- a:n = -3", 1 },
		{ "1 - -a:n = 4", 1 },
		{ "(1 + 2) * 3 = 9", 1 },
		{ "a:n - 1 - 1 = 1", 1 },
		{ "/ = .", 1 },
		{ ". = /", 1 },
		{ "sum(a:n) = 23", 1 },
		{ "count(//a:n[. > 2]) = 2", 1 },
		{ "a:n[2] = 20 and a:n[last()] = 20 and a:n[position()=1] = 3", 1 },
		{ "*[3] = 20", 1 },
		{ "last() = 1 and position() = 1", 1 },
		{ "a:n[. * 2 = 6]", 1 },
		{ "a:n[ a = b or * ]", 0 },
		{ "*/* * 1 != 1", 1 },
		/* names that are operators elsewhere */
		{ "/*/and or //div or mod", 0 },
		{ "contains(a:title, 'ße &')", 1 },
		{ "contains(a:title, 'zz')", 0 },
		{ "contains(a:title, '')", 1 },
		{ "starts-with(a:title, 'Grü')", 1 },
		{ "string-length(a:title) = 12", 1 },
		{ "a:t = 'one<two>'", 1 },
		{ "//comment() | //processing-instruction()", 0 },
		{ "a:t/text()", 1 },
		{ "name() = 'entry' and local-name(a:n)='n'", 1 },
		{ "namespace-uri() = '" ATOM "'", 1 },
	};
	AUTO(xpath_doc_free) struct xpath_doc *d = document(entry);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = test(rows[i].expr, d);

		if (r != rows[i].expected)
			fail_msg("%s: %d", rows[i].expr, r);
	}
}

static void xpath_string__table__as_given(void **state)
{
	static const struct {
		const char *expr, *expected;
	} rows[] = {
		{ "a:title", "Grüße & mehr" },
		{ "a:n", "3" },
		{ "a:n | a:title", "Grüße & mehr" },
		{ "(a:n)[last()]", "20" },
		{ "a:none", "" },
		{ "1 div 2", "0.5" },
		{ "1 = 1", "true" },
		{ "concat(a:n, '-', count(a:link), \"'\")", "3-2'" },
		{ "substring-before(a:title, ' & ')", "Grüße" },
		{ "substring-after(a:title, '& ')", "mehr" },
		{ "substring-before(a:title, '')", "" },
		{ "substring-after(a:title, '')", "Grüße & mehr" },
		{ "substring-after(a:title, 'x')", "" },
		{ "substring(a:title, 3, 3)", "üße" },
		{ "translate(a:title, 'üß', 'us')", "Gruse & mehr" },
		{ "normalize-space('  a   b ')", "a b" },
		{ "sum(a:n) - a:n", "20" },
		{ "a:link/@href", "urn:1" },
		{ "floor(a:n div 2)", "1" },
		{ "round(2.5) + ceiling(.1)", "4" },
		{ "number(a:title)", "NaN" },
	};
	AUTO(xpath_doc_free) struct xpath_doc *d = document(entry);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(xpath_free) struct xpath *x = compiled(rows[i].expr);
		AUTO_STR out = { 0 };

		str_puts(&out, ">");
		assert_int_equal(xpath_string(x, d, &out), 0);
		assert_string_equal(out.p + 1, rows[i].expected);
	}
}

static void xpath_compile__bad__says_why(void **state)
{
	static const struct {
		const char *expr, *why;
	} rows[] = {
		{ "", "the expression is empty" },
		{ " \n", "the expression is empty" },
		{ "\xff", "the expression is not text in UTF-8" },
		{ "b:title", "no namespace is bound to the prefix 'b'" },
		{ "true() or //*[b:* = 1]", "no namespace is bound to the prefix 'b'" },
		{ "@b:x", "no namespace is bound to the prefix 'b'" },
		{ "document('/etc/passwd')", "there is no function 'document'" },
		{ "a:f(1)", "there is no function 'a:f'" },
		{ "id('x')", "there is no function 'id'" },
		{ "_l(1)", "there is no function '_l'" },
		{ "1 or foo ( 2 )", "there is no function 'foo'" },
		{ "$v", "there are no variables: '$v'" },
		{ "namespace::*", "there is no axis 'namespace'" },
		{ "up::*", "there is no axis 'up'" },
		{ "contains(.)", "wrong number of arguments for function 'contains'" },
		{ "contains(., 'a', 'b')", "wrong number of arguments for function 'contains'" },
		{ "true(1)", "wrong number of arguments for function 'true'" },
		{ "concat('a')", "wrong number of arguments for function 'concat'" },
		{ "not()", "wrong number of arguments for function 'not'" },
		{ "false() and count('x')", NULL }, /* not seen: it is never evaluated */
		{ "count('x')", "a value in the expression has the wrong type" },
		{ "'a' | 'b'", "a value in the expression has the wrong type" },
		{ "a:title[", "a bracket is not closed; missing is ']'" },
		{ "count(a:title]", "syntax error at ']'" },
		{ "a:title)", "syntax error at ')'" },
		{ "'abc", "a string is not closed at '''" },
		{ "a:title a:n", "syntax error at 'a:n'" },
		{ "a:title = ", "syntax error" },
		{ "= 3", "syntax error at '= 3'" },
		{ "a:title ! 3", "syntax error at '! 3'" },
		{ "a:", "syntax error at 'a:'" },
		{ "a:title/", "syntax error" },
		{ "(1, 2)", "syntax error at ', 2)'" },
		{ "a:title[1]]", "syntax error at ']'" },
		{ "1 2", "syntax error at '2'" },
		{ "#", "syntax error at '#'" },
		{ "()", "syntax error at ')'" },
		{ "#123456789012345678901é1", "syntax error at '#123456789012345678901é'" },
		{ "#1234567890123456789012é", "syntax error at '#1234567890123456789012'" },
		{ "a:n[é é]", "syntax error at 'é]'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(xpath_free) struct xpath *x = NULL;
		AUTO_STR why = { 0 };
		int r = xpath_compile(rows[i].expr, bound, &why, &x);

		if (r != (rows[i].why ? -EINVAL : 0) || !x == !rows[i].why)
			fail_msg("%s: %d %s", rows[i].expr, r, why.p ? why.p : "-");
		if (rows[i].why)
			assert_string_equal(why.p, rows[i].why);
	}
}

static void xpath_compile__bad_namespaces__says_why(void **state)
{
	static const struct {
		const char *ns[3], *why;
	} rows[] = {
		{ { "a" }, "not of the form PREFIX=NAMESPACE: 'a'" },
		{ { "=urn:x" }, "not of the form PREFIX=NAMESPACE: '=urn:x'" },
		{ { "a b=urn:x" }, "not of the form PREFIX=NAMESPACE: 'a b=urn:x'" },
		{ { "a:b=urn:x" }, "not of the form PREFIX=NAMESPACE: 'a:b=urn:x'" },
		{ { "xml=urn:x" }, "the prefix 'xml' cannot be bound" },
		{ { "a=urn:x", "a=urn:y" }, "the prefix 'a' is bound twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(xpath_free) struct xpath *x = NULL;
		AUTO_STR why = { 0 };

		assert_int_equal(xpath_compile("1", rows[i].ns, &why, &x), -EINVAL);
		assert_null(x);
		assert_string_equal(why.p, rows[i].why);
	}
}

static void xpath_compile__too_much__refused(void **state)
{
	AUTO_STR expr = { 0 }, why = { 0 };
	AUTO(xpath_free) struct xpath *nested = NULL;
	AUTO(xpath_free) struct xpath *x = NULL;

	(void)state;
	for (int i = 0; i < 33; i++)
		str_puts(&expr, "(");
	str_puts(&expr, "1");
	for (int i = 0; i < 33; i++)
		str_puts(&expr, ")");
	assert_int_equal(xpath_compile(expr.p, NULL, &why, &x), -EINVAL);
	assert_string_equal(why.p, "brackets are nested too deeply at '('");
	str_reset(&why);
	expr.p[expr.len - 1] = '\0'; /* 32 are allowed */
	assert_int_equal(xpath_compile(expr.p + 1, NULL, &why, &nested), 0);

	str_reset(&expr);
	for (int i = 0; i < XPATH_MAX_LEN; i++)
		str_puts(&expr, "1");
	assert_int_equal(xpath_compile(expr.p, NULL, &why, &x), 0);
	xpath_free(steal(x));
	str_puts(&expr, "1");
	assert_int_equal(xpath_compile(expr.p, NULL, &why, &x), -EINVAL);
	assert_null(x);
	assert_string_equal(why.p, "the expression is longer than 1024 bytes");
}

static void xpath__many_of_each__independent(void **state)
{
	AUTO(xpath_doc_free) struct xpath_doc *d1 = document("<a xmlns='urn:1'>x</a>");
	AUTO(xpath_doc_free) struct xpath_doc *d2 = document("<a xmlns='urn:2'>y</a>");
	AUTO(xpath_doc_free) struct xpath_doc *d3 = document("<a>y</a>");
	AUTO(xpath_free) struct xpath *own = compiled("/p:a and contains(., 'y')");
	AUTO(xpath_free) struct xpath *none = compiled("/a = 'y'");

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(xpath_test(own, d1), 0);
		assert_int_equal(xpath_test(own, d2), 1);
		assert_int_equal(xpath_test(own, d3), 0);
		assert_int_equal(xpath_test(none, d2), 0);
		assert_int_equal(xpath_test(none, d3), 1);
	}
}

static void xpath_test__wrong_type_later__told(void **state)
{
	AUTO(xpath_doc_free) struct xpath_doc *d = document(entry);

	(void)state;
	assert_int_equal(test("//a:title and count('x')", d), -EINVAL);
	assert_int_equal(test("//a:title", d), 1); /* nothing is left of it */
}

static void xpath_doc_new__table__as_given(void **state)
{
	static const struct {
		const char *xml;
		int expected;
	} rows[] = {
		{ "", -EINVAL },
		{ "text", -EINVAL },
		{ "<a/><b/>", -EINVAL },
		{ "<a>", -EINVAL },
		{ "<p:a/>", -EINVAL },
		{ "<a>&undeclared;</a>", -EINVAL },
		{ "<a>\xff</a>", -EINVAL },
		{ "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", -EINVAL },
		{ "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", -EINVAL },
		{ "<a xmlns:p='urn:p' p:b=\"'>\"/>", 0 },
		{ "<!-- ' --><a><![CDATA[<'=]]></a>", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(xpath_doc_free) struct xpath_doc *d = NULL;

		assert_int_equal(xpath_doc_new(rows[i].xml, strlen(rows[i].xml), &d),
				 rows[i].expected);
		assert_int_equal(!d, rows[i].expected != 0);
	}
}

/* '#' in @each is the number of the repetition. */
static void many(struct str *out, const char *open, const char *each, int n, const char *close)
{
	str_puts(out, open);
	for (int i = 0; i < n; i++)
		for (const char *p = each; *p; p++)
			if (*p == '#')
				str_printf(out, "%d", i);
			else
				str_putc(out, *p);
	str_puts(out, close);
}

static void xpath_doc_new__too_large__told(void **state)
{
	static const struct {
		const char *open, *each;
		int most;
		const char *close;
	} rows[] = {
		{ "<a>", "<b/>", XPATH_MAX_NODES - 1, "</a>" },
		{ "<a>", "<b c='#'/>", XPATH_MAX_NODES / 2 - 1, "</a>" },
		{ "<a ", " a#='>'", 64, "/>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(xpath_doc_free) struct xpath_doc *d = NULL;
		AUTO_STR xml = { 0 };

		many(&xml, rows[i].open, rows[i].each, rows[i].most + 1, rows[i].close);
		assert_int_equal(xpath_doc_new(xml.p, xml.len, &d), -E2BIG);
		str_reset(&xml);
		many(&xml, rows[i].open, rows[i].each, rows[i].most, rows[i].close);
		assert_int_equal(xpath_doc_new(xml.p, xml.len, &d), 0);
	}
}

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Documents that are hard: as many nodes as can be, much text, deep. */
static void hard_documents(struct str *docs)
{
	many(&docs[0], "<r>", "<a/>x", (XPATH_MAX_NODES - 1) / 2, "</r>");
	many(&docs[1], "<r>",
	     "<a>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%d</"
	     "a>",
	     (XPATH_MAX_NODES - 1) / 2, "</r>");
	many(&docs[2], "<r>", "<a>x", 240, "");
	many(&docs[2], "", "aaaaaaaaaaaaaaaaaaaa", 5000, "");
	many(&docs[2], "", "</a>", 240, "</r>");
	many(&docs[3], "<r><a>", "aaaaaaaaaaaaaaaaaaaaaaaaa", 4000, "</a>");
	many(&docs[3], "<b>", "aaaaaaaaaaaaaaaaaaaaaaaaa", 2000, "b</b></r>");
}

/* Most of them take seconds on one of the documents where nothing bounds them. */
static const char *const hard[] = {
	"//node()/following::node()/following::node()",
	"//*/ancestor::*/descendant::*[//*]",
	"//*[//*[//*[//*]]]",
	"//* = //*[. != .]",
	"//*[//* = //*[. = 'none']]",
	"//*[. = //*/text()/..]",
	"//*[/ != /]",
	"//*[/ < /]",
	"//*[-/]",
	"//*[/+/+/+/+/+/+/+/]",
	"//*[sum(//*)]",
	"//*[string-length(concat(/,/,/,/,/,/,/,/,/,/,/,/,/,/,/,/)) = 1]",
	"//*[translate(/,/,/)]",
	"//*[contains(/, //b)]",
	"//*[normalize-space(/) = substring(/, 5)]",
	"//*[(//* | //@* | //text())[last()]]",
	"//*[name() = name(following::*[last()])]",
};

static void xpath_test__hard__bounded(void **state)
{
	struct str docs[4] = { 0 };
	int stopped = 0;

	(void)state;
	hard_documents(docs);
	for (size_t i = 0; i < 4; i++) {
		AUTO(xpath_doc_free) struct xpath_doc *d = document(docs[i].p);

		for (size_t k = 0; k < sizeof(hard) / sizeof(hard[0]); k++) {
			double before = cpu_ms(), took;
			int r = test(hard[k], d);

			took = cpu_ms() - before;
			stopped += r == -E2BIG;
			/* measured: below 10; with a sanitizer or valgrind much more */
			if (r < 0 && r != -E2BIG)
				fail_msg("%s: %d", hard[k], r);
			if (took > 1000)
				fail_msg("%s: %.0f ms", hard[k], took);
		}
		/* and the next is not refused for it */
		assert_int_equal(test("//r or //a", d), 1);
		str_release(&docs[i]);
	}
	assert_true(stopped > 40);
}

/* Each string of one set with each of the other: that is more than reading both. */
static void xpath_test__pairs__counted(void **state)
{
	AUTO_STR xml = { 0 }, more = { 0 };
	AUTO(xpath_doc_free) struct xpath_doc *few = NULL;
	AUTO(xpath_doc_free) struct xpath_doc *all = NULL;

	(void)state;
	many(&xml, "<r>", "<a>this text is rather long a#</a><b>this text is rather long b#</b>",
	     10, "</r>");
	few = document(xml.p);
	assert_int_equal(test("//a = //b", few), 0);
	many(&more, "<r>", "<a>this text is rather long a#</a><b>this text is rather long b#</b>",
	     370, "</r>");
	all = document(more.p);
	assert_int_equal(test("//a = 'x' or //b = 'x'", all), 0);
	assert_int_equal(test("//a = //b", all), -E2BIG);
	assert_int_equal(test("1 + 1 = 2 and (//a)[position() < 300] != //b", all), -E2BIG);
}

/* What is sensible is not stopped on a document of the largest size. */
static void xpath_test__large_document__evaluated(void **state)
{
	static const char *const rows[] = {
		"//a[. = 'text of item 700']",
		"//a[contains(., 'item 700')]",
		"a[@n = 700]/@n > 699",
		"count(//a) = 741",
		"//a[string-length(normalize-space()) = 16]",
		"//a[translate(., 'TEXT', 'text') = 'text of item 700']",
	};
	AUTO_STR xml = { 0 };
	AUTO(xpath_doc_free) struct xpath_doc *d = NULL;

	(void)state;
	many(&xml, "<r>", "<a>text of item #</a>", 740, "<a n='700'/></r>");
	d = document(xml.p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = test(rows[i], d);

		if (r != 1)
			fail_msg("%s: %d", rows[i], r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(xpath_test__table__as_given),
		cmocka_unit_test(xpath_string__table__as_given),
		cmocka_unit_test(xpath_compile__bad__says_why),
		cmocka_unit_test(xpath_compile__bad_namespaces__says_why),
		cmocka_unit_test(xpath_compile__too_much__refused),
		cmocka_unit_test(xpath__many_of_each__independent),
		cmocka_unit_test(xpath_test__wrong_type_later__told),
		cmocka_unit_test(xpath_doc_new__table__as_given),
		cmocka_unit_test(xpath_doc_new__too_large__told),
		cmocka_unit_test(xpath_test__hard__bounded),
		cmocka_unit_test(xpath_test__pairs__counted),
		cmocka_unit_test(xpath_test__large_document__evaluated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
