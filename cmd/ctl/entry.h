/* SPDX-License-Identifier: MIT */
#ifndef CTL_ENTRY_H
#define CTL_ENTRY_H

/*
 * Entries of lists of subscriptions and affiliations: an entity's own (XEP-0060 sections 5.6, 5.7),
 * and those of a node for its owners (8.8, 8.9).
 */
#include <stdbool.h>

#include <strophe.h>

struct ctl;

struct entry {
	bool owner;			/* of the owner's namespace */
	bool subscription;		/* else an affiliation */
	const char *node, *jid, *subid; /* NULL: not told */
	const char *value;		/* state or affiliation */
};

/* The entries of an answer, in order. 0, or the exit code to end with. */
typedef int entry_fn(struct ctl *c, const struct entry *e, void *data);
int entries_each(struct ctl *c, xmpp_stanza_t *reply, bool owner, bool subscriptions, entry_fn *fn,
		 void *data);

/* A whole list, in pages: kinds as in struct entry. 0, or an exit code after a message. */
int entries_read(struct ctl *c, bool owner, bool subscriptions, const char *node, entry_fn *fn,
		 void *data);

/*
 * Columns: the owner's have jid, value and subid, the entity's own node, jid (of subscriptions),
 * value and subid. Or the element, with all that is known.
 */
int entry_print(struct ctl *c, const struct entry *e, void *unused);

#endif
