/* SPDX-License-Identifier: MIT */
/* Operations on whole nodes: create, delete, purge (XEP-0060 sections 8.1, 8.4, 8.5). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(char **, strings_free);

/* The way before XEP-0248: <create type='collection'/>. */
static int wanted_type(struct request *r, enum node_type *ret)
{
	const char *name = stanza_attr(r->action, "type");

	*ret = NODE_LEAF;
	if (!name || strcmp(name, node_type_names[NODE_COLLECTION]))
		return PS_OK;
	*ret = NODE_COLLECTION;
	if (feature_on(r->service->config, "collections"))
		return PS_OK;
	r->detail = mem_strdup("collections");
	return PS_UNSUPPORTED; /* X0248-06 */
}

int op_create(struct request *r)
{
	const char *wanted = stanza_attr(r->action, "node");
	AUTO_IN_PLACE(node_config_release) struct node_config config = { 0 };
	AUTO_IN_PLACE(links_release) struct links links = { 0 };
	char instant[RANDOM_ID_LEN + 1];
	AUTO_FREE char *name = NULL;
	struct service *s = r->service;
	enum node_type type;
	int e;

	if (!wanted || !*wanted) {
		if (!feature_on(s->config, "instant-nodes"))
			return PS_INSTANT_NODE;
		random_id(instant);
		wanted = instant;
	}
	name = jid_prep_resource(wanted);
	if (!name)
		return PS_NOT_ACCEPTABLE;
	e = wanted_type(r, &type);
	if (e)
		return e;
	fields_copy(node_fields, &s->config->defaults[type], &config);
	if (r->companion)
		e = node_form_create(s, r->companion, FORM_NODE_CONFIG, &config, &r->detail);
	if (!e)
		e = node_form_links(s, r->companion, &links);
	if (!e)
		e = node_make(s, name, r->bare, &config, r->now, &r->node);
	if (!e)
		e = collection_arrange(r, &links, true);
	if (e)
		return e;
	/* CREATE-08: named where it is not the name that was asked for. */
	if (wanted == instant || strcmp(name, wanted)) {
		str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><create");
		xml_attr(&r->result, "node", name);
		str_puts(&r->result, "/></pubsub>");
	}
	return PS_OK;
}

static int tell_delete(struct request *r, const char *uri)
{
	AUTO_STR inner = { 0 };
	int e;

	str_puts(&inner, "<delete");
	xml_attr(&inner, "node", r->node.name);
	if (uri) {
		str_puts(&inner, "><redirect");
		xml_attr(&inner, "uri", uri);
		str_puts(&inner, "/></delete>");
	} else {
		str_puts(&inner, "/>");
	}
	e = tell_node(r, &r->node, EVENT_END, inner.p);
	if (!e && r->events.last->xml.len > r->service->config->max_event)
		return PS_POLICY_VIOLATION; /* nobody could be told */
	return e;
}

int op_delete(struct request *r)
{
	xmpp_stanza_t *redirect = stanza_child(r->action, "redirect", NS_PUBSUB_OWNER);
	const char *uri = stanza_attr(redirect, "uri");
	AUTO(strings_free) char **orphans = NULL;
	struct store *store = r->service->store;
	int e = PS_OK;

	if (!r->node.id)
		return PS_NOT_ALLOWED; /* X0248-40 */
	if (redirect && (!uri || !*uri))
		return PS_BAD_REQUEST;
	/* CFG-21 */
	if (r->node.config.notify_delete)
		e = tell_delete(r, uri);
	if (!e)
		e = tell_farewell(r, &r->node);
	if (!e)
		e = collection_orphans(r, &orphans);
	if (!e)
		e = store_node_delete(store, r->node.id);
	if (!e)
		e = collection_adopt(r, orphans);
	if (!e && uri)
		e = store_gone_set(store, &r->node, uri,
				   r->service->config->max_nodes); /* DEL-06 */
	return e;
}

int op_purge(struct request *r)
{
	int e;

	if (!r->node.config.persist) {
		r->detail = mem_strdup("persistent-items");
		return PS_UNSUPPORTED; /* PURGE-07 */
	}
	e = store_item_purge(r->service->store, r->node.id);
	return e ? e : tell_purge(r);
}
