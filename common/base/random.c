/* SPDX-License-Identifier: MIT */
#include "common/base/random.h"

#include <stddef.h>
#include <stdlib.h>

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
