/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/implicit.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/interest.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/log.h"

bool implicit_on(const struct service *s)
{
	return feature_on(s->config, "auto-subscribe");
}

int implicit_check(struct service *s, const struct node *n, const char *jid, bool *ret)
{
	bool subscribed;
	int e;

	*ret = false;
	/* SUB-13: such cannot subscribe. */
	if (!n->config.subscribe || config_is_anonymous(s->config, jid))
		return 0;
	e = subject_subscribed(s, n, jid, &subscribed);
	if (e || subscribed)
		return e;
	e = subject_check(s, PRIV_READ, n, jid);
	*ret = !e;
	return e < 0 ? e : 0;
}

void implicit_address(struct service *s, const struct node *n, struct event *e)
{
	if (n->name && n->config.subscribe && interests_any(s->interests, n->name))
		event_add_present(e, n->name, s->available);
}

int implicit_send_last(struct request *r, const struct node *n, const char *jid)
{
	return n->config.send_last == LAST_ON_SUB_AND_PRESENCE ? tell_last_item(r, n, jid) : 0;
}

struct welcome {
	const struct resource *res;
	const struct interest *before;
};

static int send_last(struct request *r, const char *name, const char *jid)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	bool may;
	int e = store_node_get(r->service->store, name, &n);

	if (e || n.config.send_last != LAST_ON_SUB_AND_PRESENCE || !n.items)
		return e == -ENOENT ? 0 : e;
	e = implicit_check(r->service, &n, jid, &may);
	return e || !may ? e : implicit_send_last(r, &n, jid);
}

static int welcome(struct request *r, void *data)
{
	const struct welcome *w = data;
	size_t n;
	char *const *nodes = interest_nodes(w->res->interest, &n);
	int e = 0;

	for (size_t i = 0; i < n && !e; i++)
		if (!interest_has(w->before, nodes[i]))
			e = send_last(r, nodes[i], w->res->jid);
	return e;
}

void implicit_welcome(struct service *s, struct resource *res, const struct interest *before)
{
	struct welcome w = { .res = res, .before = before };
	size_t n;
	int e;

	interest_nodes(res->interest, &n);
	e = n && !service_congested(s) ? service_change(s, welcome, &w) : 0;
	if (e)
		log_error("cannot send last items to '%.100s': %s", res->jid, strerror(-e));
}
