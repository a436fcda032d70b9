/* SPDX-License-Identifier: MIT */
/*
 * Items: items, get, retract (XEP-0060 sections 5.5, 6.5, 7.2).
 */
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/list.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/read.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/pubsub/event.h"
#include "common/pubsub/request.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

int verb_ids_check(struct ctl *c)
{
	for (char *const *id = c->args; id && *id; id++)
		if (!**id || !xml_valid(*id, strlen(*id)))
			return opts_usage_error("an item's id is empty, not UTF-8, or has control "
						"characters");
	return 0;
}

/* items */

static void print_id(struct ctl *c, const char *id)
{
	AUTO_STR xml = { 0 };

	if (!c->o->xml) {
		print_row(c, id);
		return;
	}
	str_puts(&xml, "<item xmlns='" NS_PUBSUB_EVENT "'");
	xml_attr(&xml, "id", id);
	xml_attr(&xml, "node", c->node);
	str_puts(&xml, "/>");
	print_xml(c, xml.p, xml.len);
}

static int print_names(struct ctl *c, xmpp_stanza_t *reply, void *data)
{
	xmpp_stanza_t *query = stanza_child(reply, "query", NS_DISCO_ITEMS);
	xmpp_stanza_t *item = stanza_child(query, "item", NS_DISCO_ITEMS);

	(void)data;
	for (; item; item = stanza_next_like(item, "item", NS_DISCO_ITEMS))
		if (!stanza_attr(item, "node") && stanza_attr(item, "name"))
			print_id(c, stanza_attr(item, "name"));
	return 0;
}

static void print_id_of(struct ctl *c, const struct event *e, void *data)
{
	(void)data;
	if (e->id)
		print_id(c, e->id);
}

/* By disco, which has ids alone; where the service does not do that, from the items themselves. */
int verb_items(struct ctl *c)
{
	AUTO_ANSWER refusal = { 0 };
	int code;

	ctl_doing(c, "list the items of '%s'", c->node);
	code = list_read(c, &(struct list){ .request = request_disco_items,
					    .node = c->node,
					    .page = print_names,
					    .refusal = &refusal });
	if (code != LIST_REFUSED)
		return code;
	if (answer_is_error(&refusal, "feature-not-implemented") ||
	    answer_is_error(&refusal, "service-unavailable"))
		return read_items(c, c->node, print_id_of, NULL);
	return ctl_refused(c, c->service, &refusal);
}

/* get */

static void show_item(struct ctl *c, const struct event *e, void *data)
{
	(void)data;
	if (c->o->xml)
		print_item(c, e, NS_PUBSUB_EVENT, e->node);
	else
		print_row(c, e->id, e->payload, e->publisher);
}

struct wanted {
	struct ctl *c;
	const char *id;
	bool found;
};

static void take_item(const struct event *e, void *data)
{
	struct wanted *w = data;

	if (w->found || !e->id || strcmp(e->id, w->id) != 0)
		return;
	w->found = true;
	show_item(w->c, e, NULL);
}

static int get_item(struct ctl *c, const char *id)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	struct wanted w = { .c = c, .id = id };
	struct items_page page;
	int code;

	ctl_doing(c, "read item '%s' of '%s'", id, c->node);
	request_items(&xml, &(struct items_query){ .node = c->node, .id = id });
	code = ctl_request(c, "get", &xml, &reply);
	if (code)
		return code;
	items_parse(reply, c->node, take_item, &w, &page);
	if (page.cut)
		return ctl_fail(c, EX_REFUSED, "it is larger than can be taken (%s)", page.cut);
	return w.found ? 0 : ctl_fail(c, EX_NOTFOUND, "the node has no such item");
}

/* Each of them, also behind one that failed; the exit code is the first one's that did. */
static int each_id(struct ctl *c, int (*fn)(struct ctl *c, const char *id))
{
	int code = 0;

	for (char *const *id = c->args; *id && !c->io_error; id++) {
		int e = fn(c, *id);

		code = code ? code : e;
		if (!session_is_up(c->session))
			break;
	}
	return code;
}

int verb_get(struct ctl *c)
{
	if (c->n_args)
		return each_id(c, get_item);
	ctl_doing(c, "read the items of '%s'", c->node);
	return read_items(c, c->node, show_item, NULL);
}

/* retract */

static int retract(struct ctl *c, const char *id)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	ctl_doing(c, "retract item '%s' of '%s'", id, c->node);
	request_retract(&xml, c->node, id, c->o->notify);
	return ctl_request(c, "set", &xml, &reply);
}

int verb_retract(struct ctl *c)
{
	return each_id(c, retract);
}
