/* SPDX-License-Identifier: MIT */
#include "cmd/sub/output.h"

#include <string.h>

#include "cmd/sub/pretty.h"
#include "cmd/sub/select.h"
#include "cmd/sub/template.h"
#include "common/base/auto.h"
#include "common/base/out.h"
#include "common/base/plain.h"
#include "common/pubsub/event.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

static const char *const format_names[] = {
	[OUTPUT_XML] = "xml",
	[OUTPUT_PRETTY] = "pretty",
	[OUTPUT_PAYLOAD] = "payload",
	[OUTPUT_ID] = "id",
};

#define KINDS_DEFAULT                                                                              \
	(1U << EVENT_ITEM | 1U << EVENT_RETRACT | 1U << EVENT_PURGE | 1U << EVENT_DELETE)

bool output_format_parse(const char *name, enum output_format *ret)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++)
		if (!strcmp(name, format_names[i])) {
			*ret = (enum output_format)i;
			return true;
		}
	return false;
}

bool output_kinds_parse(const char *list, unsigned *ret)
{
	unsigned kinds = 0;

	for (const char *word = list;; word++) {
		size_t len = strcspn(word, ",");
		enum event_kind kind = EVENT_ITEM;

		while (kind <= EVENT_SUBSCRIPTION && (strlen(event_kind_name(kind)) != len ||
						      memcmp(event_kind_name(kind), word, len)))
			kind++;
		if (kind > EVENT_SUBSCRIPTION)
			return false;
		kinds |= 1U << kind;
		word += len;
		if (!*word)
			break;
	}
	*ret = kinds;
	return true;
}

static bool takes_kind(const struct output *o, enum event_kind kind)
{
	bool items_alone =
		o->format == OUTPUT_PAYLOAD || o->format == OUTPUT_ID || o->format == OUTPUT_VALUE;

	if (items_alone && kind != EVENT_ITEM)
		return false;
	return (o->kinds ? o->kinds : KINDS_DEFAULT) >> kind & 1;
}

bool output_takes(struct output *o, const struct event *e)
{
	AUTO_IN_PLACE(select_item_release)
	struct select_item item = { .event = e, .warned = &o->warned };

	if (!takes_kind(o, e->kind))
		return false;
	return e->kind != EVENT_ITEM || !o->where || select_test(&item, o->where);
}

bool output_wants_payload(const struct output *o)
{
	if (o->where)
		return true;
	return o->template ? template_wants_payload(o->template) : o->format != OUTPUT_ID;
}

/* On one line. */
static void add_line(struct str *out, const char *s, size_t len)
{
	str_add_lines(out, s, len, "&#10;");
}

static void format_stamp(const struct event *e, char text[static TIME_TEXT_MAX])
{
	time_format(e->stamp ? e->stamp : time_now(), text);
}

static void render_xml(const struct output *o, const struct event *e, struct str *out)
{
	const char *name = event_kind_name(e->kind);
	char stamp[TIME_TEXT_MAX];

	if (e->kind > EVENT_DELETE) {
		add_line(out, e->payload, e->payload_len);
		str_putc(out, '\n');
		return;
	}
	str_printf(out, "<%s xmlns='" NS_PUBSUB_EVENT "'", name);
	xml_attr(out, "id", e->id);
	xml_attr(out, "node", e->node);
	xml_attr(out, "publisher", e->publisher);
	if (o->stamp) {
		format_stamp(e, stamp);
		xml_attr(out, "stamp", stamp);
	}
	if (e->payload) {
		str_putc(out, '>');
		add_line(out, e->payload, e->payload_len);
		str_printf(out, "</%s>\n", name);
	} else {
		str_puts(out, "/>\n");
	}
}

static void add_field(struct str *out, const char *name, const char *value)
{
	if (!value)
		return;
	str_printf(out, "  %s ", name);
	pretty_text(out, value);
}

static void render_pretty(const struct output *o, const struct event *e, struct str *out)
{
	char stamp[TIME_TEXT_MAX];
	struct str head = { 0 };

	format_stamp(e, stamp);
	str_printf(&head, "%s  %s", stamp, event_kind_name(e->kind));
	add_field(&head, "node", e->node);
	add_field(&head, "id", e->id);
	add_field(&head, "publisher", e->publisher);
	pretty_heading(out, head.p, o->colour);
	str_putc(out, '\n');
	str_release(&head);
	if (e->payload) {
		pretty_payload(out, e->payload, e->payload_len, o->colour);
		str_putc(out, '\n');
	}
}

static void render_template(struct output *o, const struct event *e, struct str *out)
{
	AUTO_IN_PLACE(select_item_release)
	struct select_item item = { .event = e, .warned = &o->warned };

	template_render(o->template, &item, o->service, out);
}

void output_render(struct output *o, const struct event *e, struct str *out)
{
	size_t before = out->len;

	switch (o->format) {
	case OUTPUT_XML:
		render_xml(o, e, out);
		plain_markup(out, before);
		break;
	case OUTPUT_PRETTY:
		render_pretty(o, e, out);
		break;
	case OUTPUT_PAYLOAD:
		if (e->payload)
			add_line(out, e->payload, e->payload_len);
		str_putc(out, '\n');
		plain_markup(out, before);
		break;
	case OUTPUT_ID:
		if (e->id)
			add_line(out, e->id, strlen(e->id));
		str_putc(out, '\n');
		break;
	case OUTPUT_VALUE:
	case OUTPUT_TEMPLATE:
		render_template(o, e, out);
		break;
	}
}

int output_event(struct output *o, const struct event *e)
{
	str_reset(&o->buf);
	output_render(o, e, &o->buf);
	return out_write(o->fd, o->buf.p, o->buf.len, o->stop);
}

void output_release(struct output *o)
{
	str_release(&o->buf);
}
