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

#include "common/base/str.h"

struct request;

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

/* <pubsub/> around the entries; @what: "affiliations" or "subscriptions". Without @node, of all. */
void list_open(struct str *out, const char *ns, const char *what, const char *node);
void list_close(struct str *out, const char *what);
/*
 * The answer to @r: of @l the page that it asks for. PS_OK, PS_BAD_REQUEST or PS_ITEM_NOT_FOUND.
 */
int list_answer(struct request *r, const struct list *l, const char *ns, const char *what,
		const char *node);

#endif
