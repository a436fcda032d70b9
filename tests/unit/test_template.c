/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "cmd/sub/output.h"
#include "cmd/sub/select.h"
#include "cmd/sub/template.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/event.h"
#include "common/pubsub/xpath.h"

AUTO_DEFINE(struct template *, template_free);
AUTO_DEFINE(struct xpath *, xpath_free);
AUTO_DEFINE(char **, strings_free);

#define ATOM "http://www.w3.org/2005/Atom"
#define ENTRY                                                                                      \
	"<entry xmlns='" ATOM "'><title>one\ntwo</title><link href='a&amp;b'/><t xmlns='urn:t'>9"  \
	"</t></entry>"

static struct event item(const char *payload)
{
	return (struct event){
		.kind = EVENT_ITEM,
		.node = "n/1",
		.id = "a\nb",
		.publisher = "p@q",
		.payload = payload,
		.payload_len = payload ? strlen(payload) : 0,
		.stamp = 1500,
	};
}

static struct template *parse(const char *text, char *const *given, struct str *why)
{
	AUTO(strings_free) char **ns = select_namespaces(given);
	struct template *t = NULL;
	int r = template_parse(text, (const char *const *)ns, why, &t);

	assert_int_equal(r, t ? 0 : -EINVAL);
	return t;
}

static void render(const struct template *t, const struct event *e, struct str *out)
{
	bool warned = false;
	AUTO_IN_PLACE(select_item_release)
	struct select_item i = { .event = e, .warned = &warned };

	template_render(t, &i, "s@t", out);
	assert_false(warned);
}

/* @len: of @wanted, which may have a NUL. */
static void check(const char *text, struct event e, const char *wanted, size_t len)
{
	AUTO_STR why = { 0 };
	AUTO(template_free) struct template *t = parse(text, NULL, &why);
	AUTO_STR out = { 0 };

	assert_non_null(t);
	render(t, &e, &out);
	if (len != out.len || memcmp(out.p, wanted, len) != 0)
		fail_msg("%s: '%s' is not '%s'", text, out.p, wanted);
}

#define CHECK(text, event, wanted) check(text, event, wanted, sizeof(wanted) - 1)

static void template__letters__what_the_event_has(void **state)
{
	struct event purge = { .kind = EVENT_PURGE, .node = "n", .stamp = 1500 };

	(void)state;
	CHECK("%n,%i,%p,%t,%e,%s,%x\\n", item("<a>\n</a>"),
	      "n/1,a b,p@q,1970-01-01T00:00:01.500Z,item,s@t,<a>&#10;</a>\n");
	CHECK("%n,%i,%p,%t,%e,%s,%x,%{p:a}\\n", purge,
	      "n,,,1970-01-01T00:00:01.500Z,purge,s@t,,\n");
	CHECK("100%%\\t%%n\\\\n", item(NULL), "100%\t%n\\n\n");
	CHECK("\xc3\xa9%e\xc3\xa9", item(NULL), "\xc3\xa9item\xc3\xa9\n");
}

static void template__end__a_record_ends(void **state)
{
	(void)state;
	CHECK("%n", item(NULL), "n/1\n");
	CHECK("-", item(NULL), "-\n");
	CHECK("%n\\n", item(NULL), "n/1\n");
	CHECK("%n\n", item(NULL), "n/1\n");
	CHECK("%n\\n\\n", item(NULL), "n/1\n\n");
	CHECK("%n\\t", item(NULL), "n/1\t\n");
	CHECK("%n\\0", item(NULL), "n/1\0");
	CHECK("\\0%n", item(NULL), "\0n/1\n");
}

/* A value makes no line of its own, unless lines are not what is counted. */
static void template__line_feeds__are_spaces(void **state)
{
	(void)state;
	CHECK("%i %{atom:title}", item(ENTRY), "a b one two\n");
	CHECK("%i\\0%{atom:title}\\0", item(ENTRY), "a\nb\0one\ntwo\0");
	CHECK("%x\\0", item("<a>\n</a>"), "<a>&#10;</a>\0");
	CHECK("%x\\0", item("<a>\xc2\x9b</a>"), "<a>&#x9B;</a>\0");
}

static void template__expressions__are_values(void **state)
{
	(void)state;
	CHECK("%{atom:link/@href}", item(ENTRY), "a&b\n");
	CHECK("%{/p:entry/p:title}", item(ENTRY), "one two\n");
	CHECK("%{count(*)}|%{atom:none}|%{1 = 1}", item(ENTRY), "3||true\n");
	CHECK("%{concat('}', \"%{'}\")}|", item(ENTRY), "}%{'}|\n");
	CHECK("%{.}", item("<a>x</a>"), "x\n");
	/* The payload's namespace is there anew for each. */
	CHECK("%{/p:a}", item("<a xmlns='urn:a'>1</a>"), "1\n");
	CHECK("%{/p:a}", item("<a xmlns='urn:b'>2</a>"), "2\n");
	/* No payload, or not one element: nothing, constants included. */
	CHECK("[%{.}%{'c'}]", item(NULL), "[]\n");
	CHECK("[%{.}%{'c'}]", item("<a/><b/>"), "[]\n");
}

static void template__value__one_line(void **state)
{
	AUTO(strings_free) char **ns = select_namespaces(NULL);
	AUTO(template_free) struct template *t = NULL;
	struct event e = item(ENTRY);
	AUTO_STR why = { 0 };
	AUTO_STR out = { 0 };

	(void)state;
	assert_int_equal(template_of_value("p:title", (const char *const *)ns, &why, &t), 0);
	assert_true(template_wants_payload(t));
	render(t, &e, &out);
	e.payload = NULL;
	render(t, &e, &out);
	assert_string_equal(out.p, "one two\n\n");
	template_free(steal(t));
	assert_int_equal(template_of_value("p:title}", (const char *const *)ns, &why, &t), -EINVAL);
	assert_null(t);
}

static void template__mistakes__are_named(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "the template is empty" },
		{ "%", "'%' is none of %n %i %p %t %e %s %x %{XPATH} %%" },
		{ "a%%%", "'%' is none of %n %i %p %t %e %s %x %{XPATH} %%" },
		{ "%q", "'%q' is none of %n %i %p %t %e %s %x %{XPATH} %%" },
		{ "%N", "'%N' is none of %n %i %p %t %e %s %x %{XPATH} %%" },
		{ "%\xc3\xa9!", "'%\xc3\xa9' is none of %n %i %p %t %e %s %x %{XPATH} %%" },
		{ "\\", "'\\' is none of \\n \\t \\0 \\\\" },
		{ "a\\r", "'\\r' is none of \\n \\t \\0 \\\\" },
		{ "a\\\\\\1", "'\\1' is none of \\n \\t \\0 \\\\" },
		{ "%{a", "'%{a' has no closing bracket" },
		{ "%{'}", "'%{'}': a string is not closed at '''" },
		{ "%{'}'", "'%{'}'' has no closing bracket" },
		{ "%{", "'%{' has no closing bracket" },
		{ "%{}", "'%{}': the expression is empty" },
		{ "%{.}%{x:y}%{z:y}", "'%{x:y}': no namespace is bound to the prefix 'x'" },
		{ "%{$a}", "'%{$a}': there are no variables: '$a'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR why = { 0 };
		AUTO(template_free) struct template *t = parse(rows[i].text, NULL, &why);

		assert_null(t);
		assert_string_equal(why.p, rows[i].why);
	}
}

static void template__payload__is_wanted_where_it_is_used(void **state)
{
	static const struct {
		const char *text;
		bool wanted;
	} rows[] = { { "%n %i %p %t %e %s %%x", false }, { "%x", true }, { "%i%{1}", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR why = { 0 };
		AUTO(template_free) struct template *t = parse(rows[i].text, NULL, &why);

		assert_int_equal(template_wants_payload(t), rows[i].wanted);
	}
}

static void select__namespaces__given_ones_come_before_ours(void **state)
{
	static const char *const given[] = { "x=urn:t", "p=urn:t", NULL };
	AUTO_STR why = { 0 };
	AUTO(template_free)
	struct template *t =
		parse("%{//x:t}%{//p:t}%{count(atom:title)}", (char *const *)given, &why);
	struct event e = item(ENTRY);
	AUTO_STR out = { 0 };

	(void)state;
	assert_non_null(t);
	render(t, &e, &out);
	assert_string_equal(out.p, "991\n");
}

/* What is printed */

static struct xpath *compile(const char *expr)
{
	static const char *const ns[] = { "p=", NULL };
	struct xpath *x = NULL;
	AUTO_STR why = { 0 };

	assert_int_equal(xpath_compile(expr, ns, &why, &x), 0);
	return x;
}

static void select__where__is_for_items(void **state)
{
	AUTO(xpath_free) struct xpath *where = compile("p:v > 3");
	struct output o = { .format = OUTPUT_ID, .where = where };
	struct event high = item("<a xmlns='urn:a'><v>4</v></a>"),
		     low = item("<a xmlns='urn:a'><v>3</v></a>"), none = item(NULL),
		     two = item("<v>4</v><v>5</v>"), purge = { .kind = EVENT_PURGE, .node = "n" };

	(void)state;
	assert_true(output_wants_payload(&o));
	assert_true(output_takes(&o, &high));
	assert_false(output_takes(&o, &low));
	assert_false(output_takes(&o, &none));
	assert_false(output_takes(&o, &two));
	assert_false(output_takes(&o, &purge));
	o.format = OUTPUT_XML;
	assert_true(output_takes(&o, &purge));
	assert_false(output_takes(&o, &low));
	assert_false(o.warned);
}

static void select__too_costly__is_false_and_empty(void **state)
{
	AUTO(xpath_free) struct xpath *where = compile("true()");
	AUTO(template_free) struct template *t = NULL;
	struct output o = { .format = OUTPUT_VALUE, .where = where };
	AUTO_STR payload = { 0 };
	AUTO_STR out = { 0 };
	AUTO_STR why = { 0 };
	struct event e;

	(void)state;
	log_set_level(LOG_ERROR);
	str_puts(&payload, "<a>");
	for (int i = 0; i < XPATH_MAX_NODES; i++)
		str_puts(&payload, "<b/>");
	str_puts(&payload, "</a>");
	e = item(payload.p);
	assert_false(output_takes(&o, &e));
	assert_true(o.warned);
	assert_int_equal(template_of_value("'c'", NULL, &why, &t), 0);
	o.template = t;
	output_render(&o, &e, &out);
	assert_string_equal(out.p, "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(template__letters__what_the_event_has),
		cmocka_unit_test(template__end__a_record_ends),
		cmocka_unit_test(template__line_feeds__are_spaces),
		cmocka_unit_test(template__expressions__are_values),
		cmocka_unit_test(template__value__one_line),
		cmocka_unit_test(template__mistakes__are_named),
		cmocka_unit_test(template__payload__is_wanted_where_it_is_used),
		cmocka_unit_test(select__namespaces__given_ones_come_before_ours),
		cmocka_unit_test(select__where__is_for_items),
		cmocka_unit_test(select__too_costly__is_false_and_empty),
	};

	log_init("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
