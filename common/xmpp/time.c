/* SPDX-License-Identifier: MIT */
#include "common/xmpp/time.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)

int64_t time_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Days since 1970-01-01 of a date in the proleptic Gregorian calendar. The year is taken to begin
 * in March, so that the leap day is its last; an era is 400 years, 146097 days.
 */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

void time_format(int64_t ms, char ret_text[static TIME_TEXT_MAX])
{
	int64_t fraction = ((ms % 1000) + 1000) % 1000;
	time_t seconds = (time_t)((ms - fraction) / 1000);
	struct tm tm;
	int n;

	gmtime_r(&seconds, &tm);
	/* The remainders tell the compiler that it fits. */
	n = snprintf(ret_text, TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u",
		     (tm.tm_year + 1900u) % 10000, (tm.tm_mon + 1u) % 100, tm.tm_mday % 100u,
		     tm.tm_hour % 100u, tm.tm_min % 100u, tm.tm_sec % 100u);
	if (fraction)
		snprintf(ret_text + n, TIME_TEXT_MAX - (size_t)n, ".%03dZ", (int)fraction);
	else
		snprintf(ret_text + n, TIME_TEXT_MAX - (size_t)n, "Z");
}

/* Exactly @digits decimal digits, then moves on. */
static bool number(const char **p, int digits, int min, int max, int *ret)
{
	int v = 0;

	for (int i = 0; i < digits; i++) {
		char c = (*p)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	if (v < min || v > max)
		return false;
	*p += digits;
	*ret = v;
	return true;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool parse_date(const char **p, int64_t *ret_ms)
{
	int year, month, day;

	if (!number(p, 4, 1, 9999, &year) || !literal(p, '-') || !number(p, 2, 1, 12, &month) ||
	    !literal(p, '-') || !number(p, 2, 1, days_in(year, month), &day))
		return false;
	*ret_ms = days_of(year, month, day) * DAY_MS;
	return true;
}

/* ".123456": at least one digit; the first three count. */
static bool parse_fraction(const char **p, int *ret_ms)
{
	int ms = 0, digits = 0;

	if (!literal(p, '.'))
		return true;
	for (; **p >= '0' && **p <= '9'; ++*p, digits++)
		if (digits < 3)
			ms = ms * 10 + (**p - '0');
	if (!digits)
		return false;
	for (; digits < 3; digits++)
		ms *= 10;
	*ret_ms = ms;
	return true;
}

static bool parse_clock(const char **p, int64_t *ret_ms)
{
	int h, m, s, ms = 0;

	if (!number(p, 2, 0, 23, &h) || !literal(p, ':') || !number(p, 2, 0, 59, &m) ||
	    !literal(p, ':') || !number(p, 2, 0, 59, &s) || !parse_fraction(p, &ms))
		return false;
	*ret_ms = ((h * INT64_C(60) + m) * 60 + s) * 1000 + ms;
	return true;
}

static bool parse_zone(const char **p, int64_t *ret_offset_ms)
{
	int sign = **p == '-' ? -1 : 1, h, m;

	if (literal(p, 'Z')) {
		*ret_offset_ms = 0;
		return true;
	}
	if (!literal(p, '+') && !literal(p, '-'))
		return false;
	if (!number(p, 2, 0, 14, &h) || !literal(p, ':') || !number(p, 2, 0, 59, &m))
		return false;
	*ret_offset_ms = sign * (h * INT64_C(60) + m) * 60000;
	return true;
}

int time_parse(const char *text, int64_t *ret_ms)
{
	int64_t date, clock, offset;

	if (!text || !parse_date(&text, &date) || !literal(&text, 'T') ||
	    !parse_clock(&text, &clock) || !parse_zone(&text, &offset) || *text)
		return -EINVAL;
	*ret_ms = date + clock - offset;
	return 0;
}
