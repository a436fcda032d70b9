/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded when they are needed: all of their names, or nothing but a message. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/late.h"
#include "common/base/log.h"

#define MATH "libm.so.6"
#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

struct names {
	__typeof__(floor) *floor;
	__typeof__(signgam) *signgam;
};

static char said[300];

static bool hear(enum log_level level, const char *text, void *data)
{
	(void)data;
	assert_int_equal(level, LOG_ERROR);
	snprintf(said, sizeof(said), "%s", text);
	return true;
}

static int load(const char *file, const char *second, struct names *to)
{
	const char *names[] = { "floor", second };
	struct late library = { file, names, N_OF(names) };
	int r;

	said[0] = '\0';
	log_divert(hear, NULL);
	r = late_load(&library, to);
	log_divert(NULL, NULL);
	return r;
}

static void late__load__functions_and_variables(void **state)
{
	struct names n = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(load(MATH, "signgam", &n), 0);
		assert_string_equal(said, "");
		assert_true((*n.floor)(2.5) == 2.0);
		*n.signgam = i;
	}
}

static void late__load__no_such_library(void **state)
{
	struct names n = { 0 };

	(void)state;
	assert_int_equal(load("libnosuch.so.1", "signgam", &n), -ELIBACC);
	assert_non_null(strstr(said, "libnosuch.so.1"));
	assert_null(n.floor);
}

static void late__load__a_name_is_missing(void **state)
{
	struct names n = { 0 };

	(void)state;
	assert_int_equal(load(MATH, "nosuchname", &n), -ELIBACC);
	assert_non_null(strstr(said, "nosuchname"));
	assert_null(n.floor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late__load__functions_and_variables),
		cmocka_unit_test(late__load__no_such_library),
		cmocka_unit_test(late__load__a_name_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
