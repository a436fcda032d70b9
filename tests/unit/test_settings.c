/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>

#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/settings.h"

AUTO_DEFINE(char **, strings_free);

static void setting__add__names_in_full(void **state)
{
	static const struct {
		const char *given, *full; /* NULL: it is none */
	} rows[] = {
		{ "title=A = B", "pubsub#title=A = B" },
		{ "pubsub#title=", "pubsub#title=" },
		{ "x-strict_type=1", "x-strict_type=1" },
		{ "http://example.org/ns#a=1", "http://example.org/ns#a=1" },
		{ "{urn:x}a=1", "{urn:x}a=1" },
		{ "max_items=#1", "pubsub#max_items=#1" },
		{ "title", NULL },
		{ "", NULL },
		{ "=x", NULL },
		{ "title=\xff", NULL },
		{ "title=\x01", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(strings_free) char **list = NULL;

		assert_int_equal(setting_add(&list, rows[i].given), rows[i].full ? 0 : -EINVAL);
		assert_int_equal(strings_count(list), rows[i].full ? 1 : 0);
		if (rows[i].full)
			assert_string_equal(list[0], rows[i].full);
	}
}

static void settings__render__values_of_one_name_together(void **state)
{
	AUTO(strings_free) char **list = NULL;
	AUTO_STR out = { 0 };

	(void)state;
	setting_add(&list, "contact=a@b");
	setting_add(&list, "title=<T>");
	setting_add(&list, "pubsub#contact=c@d");
	setting_add(&list, "contacts=");
	settings_render(&out, list, "urn:type");
	assert_string_equal(out.p, "<x xmlns='jabber:x:data' type='submit'>"
				   "<field var='FORM_TYPE' type='hidden'><value>urn:type</value></field>"
				   "<field var='pubsub#contact'><value>a@b</value><value>c@d</value></field>"
				   "<field var='pubsub#title'><value>&lt;T&gt;</value></field>"
				   "<field var='pubsub#contacts'><value></value></field></x>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting__add__names_in_full),
		cmocka_unit_test(settings__render__values_of_one_name_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
