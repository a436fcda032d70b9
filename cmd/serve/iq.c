/* SPDX-License-Identifier: MIT */
#include "cmd/serve/iq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/pps.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"

void request_release(struct request *r)
{
	node_release(&r->node);
	str_release(&r->result);
	str_release(&r->ahead);
	free(r->detail);
	free(r->text);
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

static int unsupported(struct request *r, const char *feature)
{
	r->detail = mem_strdup(feature);
	/* What is in no namespace of ours is as if it were not known (PEND-05). */
	return strchr(feature, ':') ? PS_SERVICE_UNAVAILABLE : PS_UNSUPPORTED;
}

/* GEN-04 */
static int check_features(struct request *r, const struct op *op)
{
	const struct config *c = r->service->config;

	if (op->also && !feature_on(c, op->also))
		return unsupported(r, op->also);
	if (op->feature && !feature_on(c, op->feature))
		return unsupported(r, op->feature);
	return PS_OK;
}

/* CREATE-14, OPT-18: a companion belongs to what the action names, and may at most repeat that. */
static bool adds(const struct config *c, xmpp_stanza_t *action, xmpp_stanza_t *companion,
		 const char *name)
{
	const char *given = stanza_attr(companion, name), *named = stanza_attr(action, name);

	return given && !(c->lenient && named && !strcmp(given, named));
}

static int check_companion(struct request *r, const struct op *op, xmpp_stanza_t *action,
			   xmpp_stanza_t *companion)
{
	const struct config *c = r->service->config;

	if (!op->companion || strcmp(stanza_name(companion), op->companion))
		return PS_BAD_REQUEST;
	if (adds(c, action, companion, "node") || adds(c, action, companion, "jid"))
		return PS_BAD_REQUEST;
	if (feature_on(c, op->companion_feature))
		r->companion = companion;
	else if (!(op->flags & OP_FORM_OPTIONAL))
		return unsupported(r, op->companion_feature);
	return PS_OK;
}

/* One action, and behind it at most its companion (GEN-08). */
static int unwrap_pubsub(struct request *r, const char *type)
{
	const char *ns = stanza_ns(r->wrapper);
	xmpp_stanza_t *action = own_from(stanza_first(r->wrapper), ns);
	xmpp_stanza_t *companion = own_from(stanza_next(action), ns);
	const struct op *op = action ? op_find(type, ns, stanza_name(action)) : NULL;
	int e;

	if (!op || (companion && own_from(stanza_next(companion), ns)))
		return PS_BAD_REQUEST;
	e = check_features(r, op);
	if (!e && companion)
		e = check_companion(r, op, action, companion);
	r->action = action;
	r->op = op;
	return e;
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
		return check_features(r, r->op);
	return op_namespace(stanza_ns(r->wrapper)) ? PS_BAD_REQUEST : -ENOMSG;
}

/* PUB-34: whoever may create nodes creates one by publishing to it, and owns it. */
static int auto_create(struct request *r, const char *name)
{
	struct service *s = r->service;
	AUTO_IN_PLACE(node_config_release) struct node_config config = { 0 };
	int e = access_check(PRIV_CREATE, NULL, &r->who, &s->policy);

	fields_copy(node_fields, &s->config->defaults[NODE_LEAF], &config);
	if (!e && r->companion)
		e = node_form_create(s, r->companion, FORM_PUBLISH_OPTIONS, &config, &r->detail);
	if (e)
		return e;
	/* Its fields have been heeded. */
	r->companion = NULL;
	e = node_make(s, name, r->bare, &config, r->now, &r->node);
	return e ? e : collection_arrange(r, &(const struct links){ 0 }, true);
}

static int load_node(struct request *r)
{
	const char *name = stanza_attr(r->action, "node");
	AUTO_FREE char *normal = NULL;
	int e;

	if (!name || !*name) {
		if (!(r->op->flags & OP_ROOT) || !feature_on(r->service->config, "collections"))
			return PS_NODEID_REQUIRED;
		node_config_init(&r->node.config, NODE_COLLECTION);
		return PS_OK;
	}
	e = node_find(r->service, name, &r->node, &r->detail);
	/* What has gone elsewhere is created anew on purpose only (DEL-06). */
	if (e != PS_ITEM_NOT_FOUND || !(r->op->flags & OP_AUTOCREATE) ||
	    !feature_on(r->service->config, "auto-create"))
		return e;
	normal = jid_prep_resource(name);
	return normal ? auto_create(r, normal) : PS_NOT_ACCEPTABLE;
}

static int check_node(struct request *r)
{
	struct service *s = r->service;
	int e = load_node(r);

	if (!e && r->node.id)
		e = subject_load(s, r->op->priv, &r->node, r->who.jid, &r->who);
	if (!e && r->node.id)
		e = access_check(r->op->priv, &r->node, &r->who, &s->policy);
	if (!e && r->op->leaf && r->node.config.type != NODE_LEAF)
		return unsupported(r, r->op->leaf);
	return e;
}

int iq_dispatch(struct request *r)
{
	int e;

	if (pps_concerns(r))
		return pps_dispatch(r);
	if (r->op->flags & OP_NODE)
		e = check_node(r);
	else
		e = access_check(r->op->priv, NULL, &r->who, &r->service->policy);
	return e ? e : r->op->handler(r);
}
