/* SPDX-License-Identifier: MIT */
#ifndef SUB_FOLLOW_H
#define SUB_FOLLOW_H

/*
 * One node that is followed: subscribed to, its stored items read, its events put in order behind
 * them.
 *
 * Live events wait in a backlog while stored items are read. What is read from the store is handed
 * out in its order, and what waits of it is dropped, so each comes once. Where services send an
 * event late, after the item could be read, it is taken for the same again. After a lost link the
 * node is subscribed to again, and what was missed is read from the node's archive (see replay.h),
 * where there is one and our place in it is known; else from the store (see fetch.h), by ids and
 * payloads. Both have items alone; retractions that happened meanwhile are not seen.
 *
 * Where events have numbers (sequence.h), a hole in them is mended in the same way, at once, before
 * the event behind it is handed out; what comes twice is told by its number. Of what was lost, only
 * items can be read again.
 *
 * Where nothing that is stored shall be printed, the newest item is still looked at: the baseline,
 * without which nobody could tell after a cut what is old and what was missed.
 */
#include <stdbool.h>
#include <stdint.h>

#include <strophe.h>

#include "common/pubsub/retry.h"

struct event;
struct follow;
struct seen;
struct session;

struct follow_handler {
	/* Print it. */
	void (*event)(const struct event *e, void *data);
	/*
	 * The service has answered the subscription: it is there, with its baseline, or waits for
	 * the owner's approval.
	 */
	void (*settled)(struct follow *f, void *data);
	/*
	 * For those who keep a position; may be NULL. This item is the newest of those that are
	 * not to be printed.
	 */
	void (*passed)(const struct event *item, void *data);
	/* What was handed out last has this place in the archive. */
	void (*placed)(struct follow *f, const char *place, void *data);
	/* The events up to this number have been handed out, or what is left of them. */
	void (*counted)(struct follow *f, uint64_t number, void *data);
	/* The node holds nothing: all that comes is new. */
	void (*empty)(struct follow *f, void *data);
	/*
	 * May more events be handed out? NULL: always. Where not, follow_go_on() is waited for:
	 * stored items are not asked for, live ones wait, and where they become too many, are read
	 * from the store later.
	 */
	bool (*ready)(void *data);
	/* Stored items have been handed out; live events follow. */
	void (*caught_up)(struct follow *f, void *data);
	/* The node was deleted, and that event has been handed out. */
	void (*gone)(struct follow *f, void *data);
	void (*unsubscribed)(struct follow *f, void *data);
	/*
	 * It cannot go on: a message has been given, @code is the exit code. @hope: it was followed
	 * before, and the service seems to be away: follow_up() may help, later.
	 */
	void (*failed)(struct follow *f, int code, enum retry_hope hope, void *data);
};

struct follow_params {
	const char *node;
	bool subscribe;		/* false: read what is stored, no more */
	bool durable;		/* subscribe the bare JID */
	const char *options;	/* a form to configure the subscription with; NULL: none */
	bool all;		/* first all stored items... */
	unsigned long last;	/* ...or the newest so many; 0: none */
	bool payloads;		/* fetch those that notifications lack (CLI-05) */
	bool place;		/* find ours in the archive, also if no event tells it */
	bool baseline;		/* take one: the session comes back after a cut */
	bool patient;		/* what has failed is tried again, where there is hope */
};

/*
 * @p's strings are borrowed. Nothing is called from within a function here but for follow_event().
 */
struct follow *follow_new(const struct follow_params *p, const struct follow_handler *handler,
			  void *data);
void follow_free(struct follow *f);
/* So far has an earlier run come. */
struct follow_position {
	const struct seen *seen, *places;
	bool whole;		/* all that it has not seen is new; else what lies behind it is */
	const char *place;	/* archive id of what it has seen last; NULL: not known */
	uint64_t number;	/* of its last event; 0: not known */
};
/* Before the first follow_up(); @p is copied. */
void follow_resume(struct follow *f, const struct follow_position *p);
const char *follow_node(const struct follow *f);

/* The session is up: subscribes (if it shall). @service is borrowed. */
void follow_up(struct follow *f, struct session *s, const char *service);
/* The link was lost; requests have been told so. */
void follow_down(struct follow *f);
/* It waits for follow_up(). */
bool follow_is_down(const struct follow *f);
bool follow_is_settled(const struct follow *f);
bool follow_is_subscribed(const struct follow *f);
/* Reads what is stored; caught_up() follows. False: there is nothing to read, now or at all. */
bool follow_read(struct follow *f);
/* An event of this node has arrived from the service. */
void follow_event(struct follow *f, const struct event *e);
/* ready() says yes again. */
void follow_go_on(struct follow *f);
/* Another message of the service: true: it belonged to what is being read, and has been taken. */
bool follow_message(struct follow *f, xmpp_stanza_t *message);
/* unsubscribed() follows, whatever the answer. False: there is no subscription to end. */
bool follow_unsubscribe(struct follow *f);

#endif
