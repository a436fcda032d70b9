/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "common/base/str.h"
#include "common/xmpp/form.h"
#include "common/xmpp/own.h"
#include "common/xmpp/stanza.h"
#include "context.h"

#define X(type, content) "<x xmlns='jabber:x:data' type='" type "'>" content "</x>"
#define Q(content) "<q xmlns='urn:q'>" content "</q>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define HIDDEN(value) "<field var='FORM_TYPE' type='hidden'><value>" value "</value></field>"

static int parse(xmpp_stanza_t **ret_stanza, const char *xml, struct form_in *ret)
{
	*ret_stanza = xmpp_stanza_new_from_string(ctx, xml);
	assert_non_null(*ret_stanza);
	return form_parse(*ret_stanza, ret);
}

/* "type form_type|var:type=value,value|..." */
static void describe(const struct form_in *f, struct str *out)
{
	str_printf(out, "%d %s", f->type, f->form_type ? f->form_type : "-");
	for (size_t i = 0; i < f->n; i++) {
		const struct form_field_in *in = &f->fields[i];

		str_printf(out, "|%s:%s", in->var, in->type ? in->type : "-");
		for (size_t v = 0; v < in->n; v++)
			str_printf(out, "%s%s", v ? "," : "=", in->values[v]);
	}
}

static void form_parse__table__as_given(void **state)
{
	static const struct {
		const char *xml, *expected;
	} rows[] = {
		{ Q(X("form", "")), "0 -" },
		{ Q(X("submit", "")), "1 -" },
		{ Q(X("cancel", "")), "2 -" },
		{ Q(X("result", "")), "3 -" },
		{ Q("<a/>" X("submit", FIELD("a", "1")) "<b/>"), "1 -|a:-=1" },
		{ Q("<x xmlns='urn:x'/>" X("submit", "")), "1 -" },
		{ Q(X("submit", HIDDEN("urn:f") FIELD("b", "2") FIELD("a", "1"))),
		  "1 urn:f|b:-=2|a:-=1" },
		{ Q(X("submit", FIELD("a", "1") HIDDEN("urn:f"))), "1 urn:f|a:-=1" },
		{ Q(X("submit", "<field var='a' type='text-multi'><value>1</value><value/>"
				"<value> 3 </value></field>")),
		  "1 -|a:text-multi=1,, 3 " },
		{ Q(X("submit", FIELD("a", "&lt;&amp;&#233;"))), "1 -|a:-=<&é" },
		/* X0004-03: no value, an empty one */
		{ Q(X("submit", "<field var='a'/>")), "1 -|a:-" },
		{ Q(X("submit", "<field var='a'><value/></field>")), "1 -|a:-=" },
		/* X0004-08 */
		{ Q(X("cancel", HIDDEN("urn:f") FIELD("a", "1") "<field/>")), "2 urn:f" },
		/* X0004-09 */
		{ Q(X("submit", FIELD("FORM_TYPE", "urn:f"))), "1 urn:f" },
		{ Q(X("form", FIELD("FORM_TYPE", "urn:f"))), "0 -" },
		{ Q(X("result", FIELD("FORM_TYPE", "urn:f"))), "3 -" },
		{ Q(X("result", "<field var='FORM_TYPE' type='text-single'><value>urn:f</value>"
				"</field>")),
		  "3 -" },
		{ Q(X("form", HIDDEN("urn:f"))), "0 urn:f" },
		{ Q(X("result", HIDDEN("urn:f"))), "3 urn:f" },
		{ Q(X("submit", "<field var='FORM_TYPE'/>")), "1 -" },
		{ Q(X("submit", "<field var='FORM_TYPE'><value>a</value><value>a</value></field>")),
		  "1 a" },
		/* what is fixed may lack its var; in what is no submission, anything */
		{ Q(X("submit", "<field type='fixed'><value>t</value></field>")), "1 -" },
		{ Q(X("form", "<field type='text-single'/>" FIELD("a", "1"))), "0 -|a:-=1" },
		/* not of the form itself */
		{ Q(X("form", "<field var='a' type='list-single'><option><value>o</value></option>"
			      "<value>v</value></field>")),
		  "0 -|a:list-single=v" },
		{ Q(X("result",
		      "<reported>" FIELD("a", "1") "</reported><item>" FIELD("a", "1") "</item>")),
		  "3 -" },
		{ Q(X("submit", "<field xmlns='urn:x' var='a'/><field var='b'><value xmlns='urn:x'>"
				"1</value></field>")),
		  "1 -|b:-" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };
		AUTO_STR got = { 0 };

		assert_int_equal(parse(&s, rows[i].xml, &f), 0);
		describe(&f, &got);
		assert_string_equal(got.p, rows[i].expected);
	}
}

static void form_parse__none__told_apart(void **state)
{
	static const char *const rows[] = {
		Q(""),
		Q("<x/>"),
		Q("<x xmlns='jabber:x:oob' type='submit'/>"),
		Q("<a>" X("submit", "") "</a>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		struct form_in f;

		assert_int_equal(parse(&s, rows[i], &f), -ENOENT);
	}
}

static void form_parse__no_form__refused(void **state)
{
	static const char *const rows[] = {
		Q("<x xmlns='jabber:x:data'/>"),
		Q(X("", "")),
		Q(X("error", "")),
		Q(X("Submit", "")),
		Q(X("submit", "") X("submit", "")),
		Q(X("submit", "") "<a/>" X("cancel", "")),
		Q(X("submit", "<field><value>1</value></field>")),
		Q(X("submit", "<field type='text-single'/>")),
		Q(X("submit", FIELD("a", "1") FIELD("b", "1") FIELD("a", "2"))),
		Q(X("form", FIELD("a", "1") FIELD("a", "1"))),
		Q(X("submit", HIDDEN("urn:f") HIDDEN("urn:f"))),
		Q(X("result", FIELD("FORM_TYPE", "urn:f") HIDDEN("urn:f"))),
		Q(X("result",
		    "<field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value>"
		    "</field>")),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		struct form_in f;

		assert_int_equal(parse(&s, rows[i], &f), -EINVAL);
	}
}

/* A form of so many fields, the first with so many values. */
static int parse_large(unsigned fields, unsigned values)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };
	AUTO_STR xml = { 0 };
	int r;

	str_puts(&xml, "<q xmlns='urn:q'><x xmlns='jabber:x:data' type='submit'>");
	for (unsigned i = 0; i < fields; i++) {
		str_printf(&xml, "<field var='f%u'>", i);
		for (; values; values--)
			str_puts(&xml, "<value>v</value>");
		str_puts(&xml, "</field>");
	}
	str_puts(&xml, "</x></q>");
	r = parse(&s, xml.p, &f);
	assert_int_equal(f.n, r ? 0 : fields);
	return r;
}

static void form_parse__too_large__refused(void **state)
{
	(void)state;
	assert_int_equal(parse_large(FORM_MAX_FIELDS, FORM_MAX_VALUES), 0);
	assert_int_equal(parse_large(FORM_MAX_FIELDS + 1, 0), -EINVAL);
	assert_int_equal(parse_large(1, FORM_MAX_VALUES + 1), -EINVAL);
}

static void form_find__by_var(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };

	(void)state;
	assert_int_equal(parse(&s, Q(X("submit", HIDDEN("t") FIELD("a", "1") FIELD("b", "2"))), &f),
			 0);
	assert_ptr_equal(form_find(&f, "b"), &f.fields[1]);
	assert_null(form_find(&f, "c"));
	assert_null(form_find(&f, "FORM_TYPE"));
}

static void form_read__one_of_several(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(
		ctx, Q(X("result", FIELD("a", "1")) X("result", FIELD("b", "2"))));
	AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };

	(void)state;
	assert_int_equal(form_read(stanza_next(stanza_first(s)), &f), 0);
	assert_non_null(form_find(&f, "b"));
}

static void form_write__whole_form__as_in_the_xep(void **state)
{
	static const char *const values[] = { "a", "b<" };
	static const struct form_option options[] = { { "a", "The 'a'" }, { "b<", NULL } };
	struct form_field_out list = { .var = "list",
				       .type = "list-multi",
				       .label = "L&L",
				       .desc = "<d>",
				       .flags = FORM_REQUIRED,
				       .values = values,
				       .n_values = 2,
				       .options = options,
				       .n_options = 2 };
	AUTO_STR out = { 0 };

	(void)state;
	form_open(&out, FORM_FORM, "urn:f");
	form_title(&out, "T<", "I&");
	form_field(&out, &list);
	form_value(&out, "one", "text-single", "");
	form_value(&out, "none", NULL, NULL);
	form_close(&out);
	assert_string_equal(out.p,
			    "<x xmlns='jabber:x:data' type='form'>"
			    "<field var='FORM_TYPE' type='hidden'><value>urn:f</value></field>"
			    "<title>T&lt;</title><instructions>I&amp;</instructions>"
			    "<field var='list' type='list-multi' label='L&amp;L'>"
			    "<desc>&lt;d&gt;</desc><required/><value>a</value><value>b&lt;</value>"
			    "<option label='The &apos;a&apos;'><value>a</value></option>"
			    "<option><value>b&lt;</value></option></field>"
			    "<field var='one' type='text-single'><value></value></field>"
			    "<field var='none'></field></x>");
}

static void form_open__types__named(void **state)
{
	static const char *const rows[] = {
		[FORM_FORM] = "<x xmlns='jabber:x:data' type='form'></x>",
		[FORM_SUBMIT] = "<x xmlns='jabber:x:data' type='submit'></x>",
		[FORM_CANCEL] = "<x xmlns='jabber:x:data' type='cancel'></x>",
		[FORM_RESULT] = "<x xmlns='jabber:x:data' type='result'></x>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		form_open(&out, (enum form_type)i, NULL);
		form_title(&out, NULL, NULL);
		form_close(&out);
		assert_string_equal(out.p, rows[i]);
	}
}

#define VALIDATE "<field var='n'><validate xmlns='http://jabber.org/protocol/xdata-validate' "

static void form_field__datatype__validated(void **state)
{
	static const struct {
		const char *datatype, *min, *max, *expected;
	} rows[] = {
		{ NULL, NULL, NULL, "<field var='n'></field>" },
		{ NULL, "1", "2", "<field var='n'></field>" },
		{ "xs:dateTime", NULL, NULL,
		  VALIDATE "datatype='xs:dateTime'><basic/></validate></field>" },
		{ "xs:integer", "0", NULL,
		  VALIDATE "datatype='xs:integer'><range min='0'/></validate></field>" },
		{ "xs:integer", NULL, "9",
		  VALIDATE "datatype='xs:integer'><range max='9'/></validate></field>" },
		{ "xs:integer", "0", "9",
		  VALIDATE "datatype='xs:integer'><range min='0' max='9'/></validate></field>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct form_field_out f = { .var = "n",
					    .datatype = rows[i].datatype,
					    .min = rows[i].min,
					    .max = rows[i].max };
		AUTO_STR out = { 0 };

		form_field(&out, &f);
		assert_string_equal(out.p, rows[i].expected);
	}
}

static void form__written__reads_back(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };
	AUTO_STR out = { 0 };
	AUTO_STR got = { 0 };

	(void)state;
	str_puts(&out, "<q>");
	form_open(&out, FORM_SUBMIT, "urn:f<");
	form_value(&out, "a'\n<", NULL, "\r\n&'");
	form_close(&out);
	str_puts(&out, "</q>");
	assert_int_equal(parse(&s, out.p, &f), 0);
	describe(&f, &got);
	assert_string_equal(got.p, "1 urn:f<|a'\n<:-=\r\n&'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form_parse__table__as_given),
		cmocka_unit_test(form_parse__none__told_apart),
		cmocka_unit_test(form_parse__no_form__refused),
		cmocka_unit_test(form_parse__too_large__refused),
		cmocka_unit_test(form_find__by_var),
		cmocka_unit_test(form_read__one_of_several),
		cmocka_unit_test(form_write__whole_form__as_in_the_xep),
		cmocka_unit_test(form_open__types__named),
		cmocka_unit_test(form_field__datatype__validated),
		cmocka_unit_test(form__written__reads_back),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
