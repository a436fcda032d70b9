/* SPDX-License-Identifier: MIT */
#include "common/pubsub/request.h"

#include <string.h>

#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define BEGIN "<pubsub xmlns='" NS_PUBSUB "'>"
#define END "</pubsub>"

void request_create(struct str *out, const char *node)
{
	request_create_with(out, node, NULL);
}

void request_create_with(struct str *out, const char *node, const char *form)
{
	str_puts(out, BEGIN "<create");
	xml_attr(out, "node", node);
	str_puts(out, "/>");
	if (form)
		str_printf(out, "<configure>%s</configure>", form);
	str_puts(out, END);
}

void request_publish_begin(struct str *out, const char *node)
{
	str_puts(out, BEGIN "<publish");
	xml_attr(out, "node", node);
	str_putc(out, '>');
}

void request_publish_item(struct str *out, const char *id, const char *payload, size_t len)
{
	str_puts(out, "<item");
	xml_attr(out, "id", id);
	if (!payload) {
		str_puts(out, "/>");
		return;
	}
	str_putc(out, '>');
	str_add(out, payload, len);
	str_puts(out, "</item>");
}

void request_publish_end(struct str *out)
{
	request_publish_end_with(out, NULL);
}

void request_publish_end_with(struct str *out, const char *form)
{
	str_puts(out, "</publish>");
	if (form)
		str_printf(out, "<publish-options>%s</publish-options>", form);
	str_puts(out, END);
}

void request_retract(struct str *out, const char *node, const char *id)
{
	str_puts(out, BEGIN "<retract");
	xml_attr(out, "node", node);
	str_puts(out, " notify='1'><item");
	xml_attr(out, "id", id);
	str_puts(out, "/></retract>" END);
}

void request_purge(struct str *out, const char *node)
{
	str_puts(out, "<pubsub xmlns='" NS_PUBSUB_OWNER "'><purge");
	xml_attr(out, "node", node);
	str_puts(out, "/>" END);
}

static void open_subscription(struct str *out, const char *verb, const char *node, const char *jid,
			      const char *subid)
{
	str_printf(out, BEGIN "<%s", verb);
	xml_attr(out, "node", node);
	xml_attr(out, "jid", jid);
	xml_attr(out, "subid", subid);
}

static void subscription(struct str *out, const char *verb, const char *node, const char *jid,
			 const char *subid)
{
	open_subscription(out, verb, node, jid, subid);
	str_puts(out, "/>" END);
}

void request_subscribe(struct str *out, const char *node, const char *jid)
{
	subscription(out, "subscribe", node, jid, NULL);
}

void request_subscribe_with(struct str *out, const char *node, const char *jid, const char *form)
{
	open_subscription(out, "subscribe", node, jid, NULL);
	str_printf(out, "/><options>%s</options>" END, form);
}

void request_options(struct str *out, const char *node, const char *jid, const char *subid,
		     const char *form)
{
	open_subscription(out, "options", node, jid, subid);
	str_printf(out, ">%s</options>" END, form);
}

void request_unsubscribe(struct str *out, const char *node, const char *jid, const char *subid)
{
	subscription(out, "unsubscribe", node, jid, subid);
}

static void add_mark(struct str *out, const char *name, const char *value)
{
	if (!value)
		return;
	str_printf(out, "<%s>", name);
	xml_text(out, value, strlen(value));
	str_printf(out, "</%s>", name);
}

void request_items(struct str *out, const struct items_query *q)
{
	str_puts(out, BEGIN "<items");
	xml_attr(out, "node", q->node);
	xml_attr(out, "subid", q->subid);
	if (q->max_items)
		str_printf(out, " max_items='%lu'", q->max_items);
	if (q->id) {
		str_puts(out, "><item");
		xml_attr(out, "id", q->id);
		str_puts(out, "/></items>");
	} else {
		str_puts(out, "/>");
	}
	if (q->max) {
		str_printf(out, "<set xmlns='" NS_RSM "'><max>%u</max>", q->max);
		add_mark(out, "after", q->after);
		add_mark(out, "before", q->before);
		str_puts(out, "</set>");
	}
	str_puts(out, END);
}
