/* SPDX-License-Identifier: MIT */
/* Options of subscriptions (XEP-0060 sections 6.3 and 6.4). */
#include <errno.h>

#include "cmd/serve/node_make.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/sub_form.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* The subscription that the request is about (OPT-05 to OPT-09). */
static int find(struct request *r, struct sub_ref *ret)
{
	const char *name = stanza_attr(r->action, "jid");
	AUTO_FREE char *jid = jid_prep(name);
	int e;

	if (!name || !*name)
		return PS_JID_REQUIRED;
	if (!jid)
		return PS_INVALID_JID;
	if (!r->who.admin && !jid_same_bare(jid, r->bare))
		return PS_FORBIDDEN;
	e = sub_lookup(r, &r->node, jid, stanza_attr(r->action, "subid"), ret);
	return e == PS_NOT_SUBSCRIBED ? PS_NO_SUBSCRIPTION : e;
}

int op_options_get(struct request *r)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	int e = find(r, &sub);

	if (!e)
		e = sub_options_read(r, &sub, &options);
	if (e)
		return e;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><options");
	xml_attr(&r->result, "node", r->node.id ? r->node.name : NULL);
	xml_attr(&r->result, "jid", sub.jid);
	if (sub_ids(r->service))
		xml_attr(&r->result, "subid", sub.subid);
	str_putc(&r->result, '>');
	e = sub_form_render(r, &r->result, FORM_FORM, &r->node, &options);
	str_puts(&r->result, "</options></pubsub>");
	return e;
}

int op_options_set(struct request *r)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	bool given = false;
	int e = find(r, &sub);

	if (!e)
		e = sub_options_read(r, &sub, &options);
	if (!e)
		e = sub_form_apply(r, r->action, &options, &given);
	if (e || !given)
		return e;
	return sub_configure(r, &r->node, &sub, &options);
}

/* DSUB-01: what a subscription begins with is the same at all nodes of a type. */
int op_default_options(struct request *r)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options = { 0 };
	const char *name = stanza_attr(r->action, "node");
	int e = PS_OK;

	if (name && *name)
		e = node_find(r->service, name, &r->node, &r->detail);
	if (e)
		return e;
	sub_options_init(&options);
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><default");
	xml_attr(&r->result, "node", r->node.id ? r->node.name : NULL);
	str_putc(&r->result, '>');
	e = sub_form_render(r, &r->result, FORM_RESULT, r->node.id ? &r->node : NULL, &options);
	str_puts(&r->result, "</default></pubsub>");
	return e;
}
