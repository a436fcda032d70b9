/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/entry.h"

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/list.h"
#include "cmd/ctl/print.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

static const char *ns_of(bool owner)
{
	return owner ? NS_PUBSUB_OWNER : NS_PUBSUB;
}

static const char *element_of(bool subscription)
{
	return subscription ? "subscription" : "affiliation";
}

int entries_each(struct ctl *c, xmpp_stanza_t *reply, bool owner, bool subscriptions, entry_fn *fn,
		 void *data)
{
	const char *ns = ns_of(owner), *name = element_of(subscriptions);
	xmpp_stanza_t *list = stanza_child(stanza_child(reply, "pubsub", ns),
					   subscriptions ? "subscriptions" : "affiliations", ns);
	int code = 0;

	for (xmpp_stanza_t *s = stanza_child(list, name, ns); s && !code;
	     s = stanza_next_like(s, name, ns)) {
		struct entry e = { .owner = owner,
				   .subscription = subscriptions,
				   .node = stanza_attr(s, "node"),
				   .jid = stanza_attr(s, "jid"),
				   .subid = stanza_attr(s, "subid"),
				   .value = stanza_attr(s, name) };

		if (!e.node)
			e.node = stanza_attr(list, "node");
		if (!e.node) /* then it is the one that was asked about */
			e.node = c->node;
		code = fn(c, &e, data);
	}
	return code;
}

struct reading {
	bool owner, subscriptions;
	entry_fn *fn;
	void *data;
};

static int take_page(struct ctl *c, xmpp_stanza_t *reply, void *data)
{
	struct reading *r = data;

	return entries_each(c, reply, r->owner, r->subscriptions, r->fn, r->data);
}

int entries_read(struct ctl *c, bool owner, bool subscriptions, const char *node, entry_fn *fn,
		 void *data)
{
	static void (*const requests[2][2])(struct str * out, const struct list_query *q) = {
		{ request_affiliations, request_subscriptions },
		{ request_affiliates, request_subscribers },
	};
	struct reading r = { owner, subscriptions, fn, data };

	return list_read(c, &(struct list){ .request = requests[owner][subscriptions],
					    .node = node,
					    .page = take_page,
					    .data = &r });
}

int entry_print(struct ctl *c, const struct entry *e, void *unused)
{
	const char *name = element_of(e->subscription);
	AUTO_STR xml = { 0 };

	(void)unused;
	if (c->o->xml) {
		str_printf(&xml, "<%s xmlns='%s'", name, ns_of(e->owner));
		xml_attr(&xml, "node", e->node);
		xml_attr(&xml, "jid", e->jid);
		xml_attr(&xml, name, e->value);
		xml_attr(&xml, "subid", e->subid);
		str_puts(&xml, "/>");
		print_xml(c, xml.p, xml.len);
	} else if (e->owner && e->subscription) {
		print_row(c, e->jid, e->value, e->subid);
	} else if (e->owner) {
		print_row(c, e->jid, e->value);
	} else if (e->subscription) {
		print_row(c, e->node, e->jid, e->value, e->subid);
	} else {
		print_row(c, e->node, e->value);
	}
	return 0;
}
