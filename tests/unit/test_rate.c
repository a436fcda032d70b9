/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "cmd/serve/rate.h"
#include "common/base/auto.h"
#include "common/base/mem.h"

#define MS INT64_C(1000000)
#define START (50 * 1000 * MS)

/* How many of @n requests, one every @step, are let through. */
static int let_through(struct rate *r, const char *who, int n, int64_t from, int64_t step)
{
	int passed = 0;

	for (int i = 0; i < n; i++)
		passed += rate_take(r, who, 10, 5, from + i * step);
	return passed;
}

static void rate_take__burst_then_steady__as_many_as_allowed(void **state)
{
	struct rate r = { 0 };

	(void)state;
	assert_int_equal(let_through(&r, "a@h", 20, START, 0), 5);
	/* Ten a second from then on, however often it asks. */
	assert_int_equal(let_through(&r, "a@h", 200, START + 5 * MS, 5 * MS), 10);
	/* What is refused costs nothing. */
	assert_true(rate_take(&r, "a@h", 10, 5, START + 1100 * MS));
	/* After a pause there is the burst again, and no more. */
	assert_int_equal(let_through(&r, "a@h", 20, START + 100000 * MS, 0), 5);
	rate_release(&r);
}

static void rate_take__slow_enough__never_refused(void **state)
{
	struct rate r = { 0 };

	(void)state;
	assert_int_equal(let_through(&r, "a@h", 1000, START, 100 * MS), 1000);
	rate_release(&r);
}

static void rate_take__others__not_affected(void **state)
{
	struct rate r = { 0 };

	(void)state;
	assert_int_equal(let_through(&r, "a@h", 200, START, 0), 5);
	assert_int_equal(let_through(&r, "b@h", 5, START, 0), 5);
	assert_false(rate_take(&r, "a@h", 10, 5, START));
	rate_release(&r);
}

/* The memory is that of a fixed table: however many there are, each new one is let through. */
static void rate_take__more_accounts_than_places__none_is_refused(void **state)
{
	struct rate r = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++) {
		AUTO_FREE char *who = mem_printf("u%d@h", i);

		assert_true(rate_take(&r, who, 10, 5, START));
	}
	rate_release(&r);
}

/* Those who ask too much are not forgotten for others who ask once. */
static void rate_take__table_is_full__the_busiest_stay(void **state)
{
	struct rate r = { 0 };

	(void)state;
	assert_int_equal(let_through(&r, "a@h", 200, START, 0), 5);
	for (int i = 0; i < 100000; i++) {
		AUTO_FREE char *who = mem_printf("u%d@h", i);

		rate_take(&r, who, 10, 5, START);
	}
	assert_false(rate_take(&r, "a@h", 10, 5, START));
	rate_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rate_take__burst_then_steady__as_many_as_allowed),
		cmocka_unit_test(rate_take__slow_enough__never_refused),
		cmocka_unit_test(rate_take__others__not_affected),
		cmocka_unit_test(rate_take__more_accounts_than_places__none_is_refused),
		cmocka_unit_test(rate_take__table_is_full__the_busiest_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
