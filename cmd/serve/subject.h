/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUBJECT_H
#define SERVE_SUBJECT_H

/*
 * How somebody stands to a node: what access.h needs to know, collected from where it is kept.
 */
#include "cmd/serve/access.h"

struct contact;
struct service;

/* @jid (normal form) is borrowed by @ret. 0 or a negative errno. */
int subject_load(struct service *s, enum priv priv, const struct node *node, const char *jid,
		 struct subject *ret);
/* Both at once: may @jid do that at @node? PS_* or a negative errno. */
int subject_check(struct service *s, enum priv priv, const struct node *node, const char *jid);
/* Has @jid a subscription at @node, as it is or as a whole? 0 or a negative errno. */
int subject_subscribed(struct service *s, const struct node *node, const char *jid, bool *ret);
/* Fills in what follows from sharing presence like @contact. */
void subject_stand(const struct service *s, const struct node *node, const struct contact *contact,
		   struct subject *who);

#endif
