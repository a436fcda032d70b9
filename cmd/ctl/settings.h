/* SPDX-License-Identifier: MIT */
#ifndef CTL_SETTINGS_H
#define CTL_SETTINGS_H

/*
 * Settings of nodes and subscriptions on the command line and in documents, beside the forms that
 * the service has for them.
 */
#include <stddef.h>

#include <strophe.h>

#include "common/pubsub/settings.h"

struct ctl;
struct field;
struct form_field_in;
struct form_in;
struct str;

/* @args are ended by NULL. 0, or EX_USAGE after a message. */
int settings_of_args(char *const *args, struct settings *ret);

/*
 * Adds a submitted form with all of them. A short name (no "#" in it) has to be in @table: 0, or
 * EX_USAGE after a message that names the nearest.
 */
int settings_submit(const struct settings *s, const struct field *table, const char *form_type,
		    struct str *out);

/*
 * The form among the children of @parent, part of an answer, as form_parse() reads it; 0, or
 * EX_REFUSED after a message.
 */
int settings_read(struct ctl *c, xmpp_stanza_t *parent, struct form_in *ret);
/*
 * Adds a submitted form with those that differ from @form; nothing where none does, which is said.
 * 0, or an exit code after a message: the form does not have one (EX_USAGE where nobody has it,
 * else EX_REFUSED), or not that value.
 */
int settings_change(struct ctl *c, const struct settings *s, const struct field *table,
		    const struct form_in *form, struct str *out);

/* All that can be set with @form, as it is there. */
void settings_take(struct settings *s, const struct form_in *form);
/* Those that differ from @form. @f: as it is there; NULL: the form does not have it. */
typedef void setting_fn(const struct setting *set, const struct form_field_in *f, void *data);
void settings_compare(const struct settings *s, const struct form_in *form, setting_fn *fn,
		      void *data);
/* Adds it to an open form, for a setting that @f belongs to. */
void setting_submit(const struct setting *set, const struct form_field_in *f, struct str *out);

/* The form among the children of @parent: a line for each value, or the form as it came. */
int settings_print(struct ctl *c, xmpp_stanza_t *parent);

#endif
