/* SPDX-License-Identifier: MIT */
/* Operations that change items: publish, retract (XEP-0060 sections 7.1, 7.2). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/render.h"
#include "cmd/serve/notify/shown.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/forged.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/trim.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/quota.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/random.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/xml.h"

/* "" is as none. */
static const char *item_id(xmpp_stanza_t *item)
{
	const char *id = stanza_attr(item, "id");

	return id && *id ? id : NULL;
}

static xmpp_stanza_t *first_item(xmpp_stanza_t *action)
{
	return stanza_child(action, "item", NS_PUBSUB);
}

static xmpp_stanza_t *next_item(xmpp_stanza_t *item)
{
	return stanza_next_like(item, "item", NS_PUBSUB);
}

/* Publish */

static bool is_of_type(const struct node *n, const struct tap_payload *payload)
{
	const char *type = n->config.semantic;

	return !n->config.strict_type || !type || (payload->ns && !strcmp(payload->ns, type));
}

/* What claims to be an id of the service's is left out (X0359-02). */
static bool payload_of(const struct request *r, xmpp_stanza_t *item, struct tap_payload *ret)
{
	if (tap_payload(item, ret) && !forged_id(ret, r->service->config->jid))
		return true;
	*ret = (struct tap_payload){ 0 };
	return false;
}

static int check_payload(const struct request *r, xmpp_stanza_t *item, struct tap_payload *ret)
{
	const struct config *c = r->service->config;
	bool any = payload_of(r, item, ret) && (ret->elements || ret->text);

	/* PUB-31, PUB-33 */
	if (!any)
		return r->node.config.payloads ? PS_PAYLOAD_REQUIRED : PS_OK;
	if (ret->elements != 1 || ret->text || !is_of_type(&r->node, ret))
		return PS_INVALID_PAYLOAD;
	return ret->len > c->max_payload || ret->len > r->node.config.max_payload
		       ? PS_PAYLOAD_TOO_BIG
		       : PS_OK;
}

/* Nothing is stored before every item of the request has proved good (PUB-41). */
static int check_items(const struct request *r, uint64_t *ret_n)
{
	const struct node_config *node = &r->node.config;
	struct tap_payload payload;
	uint64_t n = 0;

	for (xmpp_stanza_t *item = stanza_first(r->action); item; item = stanza_next(item), n++) {
		int e = stanza_is(item, "item", NS_PUBSUB) ? check_payload(r, item, &payload)
							   : PS_BAD_REQUEST;

		if (e)
			return e;
	}
	*ret_n = n;
	/* Section 4.3: what an item would be for. */
	if (!node->persist && !node->payloads)
		return n ? PS_ITEM_FORBIDDEN : PS_OK;
	if (!n)
		return PS_ITEM_REQUIRED;
	return n > trim_limit(r->service->config, &r->node) ? PS_MAX_ITEMS_EXCEEDED : PS_OK;
}

static int store_item(struct request *r, struct item *item)
{
	int64_t lifetime = trim_lifetime(&r->node);
	bool replaced;
	int e;

	if (!r->node.config.persist)
		return 0;
	item->expires = lifetime ? r->now + lifetime : 0;
	e = store_item_put(r->service->store, r->node.id, item, r->now, &item->seq, &replaced);
	if (!e)
		r->node.items += !replaced;
	return e;
}

/* Bytes around a payload in an event: names grow when they are written as XML. */
static size_t wrapping(const struct request *r, const struct item *item)
{
	AUTO_STR names = { 0 };

	xml_attr(&names, "id", item->id);
	xml_attr(&names, "publisher", item->publisher);
	xml_attr(&names, "node", r->node.name);
	return names.len + 128; /* and that of the tags */
}

static int publish_item(struct request *r, const struct shown *shown, xmpp_stanza_t *stanza)
{
	const struct config *c = r->service->config;
	char generated[RANDOM_ID_LEN + 1];
	struct tap_payload payload;
	struct item item = { .id = feature_on(c, "item-ids") ? item_id(stanza) : NULL,
			     .publisher = r->bare,
			     .created = r->now,
			     .published = r->now };
	int e;

	payload_of(r, stanza, &payload);
	item.payload = payload.xml;
	item.payload_len = payload.len;
	if (!item.id) {
		random_id_at(r->now, generated);
		item.id = generated;
	}
	e = store_item(r, &item);
	if (e)
		return e;
	if (item.payload_len + wrapping(r, &item) > c->max_event)
		return PS_PAYLOAD_TOO_BIG;
	item = shown_item(shown, &item);
	e = tell_item(r, &item);
	render_item_id(&r->result, "item", item.id);
	return e;
}

int op_publish(struct request *r)
{
	AUTO_IN_PLACE(shown_release) struct shown shown = { 0 };
	int64_t before = r->node.items;
	uint64_t n;
	int e = PS_OK;

	/* POPT-05: before anything else about the request is looked at. */
	if (r->companion)
		e = node_form_compare(r->service, r->companion, &r->node);
	if (!e)
		e = check_items(r, &n);
	if (!e)
		e = shown_init(r->service->store, &r->node, &shown);
	if (e)
		return e;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><publish");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
	for (xmpp_stanza_t *item = first_item(r->action); item && !e; item = next_item(item))
		e = publish_item(r, &shown, item);
	if (!n)
		e = tell_nothing(r);
	str_puts(&r->result, "</publish></pubsub>");
	if (!e)
		e = contact_follow_publisher(r);
	if (!e)
		e = trim_items(r);
	/* Whoever has too many can still replace them. */
	return e || r->node.items <= before ? e : quota_items(r->service, &r->node);
}

/* Retract */

struct verdict {
	const struct request *r;
	int e;
};

static int judge(const struct item *item, void *data)
{
	struct verdict *v = data;

	v->e = access_retract(&v->r->node, &v->r->who, item->publisher);
	return 0;
}

static int retract_item(struct request *r, const char *id, bool tell)
{
	struct store *store = r->service->store;
	struct verdict v = { .r = r };
	int e = store_item_get(store, r->node.id, id, judge, &v);

	if (e)
		return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
	if (v.e)
		return v.e;
	e = store_item_delete(store, r->node.id, id);
	return e || !tell ? e : tell_retract(r, id);
}

int op_retract(struct request *r)
{
	const char *notify = stanza_attr(r->action, "notify");
	xmpp_stanza_t *item = first_item(r->action);
	bool tell = false;
	int e = PS_OK;

	if (!r->node.config.persist) {
		r->detail = mem_strdup("persistent-items");
		return PS_UNSUPPORTED; /* RETR-16 */
	}
	if (notify && parse_bool(notify, &tell) < 0)
		return PS_BAD_REQUEST;
	if (!item)
		return PS_ITEM_REQUIRED;
	/* RETR-04: told when either says so. */
	tell = tell || r->node.config.notify_retract;
	for (; item && !e; item = next_item(item))
		e = item_id(item) ? retract_item(r, item_id(item), tell) : PS_ITEM_REQUIRED;
	return e;
}
