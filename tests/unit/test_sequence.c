/* SPDX-License-Identifier: MIT */
/* The numbers of a node's events, as a subscriber sees them. */
#include "unit.h"

#include "common/pubsub/sequence.h"

static void take__one_by_one__nothing_is_missing(void **state)
{
	struct sequence s = { 0 };

	(void)state;
	assert_int_equal(sequence_take(&s, 1), SEQUENCE_NEXT);
	assert_int_equal(sequence_take(&s, 2), SEQUENCE_NEXT);
	assert_int_equal(sequence_take(&s, 2), SEQUENCE_REPEAT);
	assert_int_equal(sequence_take(&s, 0), SEQUENCE_NEXT); /* it has none */
	assert_int_equal(sequence_take(&s, 3), SEQUENCE_NEXT);
	assert_int_equal(sequence_take(&s, 5), SEQUENCE_HOLE);
	assert_int_equal(sequence_take(&s, 6), SEQUENCE_NEXT);
	assert_int_equal(sequence_take(&s, UINT64_MAX), SEQUENCE_HOLE);
}

static void take__a_smaller_one__only_as_a_restart(void **state)
{
	struct sequence s = { .last = 5 };

	(void)state;
	assert_int_equal(sequence_take(&s, 2), SEQUENCE_BACK);
	assert_int_equal(sequence_take(&s, 6), SEQUENCE_NEXT); /* it was an old one */
	assert_int_equal(sequence_take(&s, 2), SEQUENCE_BACK);
	sequence_restart(&s, 2);
	assert_int_equal(sequence_take(&s, 3), SEQUENCE_NEXT);
}

static void open__subscribed__any_number_is_the_next(void **state)
{
	static const uint64_t numbers[] = { 1, 4, 6, 9 };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sequence s = { .last = 5 };

		sequence_open(&s);
		assert_int_equal(sequence_take(&s, 0), SEQUENCE_NEXT);
		assert_true(s.open);
		assert_int_equal(sequence_take(&s, numbers[i]), SEQUENCE_NEXT);
		assert_int_equal(sequence_take(&s, numbers[i] + 2), SEQUENCE_HOLE);
	}
}

static void close__no_number_has_come__the_first_is_not_sure(void **state)
{
	struct sequence fresh = { 0 }, known = { .last = 5 };

	(void)state;
	sequence_open(&fresh);
	sequence_close(&fresh);
	assert_int_equal(sequence_take(&fresh, 7), SEQUENCE_UNSURE);
	assert_int_equal(sequence_take(&fresh, 9), SEQUENCE_HOLE);
	sequence_open(&known);
	sequence_close(&known);
	sequence_close(&known);
	assert_int_equal(sequence_take(&known, 7), SEQUENCE_UNSURE);
	sequence_open(&known);
	sequence_close(&known);
	assert_int_equal(sequence_take(&known, 8), SEQUENCE_NEXT);
	sequence_open(&known);
	assert_int_equal(sequence_take(&known, 12), SEQUENCE_NEXT);
	sequence_close(&known); /* nothing to close */
	assert_int_equal(sequence_take(&known, 14), SEQUENCE_HOLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take__one_by_one__nothing_is_missing),
		cmocka_unit_test(take__a_smaller_one__only_as_a_restart),
		cmocka_unit_test(open__subscribed__any_number_is_the_next),
		cmocka_unit_test(close__no_number_has_come__the_first_is_not_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
