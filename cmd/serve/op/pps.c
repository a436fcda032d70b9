/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/pps.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/features.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/rsm.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define SUBSCRIBERS "urn:xmpp:pps:subscribers:0/"
#define SUBSCRIPTIONS "urn:xmpp:pps:subscriptions:0" /* of an account's own service */

bool pps_wanted(const struct request *r)
{
	return feature_on(r->service->config, NS_PPS) && stanza_child(r->action, "public", NS_PPS);
}

int pps_update(struct request *r, int64_t subscription)
{
	return store_sub_set_public(r->service->store, subscription, pps_wanted(r));
}

/* Nodes that are none */

static bool is_special(const char *name)
{
	return !strncmp(name, SUBSCRIBERS, strlen(SUBSCRIBERS)) || !strcmp(name, SUBSCRIPTIONS);
}

static bool is_ascii(const char *text)
{
	while (*text && !(*text & 0x80))
		text++;
	return !*text;
}

bool pps_concerns(const struct request *r)
{
	const char *name = stanza_attr(r->action, "node"), *ns = stanza_ns(r->action);
	AUTO_FREE char *normal = NULL;

	if (!name || (strcmp(ns, NS_PUBSUB) && strcmp(ns, NS_PUBSUB_OWNER)) ||
	    !feature_on(r->service->config, NS_PPS))
		return false;
	if (is_ascii(name))
		return is_special(name);
	normal = jid_prep_resource(name);
	return normal && is_special(normal);
}

/* Subscribers */

struct jids {
	uint64_t n;
	struct str xml[PAGE_MAX];
	char *names[PAGE_MAX];
};

static void jids_free(struct jids *l)
{
	for (uint64_t i = 0; i < l->n; i++) {
		str_release(&l->xml[i]);
		free(l->names[i]);
	}
	free(l);
}
AUTO_DEFINE(struct jids *, jids_free);

static void render_subscriber(struct str *out, const char *jid)
{
	str_puts(out, "<item");
	xml_attr(out, "id", jid);
	str_puts(out, "><subscriber xmlns='" NS_PPS "'");
	xml_attr(out, "jid", jid);
	str_puts(out, "/></item>");
}

static int add_jid(const char *jid, void *data)
{
	struct jids *l = data;

	l->xml[l->n] = (struct str){ 0 };
	render_subscriber(&l->xml[l->n], jid);
	l->names[l->n] = mem_strdup(jid);
	return ++l->n == PAGE_MAX;
}

/* As many of them as fit; what was read backwards is turned. */
static uint64_t write_jids(const struct jids *l, bool backwards, struct str *out)
{
	size_t bytes = 0;
	uint64_t n = 0;

	while (n < l->n && (!n || bytes + l->xml[n].len <= PAGE_BYTES))
		bytes += l->xml[n++].len;
	for (uint64_t i = 0; i < n; i++) {
		const struct str *xml = &l->xml[backwards ? n - 1 - i : i];

		str_add(out, xml->p, xml->len);
	}
	return n;
}

static int finish(struct request *r, const struct jids *l, const struct rsm_request *rsm,
		  uint64_t n)
{
	struct rsm_page set = { .first = NULL };
	int64_t count, index = 0;
	int e = store_sub_public_count(r->service->store, r->node.id, NULL, &count);

	str_puts(&r->result, "</items>");
	if (!e && n) {
		set.first = l->names[rsm->before ? n - 1 : 0];
		set.last = l->names[rsm->before ? 0 : n - 1];
		e = store_sub_public_count(r->service->store, r->node.id, set.first, &index);
	}
	if (e)
		return e;
	set.count = (uint64_t)count;
	set.index = (uint64_t)index;
	if (rsm->present || n < set.count)
		rsm_render(&r->result, &set);
	return PS_OK;
}

static int list_page(struct request *r, const struct rsm_request *rsm)
{
	AUTO(jids_free) struct jids *l = mem_zalloc(sizeof(*l));
	const char *anchor = rsm->before && *rsm->before ? rsm->before : rsm->after;
	uint64_t max = rsm->has_max && rsm->max < PAGE_MAX ? rsm->max : PAGE_MAX;
	uint64_t skip = rsm->has_index && rsm->index < INT64_MAX ? rsm->index : 0;
	int e = PS_OK;

	if (rsm->has_index && skip != rsm->index)
		max = 0;
	e = store_sub_public_page(r->service->store, r->node.id, anchor, rsm->before, (int64_t)skip,
				  (int64_t)max, add_jid, l);
	return e ? e : finish(r, l, rsm, write_jids(l, rsm->before, &r->result));
}

static int is_public(const struct subscription *sub, void *data)
{
	bool *found = data;

	*found = *found || (sub->is_public && sub->state == SUB_SUBSCRIBED);
	return 0;
}

static int list_named(struct request *r)
{
	xmpp_stanza_t *item = stanza_child(r->action, "item", NS_PUBSUB);
	int e = PS_OK;

	for (; item && !e; item = stanza_next_like(item, "item", NS_PUBSUB)) {
		const char *id = stanza_attr(item, "id");
		bool found = false;

		if (id)
			e = store_sub_find(r->service->store, r->node.id, id, is_public, &found);
		if (found)
			render_subscriber(&r->result, id);
	}
	str_puts(&r->result, "</items>");
	return e;
}

static int list_subscribers(struct request *r, const char *name)
{
	struct rsm_request rsm;
	int e = node_find(r->service, name, &r->node, &r->detail);

	if (!e)
		e = subject_check(r->service, PRIV_READ, &r->node, r->who.jid);
	if (e)
		return e;
	if (rsm_parse(r->wrapper, &rsm) < 0)
		return PS_BAD_REQUEST;
	str_puts(&r->result, "<pubsub xmlns='" NS_PUBSUB "'><items");
	xml_attr(&r->result, "node", stanza_attr(r->action, "node"));
	str_putc(&r->result, '>');
	e = stanza_child(r->action, "item", NS_PUBSUB) ? list_named(r) : list_page(r, &rsm);
	str_puts(&r->result, "</pubsub>");
	return e;
}

int pps_dispatch(struct request *r)
{
	AUTO_FREE char *name = jid_prep_resource(stanza_attr(r->action, "node"));

	if (r->op->handler == op_items) {
		if (!name || !strcmp(name, SUBSCRIPTIONS))
			return PS_ITEM_NOT_FOUND;
		return list_subscribers(r, name + strlen(SUBSCRIBERS));
	}
	if (r->op->handler != op_subscribe && r->op->handler != op_unsubscribe)
		return PS_FORBIDDEN; /* X0465-05 */
	r->detail = mem_strdup("subscribe");
	return PS_UNSUPPORTED;
}
