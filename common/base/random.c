/* SPDX-License-Identifier: MIT */
#include "common/base/random.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_DIGITS 12
#define TIME_MASK UINT64_C(0xffffffffffff)

void random_id(char ret[static RANDOM_ID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[RANDOM_ID_LEN / 2];

	arc4random_buf(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	ret[RANDOM_ID_LEN] = '\0';
}

void random_id_at(int64_t ms, char ret[static RANDOM_ID_LEN + 1])
{
	char time[TIME_DIGITS + 1];

	random_id(ret);
	snprintf(time, sizeof(time), "%0*" PRIx64, TIME_DIGITS, (uint64_t)ms & TIME_MASK);
	memcpy(ret, time, TIME_DIGITS);
}
