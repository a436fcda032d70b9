/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_DISCOVER_H
#define PUBSUB_DISCOVER_H

/*
 * The pubsub service of the account's own server, asked for where none was named (XEP-0060 section
 * 5.1): the entities that disco#items lists whose disco#info has the identity pubsub/service.
 */
struct session;
struct discovery;

/*
 * @service: what was found, borrowed; NULL: @code is the exit code, and a message has been given
 * (EX_NOTFOUND: there is none; EX_USAGE: there are several, which are listed; others by the error
 * that came back). Not called where the link was lost: start anew when the session is up again. Not
 * called from within discover_start().
 */
typedef void discover_fn(const char *service, int code, void *data);

/* The session must be up. */
struct discovery *discover_start(struct session *s, discover_fn *fn, void *data);
/* Once its link was lost, it has reported, or the session is gone; NULL is fine. */
void discover_free(struct discovery *d);

#endif
