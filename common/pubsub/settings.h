/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_SETTINGS_H
#define PUBSUB_SETTINGS_H

/*
 * Settings as people give them: VAR=VALUE, VAR with or without "pubsub#". A VAR that is given
 * several times has several values.
 */
struct str;

/*
 * Adds @given, its name in full, to @list (strings.h). 0, or -EINVAL: it has no "=" or no name, or
 * something that XML cannot carry.
 */
int setting_add(char ***list, const char *given);
/* A form to be submitted, with @form_type (XEP-0068). */
void settings_render(struct str *out, char *const *list, const char *form_type);

#endif
