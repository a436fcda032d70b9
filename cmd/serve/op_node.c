/* SPDX-License-Identifier: MIT */
/* Operations on whole nodes: create, delete, purge (XEP-0060 sections 8.1, 8.4, 8.5). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/auto.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

int op_create(struct request *r)
{
	const char *wanted = stanza_attr(r->action, "node");
	char instant[RANDOM_ID_LEN + 1];
	AUTO_FREE char *name = NULL;
	int e;

	if (!wanted || !*wanted) {
		random_id(instant);
		wanted = instant;
	}
	name = jid_prep_resource(wanted);
	if (!name)
		return PS_NOT_ACCEPTABLE;
	e = node_make(r->service, name, r->bare, PUBLISH_PUBLISHERS, r->now, &r->node);
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

static int note_recipient(const struct subscription *sub, void *data)
{
	recipients_add(data, sub->key, sub->jid);
	return 0;
}

/*
 * Of a node that is about to go: its subscribers, for this event and for those that are still to be
 * sent.
 */
static int write_down_recipients(struct request *r, struct event *e)
{
	struct service *s = r->service;
	struct recipients *recipients = recipients_new();
	int err = store_sub_page(s->store, r->node.id, 0, INT64_MAX, INT64_MAX, note_recipient,
				 recipients);

	if (!err) {
		e->recipients = recipients_ref(recipients);
		outq_bind(&s->batch, r->node.id, recipients);
		outq_bind(&s->out, r->node.id, recipients);
	}
	recipients_unref(recipients);
	return err;
}

int op_delete(struct request *r)
{
	xmpp_stanza_t *redirect = stanza_child(r->action, "redirect", NS_PUBSUB_OWNER);
	int e;

	event_delete(&r->events, &r->node, INT64_MAX, stanza_attr(redirect, "uri"));
	if (r->events.last->xml.len > r->service->config->max_event)
		return PS_POLICY_VIOLATION; /* nobody could be told */
	e = write_down_recipients(r, r->events.last);
	return e ? e : store_node_delete(r->service->store, r->node.id);
}

int op_purge(struct request *r)
{
	struct service *s = r->service;
	int64_t upto;
	int e = store_item_purge(s->store, r->node.id);

	if (!e)
		e = store_sub_last_key(s->store, &upto);
	if (!e)
		event_purge(&r->events, &r->node, upto);
	return e;
}
