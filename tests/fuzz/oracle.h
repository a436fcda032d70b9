/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

/*
 * What must hold whatever the dispatcher is sent. All of it aborts where it does not.
 *
 *  - What is sent are well-formed stanzas, none larger than a server lets pass.
 *  - Each request has one answer: a result, or an error that is in the table of errors.
 *  - Who is told of an event is subscribed, to the node or to a collection above it, before or
 *    after what caused the event; of a subscription hear the subscriber and the node's owners. Of
 *    items, those who are available as well (XEP-0060 section 9.1).
 *  - No transaction stays open, and the tables of the store agree with each other.
 */
#include <stddef.h>

#include <strophe.h>

struct sqlite3_stmt;
struct store;
struct str;

#define MUST(x)                                                                                    \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

#define ORACLE_STMTS 16

struct oracle {
	struct store *store;
	size_t max_stanza;
	char **asked;	/* "to id" of each request that awaits its answer */
	char **known;	/* who might be told of what */
	char **present; /* who has been available */
	int changes;	/* of the store, when it was last looked at */
	struct sqlite3_stmt *stmts[ORACLE_STMTS];
};
void oracle_release(struct oracle *o);

/* A request that has been taken. */
void oracle_ask(struct oracle *o, xmpp_stanza_t *iq);
/* A presence that has been taken. */
void oracle_meet(struct oracle *o, xmpp_stanza_t *presence);
/* To be called before and after each change. */
void oracle_look(struct oracle *o);
/* Everything that has been sent since the last time. */
void oracle_sent(struct oracle *o, const struct str *sent);
/* Nothing is on its way any more: who was told of what before is forgotten. */
void oracle_forget(struct oracle *o);
/* The end: no request is left. */
void oracle_end(const struct oracle *o);

#endif
