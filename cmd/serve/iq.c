/* SPDX-License-Identifier: MIT */
#include "cmd/serve/iq.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/store.h"
#include "common/base/auto.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"

void request_release(struct request *r)
{
	node_release(&r->node);
	str_release(&r->result);
	event_list_release(&r->events);
}

/* The next child of <pubsub/> in its own namespace: others, such as an RSM set, are no actions. */
static xmpp_stanza_t *own_from(xmpp_stanza_t *child, const char *ns)
{
	while (child && strcmp(stanza_ns(child), ns))
		child = stanza_next(child);
	return child;
}

static bool is_pubsub(xmpp_stanza_t *s)
{
	return stanza_is(s, "pubsub", NS_PUBSUB) || stanza_is(s, "pubsub", NS_PUBSUB_OWNER);
}

/* One action, and behind it at most its companion (GEN-08). */
static int unwrap_pubsub(struct request *r, const char *type)
{
	const char *ns = stanza_ns(r->wrapper);
	xmpp_stanza_t *action = own_from(stanza_first(r->wrapper), ns);
	xmpp_stanza_t *companion = own_from(stanza_next(action), ns);
	const struct op *op = action ? op_find(type, ns, stanza_name(action)) : NULL;

	if (!op)
		return PS_BAD_REQUEST;
	if (companion && (!op->companion || strcmp(stanza_name(companion), op->companion)))
		return PS_BAD_REQUEST;
	/* CREATE-14: it belongs to the node that the action names. */
	if (companion && (stanza_attr(companion, "node") || own_from(stanza_next(companion), ns)))
		return PS_BAD_REQUEST;
	if (!op->handler || (companion && op->companion_feature)) {
		r->unsupported = op->handler ? op->companion_feature : op->feature;
		return PS_UNSUPPORTED;
	}
	r->action = action;
	r->op = op;
	return PS_OK;
}

int iq_unwrap(struct request *r)
{
	const char *type = stanza_attr(r->iq, "type"), *cut = tap_cut(r->iq);

	if (cut)
		return strcmp(cut, "capture") ? PS_POLICY_VIOLATION : PS_PAYLOAD_TOO_BIG;
	if (stanza_count(r->iq) != 1)
		return PS_BAD_REQUEST;
	r->wrapper = stanza_first(r->iq);
	if (is_pubsub(r->wrapper))
		return unwrap_pubsub(r, type);
	r->action = r->wrapper;
	r->op = op_find(type, stanza_ns(r->wrapper), stanza_name(r->wrapper));
	if (r->op)
		return PS_OK;
	return op_namespace(stanza_ns(r->wrapper)) ? PS_BAD_REQUEST : -ENOMSG;
}

/* PUB-34: whoever may create nodes creates one by publishing to it, and owns it. */
static int auto_create(struct request *r, const char *name)
{
	struct service *s = r->service;
	int e = access_check(PRIV_CREATE, NULL, &r->who, &s->policy);

	return e ? e : node_make(s, name, r->bare, PUBLISH_PUBLISHERS, r->now, &r->node);
}

static int load_node(struct request *r)
{
	const char *name = stanza_attr(r->action, "node");
	AUTO_FREE char *normal = NULL;
	int e;

	if (!name || !*name)
		return PS_NODEID_REQUIRED;
	e = node_find(r->service, name, &r->node);
	if (e != PS_ITEM_NOT_FOUND || !(r->op->flags & OP_AUTOCREATE) ||
	    !r->service->config->given.auto_create)
		return e;
	normal = jid_prep_resource(name);
	return normal ? auto_create(r, normal) : PS_NOT_ACCEPTABLE;
}

int iq_dispatch(struct request *r)
{
	struct service *s = r->service;
	int e;

	if (r->op->flags & OP_NODE) {
		e = load_node(r);
		if (e)
			return e;
		e = store_affiliation_get(s->store, r->node.id, r->bare, &r->who.affiliation);
		if (e)
			return e;
	}
	e = access_check(r->op->priv, &r->node, &r->who, &s->policy);
	return e ? e : r->op->handler(r);
}
