/* SPDX-License-Identifier: MIT */
#include "common/pubsub/request.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/str.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define BEGIN "<pubsub xmlns='" NS_PUBSUB "'>"
#define BEGIN_OWNER "<pubsub xmlns='" NS_PUBSUB_OWNER "'>"
#define END "</pubsub>"

#define GET_PENDING NS_PUBSUB "#get-pending"
#define FORM_AUTHORIZE NS_PUBSUB "#subscribe_authorization"

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

void request_configure(struct str *out, const char *node, const char *form)
{
	str_puts(out, BEGIN_OWNER "<configure");
	xml_attr(out, "node", node);
	str_printf(out, ">%s</configure>" END, form ? form : "");
}

void request_defaults(struct str *out)
{
	str_puts(out, BEGIN_OWNER "<default/>" END);
}

void request_delete(struct str *out, const char *node, const char *redirect)
{
	str_puts(out, BEGIN_OWNER "<delete");
	xml_attr(out, "node", node);
	str_putc(out, '>');
	if (redirect) {
		str_puts(out, "<redirect");
		xml_attr(out, "uri", redirect);
		str_puts(out, "/>");
	}
	str_puts(out, "</delete>" END);
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

void request_retract(struct str *out, const char *node, const char *id, bool notify)
{
	str_puts(out, BEGIN "<retract");
	xml_attr(out, "node", node);
	xml_attr(out, "notify", notify ? "1" : NULL);
	str_puts(out, "><item");
	xml_attr(out, "id", id);
	str_puts(out, "/></retract>" END);
}

void request_purge(struct str *out, const char *node)
{
	str_puts(out, BEGIN_OWNER "<purge");
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
	str_printf(out, ">%s</options>" END, form ? form : "");
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

static void add_page(struct str *out, unsigned max, const char *after, const char *before,
		     const uint64_t *index)
{
	if (!max)
		return;
	str_printf(out, "<set xmlns='" NS_RSM "'><max>%u</max>", max);
	add_mark(out, "after", after);
	add_mark(out, "before", before);
	if (index)
		str_printf(out, "<index>%" PRIu64 "</index>", *index);
	str_puts(out, "</set>");
}

static void list(struct str *out, const char *begin, const char *element,
		 const struct list_query *q)
{
	str_printf(out, "%s<%s", begin, element);
	xml_attr(out, "node", q->node);
	str_puts(out, "/>");
	add_page(out, q->max, q->after, NULL, NULL);
	str_puts(out, END);
}

void request_subscriptions(struct str *out, const struct list_query *q)
{
	list(out, BEGIN, "subscriptions", q);
}

void request_affiliations(struct str *out, const struct list_query *q)
{
	list(out, BEGIN, "affiliations", q);
}

void request_subscribers(struct str *out, const struct list_query *q)
{
	list(out, BEGIN_OWNER, "subscriptions", q);
}

void request_affiliates(struct str *out, const struct list_query *q)
{
	list(out, BEGIN_OWNER, "affiliations", q);
}

void request_subscribers_begin(struct str *out, const char *node)
{
	str_puts(out, BEGIN_OWNER "<subscriptions");
	xml_attr(out, "node", node);
	str_putc(out, '>');
}

void request_subscriber(struct str *out, const char *jid, const char *state, const char *subid)
{
	str_puts(out, "<subscription");
	xml_attr(out, "jid", jid);
	xml_attr(out, "subscription", state);
	xml_attr(out, "subid", subid);
	str_puts(out, "/>");
}

void request_subscribers_end(struct str *out)
{
	str_puts(out, "</subscriptions>" END);
}

void request_affiliates_begin(struct str *out, const char *node)
{
	str_puts(out, BEGIN_OWNER "<affiliations");
	xml_attr(out, "node", node);
	str_putc(out, '>');
}

void request_affiliate(struct str *out, const char *jid, const char *affiliation)
{
	str_puts(out, "<affiliation");
	xml_attr(out, "jid", jid);
	xml_attr(out, "affiliation", affiliation);
	str_puts(out, "/>");
}

void request_affiliates_end(struct str *out)
{
	str_puts(out, "</affiliations>" END);
}

void request_disco_info(struct str *out, const char *node)
{
	str_puts(out, "<query xmlns='" NS_DISCO_INFO "'");
	xml_attr(out, "node", node);
	str_puts(out, "/>");
}

void request_disco_items(struct str *out, const struct list_query *q)
{
	str_puts(out, "<query xmlns='" NS_DISCO_ITEMS "'");
	xml_attr(out, "node", q->node);
	str_putc(out, '>');
	add_page(out, q->max, q->after, NULL, NULL);
	str_puts(out, "</query>");
}

static void get_pending(struct str *out, const char *action, const char *sessionid)
{
	str_puts(out, "<command xmlns='" NS_COMMANDS "' node='" GET_PENDING "'");
	xml_attr(out, "action", action);
	xml_attr(out, "sessionid", sessionid);
}

void request_get_pending(struct str *out)
{
	get_pending(out, "execute", NULL);
	str_puts(out, "/>");
}

void request_get_pending_at(struct str *out, const char *sessionid, const char *node)
{
	get_pending(out, "complete", sessionid);
	str_putc(out, '>');
	form_open(out, FORM_SUBMIT, FORM_AUTHORIZE);
	form_value(out, "pubsub#node", NULL, node);
	form_close(out);
	str_puts(out, "</command>");
}

void request_get_pending_end(struct str *out, const char *sessionid)
{
	get_pending(out, "cancel", sessionid);
	str_puts(out, "/>");
}

void request_decide(struct str *out, const char *node, const char *jid, const char *subid,
		    bool allow)
{
	form_open(out, FORM_SUBMIT, FORM_AUTHORIZE);
	if (subid)
		form_value(out, "pubsub#subid", NULL, subid);
	form_value(out, "pubsub#node", NULL, node);
	form_value(out, "pubsub#subscriber_jid", NULL, jid);
	form_value(out, "pubsub#allow", NULL, allow ? "true" : "false");
	form_close(out);
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
	add_page(out, q->max, q->after, q->before, q->index);
	str_puts(out, END);
}
