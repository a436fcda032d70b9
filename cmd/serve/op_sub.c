/* SPDX-License-Identifier: MIT */
/* Operations of subscribers: subscribe, unsubscribe (XEP-0060 sections 6.1, 6.2). */
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/approve.h"
#include "cmd/serve/config.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subscribe.h"
#include "cmd/serve/tell.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

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

static void fill_subscription(struct request *r, const struct sub_ref *sub)
{
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'>");
	render_subscription(r->service, &r->result, r->node.id ? r->node.name : "", sub->jid,
			    sub->subid, sub->state);
	str_puts(&r->result, "</pubsub>");
}

/* How the one to be subscribed stands to the node: nobody is let in through an administrator. */
static int load_subject(struct request *r, const char *jid, struct subject *ret)
{
	if (jid_same_bare(jid, r->bare)) {
		*ret = r->who;
		return PS_OK;
	}
	return subject_load(r->service, PRIV_SUBSCRIBE, &r->node, jid, ret);
}

static int refuse_waiting(const struct subscription *sub, void *data)
{
	int *e = data;

	if (sub->state == SUB_PENDING)
		*e = PS_PENDING;
	return *e;
}

/* SUB-14: who waits has to wait, however many subscriptions one may have. */
static int check_waiting(struct request *r, const char *jid)
{
	int waiting = PS_OK;
	int e = store_sub_find(r->service->store, r->node.id, jid, refuse_waiting, &waiting);

	return e ? e : waiting;
}

static int begin(struct request *r, const char *jid)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	enum sub_state state;
	struct subject who;
	int e = load_subject(r, jid, &who);

	if (!e && !jid_same_bare(jid, r->bare))
		e = access_check(PRIV_SUBSCRIBE, &r->node, &who, &r->service->policy);
	if (e)
		return e;
	state = access_must_wait(&r->node, &who) ? SUB_PENDING : SUB_SUBSCRIBED;
	e = sub_begin(r, &r->node, jid, state, NULL, false, &sub);
	if (!e && state == SUB_PENDING)
		e = approve_ask(r, &r->node, &sub);
	if (!e)
		fill_subscription(r, &sub);
	return e;
}

int op_subscribe(struct request *r)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	AUTO_FREE char *jid = NULL;
	int e = named_jid(r, &jid);

	if (e)
		return e;
	if (!speaks_for(r, jid))
		return PS_INVALID_JID; /* SUB-06 */
	if (!r->node.config.subscribe) {
		r->detail = mem_strdup("subscribe");
		return PS_UNSUPPORTED; /* SUB-17 */
	}
	e = check_waiting(r, jid);
	if (e)
		return e;
	if (r->service->config->multi_subscribe)
		return begin(r, jid);
	e = sub_lookup(r, &r->node, jid, NULL, &sub);
	if (e)
		return e == PS_NOT_SUBSCRIBED ? begin(r, jid) : e;
	fill_subscription(r, &sub); /* SUB-29: it stays as it is. */
	return PS_OK;
}

int op_unsubscribe(struct request *r)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	AUTO_FREE char *jid = NULL;
	int e = named_jid(r, &jid);

	if (e)
		return e;
	if (!speaks_for(r, jid))
		return PS_FORBIDDEN; /* UNSUB-05 */
	e = sub_lookup(r, &r->node, jid, stanza_attr(r->action, "subid"), &sub);
	return e ? e : sub_enter(r, &r->node, &sub, SUB_NONE, false);
}
