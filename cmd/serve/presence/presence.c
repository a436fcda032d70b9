/* SPDX-License-Identifier: MIT */
#include "cmd/serve/presence/presence.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/implicit.h"
#include "cmd/serve/notify/interest.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/presence/since.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/sub_list.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/presence.h"
#include "common/xmpp/stanza.h"

static void change(struct service *s, change_fn *fn, void *data, const char *jid)
{
	int e = service_change(s, fn, data);

	if (e)
		log_error("cannot do what follows from the presence of '%.100s': %s", jid,
			  strerror(-e));
}

/* Coming */

/* Is it subscribed to by that resource, or as a whole, and wanted as it is now? */
static bool is_for(const struct listed_sub *sub, const struct resource *res)
{
	return sub->node != NODE_ROOT && sub->ref.state == SUB_SUBSCRIBED && sub->deliver &&
	       sub->shows & 1u << res->show &&
	       (!jid_resource(sub->ref.jid) || !strcmp(sub->ref.jid, res->jid));
}

static int send_last(struct request *r, int64_t node, const char *jid)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	int e = store_node_get_by_id(r->service->store, node, &n);

	return e ? e : implicit_send_last(r, &n, jid);
}

/* One of several subscriptions at a node will do. */
static bool is_again(const struct sub_list *subs, size_t at, const struct resource *res)
{
	for (size_t i = 0; i < at; i++)
		if (subs->list[i].node == subs->list[at].node && is_for(&subs->list[i], res))
			return true;
	return false;
}

/* CFG-34: last items of the nodes it is subscribed to. */
static int arrive(struct request *r, const struct resource *res)
{
	AUTO_IN_PLACE(sub_list_release) struct sub_list subs = { 0 };
	AUTO_FREE char *bare = jid_bare(res->jid);
	int e = store_sub_by_bare(r->service->store, bare, sub_list_add, &subs);

	for (size_t i = 0; i < subs.n && !e; i++)
		if (is_for(&subs.list[i], res) && !is_again(&subs, i, res))
			e = send_last(r, subs.list[i].node, res->jid);
	return e;
}

struct arrival {
	const struct resource *res;
	const struct presence_in *presence;
};

/* Who says when it was here last has missed what came since (XEP-0312). */
static int arrive_or_return(struct request *r, void *data)
{
	const struct arrival *a = data;
	uint64_t ago = a->presence->ago, now = (uint64_t)r->now;

	if (!a->presence->has_ago || !feature_on(r->service->config, "since"))
		return arrive(r, a->res);
	return since_replay(r, a->res->jid, ago < now / 1000 ? (int64_t)(now - ago * 1000) : 0);
}

static void take_available(struct service *s, const char *jid, const struct presence_in *p)
{
	struct resource *res = available_find(s->available, jid);
	struct arrival a = { .presence = p };
	bool is_new = !res;

	if (!jid_resource(jid))
		return;
	if (is_new)
		res = available_add(s->available, jid);
	if (!res)
		return;
	res->show = (enum show)vocab_find(show_names, presence_show_name(p->show));
	res->priority = p->priority;
	a.res = res;
	if (is_new && !service_congested(s))
		change(s, arrive_or_return, &a, jid);
	if (implicit_on(s))
		interest_note(s, res, p);
}

/* Going */

static void remove_all(struct available *a, const char *bare)
{
	size_t n, at = available_of(a, bare, &n);

	while (n--)
		available_remove(a, available_at(a, at));
}

/*
 * What comes from a bare JID answers a probe: nobody is available there. To those whose presence
 * the service does not get, servers send it for other reasons, such as to say that they have its
 * request.
 */
static bool counts(struct service *s, const char *jid)
{
	AUTO_IN_PLACE(contact_release) struct contact c = { 0 };

	return jid_resource(jid) || (!store_contact_get(s->store, jid, &c) && c.to);
}

static void take_gone(struct service *s, const char *jid)
{
	struct offline off = { .jid = jid };
	struct resource *res = available_find(s->available, jid);
	AUTO_FREE char *bare = jid_bare(jid);
	size_t left;

	if (!counts(s, jid))
		return;
	if (!jid_resource(jid))
		remove_all(s->available, jid);
	else if (res)
		available_remove(s->available, res);
	available_of(s->available, bare, &left);
	off.last = !left;
	change(s, offline_end, &off, jid);
}

/* Both */

void presence_take(struct service *s, xmpp_stanza_t *stanza)
{
	const char *from = stanza_attr(stanza, "from");
	AUTO_FREE char *jid = from ? jid_prep(from) : NULL;
	AUTO_FREE char *bare = jid ? jid_bare(jid) : NULL;
	struct presence_in p;

	/* An account's server sends it its own presence, too. */
	if (!jid || !strcmp(jid, s->config->jid) ||
	    !service_is_for_us(s, stanza_attr(stanza, "to")) || presence_parse(stanza, &p))
		return;
	switch (p.type) {
	case PRESENCE_AVAILABLE:
		take_available(s, jid, &p);
		break;
	case PRESENCE_UNAVAILABLE:
	case PRESENCE_ERROR:
		take_gone(s, jid);
		break;
	default:
		contacts_take(s, bare, &p);
	}
}
