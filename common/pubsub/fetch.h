/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_FETCH_H
#define PUBSUB_FETCH_H

/*
 * Reads the stored items of a node, oldest first, page by page where the service knows pages
 * (XEP-0059), so that memory stays bounded by a page.
 *
 * The order within an answer is taken as it comes: oldest first, as XEP-0060 has it and as Prosody
 * and ejabberd do it. A page's mark (<first/>, <last/>) is an opaque token: ejabberd's are times,
 * not item ids.
 */
#include <stdbool.h>

#include "common/pubsub/event.h"
#include "common/xmpp/session.h"

enum fetch_what {
	FETCH_ALL,
	/*
	 * The newest @last items. They are found from the end backwards, and held in memory to get
	 * their order right; where that is too much, all of them are read once more, forwards.
	 */
	FETCH_LAST,
	/*
	 * What came since this reader was last there: found from the end backwards, up to a page of
	 * which known() knows every item; then printed forwards, but for what is known.
	 */
	FETCH_MISSED,
	/*
	 * The same for a reader that has not begun with all items: what lies before the first known
	 * one is old.
	 */
	FETCH_MISSED_LIVE,
};

struct fetch_handler {
	event_fn *item;
	/*
	 * Has this one been handed out before? Asked where a page had to be read again, and for
	 * FETCH_MISSED.
	 */
	bool (*known)(const struct event *e, void *data);
	/*
	 * The end: SESSION_RESULT, or what stopped it. @reply is there for SESSION_ERROR, but NULL
	 * where answers were larger than we take (tap_cut()) whatever we asked for. May free the
	 * fetch.
	 */
	void (*done)(enum session_outcome outcome, xmpp_stanza_t *reply, void *data);
	/*
	 * May more be handed out? Asked before each request that brings items to hand out; NULL: it
	 * may. Where not, fetch_go_on() is waited for.
	 */
	bool (*ready)(void *data);
};

struct fetch_params {
	enum fetch_what what;
	unsigned long last;	/* FETCH_LAST */
	const char *service, *node, *subid; /* copied */
};

struct fetch;
/* The session must be up. @handler is borrowed; nothing is called from within. */
struct fetch *fetch_start(struct session *s, const struct fetch_params *p,
			  const struct fetch_handler *handler, void *data);
/* ready() says yes again. */
void fetch_go_on(struct fetch *f);
/* Only after done(), where it waits for fetch_go_on(), or when the session is gone. NULL is fine.
 */
void fetch_free(struct fetch *f);

#endif
