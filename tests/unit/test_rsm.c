/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>

#include "common/base/str.h"
#include "common/xmpp/own.h"
#include "common/xmpp/rsm.h"
#include "context.h"

#define SET(content)                                                                               \
	"<q xmlns='urn:q'><set xmlns='http://jabber.org/protocol/rsm'>" content "</set></q>"

static void check_text(const char *got, const char *expected)
{
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void rsm_parse__table__as_asked(void **state)
{
	static const struct {
		const char *xml;
		bool present, has_max, has_index;
		uint64_t max, index;
		const char *after, *before;
	} rows[] = {
		{ "<q xmlns='urn:q'/>", .present = false },
		{ "<q xmlns='urn:q'><set/></q>", .present = false },
		{ SET(""), .present = true },
		{ SET("<max>2</max>"), .present = true, .has_max = true, .max = 2 },
		{ SET("<max>0</max>"), .present = true, .has_max = true, .max = 0 },
		{ SET("<max>99999999999999999999999</max>"), .present = true, .has_max = true,
		  .max = UINT64_MAX },
		{ SET("<after>a &lt; b</after>"), .present = true, .after = "a < b" },
		{ SET("<after/>"), .present = true },
		{ SET("<before/>"), .present = true, .before = "" },
		{ SET("<max>2</max><before>b</before>"), .present = true, .has_max = true, .max = 2,
		  .before = "b" },
		{ SET("<index>7</index>"), .present = true, .has_index = true, .index = 7 },
		{ SET("<max xmlns='urn:other'>x</max>"), .present = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, rows[i].xml);
		struct rsm_request rsm;

		assert_non_null(s);
		assert_int_equal(rsm_parse(s, &rsm), 0);
		assert_int_equal(rsm.present, rows[i].present);
		assert_int_equal(rsm.has_max, rows[i].has_max);
		assert_int_equal(rsm.has_index, rows[i].has_index);
		assert_true(rsm.max == rows[i].max);
		assert_true(rsm.index == rows[i].index);
		check_text(rsm.after, rows[i].after);
		check_text(rsm.before, rows[i].before);
	}
}

static void rsm_parse__what_makes_no_sense__refused(void **state)
{
	static const char *const rows[] = {
		SET("<max>x</max>"),
		SET("<max>-1</max>"),
		SET("<max/>"),
		SET("<index>1.5</index>"),
		SET("<index/>"),
		SET("<after>a</after><before>b</before>"),
		SET("<after>a</after><index>1</index>"),
		SET("<before/><index>1</index>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, rows[i]);
		struct rsm_request rsm;

		assert_non_null(s);
		assert_int_equal(rsm_parse(s, &rsm), -EINVAL);
	}
}

/* X0059-02, X0059-03 */
static void rsm_render__pages__as_in_the_xep(void **state)
{
	struct rsm_page page = { .first = "a<", .last = "b", .index = 3, .count = 9 },
			empty = { .count = 9 };
	AUTO_STR out = { 0 };

	(void)state;
	rsm_render(&out, &page);
	assert_string_equal(
		out.p, "<set xmlns='http://jabber.org/protocol/rsm'><first index='3'>a&lt;</first>"
		       "<last>b</last><count>9</count></set>");
	str_reset(&out);
	rsm_render(&out, &empty);
	assert_string_equal(out.p,
			    "<set xmlns='http://jabber.org/protocol/rsm'><count>9</count></set>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsm_parse__table__as_asked),
		cmocka_unit_test(rsm_parse__what_makes_no_sense__refused),
		cmocka_unit_test(rsm_render__pages__as_in_the_xep),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
