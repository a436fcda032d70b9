/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>

#include "common/xmpp/time.h"

/* X0203-02 */
static void time_parse__table__milliseconds(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1969-07-21T02:56:15Z", -14159025000 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2030-01-01T02:00:00+02:00", 1893456000000 },
		{ "2030-01-01T00:00:00Z", 1893456000000 },
		{ "2029-12-31T19:30:00-04:30", 1893456000000 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
		{ "2024-02-29T12:34:56.7Z", 1709210096700 },
		{ "2024-02-29T12:34:56.7894561Z", 1709210096789 },
		{ "0001-01-01T00:00:00Z", -62135596800000 },
		{ "9999-12-31T23:59:59.999Z", 253402300799999 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = -42;

		assert_int_equal(time_parse(rows[i].text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void time_parse__what_is_no_time__refused(void **state)
{
	static const char *const rows[] = {
		"",
		"2030",
		"2030-01-01",
		"2030-01-01T00:00:00",
		"2030-01-01 00:00:00Z",
		"2030-13-01T00:00:00Z",
		"2030-00-01T00:00:00Z",
		"2030-01-32T00:00:00Z",
		"2030-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2030-01-01T24:00:00Z",
		"2030-01-01T00:60:00Z",
		"2030-01-01T00:00:60Z",
		"2030-01-01T00:00:00.Z",
		"2030-01-01T00:00:00z",
		"2030-01-01T00:00:00+2:00",
		"2030-01-01T00:00:00+02:00x",
		"2030-01-01T00:00:00+15:00",
		" 2030-01-01T00:00:00Z",
		"0000-01-01T00:00:00Z",
		"-2030-01-01T00:00:00Z",
		NULL,
	};
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(time_parse(rows[i], &ms), -EINVAL);
	assert_int_equal(ms, 42);
}

static void time_format__every_few_days__parses_back(void **state)
{
	char text[TIME_TEXT_MAX];

	(void)state;
	time_format(1709210096007, text);
	assert_string_equal(text, "2024-02-29T12:34:56.007Z");
	time_format(-1000, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	for (int64_t ms = -62135596800000; ms < 253402300799999; ms += 999999937) {
		int64_t back = 0;

		time_format(ms, text);
		assert_int_equal(time_parse(text, &back), 0);
		assert_int_equal(back, ms);
	}
}

static void time_now__is_later_than_this_test(void **state)
{
	(void)state;
	assert_true(time_now() > 1700000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_parse__table__milliseconds),
		cmocka_unit_test(time_parse__what_is_no_time__refused),
		cmocka_unit_test(time_format__every_few_days__parses_back),
		cmocka_unit_test(time_now__is_later_than_this_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
