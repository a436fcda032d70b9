/* SPDX-License-Identifier: MIT */
#include "cmd/pub/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

struct lines {
	item_reader_fn *fn;
	void *data;
	char *local, *uri;
	struct str line;	/* what has come of it */
	unsigned long number;	/* of the line at hand, from 1 */
	char *error;
};

struct lines *lines_new(const char *name, item_reader_fn *fn, void *data)
{
	const char *close = name[0] == '{' ? strchr(name, '}') : NULL;
	const char *local = close ? close + 1 : name;
	struct lines *l;

	if (!xml_valid(name, strlen(name)) || xmlValidateNCName(BAD_CAST local, 0))
		return NULL;
	l = mem_zalloc(sizeof(*l));
	l->fn = fn;
	l->data = data;
	l->local = mem_strdup(local);
	l->uri = close ? mem_strndup(name + 1, (size_t)(close - name) - 1) : mem_strdup("");
	l->number = 1;
	return l;
}

void lines_free(struct lines *l)
{
	if (!l)
		return;
	str_release(&l->line);
	free(l->local);
	free(l->uri);
	free(l->error);
	free(l);
}

static int fail(struct lines *l, const char *why)
{
	free(l->error);
	l->error = mem_printf("line %lu: %s", l->number, why);
	return -EBADMSG;
}

static int take_line(struct lines *l)
{
	struct in_item item = { .kind = IN_ITEM, .line = l->number };
	AUTO_STR xml = { 0 };

	if (l->line.len && !xml_valid(l->line.p, l->line.len))
		return fail(l, "not UTF-8, or a control character that XML excludes");
	str_printf(&xml, "<%s", l->local);
	xml_attr(&xml, "xmlns", l->uri);
	if (l->line.len) {
		str_putc(&xml, '>');
		xml_text(&xml, l->line.p, l->line.len);
		str_printf(&xml, "</%s>", l->local);
	} else {
		str_puts(&xml, "/>");
	}
	str_reset(&l->line);
	item.payload = xml.p;
	item.payload_len = xml.len;
	l->number++;
	return l->fn(&item, l->data);
}

int lines_feed(struct lines *l, const char *buf, size_t len, size_t *ret_used)
{
	size_t used = 0;
	int r = 0;

	while (used < len && !r) {
		const char *lf = memchr(buf + used, '\n', len - used);
		size_t part = lf ? (size_t)(lf - buf) - used : len - used;

		if (l->line.len + part > ITEM_READER_MAX_SIZE) {
			r = fail(l, "longer than an item may be");
			break;
		}
		str_add(&l->line, buf + used, part);
		used += part + (lf != NULL);
		if (lf)
			r = take_line(l);
	}
	*ret_used = used;
	return r;
}

int lines_end(struct lines *l)
{
	int r = l->line.len ? take_line(l) : 0;

	return r < 0 ? r : 0;
}

const char *lines_error(const struct lines *l)
{
	return l->error;
}
