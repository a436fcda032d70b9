/* SPDX-License-Identifier: MIT */
/* Operations on items: publish, retract, retrieve (XEP-0060 sections 7.1, 7.2, 6.5). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/ops.h"
#include "cmd/serve/page.h"
#include "cmd/serve/render.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/parse.h"
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

static void open_items(struct request *r)
{
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><items");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
}

/* Publish */

static int check_payload(const struct config *c, xmpp_stanza_t *item, struct tap_payload *ret)
{
	if (!tap_payload(item, ret) || (!ret->elements && !ret->text))
		return PS_PAYLOAD_REQUIRED;
	if (ret->elements != 1 || ret->text)
		return PS_INVALID_PAYLOAD;
	return ret->len > c->max_payload ? PS_PAYLOAD_TOO_BIG : PS_OK;
}

/* Nothing is stored before every item of the request has proved good (PUB-41). */
static int check_items(struct request *r)
{
	const struct config *c = r->service->config;
	struct tap_payload payload;
	uint64_t n = 0;

	for (xmpp_stanza_t *item = stanza_first(r->action); item; item = stanza_next(item), n++) {
		int e = stanza_is(item, "item", NS_PUBSUB) ? check_payload(c, item, &payload)
							   : PS_BAD_REQUEST;

		if (e)
			return e;
	}
	if (!n)
		return PS_ITEM_REQUIRED;
	return n > c->max_items ? PS_MAX_ITEMS_EXCEEDED : PS_OK;
}

static int publish_item(struct request *r, xmpp_stanza_t *stanza, int64_t upto)
{
	struct service *s = r->service;
	char generated[RANDOM_ID_LEN + 1];
	struct tap_payload payload;
	struct item item = {
		.id = item_id(stanza), .publisher = r->bare, .created = r->now, .published = r->now
	};
	bool replaced;
	int e;

	tap_payload(stanza, &payload);
	item.payload = payload.xml;
	item.payload_len = payload.len;
	if (!item.id) {
		random_id(generated);
		item.id = generated;
	}
	e = store_item_put(s->store, r->node.id, &item, r->now, &replaced);
	if (e)
		return e;
	r->node.items += !replaced;
	event_item(&r->events, &r->node, upto, &item);
	if (r->events.last->xml.len > s->config->max_event)
		return PS_PAYLOAD_TOO_BIG; /* its id is a part of it, too */
	render_item_id(&r->result, "item", item.id);
	return PS_OK;
}

struct trim {
	struct request *r;
	int64_t upto;
};

static int note_trimmed(const struct item *item, void *data)
{
	struct trim *t = data;

	event_retract(&t->r->events, &t->r->node, t->upto, item->id);
	return 0;
}

/* PUB-20: the oldest items make room, and subscribers are told so. */
static int trim(struct request *r, int64_t upto)
{
	struct service *s = r->service;
	struct trim t = { .r = r, .upto = upto };

	if ((uint64_t)r->node.items <= s->config->max_items)
		return PS_OK;
	return store_item_trim(s->store, r->node.id, (int64_t)s->config->max_items, note_trimmed,
			       &t);
}

int op_publish(struct request *r)
{
	int64_t upto;
	int e = check_items(r);

	if (!e)
		e = store_sub_last_key(r->service->store, &upto);
	if (e)
		return e;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><publish");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
	for (xmpp_stanza_t *item = first_item(r->action); item && !e; item = next_item(item))
		e = publish_item(r, item, upto);
	str_puts(&r->result, "</publish></pubsub>");
	return e ? e : trim(r, upto);
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

static int retract_item(struct request *r, const char *id, int64_t upto)
{
	struct store *store = r->service->store;
	struct verdict v = { .r = r };
	int e = store_item_get(store, r->node.id, id, judge, &v);

	if (e)
		return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
	if (v.e)
		return v.e;
	e = store_item_delete(store, r->node.id, id);
	if (!e)
		event_retract(&r->events, &r->node, upto, id);
	return e;
}

int op_retract(struct request *r)
{
	const char *notify = stanza_attr(r->action, "notify");
	xmpp_stanza_t *item = first_item(r->action);
	int64_t upto;
	bool told;
	int e;

	/*
	 * Subscribers are told whatever it says: a node tells of what it loses (RETR-04), so that
	 * mirrors hold.
	 */
	if (notify && parse_bool(notify, &told) < 0)
		return PS_BAD_REQUEST;
	if (!item)
		return PS_ITEM_REQUIRED;
	e = store_sub_last_key(r->service->store, &upto);
	for (; item && !e; item = next_item(item))
		e = item_id(item) ? retract_item(r, item_id(item), upto) : PS_ITEM_REQUIRED;
	return e;
}

/* Retrieve */

struct asked {
	struct str *out;
	size_t start;
	bool cut;
	uint64_t found;
	int64_t first, last; /* numbers of those that are in the answer */
};

static int add_asked_item(const struct item *item, void *data)
{
	struct asked *a = data;
	size_t before = a->out->len;

	render_item(a->out, item);
	if (a->cut || (a->found && a->out->len - a->start > PAGE_BYTES)) {
		a->cut = true;
		a->out->len = before;
	} else {
		a->first = a->found ? a->first : item->seq;
		a->last = item->seq;
	}
	a->found++;
	return 0;
}

/*
 * Those that there are (ITEMS-26), as many as fit; a set then tells how many there would have been.
 */
static int items_by_id(struct request *r)
{
	struct asked a = { .out = &r->result, .start = r->result.len };

	for (xmpp_stanza_t *item = first_item(r->action); item; item = next_item(item)) {
		int e = PS_BAD_REQUEST;

		if (item_id(item))
			e = store_item_get(r->service->store, r->node.id, item_id(item),
					   add_asked_item, &a);
		if (e && e != -ENOENT)
			return e;
	}
	str_puts(&r->result, "</items>");
	if (a.cut)
		page_render_set(&r->result, a.first, a.last, 0, a.found);
	return PS_OK;
}

static void add_item(struct str *out, const struct item *item, const void *data)
{
	(void)data;
	render_item(out, item);
}

static int parse_max_items(xmpp_stanza_t *action, uint64_t *ret)
{
	const char *text = stanza_attr(action, "max_items");
	int r;

	if (!text)
		return PS_OK;
	r = parse_uint(text, 0, UINT64_MAX, ret);
	if (r == -ERANGE)
		*ret = UINT64_MAX;
	return r == -EINVAL || !*ret ? PS_BAD_REQUEST : PS_OK;
}

int op_items(struct request *r)
{
	struct rsm_request rsm;
	struct page page = { .rsm = &rsm };
	int e = parse_max_items(r->action, &page.newest);

	if (e)
		return e;
	if (rsm_parse(r->wrapper, &rsm) < 0)
		return PS_BAD_REQUEST;
	open_items(r);
	if (first_item(r->action)) {
		e = items_by_id(r);
	} else {
		e = page_items(r->service->store, &r->node, &page, add_item, NULL, &r->result);
		str_puts(&r->result, "</items>");
		page_finish(&page, &r->result);
	}
	if (!e)
		str_puts(&r->result, "</pubsub>");
	return e;
}
