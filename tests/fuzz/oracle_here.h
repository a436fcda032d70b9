/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_ORACLE_HERE_H
#define FUZZ_ORACLE_HERE_H

/*
 * Who is there in a run, as its stanzas tell: who has sent any, who is available, and what those
 * wish to be told of. JIDs are in normal form.
 */
#include <stdbool.h>

#include <strophe.h>

struct here {
	char **who;	/* all that have sent something */
	char **present; /* those that are available */
	char **left;	/* those that were */
	char **caps;	/* "jid ver": the capabilities that each has named, at any time */
	char **wishes;	/* "jid node", and "ver node" where the hash is right */
};
void here_release(struct here *h);

/* A stanza from somebody; true: it is the first. */
bool here_take(struct here *h, xmpp_stanza_t *stanza);
/* The service has asked @jid what it wishes; @answer may be NULL. */
void here_answer(struct here *h, const char *jid, xmpp_stanza_t *answer);
/* Those who have gone are forgotten. */
void here_forget(struct here *h);

/* Is it available, or was it since the last time? */
bool here_has(const struct here *h, const char *jid);
/* Has it ever said that it wishes to be told of @node? */
bool here_wishes(const struct here *h, const char *jid, const char *node);

#endif
