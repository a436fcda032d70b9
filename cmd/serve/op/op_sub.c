/* SPDX-License-Identifier: MIT */
/* Operations of subscribers: subscribe, unsubscribe (XEP-0060 sections 6.1, 6.2). */
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/pps.h"
#include "cmd/serve/op/sub_form.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/approve.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/sub_fields.h"
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

/* SUB-22 */
static void add_required(struct str *out)
{
	out->len -= strlen("/>");
	str_puts(out, "><subscribe-options><required/></subscribe-options></subscription>");
}

/* OPT-19: what the options have come to. */
static int fill_options(struct request *r, const struct sub_ref *sub)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	int e = sub_options_read(r, sub, &options);

	if (e)
		return e;
	str_puts(&r->result, "<options>");
	e = sub_form_render(r, &r->result, FORM_RESULT, &r->node, &options);
	str_puts(&r->result, "</options>");
	return e;
}

static int fill_subscription(struct request *r, const struct sub_ref *sub)
{
	int e = PS_OK;

	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'>");
	render_subscription(r->service, &r->result, r->node.id ? r->node.name : "", sub->jid,
			    sub->subid, sub->state);
	if (sub->state == SUB_UNCONFIGURED)
		add_required(&r->result);
	if (r->companion)
		e = fill_options(r, sub);
	str_puts(&r->result, "</pubsub>");
	return e;
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

/* OPT-17: *ret_given is false where there are no options in the request. */
static int read_options(struct request *r, struct sub_options *ret, bool *ret_given)
{
	sub_options_init(ret);
	*ret_given = false;
	return r->companion ? sub_form_apply(r, r->companion, ret, ret_given) : PS_OK;
}

/*
 * SUB-29: what there is already stays as it is, but for who may know of it; X0248-31: it may not be
 * what is asked for.
 */
static int answer_again(struct request *r, const struct sub_ref *sub)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	bool given;
	int e = read_options(r, &options, &given);

	if (!e && given)
		e = collection_check_options(r, &r->node, sub->jid, 0, &options);
	if (!e)
		e = pps_update(r, sub->key);
	return e ? e : fill_subscription(r, sub);
}

static bool are_required(const struct request *r)
{
	return r->node.config.options_required &&
	       feature_on(r->service->config, "subscription-options");
}

static int begin_with(struct request *r, const char *jid, const struct subject *who,
		      const struct sub_options *options, struct sub_ref *ret)
{
	enum sub_state state = access_must_wait(&r->node, who) ? SUB_PENDING : SUB_SUBSCRIBED;
	int e;

	if (!options && are_required(r)) {
		/* SUB-23: there is no state of waiting for both an approval and options. */
		if (state == SUB_PENDING)
			return PS_CONFIGURATION_REQUIRED;
		state = SUB_UNCONFIGURED;
	}
	e = sub_begin(r, &r->node, jid, state, options, pps_wanted(r), ret);
	return e || state != SUB_PENDING ? e : approve_ask(r, &r->node, ret);
}

static int begin(struct request *r, const char *jid)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	struct subject who;
	bool given;
	int e = PS_FORBIDDEN_HERE; /* SUB-13 */

	if (!config_is_anonymous(r->service->config, jid))
		e = load_subject(r, jid, &who);
	if (!e && !jid_same_bare(jid, r->bare))
		e = access_check(PRIV_SUBSCRIBE, &r->node, &who, &r->service->policy);
	if (!e)
		e = read_options(r, &options, &given);
	if (!e)
		e = begin_with(r, jid, &who, given ? &options : NULL, &sub);
	return e ? e : fill_subscription(r, &sub);
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
	return answer_again(r, &sub);
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
