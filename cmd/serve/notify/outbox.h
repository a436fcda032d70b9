/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OUTBOX_H
#define SERVE_OUTBOX_H

/*
 * The outbox: events that are committed stay in the store until the server has what they came to.
 *
 * A server confirms what it has of an account's session, where it can (XEP-0198). Any other stream
 * says nothing of what has arrived: so behind a batch of notifications a ping (XEP-0199) goes to
 * the own domain (proof.h). Each event has a row, and one place, an event and a JID, says
 * up to where the server has them. It is written along with what else is committed: what was handed
 * over shortly before the end may be told twice, with the same stanza id, and nothing is lost.
 *
 * After the connection or the service was lost, all behind the place is read back and sent again,
 * in order, before what is newer. In the same way the memory that waits for a slow server is
 * bounded: what is beyond a size is read back when its turn comes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/notify/proof.h"

struct event;
struct node;
struct request;
struct service;
struct store_event;
struct written;

struct outbox_place {
	int64_t event;	/* all before it, */
	char *jid;	/* and of it those up to this one; NULL: nobody */
};

struct outbox {
	int64_t last;		/* the newest event: a number of s->messages */
	int64_t count, bytes;	/* of rows */
	bool full;		/* has been complained of */
	struct outbox_place handed; /* the sink has */
	struct outbox_place asked;  /* the ping under way is about */
	struct outbox_place proved; /* the server has */
	struct outbox_place kept;   /* the store says so */
	struct outbox_place saving; /* it will, after the commit */
	int64_t gone_count, gone_bytes; /* by that */
	int64_t done;		/* all before it has been made into messages */
	/* What is read back: from @next to before @end (0: nothing), one event at a time. */
	struct outbox_place next;
	int64_t end;
	struct event *current;
	struct written *farewell; /* of those the last that was needed */
	int64_t farewell_seq;
	bool undated;		/* there is one whose last event is to come */
	bool asking, leaving;
	struct proof proof;
	size_t left;		/* bytes in s->out that could not be spilled the last time */
	size_t unasked;		/* bytes since the last ping */
	int64_t ask_at, save_at, retry_at; /* milliseconds since 1970; 0: not */
};

/* In a transaction, before anything is sent. 0 or a negative errno. */
int outbox_init(struct service *s);
/* Says to the store what the server has. */
void outbox_release(struct service *s);

/* The request's events are as they will stay: they are put into the outbox. 0 or negative errno. */
int outbox_add(struct request *r);
/* Before that: the number that the last of them will have, where each is for one address. 0: none. */
int64_t outbox_last_of(const struct request *r);
/* Is there anything that asks for @node's subscriptions? 0 or a negative errno. */
int outbox_awaits(struct service *s, int64_t node, bool *ret);
/* Subscriptions of @n go or change, and @w stands for them. 0 or a negative errno. */
int outbox_farewell(struct request *r, const struct node *n, const struct written *w);
/* Before each commit; and what came of it. */
int outbox_save(struct service *s);
void outbox_committed(struct service *s);
void outbox_undone(struct service *s);
/* Are there events in it that the server may not have? */
bool outbox_is_open(const struct service *s);
/* Is it as large as it may become? */
bool outbox_is_full(struct service *s);

/* The connection is lost: all that is not proved is to be read back. */
void outbox_down(struct service *s);
/* So does what waits in s->out, where it is too much. */
void outbox_spill(struct service *s);

/* Is there something to be read back? It comes before all in s->out. */
bool outbox_is_behind(const struct service *s);
/* It could not be read; until it can, nothing is sent. */
bool outbox_is_stalled(struct service *s);
/* The next of it; NULL: this was all, or it cannot be read now. */
struct event *outbox_current(struct service *s);
/* @e has been made into messages for all; s->outbox.current is freed. */
void outbox_event_done(struct service *s, struct event *e);
/* The sink has taken all that has been made, @bytes of it. */
void outbox_handed(struct service *s, size_t bytes);
/* Has the sink got @event for all, or is it not in the outbox (any more)? */
bool outbox_has_handed(const struct service *s, int64_t event);
/* No more is sent for now: time for a ping? */
void outbox_flushed(struct service *s);
/*
 * A question to somebody who answers when he has done with all that has been handed over stands for
 * the ping, where true is returned; then that is told. @all: the server has it.
 */
bool outbox_carry(struct service *s);
void outbox_carried(struct service *s, bool all);
/* Does it wait for an answer of the server's? */
bool outbox_is_waiting(const struct service *s);

/* When service_turn() is to be called for its sake; INT64_MAX: never. */
int64_t outbox_due(const struct service *s);
/* due.h: what the server has is told to the store also where there is nothing else to commit. */
int outbox_next(struct service *s, int64_t *ret_time);
int outbox_run(struct request *r, void *data);

#endif
