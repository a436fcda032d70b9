/* SPDX-License-Identifier: MIT */
/* Operations on the settings of nodes (XEP-0060 sections 8.2 and 8.3). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/event.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "cmd/serve/tell.h"
#include "cmd/serve/trim.h"
#include "common/base/auto.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

int op_configure_get(struct request *r)
{
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><configure");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
	node_form_render(r->service, &r->result, FORM_FORM, &r->node, &r->node.config);
	str_puts(&r->result, "</configure></pubsub>");
	return PS_OK;
}

/* DCONF-02: of leaf nodes, unless another type is asked for. */
int op_default(struct request *r)
{
	const char *name = stanza_attr(r->action, "type");
	int type = name ? vocab_find(node_type_names, name) : NODE_LEAF;

	if (type < 0)
		return PS_BAD_REQUEST;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><default>");
	node_form_render(r->service, &r->result, FORM_FORM, NULL,
			 &r->service->config->defaults[type]);
	str_puts(&r->result, "</default></pubsub>");
	return PS_OK;
}

/* CONF-16, CONF-17; the new settings decide (CONF-19). */
static int tell_config(struct request *r)
{
	AUTO_STR inner = { 0 };

	if (!r->node.config.notify_config)
		return 0;
	str_puts(&inner, "<configuration");
	xml_attr(&inner, "node", r->node.name);
	if (r->node.config.payloads) {
		str_putc(&inner, '>');
		node_form_render(r->service, &inner, FORM_RESULT, &r->node, &r->node.config);
		str_puts(&inner, "</configuration>");
	} else {
		str_puts(&inner, "/>");
	}
	return tell_node(r, &r->node, EVENT_NODE, inner.p);
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
	bool given;
	int e;

	fields_copy(node_fields, &r->node.config, &before);
	e = node_form_apply(r->service, r->action, &r->node.config, &given, &r->detail);
	if (e || !given)
		return e;
	e = store_node_configure(r->service->store, r->node.id, &r->node.config);
	if (!e)
		e = adjust_items(r, &before);
	return e ? e : tell_config(r);
}
