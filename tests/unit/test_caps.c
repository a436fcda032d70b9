/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "common/base/str.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/form.h"
#include "common/xmpp/own.h"
#include "context.h"

#define QUERY(content)                                                                             \
	"<query xmlns='http://jabber.org/protocol/disco#info' node='n#v'>" content "</query>"
#define EXODUS "<identity category='client' type='pc' name='Exodus 0.9.1'/>"
#define FEATURE(var) "<feature var='" var "'/>"
#define FEATURES                                                                                   \
	FEATURE("http://jabber.org/protocol/caps")                                                 \
	FEATURE("http://jabber.org/protocol/disco#info")                                           \
	FEATURE("http://jabber.org/protocol/disco#items")                                          \
	FEATURE("http://jabber.org/protocol/muc")
#define X(type, content) "<x xmlns='jabber:x:data' type='" type "'>" content "</x>"
#define FIELD(var, values) "<field var='" var "'>" values "</field>"
#define VALUE(v) "<value>" v "</value>"
#define HIDDEN(values) "<field var='FORM_TYPE' type='hidden'>" values "</field>"

#define PSI_EN "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
#define PSI_EL "<identity xml:lang='el' category='client' name='&#936; 0.11' type='pc'/>"
/* clang-format off */
#define SOFTWARE                                                                                   \
	X("result",                                                                                \
	  HIDDEN(VALUE("urn:xmpp:dataforms:softwareinfo"))                                         \
	  FIELD("ip_version", VALUE("ipv4") VALUE("ipv6"))                                         \
	  FIELD("os", VALUE("Mac"))                                                                \
	  FIELD("os_version", VALUE("10.5.1"))                                                     \
	  FIELD("software", VALUE("Psi"))                                                          \
	  FIELD("software_version", VALUE("0.11")))
#define SOFTWARE_SHUFFLED                                                                          \
	X("result",                                                                                \
	  FIELD("software_version", VALUE("0.11"))                                                 \
	  FIELD("os", VALUE("Mac"))                                                                \
	  FIELD("os_version", VALUE("10.5.1"))                                                     \
	  FIELD("software", VALUE("Psi"))                                                          \
	  FIELD("ip_version", VALUE("ipv6") VALUE("ipv4"))                                         \
	  HIDDEN(VALUE("urn:xmpp:dataforms:softwareinfo")))
#define FEATURES_SHUFFLED                                                                          \
	FEATURE("http://jabber.org/protocol/muc")                                                  \
	FEATURE("http://jabber.org/protocol/disco#items")                                          \
	FEATURE("http://jabber.org/protocol/caps")                                                 \
	FEATURE("http://jabber.org/protocol/disco#info")
#define TWO_FORMS                                                                                  \
	X("result", HIDDEN(VALUE("urn:b")))                                                        \
	X("result", HIDDEN(VALUE("urn:a")) FIELD("v", VALUE("2") VALUE("10")))
#define WANTED                                                                                     \
	FEATURE("+notify") FEATURE("n+notify") FEATURE("n") FEATURE("notify") FEATURE("b+Notify")  \
	FEATURE("n+notify+notify") FEATURE("n+notify2") FEATURE("m+notify")
#define STOPPED FEATURE("a+notify") FEATURE("stop+notify") FEATURE("b+notify")
/* clang-format on */

#define VER_SIMPLE "QgayPKawpkPSDYmwT/WM94uAlu0="
#define VER_COMPLEX "q07IKJEyjvHSyhy//CH0CxmKi8w="

static int parse(xmpp_stanza_t **ret_stanza, const char *xml, struct caps_info *ret)
{
	*ret_stanza = xmpp_stanza_new_from_string(ctx, xml);
	assert_non_null(*ret_stanza);
	return caps_parse(*ret_stanza, ret);
}

/* X0115-01: the examples of sections 5.2 and 5.3, and what must not change them. */
static void caps_ver__table__as_in_the_xep(void **state)
{
	static const struct {
		const char *xml, *ver;
	} rows[] = {
		{ QUERY(EXODUS FEATURES), VER_SIMPLE },
		{ QUERY(FEATURES_SHUFFLED EXODUS), VER_SIMPLE },
		{ QUERY(PSI_EN PSI_EL FEATURES SOFTWARE), VER_COMPLEX },
		{ QUERY(SOFTWARE_SHUFFLED FEATURES_SHUFFLED PSI_EL PSI_EN), VER_COMPLEX },
		/* forms that are to be ignored */
		{ QUERY(EXODUS FEATURES X("result", FIELD("a", VALUE("1")))), VER_SIMPLE },
		{ QUERY(EXODUS FEATURES X("result", FIELD("FORM_TYPE", VALUE("urn:f")))),
		  VER_SIMPLE },
		{ QUERY(EXODUS FEATURES X("submit", FIELD("FORM_TYPE", VALUE("urn:f")))),
		  VER_SIMPLE },
		/* what is none of ours */
		{ QUERY(EXODUS FEATURES "<feature xmlns='urn:x' var='x'/><x xmlns='urn:x'/>"),
		  VER_SIMPLE },
		/* by openssl dgst -sha1 -binary, of '' */
		{ QUERY(""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" },
		/* of 'a/b//<a/b/en/<f<urn:a<v<10<2<urn:b<' */
		{ QUERY("<identity category='a' type='b' xml:lang='en'/>"
			"<identity category='a' type='b'/>" FEATURE("f") TWO_FORMS),
		  "ytWiMGsI/U5ZxyGNlBbSW/V4x/U=" },
		/* of 'a/b//x&lt;y<f&lt;g<' */
		{ QUERY("<identity category='a' type='b' name='x&lt;y'/>" FEATURE("f&lt;g")),
		  "ARQZirENI0E0sdLuM13Z6pD0msY=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
		char ver[CAPS_VER_SIZE];

		assert_int_equal(parse(&s, rows[i].xml, &info), 0);
		assert_false(info.ill_formed);
		caps_ver(&info, ver);
		assert_string_equal(ver, rows[i].ver);
		assert_true(caps_verify(&info, "sha-1", rows[i].ver));
	}
}

/* X0115-03, X0115-04 */
static void caps_verify__mismatch__false(void **state)
{
	static const struct {
		const char *hash, *ver;
	} rows[] = {
		{ "sha-1", VER_COMPLEX },
		{ "sha-1", "" },
		{ "sha-1", "QgayPKawpkPSDYmwT/WM94uAlu0" },
		{ "md5", VER_SIMPLE },
		{ "", VER_SIMPLE },
		{ "SHA-1", VER_SIMPLE },
		{ NULL, VER_SIMPLE },
		{ "sha-1", NULL },
	};
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };

	(void)state;
	assert_int_equal(parse(&s, QUERY(EXODUS FEATURES), &info), 0);
	assert_true(caps_verify(&info, "sha-1", VER_SIMPLE));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(caps_verify(&info, rows[i].hash, rows[i].ver));
}

/* X0115-03: each is never valid, not even with the string that stands for what was read. */
static void caps_parse__ill_formed__never_verified(void **state)
{
	static const char *const rows[] = {
		QUERY(EXODUS EXODUS),
		QUERY(EXODUS "<identity name='Exodus 0.9.1' type='pc' category='client'/>"),
		QUERY(FEATURE("a") FEATURE("b") FEATURE("a")),
		QUERY("<feature/>"),
		QUERY(X("result", HIDDEN(VALUE("urn:f"))) X("result", HIDDEN(VALUE("urn:f")))),
		QUERY(X("result", HIDDEN(VALUE("urn:f") VALUE("urn:g")))),
		QUERY(X("", HIDDEN(VALUE("urn:f")))),
		QUERY(X("result", HIDDEN(VALUE("urn:f")) FIELD("a", "") FIELD("a", ""))),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
		char ver[CAPS_VER_SIZE];

		assert_int_equal(parse(&s, rows[i], &info), 0);
		assert_true(info.ill_formed);
		caps_ver(&info, ver);
		assert_false(caps_verify(&info, "sha-1", ver));
	}
}

static void caps_parse__alike_but_not_twice__well_formed(void **state)
{
	static const char *const rows[] = {
		QUERY(PSI_EN PSI_EL),
		QUERY(EXODUS "<identity category='client' type='pc' name='exodus 0.9.1'/>"),
		QUERY(FEATURE("a") FEATURE("A") FEATURE("a ")),
		QUERY(X("result", HIDDEN(VALUE("urn:f"))) X("result", HIDDEN(VALUE("urn:g")))),
		QUERY(X("result", HIDDEN(VALUE("urn:f") VALUE("urn:f")))),
		QUERY(X("result", HIDDEN(VALUE("f"))) X("result", FIELD("FORM_TYPE", VALUE("f")))),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };

		assert_int_equal(parse(&s, rows[i], &info), 0);
		assert_false(info.ill_formed);
	}
}

static void caps_parse__all_parts__as_given(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };

	(void)state;
	assert_int_equal(
		parse(&s,
		      QUERY("<identity category='c'/>" PSI_EN FEATURE("b") FEATURE("a") SOFTWARE),
		      &info),
		0);
	assert_int_equal(info.n_identities, 2);
	assert_string_equal(info.identities[0].category, "c");
	assert_string_equal(info.identities[0].type, "");
	assert_string_equal(info.identities[0].lang, "");
	assert_string_equal(info.identities[0].name, "");
	assert_string_equal(info.identities[1].lang, "en");
	assert_string_equal(info.identities[1].name, "Psi 0.11");
	assert_int_equal(info.n_features, 2);
	assert_string_equal(info.features[0], "b");
	assert_string_equal(info.features[1], "a");
	assert_true(caps_has(&info, "a"));
	assert_true(caps_has(&info, "b"));
	assert_false(caps_has(&info, "c"));
	assert_int_equal(info.n_forms, 1);
	assert_string_equal(info.forms[0].form_type, "urn:xmpp:dataforms:softwareinfo");
	assert_string_equal(form_find(&info.forms[0], "os")->values[0], "Mac");
}

/* @n times @element, whose %u is a number. */
static int parse_many(const char *before, const char *after, unsigned n)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<query xmlns='http://jabber.org/protocol/disco#info'>");
	for (unsigned i = 0; i < n; i++)
		str_printf(&xml, "%s%u%s", before, i, after);
	str_puts(&xml, "</query>");
	return parse(&s, xml.p, &info);
}

static void caps_parse__too_large__refused(void **state)
{
	static const struct {
		const char *before, *after;
		unsigned most;
	} rows[] = {
		{ "<identity category='client' type='", "'/>", CAPS_MAX_IDENTITIES },
		{ "<feature var='", "'/>", CAPS_MAX_FEATURES },
		{ "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
		  "type='hidden'><value>",
		  "</value></field></x>", CAPS_MAX_FORMS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse_many(rows[i].before, rows[i].after, rows[i].most), 0);
		assert_int_equal(parse_many(rows[i].before, rows[i].after, rows[i].most + 1),
				 -EINVAL);
	}
}

static void caps_parse__another_element__refused(void **state)
{
	static const char *const rows[] = {
		"<query xmlns='http://jabber.org/protocol/disco#items'/>",
		"<info xmlns='http://jabber.org/protocol/disco#info'/>",
		"<iq>" QUERY("") "</iq>",
	};
	struct caps_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = NULL;

		assert_int_equal(parse(&s, rows[i], &info), -EINVAL);
	}
	assert_int_equal(caps_parse(NULL, &info), -EINVAL);
}

static void caps_render__for_presence(void **state)
{
	AUTO_STR out = { 0 };

	(void)state;
	caps_render(&out, "urn:n&'", VER_SIMPLE);
	assert_string_equal(out.p, "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
				   "node='urn:n&amp;&apos;' ver='" VER_SIMPLE "'/>");
}

static int list(const char *node, size_t len, void *data)
{
	struct str *out = data;

	str_add(out, node, len);
	str_putc(out, ' ');
	return !strncmp(node, "stop", len) ? 7 : 0;
}

/* X0115-06 */
static void caps_each_notify__nodes_alone(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	AUTO_STANZA xmpp_stanza_t *with_stop = NULL;
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	AUTO_IN_PLACE(caps_info_release) struct caps_info stopped = { 0 };
	AUTO_STR out = { 0 };

	(void)state;
	assert_int_equal(parse(&s, QUERY(WANTED), &info), 0);
	assert_int_equal(caps_each_notify(&info, list, &out), 0);
	assert_string_equal(out.p, "n n+notify m ");
	str_reset(&out);
	assert_int_equal(parse(&with_stop, QUERY(STOPPED), &stopped), 0);
	assert_int_equal(caps_each_notify(&stopped, list, &out), 7);
	assert_string_equal(out.p, "a stop ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caps_ver__table__as_in_the_xep),
		cmocka_unit_test(caps_verify__mismatch__false),
		cmocka_unit_test(caps_parse__ill_formed__never_verified),
		cmocka_unit_test(caps_parse__alike_but_not_twice__well_formed),
		cmocka_unit_test(caps_parse__all_parts__as_given),
		cmocka_unit_test(caps_parse__too_large__refused),
		cmocka_unit_test(caps_parse__another_element__refused),
		cmocka_unit_test(caps_render__for_presence),
		cmocka_unit_test(caps_each_notify__nodes_alone),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
