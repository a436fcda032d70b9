/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subs/subscribe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/notify/digest.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/quota.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/sub_fields.h"

/* How long one waits for its options before it ends (SUB-25): milliseconds. */
#define UNCONFIGURED_MAX (24 * 3600 * 1000)
/* A lease's end is told of when a tenth of it is left, or a day (IMPL-05). */
#define WARNING_PART 10
#define WARNING_MAX (24 * 3600 * 1000)

void sub_ref_release(struct sub_ref *sub)
{
	free(sub->jid);
	sub->jid = NULL;
}

struct sub_ref sub_ref_of(const struct subscription *row)
{
	struct sub_ref sub = { .key = row->key, .state = row->state, .jid = mem_strdup(row->jid) };

	snprintf(sub.subid, sizeof(sub.subid), "%s", row->subid);
	return sub;
}

bool sub_ids(const struct service *s)
{
	return s->config->multi_subscribe;
}

/* Finding */

struct lookup {
	const char *subid; /* NULL: any will do */
	size_t n;	   /* of that JID */
	struct sub_ref found;
};

static int consider(const struct subscription *row, void *data)
{
	struct lookup *l = data;

	l->n++;
	if (!l->found.key && (!l->subid || !strcmp(l->subid, row->subid)))
		l->found = sub_ref_of(row);
	return 0;
}

int sub_lookup(struct request *r, const struct node *n, const char *jid, const char *subid,
	       struct sub_ref *ret)
{
	bool ids = sub_ids(r->service);
	struct lookup l = { .subid = ids ? subid : NULL };
	int e = store_sub_find(r->service->store, n->id, jid, consider, &l);

	if (!e && !l.n)
		e = PS_NOT_SUBSCRIBED;
	else if (!e && !l.found.key)
		e = PS_INVALID_SUBID;
	else if (!e && ids && !subid && l.n > 1)
		e = PS_SUBID_REQUIRED;
	if (e)
		sub_ref_release(&l.found);
	else
		*ret = l.found;
	return e;
}

/* Options */

static int load_options(const struct subscription *row, void *data)
{
	return fields_load(sub_fields, row->options, data) ? -EIO : 0;
}

int sub_options_read(struct request *r, const struct sub_ref *sub, struct sub_options *ret)
{
	sub_options_init(ret);
	return store_sub_get(r->service->store, sub->key, load_options, ret);
}

/* What the options are that the store has taken over. */
static int obey_options(struct request *r, const struct node *n, int64_t key,
			const struct sub_options *options)
{
	int64_t part = (options->expire - r->now) / WARNING_PART;
	int e = digest_configure(r, n, key, options);

	if (e || options->expire <= r->now)
		return e;
	return store_sub_set_warning(r->service->store, key,
				     options->expire - (part < WARNING_MAX ? part : WARNING_MAX));
}

/* What has been noted for a digest comes in one, and all before and behind it at once (OPT-22). */
static int turn_over(struct request *r, const struct node *n, const struct sub_ref *sub,
		     const struct sub_options *options)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options was;
	int e = sub_options_read(r, sub, &was);

	return e || was.digest == options->digest ? e : tell_farewell(r, n);
}

int sub_configure(struct request *r, const struct node *n, struct sub_ref *sub,
		  const struct sub_options *options)
{
	int e = collection_check_options(r, n, sub->jid, sub->key, options);

	if (!e)
		e = turn_over(r, n, sub, options);
	if (!e)
		e = store_sub_set_options(r->service->store, sub->key, options);
	if (!e)
		e = obey_options(r, n, sub->key, options);
	if (!e)
		e = contact_follow(r, n, options, sub->jid);
	if (!e && sub->state == SUB_UNCONFIGURED)
		e = sub_enter(r, n, sub, SUB_SUBSCRIBED, false);
	return e;
}

/* Beginning */

/* SUB-32: what a subscriber that is new finds there. */
static int welcome(struct request *r, const struct node *n, const struct sub_ref *sub)
{
	if (sub->state != SUB_SUBSCRIBED || n->config.send_last < LAST_ON_SUB)
		return 0;
	return tell_last_item(r, n, sub->jid);
}

static int tell(struct request *r, const struct node *n, const struct sub_ref *sub, bool subscriber)
{
	const struct told_subscription told = { .node = n->id ? n : NULL,
						.jid = sub->jid,
						.subid = sub->subid,
						.state = sub->state,
						.to_subscriber = subscriber };

	return tell_subscription(r, &told);
}

int sub_begin(struct request *r, const struct node *n, const char *jid, enum sub_state state,
	      const struct sub_options *options, bool is_public, struct sub_ref *ret)
{
	struct sub_ref sub = { .state = state };
	struct new_subscription row = { .node = n->id,
					.jid = jid,
					.subid = sub.subid,
					.state = state,
					.options = options,
					.created = r->now,
					.expires = state == SUB_UNCONFIGURED ? r->now + UNCONFIGURED_MAX
									     : 0,
					.is_public = is_public };
	int e = quota_subscription(r, n, jid);

	if (!e)
		e = collection_check_options(r, n, jid, 0, options);
	if (e)
		return e;
	random_id(sub.subid);
	e = store_sub_add(r->service->store, &row, &sub.key);
	if (e)
		return e;
	sub.jid = mem_strdup(jid);
	e = contact_follow(r, n, options, jid);
	if (!e && options)
		e = obey_options(r, n, sub.key, options);
	if (!e && state == SUB_SUBSCRIBED)
		e = tell(r, n, &sub, false);
	if (!e)
		e = welcome(r, n, &sub);
	if (e)
		sub_ref_release(&sub);
	else
		*ret = sub;
	return e;
}

/* Changing */

int sub_enter(struct request *r, const struct node *n, struct sub_ref *sub, enum sub_state state,
	      bool subscriber)
{
	struct store *store = r->service->store;
	int e;

	if (sub->state == state)
		return 0;
	e = state == SUB_NONE ? store_sub_remove(store, sub->key)
			      : store_sub_set_state(store, sub->key, state);
	if (e)
		return e;
	sub->state = state;
	e = tell(r, n, sub, subscriber);
	return e ? e : welcome(r, n, sub);
}
