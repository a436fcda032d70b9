/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/xslt.h"

struct xslt_names xslt_names;

int xslt_load(void)
{
	static const char *const names[] = { XSLT_NAMES(LATE_NAME) };
	static const struct late library = { "libxslt.so.1", names,
					     sizeof(names) / sizeof(names[0]) };

	return late_load(&library, &xslt_names);
}
