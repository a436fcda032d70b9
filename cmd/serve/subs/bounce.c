/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subs/bounce.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/metrics.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/notify.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/stanza.h"

#define HOUR (INT64_C(3600) * 1000)
#define LAPSE (24 * HOUR) /* a pause after which counting begins anew */

/* What it says */

enum effect { IGNORED, COUNTED, ENDED };

/* clang-format off */
static const struct { /* condition, type (NULL: any), what follows; the first that fits */
	const char *condition, *type;
	enum effect effect;
} effects[] = {
	{ "gone",		 NULL,	   ENDED },   /* BOUNCE-02 */
	/* Servers answer so for those who are only away: it says nothing about tomorrow. */
	{ "service-unavailable", NULL,	   IGNORED },
	{ "recipient-unavailable", NULL,   IGNORED },
	{ "bad-request",	 NULL,	   COUNTED }, /* BOUNCE-04 */
	{ "not-acceptable",	 NULL,	   COUNTED },
	{ "redirect",		 NULL,	   COUNTED },
	{ "jid-malformed",	 NULL,	   ENDED },   /* no such address can ever be */
	{ NULL,			 "cancel", ENDED },
	{ NULL,			 "auth",   COUNTED },
	{ NULL,			 "wait",   COUNTED },
};
/* clang-format on */

static bool fits(const char *pattern, const char *text)
{
	return !pattern || !strcmp(pattern, text);
}

static enum effect judge(xmpp_stanza_t *message)
{
	struct stanza_error error;
	enum effect effect = IGNORED;

	stanza_error_parse(message, &error);
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (fits(effects[i].condition, error.condition) &&
		    fits(effects[i].type, error.type)) {
			effect = effects[i].effect;
			break;
		}
	stanza_error_release(&error);
	return effect;
}

/* What it is about */

static bool take_number(const char **text, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strspn(*text, digits);
	uint64_t n = 0;

	if (!len || len > 16)
		return false;
	for (size_t i = 0; i < len; i++)
		n = n << 4 | (uint64_t)(strchr(digits, (*text)[i]) - digits);
	*text += len;
	*ret = n;
	return true;
}

/* The node in the id of a notification that has been sent; and whom to, 0: not told. */
static bool parse_id(const struct service *s, const char *id, int64_t *ret_node,
		     uint64_t *ret_whose)
{
	size_t len = strlen(s->message_prefix);
	uint64_t node, number, whose = 0;

	if (!id || strncmp(id, s->message_prefix, len) || id[len] != '-')
		return false;
	id += len + 1;
	if (!take_number(&id, &node) || *id++ != '-' || !take_number(&id, &number))
		return false;
	/* Of the outbox: whose it was. */
	if (*id && (*id++ != '-' || !take_number(&id, &whose) || *id))
		return false;
	*ret_node = (int64_t)node;
	*ret_whose = whose;
	return node <= INT64_MAX && number <= s->messages;
}

bool bounce_is(const struct service *s, xmpp_stanza_t *message)
{
	const char *type = stanza_attr(message, "type");
	int64_t node;
	uint64_t whose;

	return type && !strcmp(type, "error") &&
	       parse_id(s, stanza_attr(message, "id"), &node, &whose);
}

/* What follows */

struct hit {
	struct sub_ref sub;
	struct bounces bounces;
};

struct hits {
	size_t n, cap;
	struct hit *list;
};

static void hits_release(struct hits *h)
{
	for (size_t i = 0; i < h->n; i++)
		sub_ref_release(&h->list[i].sub);
	free(h->list);
}

static int note_hit(const struct subscription *row, void *data)
{
	struct hits *h = data;

	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 4;
		h->list = mem_realloc(h->list, h->cap * sizeof(*h->list));
	}
	h->list[h->n++] = (struct hit){ .sub = sub_ref_of(row), .bounces = row->bounces };
	return 0;
}

/* Is that too many? */
static bool count_one(const struct request *r, struct bounces *b)
{
	const struct config *c = r->service->config;

	if (!b->n || r->now - b->last > LAPSE)
		*b = (struct bounces){ .first = r->now };
	b->n++;
	b->last = r->now;
	return (uint64_t)b->n >= c->max_bounces &&
	       r->now - b->first >= (int64_t)c->bounce_hours * HOUR;
}

/* Nobody is there to be told of it but the node's owners. */
static int end(struct request *r, struct hit *hit)
{
	log_info("the subscription of '%s' at '%s' ends: notifications come back", hit->sub.jid,
		 r->node.id ? r->node.name : "");
	return sub_enter(r, &r->node, &hit->sub, SUB_NONE, false);
}

static int apply(struct request *r, struct hit *hit, enum effect *effect)
{
	if (*effect == COUNTED && count_one(r, &hit->bounces))
		*effect = ENDED;
	if (*effect == ENDED)
		return end(r, hit);
	return store_sub_set_bounces(r->service->store, hit->sub.key, &hit->bounces);
}

/* None are left where others have come back before, or it has unsubscribed. */
static int apply_all(struct request *r, int64_t node, enum effect effect, enum effect *ret_most)
{
	AUTO_IN_PLACE(hits_release) struct hits hits = { 0 };
	int e = store_sub_find(r->service->store, node, r->who.jid, note_hit, &hits);

	for (size_t i = 0; i < hits.n && !e; i++) {
		enum effect this = effect;

		e = apply(r, &hits.list[i], &this);
		if (this > *ret_most)
			*ret_most = this;
	}
	return e;
}

int bounce_take(struct request *r, xmpp_stanza_t *message)
{
	static const enum metric metrics[] = { [IGNORED] = METRIC_BOUNCES_IGNORED,
					       [COUNTED] = METRIC_BOUNCES_COUNTED,
					       [ENDED] = METRIC_BOUNCES_ENDED };
	enum effect effect = judge(message), most = IGNORED;
	const char *id = stanza_attr(message, "id");
	uint64_t whose;
	int64_t node;
	int e = 0;

	if (effect != IGNORED && parse_id(r->service, id, &node, &whose) &&
	    (!whose || whose == notify_whose(r->who.jid))) {
		e = node_load(r, node);
		if (e == -ENOENT)
			e = 0; /* deleted meanwhile */
		else if (!e)
			e = apply_all(r, node, effect, &most);
	}
	if (!e)
		metrics_add(r->service->metrics, metrics[most], 1);
	return e;
}

/* Signs of life */

static int forgive(struct request *r, void *data)
{
	return store_sub_forgive(r->service->store, data);
}

void bounce_forgive(struct service *s)
{
	int64_t n;

	if (!store_sub_bounced(s->store, s->sender.bare, &n) && n)
		service_change(s, forgive, s->sender.bare);
}
