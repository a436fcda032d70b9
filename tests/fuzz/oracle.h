/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_ORACLE_H
#define FUZZ_ORACLE_H

/*
 * What must hold whatever the dispatcher is sent. All of it aborts where it does not.
 *
 *  - What is sent are well-formed stanzas, none larger than a server lets pass.
 *  - Each request has one answer: a result, or an error that is in the table of errors.
 *  - Who is told of an event may read the node, before or after what caused it, and is subscribed
 *    to it or to a collection above it, or is available and has said in its capabilities that it
 *    wishes to be told of it (XEP-0060 section 9.2); of the end of a node hears also who waits to
 *    be subscribed. Of a subscription hear the subscriber and the node's owners.
 *  - Items, ids of the archive and public subscribers (XEP-0465) are shown to those alone who may
 *    read the node. What the archive tells comes right ahead of the answer to who has asked it.
 *  - No transaction stays open, and the tables of the store agree with each other.
 */
#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

#include "common/base/str.h"
#include "oracle_here.h"

struct config;
struct sqlite3_stmt;
struct store;

#define ORACLE_STMTS 16

struct oracle {
	struct store *store;
	const struct config *config;
	char **asked;	/* "to id" of each request that awaits its answer */
	char **queried; /* of each query to the archive */
	struct here here;
	struct str known; /* a line each: who might be told of what */
	size_t latest;	  /* where in it stands what holds now */
	bool looked;	  /* since somebody has come whom the store does not know */
	int changes;	  /* of the store, when it was last looked at */
	struct sqlite3_stmt *stmts[ORACLE_STMTS];
};
/* Once, and it stays where it is: what is asked of the store is prepared for all runs. */
void oracle_init(struct oracle *o, struct store *store);
void oracle_begin(struct oracle *o, const struct config *config);

/* A stanza that is about to be taken. */
void oracle_meet(struct oracle *o, xmpp_stanza_t *stanza);
/* A request that has been taken. */
void oracle_ask(struct oracle *o, xmpp_stanza_t *iq);
/* To be called before and after each change. */
void oracle_look(struct oracle *o);
/* Everything that has been sent since the last time. */
void oracle_sent(struct oracle *o, const struct str *sent);
/* Nothing is on its way any more: who might be told of what before is forgotten. */
void oracle_forget(struct oracle *o);
/* Of a run: no request is left. */
void oracle_end(struct oracle *o);

/*
 * What is known of a node and a full or bare JID: 'r' it may read the node, 's' it may and is
 * subscribed to it or above it, 'w' it waits to be subscribed, 'o' it is an owner, 'p' it is
 * subscribed for all to see.
 */
bool oracle_knows(const struct oracle *o, char what, const char *node, const char *jid);

#endif
