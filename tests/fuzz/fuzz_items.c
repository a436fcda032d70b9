/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary bytes through the item reader, three ways: at once, in random slices, and with a stop
 * behind each item. All have to give the same items and the same end. A payload is one well-formed
 * element without comments, and is read back to the byte.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "common/base/str.h"
#include "common/pubsub/item_reader.h"
#include "fuzz.h"

struct run {
	struct str log;
	bool check; /* look into the payloads */
	int verdict;
};

static int keep(const struct in_item *item, void *data)
{
	struct str *out = data;

	MUST(item->kind == IN_ITEM && item->payload);
	str_add(out, item->payload, item->payload_len);
	return 0;
}

static bool is_plain(const xmlNode *n)
{
	for (; n; n = n->next)
		if ((n->type != XML_ELEMENT_NODE && n->type != XML_TEXT_NODE) ||
		    (n->type == XML_ELEMENT_NODE && !is_plain(n->children)))
			return false;
	return true;
}

static void check_payload(const struct in_item *item)
{
	struct item_reader *r;
	struct str again = { 0 };
	size_t used;
	xmlDoc *doc = xmlReadMemory(item->payload, (int)item->payload_len, NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	MUST(doc && doc->children && !doc->children->next && is_plain(doc->children));
	xmlFreeDoc(doc);
	if (item->payload_len > ITEM_READER_MAX_SIZE / 2)
		return; /* escapes may have made it longer than what is read */
	r = item_reader_new(keep, &again);
	MUST(!item_reader_feed(r, "<item>", 6, &used));
	MUST(!item_reader_feed(r, item->payload, item->payload_len, &used));
	MUST(!item_reader_feed(r, "</item>", 7, &used));
	MUST(!item_reader_end(r));
	MUST(again.len == item->payload_len && !memcmp(again.p, item->payload, again.len));
	item_reader_free(r);
	str_release(&again);
}

static int record(const struct in_item *item, void *data)
{
	struct run *run = data;

	MUST(item->kind != IN_RETRACT || item->id);
	MUST((item->kind == IN_SKIPPED) == (item->name != NULL));
	MUST(item->payload ? strlen(item->payload) == item->payload_len : !item->payload_len);
	str_printf(&run->log, "%d %lu %s %s %s %s\n", (int)item->kind, item->line,
		   item->node ? item->node : "-", item->id ? item->id : "-",
		   item->name ? item->name : "-", item->payload ? item->payload : "-");
	if (item->payload && run->check)
		check_payload(item);
	return run->verdict;
}

/* Slices of up to @most bytes. */
static void run_all(struct run *run, const char *p, size_t len, size_t most)
{
	struct item_reader *r = item_reader_new(record, run);
	uint32_t random = (uint32_t)len * 2654435761U + (len ? (uint8_t)p[len - 1] : 0);
	int ret = 0;

	while (len && ret >= 0) {
		size_t slice, used = SIZE_MAX;

		random = random * 1664525 + 1013904223;
		slice = most < len ? (random >> 8) % most + 1 : len;
		if (slice > len)
			slice = len;
		ret = item_reader_feed(r, p, slice, &used);
		MUST(used <= slice);
		MUST(ret || used == slice);
		MUST(ret != 1 || (run->verdict == 1 && used && p[used - 1] == '>'));
		p += used;
		len -= used;
	}
	ret = item_reader_end(r);
	MUST(!ret || ret == -EBADMSG);
	MUST(!ret == !item_reader_error(r));
	str_printf(&run->log, "%d %s\n", ret, ret ? item_reader_error(r) : "");
	item_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole = { .check = true }, sliced = { 0 }, stopped = { .verdict = 1 };

	run_all(&whole, (const char *)data, size, SIZE_MAX);
	run_all(&sliced, (const char *)data, size, size % 3 ? 7 : 1);
	run_all(&stopped, (const char *)data, size, SIZE_MAX);
	MUST(strcmp(whole.log.p, sliced.log.p) == 0);
	MUST(strcmp(whole.log.p, stopped.log.p) == 0);
	str_release(&whole.log);
	str_release(&sliced.log);
	str_release(&stopped.log);
	return 0;
}
