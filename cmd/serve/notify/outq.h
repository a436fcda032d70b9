/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OUTQ_H
#define SERVE_OUTQ_H

/*
 * What is to be sent: a queue with an entry for each request, its answer and the events that it
 * caused.
 *
 * The service has two: the batch that waits for its commit, and what is on its way. Answers stand
 * in the queue behind the events of earlier requests, so publishers that wait for them are slowed
 * down to what the server takes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#include "cmd/serve/notify/event.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"

struct op;

struct out {
	struct out *next;
	struct str ahead;	/* whole stanzas in front of the answer */
	struct str answer;	/* a whole iq; empty: none (any more) */
	size_t head;		/* bytes of it that any answer to the request begins with */
	const struct op *op;	/* of the request; NULL: unknown */
	enum ps_err outcome;	/* what the answer says */
	bool bound;		/* says something about what is not committed yet */
	struct event_list events;
};

struct outq {
	struct out *first, *last;
	size_t bytes;		/* of rendered text */
	size_t count;
	uint64_t taken; /* out of it, ever */
};

/* An entry for the request @iq, its answer begun under the address @from; NULL: without answer. */
struct out *out_new(xmpp_stanza_t *iq, const char *from);
void out_free(struct out *o);
/* Completes the answer; an earlier one is replaced. @xml: what stands in the iq. */
void out_result(struct out *o, const char *xml, size_t len);
/* @detail, @text: see ps_err_render(). @echo: of the request, what it is about (NULL: nothing). */
void out_error(struct out *o, enum ps_err e, const char *detail, const char *text,
	       const char *echo);
/* Whole stanzas that go in front of the answer. */
void out_ahead(struct out *o, const char *xml, size_t len);
size_t out_bytes(const struct out *o);

/* The queue takes @o over. */
void outq_push(struct outq *q, struct out *o);
/* Takes the first one out; NULL: none. */
struct out *outq_take(struct outq *q);
/* All of @from to the end of @q. */
void outq_splice(struct outq *q, struct outq *from);
void outq_release(struct outq *q);
/* The first entry has shrunk by so much: some of it has been sent. */
void outq_sent(struct outq *q, size_t bytes);
/* The rows of @node's subscriptions are about to go (see event_list_bind()). */
void outq_bind(struct outq *q, int64_t node, struct written *written);

#endif
