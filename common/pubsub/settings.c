/* SPDX-License-Identifier: MIT */
#include "common/pubsub/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/xmpp/form.h"
#include "common/xmpp/xml.h"

#define PREFIX "pubsub#"

/* "x-..." and names in a namespace are nobody's but the service's own (XEP-0068 section 3). */
static bool is_full(const char *name)
{
	size_t len = strcspn(name, "=");

	return memchr(name, '#', len) || !strncmp(name, "x-", 2) || *name == '{';
}

int setting_add(char ***list, const char *given)
{
	AUTO_FREE char *full = NULL;
	const char *equals = strchr(given, '=');

	if (!equals || equals == given || !xml_valid(given, strlen(given)))
		return -EINVAL;
	full = mem_printf("%s%s", is_full(given) ? "" : PREFIX, given);
	strings_add(list, full);
	return 0;
}

/* The value, where @setting is one of the variable of the first @len bytes of @var. */
static const char *value_of(const char *setting, const char *var, size_t len)
{
	return !strncmp(setting, var, len) && setting[len] == '=' ? setting + len + 1 : NULL;
}

static void render_field(struct str *out, char *const *first, size_t len)
{
	AUTO_FREE char *var = mem_strndup(*first, len);
	AUTO_FREE const char **values = mem_alloc(strings_count(first) * sizeof(*values));
	struct form_field_out f = { .var = var, .values = values };

	for (char *const *p = first; *p; p++) {
		const char *value = value_of(*p, var, len);

		if (value)
			values[f.n_values++] = value;
	}
	form_field(out, &f);
}

void settings_render(struct str *out, char *const *list, const char *form_type)
{
	form_open(out, FORM_SUBMIT, form_type);
	for (char *const *p = list; p && *p; p++) {
		size_t len = strcspn(*p, "=");
		char *const *before = list;

		while (before < p && !value_of(*before, *p, len))
			before++;
		if (before == p)
			render_field(out, p, len);
	}
	form_close(out);
}
