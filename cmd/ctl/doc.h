/* SPDX-License-Identifier: MIT */
#ifndef CTL_DOC_H
#define CTL_DOC_H

/*
 * Nodes as an XML document (pubsub-ctl(1), DOCUMENTS): settings, affiliations, subscriptions,
 * items.
 *
 * It is read as a stream: of a node all but the items is held, of the items one.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cmd/ctl/settings.h"

struct ctl;
struct str;

#define NS_DOC "urn:x-pubsub:nodes"

struct doc_person {
	char *jid;	   /* normal form */
	const char *value; /* affiliation or state */
	size_t age;	   /* how many were there before */
};

struct doc_people {
	bool given;  /* the document tells */
	bool sorted; /* by JID */
	size_t n;
	struct doc_person *all;
};

struct doc_node {
	char *name;
	struct settings settings;
	struct doc_people affiliations, subscriptions;
};
void doc_node_release(struct doc_node *n);
/* For thousands of them: then it is fast to find one. */
void doc_people_sort(struct doc_people *p);
/* Is this person there, and how? Several times: as it was added first. NULL: no. */
const char *doc_people_find(const struct doc_people *p, const char *jid);
/* False where @jid is none. @value is of a table of words: not copied. */
bool doc_people_add(struct doc_people *p, const char *jid, const char *value);

/* Each returns 0, or the exit code to end with. */
struct doc_handler {
	/* What is known before the items. */
	int (*node)(struct ctl *c, const struct doc_node *n, void *data);
	/* @payload: markup that stands alone; NULL: none. May be NULL: items are passed over. */
	int (*item)(struct ctl *c, const struct doc_node *n, const char *id, const char *payload,
		    size_t len, void *data);
	/* May be NULL. */
	int (*end)(struct ctl *c, const struct doc_node *n, void *data);
};

/*
 * Reads @file (NULL or "-": standard input); the session is served meanwhile. 0, what a handler
 * returned, or an exit code after a message: EX_NOTFOUND, EX_DATAERR with line and column,
 * EX_IOERR.
 */
int doc_read(struct ctl *c, const char *file, const struct doc_handler *h, void *data);
/* Can the file be read? 0 or EX_NOTFOUND after a message. */
int doc_check(const char *file);

#endif
