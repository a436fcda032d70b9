/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_REPLAY_H
#define PUBSUB_REPLAY_H

/*
 * Client side: what the archive of a node holds behind a place in it, oldest first, page by page
 * (XEP-0313 over XEP-0442). Every version of an item is there, also those that have been replaced.
 */
#include <stdbool.h>

#include "common/pubsub/event.h"
#include "common/xmpp/session.h"

struct replay_handler {
	event_fn *item; /* with its archive_id */
	/* The end: SESSION_RESULT, or what stopped it. May free the replay. */
	void (*done)(enum session_outcome outcome, xmpp_stanza_t *reply, void *data);
	/* May more be handed out? As in fetch.h. */
	bool (*ready)(void *data);
};

struct replay;
/*
 * @after: an archive id; "": from the beginning; NULL: the newest one alone. The session must be
 * up. @handler is borrowed; nothing is called from within.
 */
struct replay *replay_start(struct session *s, const char *service, const char *node,
			    const char *after, const struct replay_handler *handler, void *data);
/* After done(), where it waits for replay_go_on(), or when the session is gone. NULL is fine. */
void replay_free(struct replay *r);
void replay_go_on(struct replay *r);
/* Is this message of the service's one of the results? Then it has been taken. */
bool replay_take(struct replay *r, xmpp_stanza_t *message);

#endif
