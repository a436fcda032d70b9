/* SPDX-License-Identifier: MIT */
#include "common/xmpp/trust.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/base/mem.h"

static struct {
	const char *name;
	char *before;
} variables[] = { { "SSL_CERT_FILE", NULL }, { "SSL_CERT_DIR", NULL } };

static bool applied;

void trust_apply(const char *ca_file)
{
	const char *values[] = { ca_file, "/nonexistent" };

	if (!ca_file || applied)
		return;
	applied = true;
	for (size_t i = 0; i < 2; i++) {
		variables[i].before = mem_strdup(getenv(variables[i].name));
		if (setenv(variables[i].name, values[i], 1))
			abort(); /* out of memory */
	}
}

void trust_restore(void)
{
	if (!applied)
		return;
	applied = false;
	for (size_t i = 0; i < 2; i++) {
		if (variables[i].before)
			setenv(variables[i].name, variables[i].before, 1);
		else
			unsetenv(variables[i].name);
		free(variables[i].before);
		variables[i].before = NULL;
	}
}
