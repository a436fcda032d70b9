/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "cmd/serve/notify/available.h"

#include <stdio.h>
#include <string.h>

static const char *const jids[] = { "a@h/y",  "a@h/x",	 "a@h-b/x", "a@h.b/x",
				    "a@h0/x", "aa@h/x", "h/x",     "a@h/x/z" };

#define N_JIDS (sizeof(jids) / sizeof(jids[0]))

static struct available *filled(size_t max)
{
	struct available *a = available_new(max, NULL);

	for (size_t i = 0; i < N_JIDS; i++)
		available_add(a, jids[i]);
	return a;
}

static void available__all__in_order_and_found(void **state)
{
	struct available *a = filled(100);

	(void)state;
	assert_int_equal(available_count(a), N_JIDS);
	for (size_t i = 1; i < N_JIDS; i++)
		assert_true(strcmp(available_at(a, i - 1)->jid, available_at(a, i)->jid) < 0);
	for (size_t i = 0; i < N_JIDS; i++)
		assert_string_equal(available_find(a, jids[i])->jid, jids[i]);
	assert_null(available_find(a, "a@h"));
	assert_null(available_find(a, "z@h/x"));
	assert_int_equal(available_behind(a, NULL), 0);
	assert_int_equal(available_behind(a, available_at(a, 2)->jid), 3);
	assert_int_equal(available_behind(a, "a@h/xa"), available_behind(a, "a@h/x/z"));
	available_remove(a, available_find(a, "a@h/x"));
	assert_null(available_find(a, "a@h/x"));
	assert_non_null(available_find(a, "a@h/y"));
	available_clear(a);
	assert_int_equal(available_count(a), 0);
	available_free(a);
}

static void available_of__its_resources_and_no_others(void **state)
{
	static const struct {
		const char *bare;
		size_t n;
	} rows[] = { { "a@h", 3 }, { "a@h-b", 1 }, { "aa@h", 1 }, { "h", 1 }, { "b@h", 0 }, { "a", 0 } };
	struct available *a = filled(100);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n, at = available_of(a, rows[i].bare, &n);

		assert_int_equal(n, rows[i].n);
		for (size_t k = at; k < at + n; k++)
			assert_int_equal(strncmp(available_at(a, k)->jid, rows[i].bare,
						 strlen(rows[i].bare)),
					 0);
	}
	available_free(a);
}

static void available_add__limits__no_more(void **state)
{
	struct available *a = available_new(AVAILABLE_MAX_RESOURCES + 2, NULL);
	char jid[32];

	(void)state;
	for (int i = 0; i < AVAILABLE_MAX_RESOURCES; i++) {
		snprintf(jid, sizeof(jid), "a@h/%d", i);
		assert_non_null(available_add(a, jid));
	}
	assert_null(available_add(a, "a@h/more"));
	assert_non_null(available_add(a, "b@h/1"));
	assert_non_null(available_add(a, "c@h/1"));
	assert_null(available_add(a, "d@h/1"));
	available_free(a);
}

/* CFG-25, OPT-30 */
static void available_reaches__by_show_and_priority(void **state)
{
	static const struct {
		const char *jid;
		unsigned shows;
		bool reaches;
	} rows[] = {
		{ "a@h", SHOW_ALL, true },
		{ "a@h", 1u << SHOW_AWAY, true },
		{ "a@h", 1u << SHOW_DND, false }, /* it gets nothing that is sent to a@h */
		{ "a@h", 1u << SHOW_ONLINE, false },
		{ "a@h/x", SHOW_ALL, true },
		{ "a@h/x", 1u << SHOW_AWAY, true },
		{ "a@h/x", 1u << SHOW_DND, false },
		{ "a@h/y", 1u << SHOW_DND, true },
		{ "a@h/z", SHOW_ALL, false },
		{ "b@h", SHOW_ALL, false },
		{ "a@h", 0, false },
	};
	struct available *a = available_new(9, NULL);
	struct resource *r;

	(void)state;
	available_add(a, "a@h/x")->show = SHOW_AWAY;
	r = available_add(a, "a@h/y");
	r->show = SHOW_DND;
	r->priority = -1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(available_reaches(a, rows[i].jid, rows[i].shows), rows[i].reaches);
	available_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(available__all__in_order_and_found),
		cmocka_unit_test(available_of__its_resources_and_no_others),
		cmocka_unit_test(available_add__limits__no_more),
		cmocka_unit_test(available_reaches__by_show_and_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
