/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary text as an xmpp: URI. What is taken has a service in normal form and names that XML can
 * carry, and says the same when every byte of it is escaped.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/uri.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/xml.h"
#include "fuzz.h"

#define MAX_SIZE 8192

static void escape(struct str *out, const char *before, const char *text)
{
	if (!text)
		return;
	str_puts(out, before);
	for (; *text; text++)
		str_printf(out, "%%%02x", (unsigned char)*text);
}

static void must_be_same(const char *a, const char *b)
{
	MUST(!a == !b && (!a || !strcmp(a, b)));
}

static void check(const struct pubsub_uri *u)
{
	AUTO_IN_PLACE(uri_release) struct pubsub_uri again = { 0 };
	AUTO_FREE char *normal = jid_prep(u->service);
	AUTO_STR text = { 0 };

	MUST(normal && !strcmp(normal, u->service));
	MUST(!u->node || (*u->node && xml_valid(u->node, strlen(u->node))));
	MUST(!u->item || (*u->item && xml_valid(u->item, strlen(u->item))));
	escape(&text, "XMPP:", u->service);
	str_puts(&text, "?other;a=b");
	escape(&text, ";item=", u->item);
	escape(&text, ";node=", u->node);
	str_puts(&text, "#;node=fragment");
	MUST(!uri_parse(text.p, &again));
	must_be_same(u->service, again.service);
	must_be_same(u->node, again.node);
	must_be_same(u->item, again.item);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(uri_release) struct pubsub_uri u = { 0 };
	AUTO_FREE char *text = NULL;
	int r;

	if (size > MAX_SIZE)
		return 0;
	text = mem_strndup((const char *)data, size);
	r = uri_parse(text, &u);
	MUST(!r || r == -EINVAL);
	MUST(!r || (!u.service && !u.node && !u.item));
	if (!r)
		check(&u);
	return 0;
}
