/* SPDX-License-Identifier: MIT */
/* Retrieving items (XEP-0060 section 6.5). */
#include <errno.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/notify/render.h"
#include "cmd/serve/notify/shown.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* "" is as none. */
static const char *item_id(xmpp_stanza_t *item)
{
	const char *id = stanza_attr(item, "id");

	return id && *id ? id : NULL;
}

static void add_item(struct str *out, const struct item *item, const void *shown)
{
	const struct item as = shown_item(shown, item);

	render_item(out, &as);
}

struct asked {
	const struct shown *shown;
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

	add_item(a->out, item, a->shown);
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
static int items_by_id(struct request *r, const struct shown *shown)
{
	struct asked a = { .shown = shown, .out = &r->result, .start = r->result.len };
	xmpp_stanza_t *item = stanza_child(r->action, "item", NS_PUBSUB);

	for (; item; item = stanza_next_like(item, "item", NS_PUBSUB)) {
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

/*
 * ITEMS-15, ITEMS-16: where subscriptions have ids, those of the JID that asks, or else of its bare
 * JID, are told apart by them.
 */
static int check_subid(struct request *r)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	const char *subid = stanza_attr(r->action, "subid");
	int e;

	if (!sub_ids(r->service))
		return PS_OK;
	e = sub_lookup(r, &r->node, r->who.jid, subid, &sub);
	if (e == PS_NOT_SUBSCRIBED)
		e = sub_lookup(r, &r->node, r->bare, subid, &sub);
	return e == PS_NOT_SUBSCRIBED ? PS_OK : e;
}

int op_items(struct request *r)
{
	AUTO_IN_PLACE(shown_release) struct shown shown = { 0 };
	struct rsm_request rsm;
	struct page page = { .rsm = &rsm };
	int e;

	if (r->node.config.type == NODE_LEAF && !r->node.config.persist) {
		r->detail = mem_strdup("persistent-items");
		return PS_UNSUPPORTED; /* ITEMS-18 */
	}
	e = check_subid(r);
	if (!e)
		e = parse_max_items(r->action, &page.newest);
	if (e)
		return e;
	if (rsm_parse(r->wrapper, &rsm) < 0)
		return PS_BAD_REQUEST;
	if (r->node.config.type == NODE_COLLECTION)
		return collection_items(r, &rsm, page.newest);
	e = order_parse(r->service->config, r->wrapper, &page.order);
	if (e)
		return e;
	e = shown_init(r->service->store, &r->node, &shown);
	if (e)
		return e;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><items");
	xml_attr(&r->result, "node", r->node.name);
	str_putc(&r->result, '>');
	if (stanza_child(r->action, "item", NS_PUBSUB)) {
		e = items_by_id(r, &shown);
	} else {
		e = page_items(r->service->store, &r->node, &page, add_item, &shown, &r->result);
		str_puts(&r->result, "</items>");
		page_finish(&page, &r->result);
	}
	if (!e)
		str_puts(&r->result, "</pubsub>");
	return e;
}
