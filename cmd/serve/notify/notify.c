/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cmd/serve/config.h"
#include "cmd/serve/metrics.h"
#include "cmd/serve/notify/audience.h"
#include "cmd/serve/notify/deliver.h"
#include "cmd/serve/notify/digest.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/multicast.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/notify/summary.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

#define PIECE_SIZE (16 * 1024) /* one TLS record */
#define BUFFER_KEPT (128 * 1024)
/* Subscribers looked at in one go, a few milliseconds' worth: most of them may want nothing. */
#define LOOKS 4096
#define SETTING_PREFIX "message-prefix"

/*
 * Ids of messages are "PREFIX-NODE-NUMBER", so that bounces, however late, tell which node they are
 * about (BOUNCE-01). The prefix is a secret of the store's, and the numbers go on from the time of
 * the start, in steps that no run gets through. An event in the outbox has one for all, with a
 * number of the recipient's behind it, unless it may go to many at once (multicast.h): then it is
 * sent again under the id that all have got.
 */
int notify_init(struct service *s)
{
	char prefix[RANDOM_ID_LEN + 1];
	int e = store_setting_get(s->store, SETTING_PREFIX, &s->message_prefix);

	if (e == -ENOENT) {
		random_id(prefix);
		prefix[RANDOM_ID_LEN / 2] = '\0';
		s->message_prefix = mem_strdup(prefix);
		e = store_setting_set(s->store, SETTING_PREFIX, prefix);
	}
	if (e)
		return e;
	s->messages = (uint64_t)time_now() << 16;
	xml_attr(&s->message_start, "from", s->config->jid);
	str_printf(&s->message_start, " id='%s-", s->message_prefix);
	return 0;
}

void notify_number(struct str *out, uint64_t n)
{
	static const char hex[] = "0123456789abcdef";
	char digits[24];
	size_t i = sizeof(digits);

	do
		digits[--i] = hex[n & 15];
	while (n >>= 4);
	str_add(out, digits + i, sizeof(digits) - i);
}

/* Up to where a number is to follow. */
static void open_id(const struct service *s, struct str *out, int64_t node,
		    enum notification_type type)
{
	str_puts(out, type == NOTIFY_HEADLINE ? "<message type='headline'" : "<message");
	str_add(out, s->message_start.p, s->message_start.len);
	notify_number(out, (uint64_t)node);
	str_putc(out, '-');
}

static void close_id(struct str *out, const char *to)
{
	str_putc(out, '\'');
	xml_attr(out, "to", to);
	str_putc(out, '>');
}

static void add_numbers(struct str *out, uint64_t number, uint64_t whose)
{
	notify_number(out, number);
	if (!whose)
		return;
	str_putc(out, '-');
	notify_number(out, whose);
}

void notify_start(const struct service *s, struct str *out, int64_t node, uint64_t number,
		  uint64_t whose, const char *to, enum notification_type type)
{
	open_id(s, out, node, type);
	add_numbers(out, number, whose);
	close_id(out, to);
}

void notify_open(struct service *s, struct str *out, int64_t node, const char *to,
		 enum notification_type type)
{
	notify_start(s, out, node, ++s->messages, 0, to, type);
}

void notify_id(const struct service *s, struct str *out, int64_t node, uint64_t number,
	       uint64_t whose)
{
	str_puts(out, s->message_prefix);
	str_putc(out, '-');
	notify_number(out, (uint64_t)node);
	str_putc(out, '-');
	add_numbers(out, number, whose);
}

/* FNV-1a */
uint64_t notify_whose(const char *jid)
{
	uint32_t h = 2166136261u;

	for (; *jid; jid++)
		h = (h ^ (unsigned char)*jid) * 16777619u;
	return h ? h : 1;
}

static uint64_t whose_of(const struct event *e, const char *to)
{
	return e->outbox && !e->shared ? notify_whose(to) : 0;
}

/* What is in the outbox may be sent again, and has the same id then. */
static void open_message(struct service *s, struct str *out, const struct event *e, int64_t node,
			 const char *to)
{
	if (!e->outbox)
		notify_open(s, out, node, to, e->type);
	else
		notify_start(s, out, node, (uint64_t)e->outbox, whose_of(e, to), to, e->type);
}

/* X0359-01: ids of the archive are for those who may ask it. */
static bool may_query(struct service *s, const struct event *e, const char *jid)
{
	AUTO_IN_PLACE(node_release) struct node node = { 0 };

	return !store_node_get_by_id(s->store, e->node, &node) &&
	       !subject_check(s, PRIV_READ, &node, jid);
}

/* The same in all its messages. */
static void add_stanza_id(const struct service *s, struct event *e, struct str *out)
{
	if (!e->stanza_id.len) {
		str_puts(&e->stanza_id, "<stanza-id xmlns='" NS_SID "'");
		xml_attr(&e->stanza_id, "by", s->config->jid);
		xml_attr(&e->stanza_id, "id", e->archive_id);
		str_puts(&e->stanza_id, "/>");
	}
	str_add(out, e->stanza_id.p, e->stanza_id.len);
}

static void add_content(struct service *s, struct event *e, const char *jid,
			const struct delivery *d, bool body, struct str *out)
{
	str_add(out, e->front.p, e->front.len);
	if (body)
		summary_add(s, e, d->picked, out);
	if (d && d->picked) {
		str_puts(out, "<event xmlns='" NS_PUBSUB_EVENT "'>");
		event_inside(e, d->picked, out);
		str_puts(out, "</event>");
	} else {
		str_add(out, e->xml.p, e->xml.len);
	}
	str_add(out, e->tail.p, e->tail.len);
	if (*e->archive_id && (!e->archive_guarded || may_query(s, e, jid)))
		add_stanza_id(s, e, out);
	deliver_headers(e, d, out); /* last (PUB-17) */
}

/* @d: what it is to hold for this one; NULL: just the event. False where it gets too large. */
static bool try_message(struct service *s, struct event *e, const char *jid, int64_t node,
			const struct delivery *d, bool body)
{
	struct str *out = &s->buffer;
	size_t start = out->len;

	str_reserve(out, s->message_start.len + e->xml.len + e->tail.len + 256);
	open_message(s, out, e, node, jid);
	add_content(s, e, jid, d, body, out);
	str_puts(out, "</message>");
	if (out->len - start <= s->config->max_stanza)
		return true;
	out->len = start;
	return false;
}

static uint64_t number_of(struct service *s, struct event *e)
{
	if (!e->number)
		e->number = e->outbox ? (uint64_t)e->outbox : ++s->messages;
	return e->number;
}

/* Of those that have nothing of their own in them there are four. */
static unsigned kind_of(const struct event *e, const struct delivery *d, bool body)
{
	if (!d || d->picked || d->headers.len || (*e->archive_id && e->archive_guarded))
		return 0;
	return 1 + body + 2 * d->numbered;
}

/* The same of a message that may be put together with others. */
static bool try_multicast(struct service *s, struct event *e, const char *jid, int64_t node,
			  const struct delivery *d, bool body)
{
	const struct letter_head head = { .node = node,
					  .number = number_of(s, e),
					  .whose = whose_of(e, jid),
					  .once = !e->outbox,
					  .type = e->type,
					  .kind = kind_of(e, d, body) };
	struct str *content = &s->multicast.content;

	if (multicast_add_alike(s, &head, jid))
		return true;
	str_reset(content);
	add_content(s, e, jid, d, body, content);
	if (!multicast_fits(s, &head, jid))
		return false;
	multicast_add(s, &head, jid);
	return true;
}

/*
 * One that is in the outbox must have had its id for all from the start. With an id of its own it
 * goes to nobody else, and yet it may not overtake what flies.
 */
static bool goes_together(const struct service *s, const struct event *e, const char *jid)
{
	return (e->shared || !e->outbox || s->multicast.flying.first) && multicast_serves(s, jid);
}

typedef bool try_fn(struct service *s, struct event *e, const char *jid, int64_t node,
		    const struct delivery *d, bool body);

/* A server would close the stream over it, to the harm of all. */
static void pass_over(const char *jid)
{
	log_warn("notification for '%.100s' dropped: it is larger than a stanza may be", jid);
}

static void add_by(try_fn *try, struct service *s, struct event *e, const char *jid, int64_t node,
		   const struct delivery *d)
{
	bool body = d && d->body;
	bool fits = try(s, e, jid, node, d, body);

	if (!fits && body)
		fits = try(s, e, jid, node, d, false);
	if (!fits)
		pass_over(jid);
	else
		metrics_notify(s->metrics, e->xml.p, e->retracts);
}

static void add_message(struct service *s, struct event *e, const char *jid, int64_t node,
			const struct delivery *d)
{
	add_by(goes_together(s, e, jid) ? try_multicast : try_message, s, e, jid, node, d);
}

/* Plain members: all but the address is the same. */

static void prepare_plain(struct service *s, struct event *e)
{
	struct str *out = &e->closing;

	open_id(s, &e->opening, e->node, e->type);
	if (e->outbox) {
		notify_number(&e->opening, (uint64_t)e->outbox);
		str_puts(&e->opening, e->shared ? "" : "-");
	}
	str_add(out, e->tail.p, e->tail.len);
	if (*e->archive_id)
		add_stanza_id(s, e, out);
	deliver_headers(e, NULL, out);
	str_puts(out, "</message>");
}

static void add_plain(struct service *s, struct event *e, const struct audience *a,
		      const struct member *m)
{
	static const struct delivery all = { .wanted = true, .numbered = true };
	const char *address = member_text(a, m->address);
	size_t len = m->address_len, start = s->buffer.len;

	if (goes_together(s, e, member_text(a, m->jid))) {
		add_by(try_multicast, s, e, member_text(a, m->jid), e->node, &all);
		return;
	}
	if (!e->opening.len)
		prepare_plain(s, e);
	str_reserve(&s->buffer, e->opening.len + 32 + len + e->front.len + e->xml.len + e->closing.len);
	str_add(&s->buffer, e->opening.p, e->opening.len);
	if (!e->outbox)
		notify_number(&s->buffer, ++s->messages);
	if (!e->outbox || e->shared) {
		address += m->whose_len;
		len -= m->whose_len;
	}
	str_add(&s->buffer, address, len);
	str_add(&s->buffer, e->front.p, e->front.len);
	str_add(&s->buffer, e->xml.p, e->xml.len);
	str_add(&s->buffer, e->closing.p, e->closing.len);
	if (s->buffer.len - start > s->config->max_stanza) {
		s->buffer.len = start;
		pass_over(member_text(a, m->jid));
	} else {
		metrics_notify(s->metrics, e->xml.p, e->retracts);
	}
}

static int add_entity(struct service *s, struct event *e, const struct group *g)
{
	AUTO_IN_PLACE(delivery_release) struct delivery d = { 0 };
	int err = deliver_judge(s, e, g, &d);

	if (!err && d.wanted)
		add_message(s, e, g->rows[0]->jid, d.node, &d);
	return err;
}

/* What has been added behind @before is likely to be as much the next time. */
static void note_full(struct service *s, size_t before)
{
	size_t piece = s->sink->piece ? s->sink->piece : PIECE_SIZE;

	s->full = s->buffer.len + (s->buffer.len - before) > piece;
}

/* For the next one: 1, or 0: no more, or a negative errno. */
static int add_next(struct service *s, struct event *e, bool plain)
{
	const struct audience *a;
	const struct member *m = plain ? walk_next_plain(e->walk, &a) : NULL;
	const struct group *g;
	int r;

	if (m) {
		add_plain(s, e, a, m);
		return 1;
	}
	r = walk_next(e->walk, &g);
	if (r <= 0)
		return r;
	r = add_entity(s, e, g);
	return r ? r : 1;
}

/* Adds messages for some of those that are left; true when none is left. */
static bool expand_subscribers(struct service *s, struct event *e)
{
	bool plain = deliver_is_plain(s, e);
	int r = 1;

	if (!e->walk)
		e->walk = walk_new(s->store, s->audiences, e);
	for (; r > 0 && s->looks && !s->full && !multicast_holds(s); s->looks--) {
		size_t before = s->buffer.len;

		r = add_next(s, e, plain);
		note_full(s, before);
	}
	multicast_flush(s);
	note_full(s, s->buffer.len);
	if (r < 0)
		log_error("cannot read subscriptions, notifications are lost: %s",
			  store_error(s->store));
	return r <= 0;
}

static bool expand(struct service *s, struct event *e)
{
	size_t before = s->buffer.len;

	if (e->kind != EVENT_STANZA && e->kind != EVENT_DIRECT)
		return expand_subscribers(s, e);
	if (e->kind == EVENT_STANZA)
		str_add(&s->buffer, e->xml.p, e->xml.len);
	else
		add_message(s, e, e->to, e->node, NULL);
	multicast_flush(s);
	note_full(s, before);
	return true;
}

/* What comes before the events of an entry. */
static void add_answer(struct service *s, struct out *o)
{
	str_add(&s->buffer, o->ahead.p, o->ahead.len);
	str_release(&o->ahead);
	metrics_add(s->metrics, METRIC_STANZAS_OUT, o->answer.len ? 1 : 0);
	str_add(&s->buffer, o->answer.p, o->answer.len);
	str_release(&o->answer);
}

/* The same of what is read back. */
static void fill_again(struct service *s)
{
	struct event *e = outbox_current(s);

	if (e && expand(s, e))
		outbox_event_done(s, e);
}

static bool has_more(struct service *s)
{
	if (multicast_holds(s))
		return false;
	return multicast_is_back(s) || (outbox_is_behind(s) && !outbox_is_stalled(s)) ||
	       (s->out.first && !outbox_is_behind(s));
}

/* The next piece of the first entry, into the buffer. */
static void fill(struct service *s)
{
	struct out *o = s->out.first;
	size_t before, len = s->buffer.len;

	if (multicast_is_back(s)) {
		multicast_send_back(s);
		note_full(s, len);
		return;
	}
	if (outbox_is_behind(s)) {
		fill_again(s);
		return;
	}
	before = out_bytes(o);
	if (o->answer.len || o->ahead.len) {
		add_answer(s, o);
		note_full(s, len);
	} else if (o->events.first && expand(s, o->events.first)) {
		outbox_event_done(s, o->events.first);
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
	outbox_handed(s, s->buffer.len);
	/* It may have grown with a large payload. */
	if (s->buffer.cap > BUFFER_KEPT)
		str_release(&s->buffer);
	str_reset(&s->buffer);
	s->full = false;
	return true;
}

void notify_flush(struct service *s)
{
	s->interrupted = false;
	if (s->away || !send_buffer(s))
		return;
	multicast_settle(s);
	s->looks = LOOKS;
	while (has_more(s) && s->looks && s->sink->queued(s->sink->data) < s->sink->high) {
		while (has_more(s) && s->looks && !s->full)
			fill(s);
		if (!send_buffer(s))
			return;
	}
	s->interrupted = !s->looks;
	multicast_flushed(s);
	digest_flushed(s);
	outbox_flushed(s);
}
