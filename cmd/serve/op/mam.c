/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/mam.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/config.h"
#include "cmd/serve/notify/notify.h"
#include "cmd/serve/notify/render.h"
#include "cmd/serve/op/mam_query.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

/* X0313-13: who may retrieve items may ask the archive. */
static int check_access(struct request *r)
{
	int e = subject_check(r->service, PRIV_READ, &r->node, r->who.jid);

	return e > 0 ? PS_FORBIDDEN : e;
}

static void add_id(const struct request *r, struct str *out, const char *attr, int64_t seq)
{
	char id[ARCHIVE_ID_LEN + 1];

	archive_id(r->service->archive_ids, r->node.id, seq, id);
	xml_attr(out, attr, id);
}

static void add_time(struct str *out, const char *attr, int64_t time)
{
	char text[TIME_TEXT_MAX];

	time_format(time, text);
	xml_attr(out, attr, text);
}

/* Results */

struct result {
	size_t start, len;
	struct archive_place place;
};

struct results {
	struct request *r;
	const struct mam_query *q;
	size_t n, max;
	struct result list[PAGE_MAX];
	struct str xml;
	bool more; /* than fit */
};

/* The notification as its subscribers have got it, with one item in it. */
static void add_notification(const struct results *a, struct str *out, const struct item *item)
{
	const struct node *n = &a->r->node;
	struct item shown = shown_item(&a->q->shown, item);

	if (!n->config.payloads)
		shown.payload = NULL;
	str_puts(out, "<message xmlns='jabber:client'");
	xml_attr(out, "from", a->r->service->config->jid);
	if (n->config.notification == NOTIFY_HEADLINE)
		xml_attr(out, "type", "headline");
	str_puts(out, "><event xmlns='" NS_PUBSUB_EVENT "'><items");
	xml_attr(out, "node", n->name);
	str_putc(out, '>');
	render_item(out, &shown);
	str_puts(out, "</items></event></message>");
}

static void add_message(struct results *a, const struct item *item, bool whole)
{
	struct str *out = &a->xml;

	notify_open(a->r->service, out, 0, a->r->who.jid, NOTIFY_NORMAL);
	str_puts(out, "<result xmlns='" NS_MAM "'");
	xml_attr(out, "queryid", a->q->queryid);
	add_id(a->r, out, "id", item->seq);
	str_puts(out, "><forwarded xmlns='" NS_FORWARD "'><delay xmlns='" NS_DELAY "'");
	add_time(out, "stamp", item->published);
	str_puts(out, "/>");
	if (whole)
		add_notification(a, out, item);
	str_puts(out, "</forwarded></result></message>");
}

/* 1: the page is full. */
static int add_result(const struct item *item, void *data)
{
	struct results *a = data;
	struct result *result = &a->list[a->n];
	size_t start = a->xml.len;

	a->more = a->n == a->max;
	if (a->more)
		return 1;
	add_message(a, item, true);
	if (a->xml.len - start > a->r->service->config->max_stanza) {
		/* What no stanza can hold is left out, but for its place (section 3.2). */
		a->xml.len = start;
		add_message(a, item, false);
	}
	a->more = a->n && a->xml.len > PAGE_BYTES;
	if (a->more) {
		a->xml.len = start;
		return 1;
	}
	*result = (struct result){ .start = start,
				   .len = a->xml.len - start,
				   .place = { .first = item->first, .seq = item->seq } };
	a->n++;
	return 0;
}

/* Named versions, one by one */

static bool passes(const struct archive_filter *f, const struct item *item)
{
	return item->seq > f->after && (!f->before || item->seq < f->before) &&
	       item->published >= f->start && item->published <= f->end &&
	       (!f->publisher || !strcmp(f->publisher, item->publisher));
}

static int add_named(const struct item *item, void *data)
{
	struct results *a = data;

	return passes(&a->q->filter, item) ? add_result(item, a) : 0;
}

static bool is_behind(const struct mam_query *q, const struct archive_place *place, bool descending)
{
	const struct archive_place *from = &q->from;
	bool creation = q->order.by == ORDER_CREATION && place->first != from->first;
	int64_t a = creation ? place->first : place->seq, b = creation ? from->first : from->seq;

	return !from->seq || (descending ? a < b : a > b);
}

static int read_named(struct results *a, bool descending)
{
	const struct mam_query *q = a->q;
	const struct request *r = a->r;
	int e = 0;

	for (size_t i = 0; i < q->n_only && !e && !a->more; i++) {
		const struct archive_place *place = &q->only[descending ? q->n_only - 1 - i : i];

		if (is_behind(q, place, descending))
			e = store_archive_get(r->service->store, r->node.id, place->seq, add_named,
					      a);
	}
	return e;
}

static int read_page(struct results *a)
{
	const struct mam_query *q = a->q;
	const struct request *r = a->r;
	bool descending = q->order.descending != q->backwards;

	a->max = q->rsm.has_max && q->rsm.max < PAGE_MAX ? (size_t)q->rsm.max : PAGE_MAX;
	if (q->nobody)
		return 0;
	if (q->only)
		return read_named(a, descending);
	return store_archive_page(r->service->store, r->node.id, &q->filter, q->order.by,
				  descending, &q->from, (int64_t)a->max + 1, add_result, a);
}

/* How many there are on all pages; false where that takes more than it is worth. */
static bool count(const struct results *a, int64_t *ret)
{
	const struct mam_query *q = a->q;
	struct store *store = a->r->service->store;

	if (!q->filtered)
		return !store_archive_total(store, a->r->node.id, ret);
	*ret = (int64_t)a->n;
	if (q->nobody || (!a->more && !q->from.seq))
		return true;
	return !q->only && q->rsm.has_max && !q->rsm.max &&
	       !store_archive_count(store, a->r->node.id, &q->filter, ret);
}

static void add_place(const struct request *r, struct str *out, const char *name,
		      const struct result *result)
{
	char id[ARCHIVE_ID_LEN + 1];

	archive_id(r->service->archive_ids, r->node.id, result->place.seq, id);
	str_printf(out, "<%s>%s</%s>", name, id, name);
}

/* X0313-05 */
static void finish(const struct results *a)
{
	struct str *out = &a->r->result;
	bool backwards = a->q->backwards;
	int64_t total;

	str_puts(out, "<fin xmlns='" NS_MAM "'");
	xml_attr(out, "complete", a->more ? NULL : "true");
	str_puts(out, "><set xmlns='" NS_RSM "'>");
	if (a->n) {
		add_place(a->r, out, "first", &a->list[backwards ? a->n - 1 : 0]);
		add_place(a->r, out, "last", &a->list[backwards ? 0 : a->n - 1]);
	}
	if (count(a, &total))
		str_printf(out, "<count>%" PRId64 "</count>", total);
	str_puts(out, "</set></fin>");
}

static void send(const struct results *a)
{
	bool reverse = a->q->backwards != a->q->flip;

	for (size_t i = 0; i < a->n; i++) {
		const struct result *result = &a->list[reverse ? a->n - 1 - i : i];

		str_add(&a->r->ahead, a->xml.p + result->start, result->len);
	}
}

static int answer(struct request *r, const struct mam_query *q)
{
	AUTO_FREE struct results *a = mem_alloc(sizeof(*a));
	int e;

	a->r = r;
	a->q = q;
	a->n = 0;
	a->more = false;
	a->xml = (struct str){ 0 };
	e = read_page(a);
	if (!e) {
		send(a);
		finish(a);
	}
	str_release(&a->xml);
	return e;
}

int mam_query(struct request *r)
{
	AUTO_IN_PLACE(mam_query_release) struct mam_query q = { 0 };
	int e = check_access(r);

	if (!e)
		e = mam_query_parse(r, &q);
	return e ? e : answer(r, &q);
}

int mam_form(struct request *r)
{
	int e = check_access(r);

	if (e)
		return e;
	str_puts(&r->result, "<query xmlns='" NS_MAM "'");
	xml_attr(&r->result, "node", stanza_attr(r->action, "node"));
	str_putc(&r->result, '>');
	mam_query_form(r->service->config, &r->result);
	str_puts(&r->result, "</query>");
	return PS_OK;
}

/* Metadata */

struct end {
	struct request *r;
	const char *name;
};

static int add_end(const struct item *item, void *data)
{
	const struct end *end = data;
	struct str *out = &end->r->result;

	str_printf(out, "<%s", end->name);
	add_id(end->r, out, "id", item->seq);
	add_time(out, "timestamp", item->published);
	str_puts(out, "/>");
	return 0;
}

int mam_metadata(struct request *r)
{
	static const char *const names[] = { "start", "end" };
	const struct archive_filter all = { .start = INT64_MIN, .end = INT64_MAX };
	const struct archive_place from = { 0 };
	int e = check_access(r);

	str_puts(&r->result, "<metadata xmlns='" NS_MAM "'>");
	for (int i = 0; i < 2 && !e; i++) {
		struct end end = { .r = r, .name = names[i] };

		e = store_archive_page(r->service->store, r->node.id, &all, ORDER_MODIFICATION, i,
				       &from, 1, add_end, &end);
	}
	str_puts(&r->result, "</metadata>");
	return e;
}
