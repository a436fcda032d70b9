/* SPDX-License-Identifier: MIT */
#include "cmd/sub/configure.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

static bool same_var(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return len == strcspn(b, "=") && !memcmp(a, b, len);
}

static bool was_before(const char *const *given, const char *const *one)
{
	while (given < one)
		if (same_var(*given++, *one))
			return true;
	return false;
}

/* Options of others' services are passed on, too. */
static char *full_name(const char *option)
{
	AUTO_FREE char *name = mem_strndup(option, strcspn(option, "="));
	const struct field *f = field_find(sub_fields, name);

	if (f)
		return mem_strdup(f->var);
	return strpbrk(name, "#:{") ? steal(name) : mem_printf("pubsub#%s", name);
}

/* With all its values. */
static void add_field(struct str *out, const char *const *one)
{
	AUTO_FREE char *name = full_name(*one);
	AUTO_FREE const char **values = NULL;
	size_t n = 0;

	for (const char *const *g = one; *g; g++)
		if (same_var(*g, *one)) {
			values = mem_realloc(values, (n + 1) * sizeof(*values));
			values[n++] = strchr(*g, '=') + 1;
		}
	form_field(out, &(struct form_field_out){ .var = name, .values = values, .n_values = n });
}

char *configure_form(const char *const *given, const char **ret_bad)
{
	AUTO_STR form = { 0 };

	for (const char *const *g = given; *g; g++)
		if (strcspn(*g, "=") == 0 || !strchr(*g, '=') || !xml_valid(*g, strlen(*g))) {
			*ret_bad = *g;
			return NULL;
		}
	form_open(&form, FORM_SUBMIT, NS_PUBSUB "#subscribe_options");
	for (const char *const *g = given; *g; g++)
		if (!was_before(given, g))
			add_field(&form, g);
	form_close(&form);
	return str_steal(&form);
}
