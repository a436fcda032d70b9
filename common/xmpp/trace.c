/* SPDX-License-Identifier: MIT */
#include "common/xmpp/trace.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/plain.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/xml.h"

static void print_line(const char *direction, const char *xml, size_t len)
{
	AUTO_STR line = { 0 };

	str_puts(&line, direction);
	plain_add(&line, xml, len, true);
	str_putc(&line, '\n');
	if (write(STDERR_FILENO, line.p, line.len) < 0)
		return;
}

void trace_sent(const char *xml, size_t len)
{
	print_line("SENT ", xml, len);
}

static void render(struct str *out, xmpp_stanza_t *s, const char *outer_ns)
{
	int count = xmpp_stanza_get_attribute_count(s);
	AUTO_FREE const char **attr =
		mem_alloc(2 * (size_t)(count > 0 ? count : 1) * sizeof(*attr));
	struct tap_payload payload;
	const char *ns = xmpp_stanza_get_ns(s);
	int n = count > 0 ? xmpp_stanza_get_attributes(s, attr, 2 * count) : 0;

	str_printf(out, "<%s", xmpp_stanza_get_name(s));
	for (int i = 0; i + 1 < n; i += 2)
		if (strcmp(attr[i], "xmlns") || !outer_ns || !ns || strcmp(ns, outer_ns))
			xml_attr(out, attr[i], attr[i + 1]);
	str_puts(out, ">");
	if (tap_payload(s, &payload)) {
		str_add(out, payload.xml, payload.len);
	} else {
		for (xmpp_stanza_t *c = xmpp_stanza_get_children(s); c;
		     c = xmpp_stanza_get_next(c)) {
			if (xmpp_stanza_is_text(c))
				xml_text(out, xmpp_stanza_get_text_ptr(c),
					 strlen(xmpp_stanza_get_text_ptr(c)));
			else /* as deep as the tap lets a stanza be */
				render(out, c, ns ? ns : outer_ns);
		}
	}
	str_printf(out, "</%s>", xmpp_stanza_get_name(s));
}

void trace_received(xmpp_stanza_t *stanza)
{
	AUTO_STR out = { 0 };

	render(&out, stanza, NULL);
	print_line("RECV ", out.p, out.len);
}

void trace_login(const char *message)
{
	/* What a login exchanges; challenges help to guess a password, too. */
	static const char *const secrets[] = { "<auth", "<response", "<challenge", "<success",
					       "<handshake" };
	AUTO_STR out = { 0 };
	bool sent = !strncmp(message, "SENT: ", 6);
	const char *xml = message + 6;

	if (!sent && strncmp(message, "RECV: ", 6))
		return;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (!strncmp(xml, secrets[i], strlen(secrets[i]))) {
			str_printf(&out, "%s ...>[not shown]", secrets[i]);
			xml = out.p;
			break;
		}
	print_line(sent ? "SENT " : "RECV ", xml, strlen(xml));
}
