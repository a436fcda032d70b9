/* SPDX-License-Identifier: MIT */
#ifndef SERVE_LIST_H
#define SERVE_LIST_H

/*
 * A list of affiliations or subscriptions as an answer: the page of it that is asked for
 * (XEP-0059), and no more than fits.
 *
 *	list_add(&list, jid);
 *	str_puts(&list.xml, ...); // the entry
 */
#include <stddef.h>

#include <strophe.h>

#include "common/base/str.h"

struct list {
	struct str xml;
	struct str names;
	size_t n, cap;
	struct list_entry {
		size_t xml, name; /* where they begin */
	} *entries;
};
void list_release(struct list *l);
/* An entry begins, which @name is the place of: no other entry has it. */
void list_add(struct list *l, const char *name);

/*
 * Adds the entries of the page that @wrapper asks for to @entries, and to @set, for the end of the
 * answer, what page it is. PS_OK, PS_BAD_REQUEST or PS_ITEM_NOT_FOUND.
 */
int list_page(const struct list *l, xmpp_stanza_t *wrapper, struct str *entries, struct str *set);

#endif
