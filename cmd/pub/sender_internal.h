/* SPDX-License-Identifier: MIT */
#ifndef PUB_SENDER_INTERNAL_H
#define PUB_SENDER_INTERNAL_H

/*
 * What sender.c, which has the work and sends it, and answer.c, which has what comes back, share.
 */
#include <ev.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "cmd/pub/sender.h"
#include "cmd/pub/work.h"
#include "common/pubsub/retry.h"
#include "common/xmpp/session.h"

/* What the service does with several items in one publish request. */
enum batches { BATCH_UNTRIED, BATCH_TRYING, BATCH_TAKEN, BATCH_OFF };

struct sender;

/* A request in flight. */
struct flight {
	LIST_ENTRY(flight) link;
	struct sender *sender;
	size_t count;
	struct work *works[];
};

struct sender {
	const struct sender_params *p;
	const struct sender_handler *handler;
	void *data;
	struct session *session;
	const char *service;		/* where work names none; NULL: not known */
	char *current;			/* what is in flight goes there; NULL: nothing has gone */
	struct work_list list;
	struct work *next;		/* the first that waits; NULL: none does */
	size_t open, bytes;		/* in the list, without an answer; payload held */
	LIST_HEAD(flights, flight) flights;
	size_t in_flight;		/* requests: how many those are */
	size_t batches_in_flight;	/* of several items */
	bool creating;			/* such a request is in flight */
	enum batches batches;
	bool stopped;
	bool established;		/* the service has done something for us */
	bool probing;			/* is the service there? */
	bool rewinding;			/* once nothing is in flight, all is sent again, in order */
	size_t refused_after;		/* when it had stopped: in flight */
	struct retry retry;
	ev_timer rest;			/* active: the service is away */
	int code;
};

/* Where it goes; NULL: it is not known. */
const char *sender_service(const struct sender *s, const struct work *w);
/*
 * It has its answer: WORK_DONE or WORK_REFUSED. Acknowledgements go out in the order of input,
 * whatever order they come in.
 */
void sender_settle(struct sender *s, struct work *w, enum work_state state);
/* Tells of it, and settles it; @code: where refusals end the run, its. */
void sender_refuse(struct sender *s, struct work *w, int code, const char *why);

/* @data: the struct flight, which goes. */
void answer_take(struct session *session, enum session_outcome outcome, xmpp_stanza_t *reply,
		 void *data);
/* The service has had its pause (sender.rest). */
void answer_rest_over(struct ev_loop *loop, ev_timer *t, int events);

#endif
