/* SPDX-License-Identifier: MIT */
#include "common/base/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"

static int say_why(void)
{
	const char *why = dlerror();

	log_error("a library cannot be loaded: %s", why ? why : "it is not what was expected");
	return -ELIBACC;
}

int late_load(const struct late *library, void *to)
{
	AUTO_FREE void **found = mem_alloc(library->n_names * sizeof(*found));
	void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);

	if (!handle)
		return say_why();
	for (size_t i = 0; i < library->n_names; i++) {
		found[i] = dlsym(handle, library->names[i]);
		if (!found[i])
			return say_why();
	}
	memcpy(to, found, library->n_names * sizeof(*found));
	return 0;
}
