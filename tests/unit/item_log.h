/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ITEM_LOG_H
#define TESTS_ITEM_LOG_H

/* For the tests of the item reader: what it hands out, as text. Includes follow cmocka's. */
#include <string.h>

#include "common/base/str.h"
#include "common/pubsub/item_reader.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define EV "http://jabber.org/protocol/pubsub#event"

/* What came out, a line for each; and what the callback is to say. */
struct log {
	struct str text;
	struct str payload; /* the last one */
	unsigned n;
	unsigned long line;
	int verdict;
};

static inline int record(const struct in_item *item, void *data)
{
	static const char *const kinds[] = { "item", "retract", "purge", "skipped" };
	struct log *log = data;

	assert_true(!item->payload == !item->payload_len);
	assert_true(!item->payload || strlen(item->payload) == item->payload_len);
	str_puts(&log->text, kinds[item->kind]);
	if (item->name)
		str_printf(&log->text, " %s", item->name);
	if (item->node)
		str_printf(&log->text, " node=%s", item->node);
	if (item->id)
		str_printf(&log->text, " id=%s", item->id);
	if (item->payload)
		str_printf(&log->text, " %s", item->payload);
	str_putc(&log->text, '\n');
	str_reset(&log->payload);
	str_add(&log->payload, item->payload, item->payload_len);
	log->line = item->line;
	log->n++;
	return log->verdict;
}

static inline void log_release(struct log *log)
{
	str_release(&log->text);
	str_release(&log->payload);
}
#define AUTO_LOG __attribute__((cleanup(log_release))) struct log

static inline void reader_release(struct item_reader **r)
{
	item_reader_free(*r);
}
#define AUTO_READER __attribute__((cleanup(reader_release))) struct item_reader

/* All of @in at once, and the end. */
static inline int read_all(struct item_reader *r, const char *in, size_t len)
{
	size_t used;
	int ret = item_reader_feed(r, in, len, &used);

	assert_true(used <= len);
	assert_true(ret || used == len);
	return ret ? ret : item_reader_end(r);
}

static inline void repeat(struct str *s, const char *what, size_t n)
{
	while (n--)
		str_puts(s, what);
}

#endif
