/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_SETTINGS_H
#define PUBSUB_SETTINGS_H

/*
 * Settings as people give them: VAR=VALUE, VAR with or without "pubsub#". A VAR that is given
 * several times has several values.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;

struct setting {
	char *var;     /* as given */
	char **values; /* strings.h; NULL: "VAR=" alone */
};

/* Zero-initialised: none. */
struct settings {
	struct setting *all;
	size_t n;
};
void settings_release(struct settings *s);

/*
 * Adds what stands in @given. 0; -EINVAL: it has no "=" or no name; -EILSEQ: something in it cannot
 * be in XML.
 */
int settings_parse(struct settings *s, const char *given);
/* One value more; NULL: none, but the setting is there. */
void settings_add(struct settings *s, const char *var, const char *value);

/* Without "pubsub#"; points into @var. */
const char *setting_short(const char *var);
/* As a field named @var of an open form. Without values it is an empty one, unless @multi. */
void setting_render(struct str *out, const char *var, char *const *values, bool multi);
/* A form to be submitted, with @form_type (XEP-0068), and all of them under their names in full. */
void settings_render(struct str *out, const struct settings *s, const char *form_type);

#endif
