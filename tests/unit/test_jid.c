/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "common/base/auto.h"
#include "common/xmpp/jid.h"

/* SUB-37: local part and domain without regard to case, the resource exactly. */
static void jid_prep__table__normal_form_or_null(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "user@example.com", "user@example.com" },
		{ "User@Example.COM/Res", "user@example.com/Res" },
		{ "example.com", "example.com" },
		{ "example.com.", "example.com" },
		{ "example.com\xef\xbc\x8e", "example.com" }, /* a wide dot */
		{ "example.com/a@b/c", "example.com/a@b/c" },
		{ "u@h/a b", "u@h/a b" },
		{ "JÜRGEN@example.com", "jürgen@example.com" },
		{ "u@[::1]", "u@[::1]" },
		{ "u@h/\xf0\x9f\x98\x80", "u@h/\xf0\x9f\x98\x80" },
		{ "", NULL },
		{ "@h", NULL },
		{ "u@", NULL },
		{ "u@h/", NULL },
		{ "u@h@i", NULL },
		{ "u@h..", NULL },
		{ ".", NULL },
		{ "a b@h", NULL },
		{ "a'b@h", NULL },
		{ "u@h h", NULL },
		{ "u@h/\x01", NULL },
		{ "u@h/\xff", NULL },
		{ NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_FREE char *got = jid_prep(rows[i].in);

		if (!rows[i].out)
			assert_null(got);
		else
			assert_non_null(got);
		if (got)
			assert_string_equal(got, rows[i].out);
	}
}

static void jid_prep__parts_of_1024_bytes__refused(void **state)
{
	char jid[1100];

	(void)state;
	memset(jid, 'a', sizeof(jid));
	strcpy(jid + 1023, "@h");
	AUTO_FREE char *fits = jid_prep(jid);
	assert_non_null(fits);
	memset(jid, 'a', 1024);
	strcpy(jid + 1024, "@h");
	AUTO_FREE char *long_one = jid_prep(jid);
	assert_null(long_one);
}

static void jid_parts__full_bare_domain(void **state)
{
	AUTO_FREE char *bare = jid_bare("u@h/r@s/t");
	size_t len;

	(void)state;
	assert_string_equal(bare, "u@h");
	assert_string_equal(jid_resource("u@h/r@s/t"), "r@s/t");
	assert_null(jid_resource("u@h"));
	assert_memory_equal(jid_domain("u@h.de/r", &len), "h.de", 4);
	assert_int_equal(len, 4);
	assert_string_equal(jid_domain("h.de", &len), "h.de");
	assert_true(jid_is_at("u@h.de/r", "h.de", 4));
	assert_true(jid_is_at("h.de", "h.de/r", 4));
	assert_false(jid_is_at("u@h.de/r", "h.d", 3));
	assert_false(jid_is_at("u@h.de/r", "h.de/", 5));
	assert_false(jid_is_at("u/h.de", "h.de", 4));
	assert_true(jid_has_local("u@h/r"));
	assert_false(jid_has_local("h/u@r"));
	assert_true(jid_same_bare("u@h/r", "u@h"));
	assert_false(jid_same_bare("u@h/r", "u@hh/r"));
}

static void domain_to_ascii__a_labels__or_as_it_is(void **state)
{
	static const struct {
		const char *domain, *ascii;
	} rows[] = {
		{ "example.com", "example.com" },
		{ "b\xc3\xbc"
		  "cher.test",
		  "xn--bcher-kva.test" },
		{ "xn--bcher-kva.test", "xn--bcher-kva.test" },
		{ "two..dots", "two..dots" }, /* none */
		{ "::1", "::1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_FREE char *ascii = domain_to_ascii(rows[i].domain);

		assert_string_equal(ascii, rows[i].ascii);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jid_prep__table__normal_form_or_null),
		cmocka_unit_test(jid_prep__parts_of_1024_bytes__refused),
		cmocka_unit_test(jid_parts__full_bare_domain),
		cmocka_unit_test(domain_to_ascii__a_labels__or_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
