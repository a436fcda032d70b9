/* SPDX-License-Identifier: MIT */
/* What pubsub-ctl makes of its arguments and of what comes back, without a session. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/doc_parse.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/filename.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/settings.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/plain.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/payload_sum.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

static xmpp_ctx_t *ctx;

static int set_up(void **state)
{
	(void)state;
	ctx = xmpp_ctx_new(NULL, NULL);
	log_init("test");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	xmpp_ctx_free(ctx);
	return 0;
}

/* verbs */

static void verbs__table__is_consistent(void **state)
{
	(void)state;
	for (const struct verb *v = verbs; v->name; v++) {
		bool takes_node = strstr(v->usage, "NODE");

		assert_ptr_equal(verb_find(v->name), v);
		assert_non_null(v->run);
		assert_true(v->max < 0 || v->min <= v->max);
		assert_int_equal(!!(v->flags & (VERB_NODE | VERB_NODES)), takes_node);
		assert_true(takes_node || !(v->flags & VERB_ITEM));
	}
}

/* documents */

static void doc_people__sorted__found_as_added_first(void **state)
{
	struct doc_node n = { 0 };
	struct doc_people *p = &n.affiliations;
	char jid[32];

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 100; i++) {
			snprintf(jid, sizeof(jid), "U%d@h", i * 37 % 100);
			assert_true(doc_people_add(p, jid, round ? "second" : "first"));
		}
	assert_true(doc_people_add(p, "last@h", "last"));
	assert_false(doc_people_add(p, "@h", "none"));
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			snprintf(jid, sizeof(jid), "u%d@h", i);
			assert_string_equal(doc_people_find(p, jid), "first");
		}
		assert_string_equal(doc_people_find(p, "last@h"), "last");
		assert_null(doc_people_find(p, "u100@h"));
		doc_people_sort(p);
	}
	doc_node_release(&n);
}

static int take_node(struct ctl *c, const struct doc_node *n, void *data)
{
	(void)c;
	str_puts(data, n->name);
	return 0;
}

static int take_item(struct ctl *c, const struct doc_node *n, const char *id, const char *payload,
		     size_t len, void *data)
{
	(void)c;
	(void)n;
	str_printf(data, " %s=%.*s", id, (int)len, payload ? payload : "");
	return 0;
}

static void doc_parser__table__taken_or_refused(void **state)
{
#define NODES "<nodes xmlns='urn:x-pubsub:nodes'>"
	static const struct doc_handler handler = { .node = take_node, .item = take_item };
	static const struct {
		const char *text;
		size_t len; /* 0: all */
		int code;
		const char *taken;
	} rows[] = {
		{ NODES "<node name='a'/><node name='b'/></nodes>", 0, 0, "ab" },
		{ NODES "<node name='a'><items><item id='&#10;'/></items></node></nodes>", 0, 0,
		  "a \n=" },
		/* A namespace's name may be anything. */
		{ NODES "<node name='a'><items><item id='i'><x xmlns='a b'/></item></items></node>"
			"</nodes>",
		  0, 0, "a i=<x xmlns='a b'/>" },
		{ NODES "<node name='a'/>", 0, EX_DATAERR, "a" },
		{ "", 0, EX_DATAERR, "" },
		{ NODES "<node name='a'><items><item id='i'><x/><y/></item></items></node></nodes>",
		  0, EX_DATAERR, "a" },
		{ "<!DOCTYPE nodes>" NODES "</nodes>", 0, EX_DATAERR, "" },
		/* libxml2 takes it for UCS-4, and gives up without a word. */
		{ "\0\0\0<?xml v='1.0'?>\n<nodes xmlns='u'/>", 35, EX_DATAERR, "" },
	};
#undef NODES

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t most = 1; most < 100; most += 6) {
			AUTO_STR taken = { 0 };
			struct doc_parser *p = doc_parser_new(NULL, "a test", &handler, &taken);
			size_t len = rows[i].len ? rows[i].len : strlen(rows[i].text), n;

			str_puts(&taken, "");
			for (size_t at = 0; at < len; at += n) {
				n = len - at < most ? len - at : most;
				doc_parser_feed(p, rows[i].text + at, n);
			}
			assert_int_equal(doc_parser_end(p), rows[i].code);
			assert_string_equal(taken.p, rows[i].taken);
			doc_parser_free(p);
		}
}

/* filename */

static void filename__id__decodes(void **state)
{
	static const struct {
		const char *name, *id;
	} rows[] = {
		{ "one", "one" },
		{ "a%2Fb", "a/b" },
		{ "%2e%2E", ".." },
		{ "%25", "%" },
		{ "\xc3\xbc", "\xc3\xbc" },
		{ "%C3%BC", "\xc3\xbc" },
		{ "%", NULL },
		{ "%2", NULL },
		{ "%zz", NULL },
		{ "%00", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_FREE char *id = filename_id(rows[i].name);

		if (rows[i].id)
			assert_string_equal(id, rows[i].id);
		else
			assert_null(id);
	}
}

/* payload_sum */

static bool says_the_same(const char *a, const char *b)
{
	unsigned char x[PAYLOAD_SUM_SIZE], y[PAYLOAD_SUM_SIZE];

	payload_sum(a, a ? strlen(a) : 0, x);
	payload_sum(b, b ? strlen(b) : 0, y);
	return !memcmp(x, y, sizeof(x));
}

static void payload_sum__of__what_says_the_same(void **state)
{
	(void)state;
	assert_true(says_the_same("<x xmlns='urn:x'>1</x>", "<p:x xmlns:p=\"urn:x\">&#49;</p:x>"));
	assert_true(says_the_same("<x a='1' b='2'/>", "<x b='2' a='1'></x>"));
	assert_true(says_the_same("<x>a<![CDATA[<]]></x>", "<x xmlns=''>a&lt;</x>"));
	assert_true(says_the_same("<x xmlns='urn:x'><y/></x>",
				  "<x xmlns='urn:x'><q:y xmlns:q='urn:x' xmlns:r='urn:r'/></x>"));
	assert_true(says_the_same(NULL, NULL));
}

static void payload_sum__of__what_does_not(void **state)
{
	static const char *const different[] = {
		"<x/>",
		"<x xmlns='urn:x'/>",
		"<x> </x>",
		"<x>a</x>",
		"<x><a/></x>",
		"<x a=''/>",
		"<x a='a'/>",
		"<x b='a'/>",
		"<x xml:lang='a'/>",
		"<x><a/><b/></x>",
		"<x><a><b/></a></x>",
		"<x><b/><a/></x>",
		"<x>a<b/></x>",
		"<x><b/>a</x>",
		NULL,
	};
	size_t n = sizeof(different) / sizeof(different[0]);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			assert_int_equal(says_the_same(different[i], different[k]), i == k);
}

/* plain */

static void plain__add__what_would_drive_a_terminal(void **state)
{
	static const struct {
		const char *text;
		bool line;
		const char *wanted;
	} rows[] = {
		{ "a b", true, "a b" },
		{ "a\tb\nc\r", true, "a&#x9;b&#xA;c&#xD;" },
		{ "a\tb\nc\r", false, "a\tb\nc&#xD;" },
		{ "\x1b[2J\x7f", true, "&#x1B;[2J&#x7F;" },
		{ "\xc2\x9b", true, "&#x9B;" },
		{ "\xe2\x80\xae\xd8\x9c", true, "&#x202E;&#x61C;" },
		/* Not UTF-8: alone, overlong, cut off. */
		{ "\x9b" "2J", true, "&#xFFFD;2J" },
		{ "\xc0\x9b\xe0\x82\x9b", true, "&#xFFFD;&#xFFFD;&#xFFFD;&#xFFFD;&#xFFFD;" },
		{ "a\xe2\x80", true, "a&#xFFFD;&#xFFFD;" },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", true,
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		plain_add(&out, rows[i].text, strlen(rows[i].text), rows[i].line);
		assert_string_equal(out.p, rows[i].wanted);
	}
}

static void plain__markup__controls_of_eight_bits_alone(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{ "", "" },
		{ "<a b='1'>\t\n</a>", "<a b='1'>\t\n</a>" },
		{ "<a b='\xc2\x80'>\xc2\x85\xc2\x9f</a>", "<a b='&#x80;'>&#x85;&#x9F;</a>" },
		/* Their neighbours; a byte that begins none of them; the end. */
		{ "\x7f\xc2\xa0\xc2\xab\xc3\x9b\xe2\x82\x9b\xe2\x80\xae",
		  "\x7f\xc2\xa0\xc2\xab\xc3\x9b\xe2\x82\x9b\xe2\x80\xae" },
		{ "\xc2\xc2\x9b\xc2", "\xc2&#x9B;\xc2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR out = { 0 };

		plain_markup(&out, 0);
		str_puts(&out, "\xc2\x9b ");
		str_puts(&out, rows[i].text);
		plain_markup(&out, 3);
		assert_memory_equal(out.p, "\xc2\x9b ", 3);
		assert_string_equal(out.p + 3, rows[i].wanted);
		assert_int_equal(out.len, strlen(out.p));
	}
}

/* print */

static void print__lines__stay_lines(void **state)
{
	struct ctl c = { 0 };

	(void)state;
	print_row(&c, "a\tb", NULL, "c\n");
	print_xml(&c, "<a>\n</a>", 8);
	assert_string_equal(c.out.p, "a&#x9;b\t\tc&#xA;\n<a>&#10;</a>\n");
	str_release(&c.out);
}

/* settings */

#define ARGS(...) ((char *const *)(const char *const[]){ __VA_ARGS__, NULL })

static void settings__parse__several_are_a_list(void **state)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };

	(void)state;
	assert_int_equal(
		settings_of_args(ARGS("title=a=b", "contact=x@y", "pubsub#contact=z@y", "type="),
				 &s),
		0);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.all[0].values[0], "a=b");
	assert_null(s.all[0].values[1]);
	assert_string_equal(s.all[1].values[1], "z@y");
	assert_null(s.all[2].values);
}

#define SUBMIT                                                                                     \
	"<x xmlns='" NS_DATA                                                                       \
	"' type='submit'><field var='FORM_TYPE' type='hidden'><value>t</value>"                    \
	"</field>"

static void settings__submit__names_are_completed(void **state)
{
	static const struct {
		const char *arg, *wanted; /* NULL: refused */
	} rows[] = {
		{ "title=a<", "<field var='pubsub#title'><value>a&lt;</value></field>" },
		{ "pubsub#title=a", "<field var='pubsub#title'><value>a</value></field>" },
		{ "title=", "<field var='pubsub#title'><value></value></field>" },
		{ "contact=", "<field var='pubsub#contact'></field>" },
		{ "x-strict_type=1", "<field var='x-strict_type'><value>1</value></field>" },
		{ "pubsub#new=1", "<field var='pubsub#new'><value>1</value></field>" },
		{ "new=1", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
		AUTO_STR out = { 0 };
		AUTO_STR wanted = { 0 };
		int r;

		assert_int_equal(settings_of_args(ARGS(rows[i].arg), &s), 0);
		r = settings_submit(&s, node_fields, "t", &out);
		assert_int_equal(r, rows[i].wanted ? 0 : EX_USAGE);
		if (r)
			continue;
		str_printf(&wanted, SUBMIT "%s</x>", rows[i].wanted);
		assert_string_equal(out.p, wanted.p);
	}
}

#define OPTION(v) "<option><value>" v "</value></option>"
static const char form_xml[] =
	"<configure><x xmlns='" NS_DATA
	"' type='form'><field var='FORM_TYPE' type='hidden'><value>t"
	"</value></field><field var='pubsub#title' type='text-single' "
	"label='Title'><value>old</value>"
	"</field><field var='pubsub#access_model' type='list-single'>" OPTION("open")
		OPTION("whitelist") "<value>open</value></field><field var='pubsub#contact' "
				    "type='jid-multi'>"
				    "<value>a@b</value><value>c@d</value></field><field "
				    "var='pubsub#deliver_payloads'"
				    " type='boolean' "
				    "label='Payloads'><value>1</value></field><field var='other' "
				    "type='text-single'/><field type='fixed'><value>Read "
				    "this</value></field></x></configure>";

struct change {
	const char *args[4];
	int code;
	const char *wanted; /* fields; "": nothing is sent */
};

static void check_change(const struct change *row, const struct form_in *form)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	char doing[] = "configure";
	struct ctl c = { .doing = doing, .service = "s" };
	AUTO_STR out = { 0 };
	AUTO_STR wanted = { 0 };

	assert_int_equal(settings_of_args((char *const *)row->args, &s), 0);
	assert_int_equal(settings_change(&c, &s, node_fields, form, &out), row->code);
	if (row->code)
		return;
	if (*row->wanted)
		str_printf(&wanted, SUBMIT "%s</x>", row->wanted);
	assert_string_equal(out.p ? out.p : "", wanted.p ? wanted.p : "");
}

static void settings__change__only_what_differs(void **state)
{
	static const struct change rows[] = {
		{ { "title=new", "deliver_payloads=true" },
		  0,
		  "<field var='pubsub#title'><value>new</value></field>" },
		{ { "title=old", "access_model=open" }, 0, "" },
		{ { "deliver_payloads=0" },
		  0,
		  "<field var='pubsub#deliver_payloads'><value>0</value></field>" },
		{ { "contact=a@b", "contact=c@d" }, 0, "" },
		{ { "contact=a@b" }, 0, "<field var='pubsub#contact'><value>a@b</value></field>" },
		{ { "contact=" }, 0, "<field var='pubsub#contact'></field>" },
		{ { "other=" }, 0, "" },
		{ { "other=x" }, 0, "<field var='other'><value>x</value></field>" },
		{ { "access_model=whitelist" },
		  0,
		  "<field var='pubsub#access_model'><value>whitelist</value></field>" },
		{ { "access_model=secret" }, EX_USAGE, NULL },
		{ { "deliver_payloads=yes" }, EX_USAGE, NULL },
		{ { "title=a", "title=b" }, EX_USAGE, NULL },
		{ { "titel=a" }, EX_USAGE, NULL },	 /* nobody has it */
		{ { "max_items=3" }, EX_REFUSED, NULL }, /* this service does not */
	};
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, form_xml);
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };

	(void)state;
	assert_int_equal(form_parse(s, &form), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_change(&rows[i], &form);
}

static void settings__print__a_line_for_each_value(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, form_xml);
	struct ctl_opts o = { 0 };
	char doing[] = "read";
	struct ctl c = { .o = &o, .doing = doing, .service = "s" };

	(void)state;
	assert_int_equal(settings_print(&c, s), 0);
	assert_string_equal(c.out.p, "title\told\ttext-single\tTitle\n"
				     "access_model\topen\topen|whitelist\t\n"
				     "contact\ta@b\tjid-multi\t\ncontact\tc@d\tjid-multi\t\n"
				     "deliver_payloads\t1\tboolean\tPayloads\n"
				     "other\t\ttext-single\t\n");
	str_reset(&c.out);
	assert_int_equal(settings_print(&c, stanza_child(s, "x", NULL)), EX_REFUSED);
	assert_int_equal(c.out.len, 0);
	str_release(&c.out);
}

/* entries */

static const char own_xml[] =
	"<iq><pubsub xmlns='" NS_PUBSUB "'><subscriptions node='n'><subscription jid='a@b' "
	"subscription='subscribed' subid='1'/><subscription node='m' jid='a@b' "
	"subscription='pending'/></subscriptions></pubsub></iq>";
static const char owner_xml[] =
	"<iq><pubsub xmlns='" NS_PUBSUB_OWNER "'><affiliations node='n'><affiliation jid='a@b' "
	"affiliation='owner'/></affiliations></pubsub></iq>";

static void entries__each__columns_or_xml(void **state)
{
	AUTO_STANZA xmpp_stanza_t *own = xmpp_stanza_new_from_string(ctx, own_xml);
	AUTO_STANZA xmpp_stanza_t *owner = xmpp_stanza_new_from_string(ctx, owner_xml);
	struct ctl_opts o = { 0 };
	struct ctl c = { .o = &o };

	(void)state;
	assert_int_equal(entries_each(&c, own, false, true, entry_print, NULL), 0);
	assert_int_equal(entries_each(&c, own, true, true, entry_print, NULL), 0); /* not that */
	assert_int_equal(entries_each(&c, owner, true, false, entry_print, NULL), 0);
	assert_string_equal(c.out.p, "n\ta@b\tsubscribed\t1\nm\ta@b\tpending\t\na@b\towner\n");
	str_reset(&c.out);
	o.xml = 1;
	assert_int_equal(entries_each(&c, own, false, true, entry_print, NULL), 0);
	assert_int_equal(entries_each(&c, owner, true, false, entry_print, NULL), 0);
	assert_string_equal(c.out.p, "<subscription xmlns='" NS_PUBSUB
				     "' node='n' jid='a@b' subscription='subscribed' subid='1'/>\n"
				     "<subscription xmlns='" NS_PUBSUB
				     "' node='m' jid='a@b' subscription='pending'/>\n"
				     "<affiliation xmlns='" NS_PUBSUB_OWNER
				     "' node='n' jid='a@b' affiliation='owner'/>\n");
	str_release(&c.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs__table__is_consistent),
		cmocka_unit_test(doc_people__sorted__found_as_added_first),
		cmocka_unit_test(doc_parser__table__taken_or_refused),
		cmocka_unit_test(filename__id__decodes),
		cmocka_unit_test(payload_sum__of__what_says_the_same),
		cmocka_unit_test(payload_sum__of__what_does_not),
		cmocka_unit_test(plain__add__what_would_drive_a_terminal),
		cmocka_unit_test(plain__markup__controls_of_eight_bits_alone),
		cmocka_unit_test(print__lines__stay_lines),
		cmocka_unit_test(settings__parse__several_are_a_list),
		cmocka_unit_test(settings__submit__names_are_completed),
		cmocka_unit_test(settings__change__only_what_differs),
		cmocka_unit_test(settings__print__a_line_for_each_value),
		cmocka_unit_test(entries__each__columns_or_xml),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
