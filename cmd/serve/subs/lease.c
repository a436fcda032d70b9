/* SPDX-License-Identifier: MIT */
/* Subscriptions whose time has come (XEP-0060 section 12.19): their end is told of, then they end.
 */
#include <errno.h>

#include "cmd/serve/due.h"
#include "cmd/serve/node.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

#define AT_ONCE 256 /* subscriptions */

struct due {
	size_t n;
	struct {
		struct sub_ref sub;
		int64_t node, expires;
	} list[AT_ONCE];
};

static void due_release(struct due *d)
{
	for (size_t i = 0; i < d->n; i++)
		sub_ref_release(&d->list[i].sub);
}

int lease_next(struct service *s, int64_t *ret_time)
{
	return store_sub_next_end(s->store, ret_time);
}

static int note(const struct subscription *row, void *data)
{
	struct due *d = data;

	d->list[d->n].sub = sub_ref_of(row);
	d->list[d->n].node = row->node;
	d->list[d->n++].expires = row->expires;
	return 0;
}

/* IMPL-05 */
static void remind(struct request *r, const struct sub_ref *sub, int64_t expires)
{
	AUTO_STR inner = { 0 };
	char end[TIME_TEXT_MAX];

	time_format(expires, end);
	render_subscription(r->service, &inner, r->node.id ? r->node.name : "", sub->jid,
			    sub->subid, sub->state);
	inner.len -= strlen("/>");
	xml_attr(&inner, "expiry", end);
	str_puts(&inner, "/>");
	tell_direct(r, sub->jid, inner.p);
}

static int remind_all(struct request *r)
{
	AUTO_IN_PLACE(due_release) struct due d = { 0 };
	struct store *store = r->service->store;
	int e = store_sub_warning(store, r->now, AT_ONCE, note, &d);

	for (size_t i = 0; i < d.n && !e; i++) {
		e = node_load(r, d.list[i].node);
		/* One that is over, because the service was not there, only ends. */
		if (!e && d.list[i].expires > r->now && d.list[i].sub.state == SUB_SUBSCRIBED)
			remind(r, &d.list[i].sub, d.list[i].expires);
		if (!e)
			e = store_sub_set_warning(store, d.list[i].sub.key, 0);
	}
	return e;
}

int lease_run(struct request *r, void *data)
{
	AUTO_IN_PLACE(due_release) struct due d = { 0 };
	int e = remind_all(r);

	(void)data;
	if (!e)
		e = store_sub_ending(r->service->store, r->now, AT_ONCE, note, &d);
	for (size_t i = 0; i < d.n && !e; i++) {
		e = node_load(r, d.list[i].node);
		if (!e)
			e = sub_enter(r, &r->node, &d.list[i].sub, SUB_NONE, true);
	}
	return e;
}
