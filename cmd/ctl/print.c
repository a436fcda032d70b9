/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ctl/ctl.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/out.h"
#include "common/base/plain.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "common/xmpp/xml.h"

#define BUFFER 16384

static void flush(struct ctl *c)
{
	int r = c->io_error ? 0
			    : out_write(STDOUT_FILENO, c->out.p, c->out.len, session_interrupted);

	if (r)
		c->io_error = -r;
	str_reset(&c->out);
}

static void end_line(struct ctl *c)
{
	str_putc(&c->out, '\n');
	if (c->out.len >= BUFFER)
		flush(c);
}

void print_cells(struct ctl *c, const char *const *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_putc(&c->out, '\t');
		if (cells[i])
			plain_add(&c->out, cells[i], strlen(cells[i]), true);
	}
	end_line(c);
}

void print_xml(struct ctl *c, const char *xml, size_t len)
{
	size_t before = c->out.len;
	const char *lf;

	while ((lf = memchr(xml, '\n', len))) {
		str_add(&c->out, xml, (size_t)(lf - xml));
		str_puts(&c->out, "&#10;");
		len -= (size_t)(lf + 1 - xml);
		xml = lf + 1;
	}
	str_add(&c->out, xml, len);
	plain_markup(&c->out, before);
	end_line(c);
}

void print_item(struct ctl *c, const struct event *item, const char *ns, const char *node)
{
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<item");
	xml_attr(&xml, "xmlns", ns);
	xml_attr(&xml, "id", item->id);
	xml_attr(&xml, "node", node);
	xml_attr(&xml, "publisher", item->publisher);
	if (item->payload) {
		str_putc(&xml, '>');
		str_add(&xml, item->payload, item->payload_len);
		str_puts(&xml, "</item>");
	} else {
		str_puts(&xml, "/>");
	}
	print_xml(c, xml.p, xml.len);
}

int print_end(struct ctl *c, int code)
{
	flush(c);
	if (!c->io_error || c->io_error == EINTR) /* interrupted: the session knows */
		return code;
	if (c->io_error != EPIPE) /* the reader has gone: it knows */
		log_error("cannot write to standard output: %s", strerror(c->io_error));
	return EX_IOERR;
}
