/* SPDX-License-Identifier: MIT */
/*
 * Arbitrary stanzas as what holds a request for a page (XEP-0059): at most one place to begin at,
 * numbers that are what stands there. A page of what was read, written, says the same.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/rsm.h"
#include "common/xmpp/stanza.h"
#include "fuzz.h"

#define MAX_SIZE (64 * 1024)

static xmpp_ctx_t *ctx;

/* As it stands there, but for zeros in front and what is too large. */
static void check_number(xmpp_stanza_t *set, const char *name, bool has, uint64_t n)
{
	const char *text = stanza_child_text(set, name, NS_RSM);
	char *end;

	MUST(has == (text != NULL));
	if (text)
		MUST(*text >= '0' && *text <= '9' && strtoull(text, &end, 10) == n && !*end);
}

static void must_say(xmpp_stanza_t *set, const char *name, const char *text)
{
	const char *found = stanza_child_text(set, name, NS_RSM);

	MUST(!found == !text && (!text || !strcmp(found, text)));
}

static void check_page(const struct rsm_page *page)
{
	AUTO_STANZA xmpp_stanza_t *around = NULL;
	AUTO_STR out = { 0 };
	xmpp_stanza_t *set, *first;
	char number[24];

	str_puts(&out, "<around>");
	rsm_render(&out, page);
	str_puts(&out, "</around>");
	around = xmpp_stanza_new_from_string(ctx, out.p);
	MUST(around);
	set = stanza_child(around, "set", NS_RSM);
	MUST(set);
	must_say(set, "first", page->first);
	must_say(set, "last", page->last);
	snprintf(number, sizeof(number), "%" PRIu64, page->count);
	must_say(set, "count", number);
	first = stanza_child(set, "first", NS_RSM);
	if (first) {
		snprintf(number, sizeof(number), "%" PRIu64, page->index);
		MUST(!strcmp(stanza_attr(first, "index"), number));
	}
}

static void check_request(xmpp_stanza_t *parent)
{
	xmpp_stanza_t *set = stanza_child(parent, "set", NS_RSM);
	struct rsm_request q;
	const char *id;

	if (rsm_parse(parent, &q))
		return;
	MUST(q.present == (set != NULL));
	MUST((q.after != NULL) + (q.before != NULL) + q.has_index <= 1);
	MUST(q.present || (!q.has_max && !q.has_index && !q.after && !q.before));
	MUST(!q.after || *q.after);
	if (set) {
		check_number(set, "max", q.has_max, q.max);
		check_number(set, "index", q.has_index, q.index);
	}
	id = q.after ? q.after : q.before && *q.before ? q.before : NULL;
	check_page(&(struct rsm_page){ .first = id, .last = id, .index = q.index, .count = q.max });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = NULL;
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	if (size > MAX_SIZE)
		return 0;
	if (!ctx)
		ctx = xmpp_ctx_new(NULL, NULL);
	text = mem_strndup((const char *)data, size);
	s = xmpp_stanza_new_from_string(ctx, text);
	if (s)
		check_request(s);
	return 0;
}
