/* SPDX-License-Identifier: MIT */
/* Operations of subscribers: subscribe, unsubscribe (XEP-0060 sections 6.1, 6.2). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/auto.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* The JID to be subscribed or unsubscribed, in normal form (SUB-37). PS_OK or PS_INVALID_JID. */
static int named_jid(struct request *r, char **ret_jid)
{
	*ret_jid = jid_prep(stanza_attr(r->action, "jid"));
	return *ret_jid ? PS_OK : PS_INVALID_JID;
}

static bool speaks_for(const struct request *r, const char *jid)
{
	return r->who.admin || jid_same_bare(jid, r->bare);
}

/* A subscription as found: the oldest of that JID. */
struct found {
	int64_t key;
	enum sub_state state;
};

static int note_found(const struct subscription *sub, void *data)
{
	struct found *f = data;

	*f = (struct found){ .key = sub->key, .state = sub->state };
	return 1;
}

static void fill_subscription(struct request *r, const char *jid, enum sub_state state)
{
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><subscription");
	xml_attr(&r->result, "node", r->node.name);
	xml_attr(&r->result, "jid", jid);
	xml_attr(&r->result, "subscription", sub_state_names[state]);
	str_puts(&r->result, "/></pubsub>");
}

/* An administrator may subscribe others, but nobody who is banned. */
static int check_other(struct request *r, const char *jid)
{
	AUTO_FREE char *bare = jid_bare(jid);
	struct subject other = { .jid = jid, .admin = config_is_admin(r->service->config, bare) };
	int e = store_affiliation_get(r->service->store, r->node.id, bare, &other.affiliation);

	return e ? e : access_check(PRIV_SUBSCRIBE, &r->node, &other, &r->service->policy);
}

static int check_limit(struct request *r, const char *jid)
{
	AUTO_FREE char *bare = jid_bare(jid);
	int64_t count;
	int e = store_sub_count_by_jid(r->service->store, bare, &count);

	if (e)
		return e;
	return (uint64_t)count < r->service->config->max_subscriptions ? PS_OK
								       : PS_TOO_MANY_SUBSCRIPTIONS;
}

int op_subscribe(struct request *r)
{
	struct service *s = r->service;
	char subid[RANDOM_ID_LEN + 1];
	AUTO_FREE char *jid = NULL;
	struct found found = { 0 };
	int e = named_jid(r, &jid);

	if (e)
		return e;
	if (!speaks_for(r, jid))
		return PS_INVALID_JID; /* SUB-06 */
	e = store_sub_find(s->store, r->node.id, jid, note_found, &found);
	if (e)
		return e;
	if (found.key) {
		fill_subscription(r, jid, found.state); /* SUB-29: it stays as it is */
		return PS_OK;
	}
	e = jid_same_bare(jid, r->bare) ? PS_OK : check_other(r, jid);
	if (!e)
		e = check_limit(r, jid);
	if (e)
		return e;
	random_id(subid);
	e = store_sub_add(s->store, r->node.id, jid, subid, SUB_SUBSCRIBED, r->now);
	if (!e)
		fill_subscription(r, jid, SUB_SUBSCRIBED);
	return e;
}

int op_unsubscribe(struct request *r)
{
	struct service *s = r->service;
	AUTO_FREE char *jid = NULL;
	struct found found = { 0 };
	int e = named_jid(r, &jid);

	if (e)
		return e;
	if (!speaks_for(r, jid))
		return PS_FORBIDDEN; /* UNSUB-05 */
	e = store_sub_find(s->store, r->node.id, jid, note_found, &found);
	if (e)
		return e;
	/*
	 * A subid is passed over: with one subscription to a JID there are none to be told apart
	 * (UNSUB-08).
	 */
	return found.key ? store_sub_remove(s->store, found.key) : PS_NOT_SUBSCRIBED;
}
