/* SPDX-License-Identifier: MIT */
#ifndef SUB_FOLLOW_INTERNAL_H
#define SUB_FOLLOW_INTERNAL_H

/*
 * What follow.c (live events, and how they are handed out), follow_stored.c (items that are read
 * from the service) and follow_subscribe.c (the subscription) share.
 */
#include <stdbool.h>

#include <strophe.h>

#include "cmd/sub/follow.h"
#include "cmd/sub/seen.h"
#include "common/pubsub/fetch.h"
#include "common/pubsub/sequence.h"
#include "common/xmpp/session.h"

struct backlog;
struct event;
struct replay;

enum state {
	DOWN,		/* the session is not up */
	SUBSCRIBING,
	PENDING,	/* the owner's approval is waited for */
	BASING,		/* subscribed; the baseline is taken */
	SUBSCRIBED,	/* follow_read() is next */
	READING,
	LIVE,
	GONE,
};

struct follow {
	struct follow_params p;
	const struct follow_handler *handler;
	void *data;
	struct session *session;
	const char *service;
	enum state state;
	char *jid, *subid;	/* of the subscription; NULL: there is none */
	struct fetch *fetch;
	struct replay *replay; /* what was missed; or, when LIVE, our place is looked for */
	/* Archive id of what was handed out last; "": its beginning; NULL: not known. */
	char *place;
	struct seen places; /* of the items that have been handed out */
	struct backlog *backlog;
	struct seen seen;
	uint64_t newest_place; /* of @seen's newest: seen_id(); 0: not known */
	/* The newest item, which may come once more after subscribing anew. */
	struct {
		uint64_t id, place; /* as above */
		double until;	    /* 0: it has come */
	} expected;
	struct sequence sequence;
	uint64_t counted;	/* the number of which counted() was told */
	bool apart;		/* the service takes options only in a request of their own */
	bool established;	/* the service has been there */
	bool any;		/* an item of the node is known, handed out or as the baseline */
	bool from_empty;	/* it has been empty since we look: all in it is new */
	bool found;		/* there was an item to take as the baseline, or place */
	bool current;		/* the baseline has just been taken: nothing is missed */
	bool without_archive;	/* the service has said so */
	unsigned refusals;	/* in a row, to read the archive */
	bool deleted;		/* a delete event waits in the backlog */
	bool overrun;		/* live events are left out: they will be read from the store */
	bool unstored;		/* the node keeps no items: what waits cannot be read later */
	bool resolving;		/* the payload of the backlog's first has been asked for */
};

/* follow.c */

/* Nothing follows but failed(): "cannot subscribe to 'n' at s: forbidden", @doing "subscribe to". */
void follow_refuse(struct follow *f, const char *doing, enum session_outcome outcome,
		   xmpp_stanza_t *reply);
void follow_fail(struct follow *f, int code);
void follow_set_place(struct follow *f, const char *place);
bool follow_may_hand_out(const struct follow *f);
/* @echo_until: as for seen_add(). */
void follow_hand_out(struct follow *f, const struct event *e, double echo_until);
/* Hands out what waits, as far as it may. */
void follow_drain(struct follow *f);
/* Nothing waits any more: all up to the last number has been handed out. */
void follow_count(struct follow *f);
/* The store is read anew, if live events have been left out. */
bool follow_catch_up(struct follow *f);

/* follow_stored.c */

/* What must be read from the store now? False: nothing. */
bool follow_choose(const struct follow *f, enum fetch_what *ret);
void follow_take_baseline(struct follow *f);
/* The subscription is there, with its baseline. */
void follow_settle(struct follow *f);

/* follow_subscribe.c */

/* The owner has decided (XEP-0060 section 8.6), or has ended it (section 8.8). */
void follow_on_subscription(struct follow *f, const struct event *e);

#endif
