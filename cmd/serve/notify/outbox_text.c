/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/outbox_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/recipients.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store_outbox.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

/* Neither XML nor JIDs can have these; settings use two others (fields_save()). */
#define FIELD_END '\x1c'
#define ROW_END '\x1d'

enum {
	PRESENCE_BASED = 1,
	DIGESTED = 2,
	RETRACTS = 4,
	ARCHIVE_GUARDED = 8,
	OF_COLLECTION = 16,
	SHARED = 32
};

AUTO_DEFINE(struct event *, event_free);

/* Events are written */

static void write_traits(const struct event *e, struct str *out)
{
	int flags = (e->presence_based ? PRESENCE_BASED : 0) | (e->digested ? DIGESTED : 0) |
		    (e->retracts ? RETRACTS : 0) | (e->archive_guarded ? ARCHIVE_GUARDED : 0) |
		    (e->of_collection ? OF_COLLECTION : 0) | (e->shared ? SHARED : 0);

	str_reserve(out, 100); /* it is most often shorter */
	str_printf(out, "%d %d %d %" PRId64 " %zu", (int)e->kind, (int)e->type, flags, e->upto,
		   e->n_entries);
	for (size_t i = 0; i < e->n_entries; i++)
		str_printf(out, " %zu %zu %zu %zu", e->entries[i].start, e->entries[i].len,
			   e->entries[i].payload, e->entries[i].payload_len);
	str_printf(out, " %s %s", *e->sequence ? e->sequence : "0", e->archive_id);
}

void outbox_write_event(const struct event *e, struct str *traits, struct str *recipients)
{
	write_traits(e, traits);
	if (e->kind == EVENT_DIRECT)
		str_puts(recipients, e->to);
	for (size_t i = 0; i < e->n_sources; i++) {
		const struct event_source *source = &e->sources[i];

		str_printf(recipients, "%" PRId64 " %u ", source->node, source->depth);
		str_puts(recipients, source->name ? source->name : "");
		str_putc(recipients, ROW_END);
	}
}

/* Events are read */

/* Of a text that has numbers with blanks behind them. */
static bool take_number(const char **text, int64_t max, int64_t *ret)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(*text, &end, 10);
	if (errno || end == *text || *end != ' ' || n > max)
		return false;
	*text = end + 1;
	*ret = n;
	return true;
}

static bool take_size(const char **text, size_t max, size_t *ret)
{
	int64_t n;

	if (!take_number(text, (int64_t)max, &n) || n < 0)
		return false;
	*ret = (size_t)n;
	return true;
}

static bool read_entry(const char **text, size_t max, struct event_entry *entry)
{
	return take_size(text, max, &entry->start) &&
	       take_size(text, max - entry->start, &entry->len) &&
	       take_size(text, max, &entry->payload) &&
	       take_size(text, max - entry->payload, &entry->payload_len);
}

static bool read_entries(const char **text, struct event *e)
{
	size_t n;

	if (!take_size(text, e->xml.len, &n))
		return false;
	if (!n)
		return true;
	e->entries = mem_zalloc(n * sizeof(*e->entries));
	e->cap_entries = n;
	while (e->n_entries < n)
		if (!read_entry(text, e->xml.len, &e->entries[e->n_entries++]))
			return false;
	return true;
}

static bool read_traits(const char *text, struct event *e)
{
	int64_t kind, type, flags, sequence;

	if (!take_number(&text, EVENT_STANZA - 1, &kind) || kind < 0 ||
	    !take_number(&text, INT32_MAX, &type) || !take_number(&text, INT32_MAX, &flags) ||
	    !take_number(&text, INT64_MAX, &e->upto) || !read_entries(&text, e) ||
	    !take_number(&text, INT64_MAX, &sequence) || strlen(text) > ARCHIVE_ID_LEN)
		return false;
	e->kind = (enum event_kind)kind;
	e->type = (enum notification_type)type;
	e->presence_based = flags & PRESENCE_BASED;
	e->digested = flags & DIGESTED;
	e->retracts = flags & RETRACTS;
	e->archive_guarded = flags & ARCHIVE_GUARDED;
	e->of_collection = flags & OF_COLLECTION;
	e->shared = flags & SHARED;
	if (sequence)
		snprintf(e->sequence, sizeof(e->sequence), "%" PRId64, sequence);
	memcpy(e->archive_id, text, strlen(text));
	return true;
}

static bool read_source(const char **text, struct service *s, struct event *e)
{
	int64_t node, depth;
	const char *end;

	if (!take_number(text, INT64_MAX, &node) || !take_number(text, UINT32_MAX, &depth))
		return false;
	end = strchr(*text, ROW_END);
	if (!end)
		return false;
	AUTO_FREE char *name = mem_strndup(*text, (size_t)(end - *text));
	if (node == NODE_PRESENT)
		event_add_present(e, name, s->available);
	else
		event_add_source(e, node, (unsigned)depth, name);
	*text = end + 1;
	return true;
}

static bool read_recipients(const char *text, struct service *s, struct event *e)
{
	if (e->kind == EVENT_DIRECT) {
		e->to = mem_strdup(text);
		return *text;
	}
	while (*text)
		if (!read_source(&text, s, e))
			return false;
	return true;
}

struct event *outbox_read_event(struct service *s, const struct store_event *row)
{
	AUTO(event_free) struct event *e = mem_zalloc(sizeof(*e));

	e->outbox = row->key;
	e->node = row->node;
	str_add(&e->front, row->front, row->front_len);
	str_add(&e->xml, row->xml, row->xml_len);
	str_add(&e->tail, row->tail, row->tail_len);
	if (!read_traits(row->traits, e) || !read_recipients(row->recipients, s, e))
		return NULL;
	e->told = row->told ? mem_strdup(row->told) : NULL;
	return steal(e);
}

/* Farewells */

static void write_field(struct str *out, const char *text)
{
	str_puts(out, text);
	str_putc(out, FIELD_END);
}

void outbox_write_farewell(const struct written *w, struct str *out)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct sub_row *row = w->rows[i];

		str_printf(out, "%" PRId64 " %" PRId64 " %d %u ", row->key, row->node,
			   (int)row->state, row->depth);
		write_field(out, row->jid);
		write_field(out, row->subid);
		write_field(out, row->options);
		write_field(out, row->collection);
		str_putc(out, ROW_END);
	}
}

static const char *take_field(char **text)
{
	char *field = *text, *end = strchr(field, FIELD_END);

	if (!end)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return field;
}

static bool read_row(char *text, struct sub_row *ret)
{
	const char *p = text;
	int64_t state, depth;

	if (!take_number(&p, INT64_MAX, &ret->key) || !take_number(&p, INT64_MAX, &ret->node) ||
	    !take_number(&p, INT32_MAX, &state) || !take_number(&p, UINT32_MAX, &depth))
		return false;
	text += p - text;
	ret->state = (enum sub_state)state;
	ret->depth = (unsigned)depth;
	ret->jid = take_field(&text);
	ret->subid = ret->jid ? take_field(&text) : NULL;
	ret->options = ret->subid ? take_field(&text) : NULL;
	ret->collection = ret->options ? take_field(&text) : NULL;
	return ret->collection && !*text;
}

struct written *outbox_read_farewell(const char *text, size_t len, size_t *total)
{
	AUTO_FREE char *copy = mem_strndup(text, len);
	struct written *w = written_new(total);

	for (char *p = copy, *end; *p; p = end + 1) {
		struct sub_row row = { 0 };

		end = strchr(p, ROW_END);
		if (end)
			*end = '\0';
		if (!end || !read_row(p, &row)) {
			written_unref(w);
			return NULL;
		}
		written_add(w, &row);
	}
	return w;
}
