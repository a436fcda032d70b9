/* SPDX-License-Identifier: MIT */
/* Operations on the settings of nodes (XEP-0060 sections 8.2 and 8.3). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/pace.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/trim.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/presence/entitle.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/standing.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define EVENT_FRAME 8192 /* what is around the form of an event, the node's name included */

int op_configure_get(struct request *r)
{
	int e;

	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><configure");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
	e = node_form_render(r->service, &r->result, FORM_FORM, &r->node, &r->node.config);
	str_puts(&r->result, "</configure></pubsub>");
	return e;
}

/* DCONF-02: of leaf nodes, unless another type is asked for. */
int op_default(struct request *r)
{
	const char *name = stanza_attr(r->action, "type");
	int type = name ? vocab_find(node_type_names, name) : NODE_LEAF, e;

	if (type < 0)
		return PS_BAD_REQUEST;
	if (type == NODE_COLLECTION && !feature_on(r->service->config, "collections")) {
		r->detail = mem_strdup("collections");
		return PS_UNSUPPORTED;
	}
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><default>");
	e = node_form_render(r->service, &r->result, FORM_FORM, NULL,
			     &r->service->config->defaults[type]);
	str_puts(&r->result, "</default></pubsub>");
	return e;
}

/* CONF-16, CONF-17; the new settings decide (CONF-19). */
static int tell_config(struct request *r)
{
	AUTO_STR inner = { 0 };
	AUTO_STR form = { 0 };
	int e = 0;

	if (!r->node.config.notify_config)
		return 0;
	if (r->node.config.payloads)
		e = node_form_render(r->service, &form, FORM_RESULT, &r->node, &r->node.config);
	/* A collection may have more children than a message holds. */
	if (form.len + EVENT_FRAME > r->service->config->max_event)
		str_reset(&form);
	str_puts(&inner, "<configuration");
	xml_attr(&inner, "node", r->node.name);
	str_putc(&inner, '>');
	str_add(&inner, form.p, form.len);
	str_puts(&inner, "</configuration>");
	return e ? e : tell_node(r, &r->node, EVENT_NODE, inner.p);
}

/* What is stored follows the new settings (CONF-21, CONF-22). */
static int adjust_items(struct request *r, const struct node_config *before)
{
	const struct node_config *now = &r->node.config;
	struct store *store = r->service->store;
	int e = 0;

	if (!now->persist && r->node.items) {
		e = tell_purge(r);
		if (!e)
			e = store_item_purge(store, r->node.id);
		r->node.items = 0;
	}
	if (!e && now->item_expire != before->item_expire)
		e = store_item_set_expiry(store, r->node.id, trim_lifetime(&r->node));
	return e ? e : trim_items(r);
}

int op_configure_set(struct request *r)
{
	AUTO_IN_PLACE(node_config_release) struct node_config before = { 0 };
	AUTO_IN_PLACE(links_release) struct links links = { 0 };
	bool given;
	int e;

	fields_copy(node_fields, &r->node.config, &before);
	e = node_form_apply(r->service, r->action, &r->node.config, &given, &r->detail);
	if (e || !given)
		return e;
	e = node_form_links(r->service, r->action, &links);
	if (!e)
		e = collection_retype(r, before.type == NODE_COLLECTION);
	if (!e)
		e = store_node_configure(r->service->store, r->node.id, &r->node.config);
	if (!e)
		e = adjust_items(r, &before);
	if (!e)
		e = collection_arrange(r, &links, false);
	if (!e)
		e = entitle_node(r, &before);
	if (!e)
		e = pace_configured(r, &r->node);
	if (!e)
		e = tell_config(r);
	return e ? e : contact_follow_all(r, &before);
}
