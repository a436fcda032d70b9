/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUBJECT_H
#define SERVE_SUBJECT_H

/*
 * How somebody stands to a node: what access.h needs to know, collected from where it is kept.
 */
#include "cmd/serve/access.h"

struct service;

/* @jid (normal form) is borrowed by @ret. 0 or a negative errno. */
int subject_load(struct service *s, enum priv priv, const struct node *node, const char *jid,
		 struct subject *ret);
/* Both at once: may @jid do that at @node? PS_* or a negative errno. */
int subject_check(struct service *s, enum priv priv, const struct node *node, const char *jid);

#endif
