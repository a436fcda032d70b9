/* SPDX-License-Identifier: MIT */
#include "common/xmpp/requests.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/stanza.h"

struct request {
	TAILQ_ENTRY(request) link;
	char id[40];
	char *to;
	double deadline;
	session_reply_fn *fn;
	void *data;
};

struct requests {
	void *tree; /* tsearch(3) by id */
	TAILQ_HEAD(request_queue, request) queue;
	size_t count;
	uint64_t next;
	uint32_t prefix[2];
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct request *)a)->id, ((const struct request *)b)->id);
}

struct requests *requests_new(void)
{
	struct requests *r = mem_zalloc(sizeof(*r));

	TAILQ_INIT(&r->queue);
	arc4random_buf(r->prefix, sizeof(r->prefix));
	return r;
}

static void request_free(struct request *q)
{
	free(q->to);
	free(q);
}
AUTO_DEFINE(struct request *, request_free);

/* Out of both the tree and the queue; the caller's to free. */
static void take_out(struct requests *r, struct request *q)
{
	tdelete(q, &r->tree, by_id);
	TAILQ_REMOVE(&r->queue, q, link);
	r->count--;
}

void requests_free(struct requests *r)
{
	struct request *q;

	if (!r)
		return;
	while ((q = TAILQ_FIRST(&r->queue))) {
		take_out(r, q);
		request_free(q);
	}
	free(r);
}

const char *requests_add(struct requests *r, const char *to, double deadline, session_reply_fn *fn,
			 void *data)
{
	struct request *q = mem_zalloc(sizeof(*q));

	snprintf(q->id, sizeof(q->id), "%08" PRIx32 "%08" PRIx32 "-%" PRIu64, r->prefix[0],
		 r->prefix[1], ++r->next);
	q->to = mem_strdup(to);
	q->deadline = deadline;
	q->fn = fn;
	q->data = data;
	if (!tsearch(q, &r->tree, by_id))
		abort(); /* out of memory */
	TAILQ_INSERT_TAIL(&r->queue, q, link);
	r->count++;
	return q->id;
}

size_t requests_count(const struct requests *r)
{
	return r->count;
}

double requests_next_deadline(const struct requests *r)
{
	const struct request *q = TAILQ_FIRST(&r->queue);

	return q ? q->deadline : 0;
}

/* Does an answer from @from belong to a request to @to? Without @to, the server answers in the
 * account's name. */
static bool from_fits(const char *from, const char *to, const char *own)
{
	AUTO_FREE char *normal = NULL;
	AUTO_FREE char *own_bare = own ? jid_bare(own) : NULL;
	size_t len;

	if (from && to && !strcmp(from, to))
		return true;
	if (!from)
		return !to || (own_bare && !strcmp(to, own_bare));
	normal = jid_prep(from);
	if (!normal)
		return false;
	if (to)
		return !strcmp(normal, to);
	if (!own)
		return false;
	return !strcmp(normal, own_bare) || !strcmp(normal, own) ||
	       !strcmp(normal, jid_domain(own_bare, &len));
}

bool requests_answer(struct requests *r, struct session *s, xmpp_stanza_t *iq, const char *own)
{
	const char *id = xmpp_stanza_get_id(iq);
	AUTO(request_free) struct request *q = NULL;
	struct request key, **found;

	if (!id || strlen(id) >= sizeof(key.id))
		return false;
	strcpy(key.id, id);
	found = tfind(&key, &r->tree, by_id);
	if (!found || !from_fits(xmpp_stanza_get_from(iq), (*found)->to, own))
		return false;
	q = *found;
	take_out(r, q);
	q->fn(s, stanza_is_result(iq) ? SESSION_RESULT : SESSION_ERROR, iq, q->data);
	return true;
}

static void end_first(struct requests *r, struct session *s, enum session_outcome outcome)
{
	AUTO(request_free) struct request *q = TAILQ_FIRST(&r->queue);

	take_out(r, q);
	q->fn(s, outcome, NULL, q->data);
}

void requests_expire(struct requests *r, struct session *s, double now)
{
	while (r->count && TAILQ_FIRST(&r->queue)->deadline <= now)
		end_first(r, s, SESSION_TIMEOUT);
}

void requests_lose(struct requests *r, struct session *s)
{
	/* Only those that are there now: a callback may send anew. */
	for (size_t n = r->count; n && r->count; n--)
		end_first(r, s, SESSION_LOST);
}
