/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/log.h"
#include "common/xmpp/xml.h"

#define WRITE_SIZE (16 * 1024) /* one TLS record */
#define SUBS_AT_ONCE 256
#define BUFFER_KEPT (128 * 1024)

void notify_init(struct service *s)
{
	unsigned char random[8];

	arc4random_buf(random, sizeof(random));
	str_puts(&s->message_start, "<message type='headline'");
	xml_attr(&s->message_start, "from", s->config->jid);
	/* Unique beyond this run: bounces may come late (BOUNCE-01). */
	str_puts(&s->message_start, " id='");
	for (size_t i = 0; i < sizeof(random); i++)
		str_printf(&s->message_start, "%02x", random[i]);
	str_putc(&s->message_start, '-');
}

static void add_number(struct str *out, uint64_t n)
{
	char digits[24];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	str_add(out, digits + i, sizeof(digits) - i);
}

static void add_message(struct service *s, const struct event *e, const char *jid)
{
	struct str *out = &s->buffer;
	size_t start = out->len;

	str_reserve(out, s->message_start.len + e->xml.len + 128);
	str_add(out, s->message_start.p, s->message_start.len);
	add_number(out, ++s->messages);
	str_putc(out, '\'');
	xml_attr(out, "to", jid);
	str_putc(out, '>');
	str_add(out, e->xml.p, e->xml.len);
	str_puts(out, "</message>");
	if (out->len - start > s->config->max_stanza) {
		/* A server would close the stream over it, to the harm of all. */
		log_warn("notification for '%.100s' dropped: it is larger than a stanza may be",
			 jid);
		out->len = start;
	}
}

struct expansion {
	struct service *service;
	struct event *event;
	int64_t rows;
	bool full;
};

static int add_subscriber(const struct subscription *sub, void *data)
{
	struct expansion *x = data;

	x->rows++;
	x->event->after = sub->key;
	if (sub->state == SUB_SUBSCRIBED)
		add_message(x->service, x->event, sub->jid);
	x->full = x->service->buffer.len >= WRITE_SIZE;
	return x->full;
}

static bool expand_rows(struct service *s, struct event *e)
{
	struct expansion x = { .service = s, .event = e };

	if (store_sub_page(s->store, e->node, e->after, e->upto, SUBS_AT_ONCE, add_subscriber, &x) <
	    0) {
		log_error("cannot read subscriptions, notifications are lost: %s",
			  store_error(s->store));
		return true;
	}
	return !x.full && x.rows < SUBS_AT_ONCE;
}

static bool expand_recipients(struct service *s, struct event *e)
{
	const struct recipients *r = e->recipients;

	while (e->next_recipient < r->count && s->buffer.len < WRITE_SIZE) {
		const struct recipient *to = &r->list[e->next_recipient++];

		if (to->key > e->after && to->key <= e->upto)
			add_message(s, e, to->jid);
	}
	return e->next_recipient == r->count;
}

/* Adds messages for some of the subscribers that are left; true when none is left. */
static bool expand(struct service *s, struct event *e)
{
	return e->recipients ? expand_recipients(s, e) : expand_rows(s, e);
}

/* The next piece of the first entry, into the buffer. */
static void fill(struct service *s)
{
	struct out *o = s->out.first;
	size_t before = out_bytes(o);

	if (o->answer.len) {
		str_add(&s->buffer, o->answer.p, o->answer.len);
		str_release(&o->answer);
	} else if (o->events.first && expand(s, o->events.first)) {
		event_free(event_list_take(&o->events));
	}
	outq_sent(&s->out, before - out_bytes(o));
	if (!o->answer.len && !o->events.first)
		out_free(outq_take(&s->out));
}

static bool send_buffer(struct service *s)
{
	if (s->buffer.len && !s->sink->send(s->buffer.p, s->buffer.len, s->sink->data))
		return false;
	/* It may have grown with a large payload. */
	if (s->buffer.cap > BUFFER_KEPT)
		str_release(&s->buffer);
	str_reset(&s->buffer);
	return true;
}

void notify_flush(struct service *s)
{
	if (!send_buffer(s))
		return;
	while (s->out.first && s->sink->queued(s->sink->data) < s->sink->high) {
		while (s->out.first && s->buffer.len < WRITE_SIZE)
			fill(s);
		if (!send_buffer(s))
			return;
	}
}
