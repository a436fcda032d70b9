/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PRESENCE_H
#define SERVE_PRESENCE_H

/*
 * Presence that comes in: who becomes available, changes, goes; and what follows from it.
 */
#include <stdbool.h>

#include <strophe.h>

struct request;
struct service;

/* A <presence/> has arrived. */
void presence_take(struct service *s, xmpp_stanza_t *stanza);

/*
 * @data, a struct offline, has gone: subscriptions that last as long as presence end (XEP-0060
 * section 12.5), and items that go with their publisher (pubsub#purge_offline). A change_fn.
 */
struct offline {
	const char *jid; /* full: the resource; bare: all of them */
	bool last;	 /* there is no other any more */
};
int offline_end(struct request *r, void *data); /* offline.c */

#endif
