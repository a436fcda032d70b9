/* SPDX-License-Identifier: MIT */
#ifndef XMPP_TIME_H
#define XMPP_TIME_H

/*
 * Dates and times as XEP-0082 writes them. In memory they are milliseconds since 1970, UTC.
 */
#include <stdint.h>

#define TIME_TEXT_MAX 32

/* Now, by the wall clock. */
int64_t time_now(void);
/*
 * "2030-01-01T00:00:00Z", with ".123" where there are milliseconds. @ms must lie in the years 1 to
 * 9999.
 */
void time_format(int64_t ms, char ret_text[static TIME_TEXT_MAX]);
/*
 * Offsets and fractions of any length are understood, digits beyond the third dropped. 0 or
 * -EINVAL.
 */
int time_parse(const char *text, int64_t *ret_ms);

#endif
