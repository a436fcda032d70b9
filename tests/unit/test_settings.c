/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/settings.h"

static void settings__parse__names_in_full(void **state)
{
	static const struct {
		const char *given, *full, *value; /* NULL: it is none */
		int error;
	} rows[] = {
		{ "title=A = B", "pubsub#title", "A = B", 0 },
		{ "pubsub#title=", "pubsub#title", "", 0 },
		{ "x-strict_type=1", "x-strict_type", "1", 0 },
		{ "http://example.org/ns#a=1", "http://example.org/ns#a", "1", 0 },
		{ "{urn:x}a=1", "{urn:x}a", "1", 0 },
		{ "max_items=#1", "pubsub#max_items", "#1", 0 },
		{ "title", NULL, NULL, -EINVAL },
		{ "", NULL, NULL, -EINVAL },
		{ "=x", NULL, NULL, -EINVAL },
		{ "title=\xff", NULL, NULL, -EILSEQ },
		{ "title=\x01", NULL, NULL, -EILSEQ },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
		AUTO_STR out = { 0 };

		assert_int_equal(settings_parse(&s, rows[i].given), rows[i].error);
		assert_int_equal(s.n, rows[i].full ? 1 : 0);
		settings_render(&out, &s, NULL);
		if (rows[i].full) {
			AUTO_FREE char *field = mem_printf("<field var='%s'><value>%s</value></field>",
							   rows[i].full, rows[i].value);

			assert_non_null(strstr(out.p, field));
		}
	}
}

static void settings__render__values_of_one_name_together(void **state)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	AUTO_STR out = { 0 };

	(void)state;
	settings_parse(&s, "contact=a@b");
	settings_parse(&s, "title=<T>");
	settings_parse(&s, "pubsub#contact=c@d");
	settings_parse(&s, "contacts=");
	settings_render(&out, &s, "urn:type");
	assert_string_equal(out.p, "<x xmlns='jabber:x:data' type='submit'>"
				   "<field var='FORM_TYPE' type='hidden'><value>urn:type</value></field>"
				   "<field var='pubsub#contact'><value>a@b</value><value>c@d</value></field>"
				   "<field var='pubsub#title'><value>&lt;T&gt;</value></field>"
				   "<field var='pubsub#contacts'><value></value></field></x>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings__parse__names_in_full),
		cmocka_unit_test(settings__render__values_of_one_name_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
