/* SPDX-License-Identifier: MIT */
#include "common/pubsub/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/xmpp/form.h"
#include "common/xmpp/xml.h"

#define PREFIX "pubsub#"

void settings_release(struct settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->all[i].var);
		strings_free(s->all[i].values);
	}
	free(s->all);
	*s = (struct settings){ 0 };
}

const char *setting_short(const char *var)
{
	return strncmp(var, PREFIX, strlen(PREFIX)) ? var : var + strlen(PREFIX);
}

/* "x-..." and names in a namespace are nobody's but the service's own (XEP-0068 section 3). */
static bool is_full(const char *var)
{
	return strchr(var, '#') || !strncmp(var, "x-", 2) || *var == '{';
}

static struct setting *find(struct settings *s, const char *var)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(setting_short(s->all[i].var), setting_short(var)))
			return &s->all[i];
	s->all = mem_realloc(s->all, (s->n + 1) * sizeof(*s->all));
	s->all[s->n] = (struct setting){ .var = mem_strdup(var) };
	return &s->all[s->n++];
}

void settings_add(struct settings *s, const char *var, const char *value)
{
	struct setting *set = find(s, var);

	if (value)
		strings_add(&set->values, value);
}

int settings_parse(struct settings *s, const char *given)
{
	const char *equals = strchr(given, '=');
	AUTO_FREE char *var = NULL;
	struct setting *set;

	if (!equals || equals == given)
		return -EINVAL;
	if (!xml_valid(given, strlen(given)))
		return -EILSEQ;
	var = mem_strndup(given, (size_t)(equals - given));
	set = find(s, var);
	if (equals[1] || set->values)
		strings_add(&set->values, equals + 1);
	return 0;
}

void setting_render(struct str *out, const char *var, char *const *values, bool multi)
{
	static const char *const empty[] = { "" };
	size_t n = strings_count(values);
	struct form_field_out f = { .var = var,
				    .values = n ? (const char *const *)values : empty,
				    .n_values = n || multi ? n : 1 };

	form_field(out, &f);
}

void settings_render(struct str *out, const struct settings *s, const char *form_type)
{
	form_open(out, FORM_SUBMIT, form_type);
	for (size_t i = 0; i < s->n; i++) {
		const struct setting *set = &s->all[i];
		AUTO_FREE char *full =
			mem_printf("%s%s", is_full(set->var) ? "" : PREFIX, set->var);

		setting_render(out, full, set->values, false);
	}
	form_close(out);
}
