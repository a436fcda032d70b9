/* SPDX-License-Identifier: MIT */
/*
 * What there is: info, nodes (XEP-0030, XEP-0060 section 5).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/list.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/verbs.h"
#include "common/base/mem.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/markup.h"

/* info */

static void print_identity(struct ctl *c, xmpp_stanza_t *s)
{
	const char *category = stanza_attr(s, "category"), *type = stanza_attr(s, "type");
	AUTO_FREE char *both = mem_printf("%s/%s", category ? category : "", type ? type : "");

	print_row(c, "identity", both, stanza_attr(s, "name"));
}

static void print_fields(struct ctl *c, xmpp_stanza_t *x)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };

	if (form_read(x, &form))
		return;
	for (size_t i = 0; i < form.n; i++)
		for (size_t k = 0; k < form.fields[i].n; k++)
			print_row(c, "field", form.fields[i].var, form.fields[i].values[k],
				  stanza_attr(form.fields[i].element, "label"));
}

static void print_info(struct ctl *c, xmpp_stanza_t *s)
{
	AUTO_STR xml = { 0 };

	if (c->o->xml) {
		markup_render(&xml, s);
		print_xml(c, xml.p, xml.len);
	} else if (stanza_is(s, "identity", NS_DISCO_INFO)) {
		print_identity(c, s);
	} else if (stanza_is(s, "feature", NS_DISCO_INFO)) {
		print_row(c, "feature", stanza_attr(s, "var"));
	} else if (stanza_is(s, "x", NS_DATA)) {
		print_fields(c, s);
	}
}

int verb_info(struct ctl *c)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *s;
	int code;

	if (c->node)
		ctl_doing(c, "ask what '%s' is", c->node);
	else
		ctl_doing(c, "ask what there is");
	request_disco_info(&xml, c->node);
	code = ctl_request(c, "get", &xml, &reply);
	if (code)
		return code;
	s = stanza_first(stanza_child(reply, "query", NS_DISCO_INFO));
	for (; s; s = stanza_next(s))
		print_info(c, s);
	return 0;
}

/* nodes */

static void print_node(struct ctl *c, xmpp_stanza_t *item)
{
	const char *jid = stanza_attr(item, "jid");
	AUTO_FREE char *normal = jid ? jid_prep(jid) : NULL;
	AUTO_STR xml = { 0 };

	if (c->o->xml) {
		markup_render(&xml, item);
		print_xml(c, xml.p, xml.len);
	} else if (normal && strcmp(normal, c->service) != 0) {
		print_row(c, stanza_attr(item, "node"), stanza_attr(item, "name"), normal);
	} else {
		print_row(c, stanza_attr(item, "node"), stanza_attr(item, "name"));
	}
}

static int print_nodes(struct ctl *c, xmpp_stanza_t *reply, void *data)
{
	xmpp_stanza_t *query = stanza_child(reply, "query", NS_DISCO_ITEMS);
	xmpp_stanza_t *item = stanza_child(query, "item", NS_DISCO_ITEMS);

	(void)data;
	for (; item; item = stanza_next_like(item, "item", NS_DISCO_ITEMS))
		if (stanza_attr(item, "node")) /* of a leaf: its items */
			print_node(c, item);
	return 0;
}

int verb_nodes(struct ctl *c)
{
	if (c->node)
		ctl_doing(c, "list the nodes of '%s'", c->node);
	else
		ctl_doing(c, "list the nodes");
	return list_read(c, &(struct list){ .request = request_disco_items,
					    .node = c->node,
					    .page = print_nodes });
}
