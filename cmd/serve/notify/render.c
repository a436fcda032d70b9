/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/render.h"

#include "cmd/serve/store/store.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

void render_item(struct str *out, const struct item *item)
{
	str_reserve(out, item->payload_len + 128);
	str_puts(out, "<item");
	xml_attr(out, "id", item->id);
	xml_attr(out, "publisher", item->publisher);
	if (!item->payload) {
		str_puts(out, "/>");
		return;
	}
	str_putc(out, '>');
	str_add(out, item->payload, item->payload_len);
	str_puts(out, "</item>");
}

void render_item_id(struct str *out, const char *name, const char *id)
{
	str_putc(out, '<');
	str_puts(out, name);
	xml_attr(out, "id", id);
	str_puts(out, "/>");
}
