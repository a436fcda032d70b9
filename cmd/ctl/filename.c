/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/filename.h"

#include <ctype.h>
#include <string.h>

#include "common/base/str.h"

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : -1;
}

char *filename_id(const char *name)
{
	AUTO_STR id = { 0 };

	for (const char *p = name; *p; p++) {
		int high, low;

		if (*p != '%') {
			str_putc(&id, *p);
			continue;
		}
		high = digit(p[1]);
		low = high < 0 ? -1 : digit(p[2]);
		if (low < 0 || !(high | low))
			return NULL;
		str_putc(&id, (char)(high << 4 | low));
		p += 2;
	}
	return str_steal(&id);
}
