/* SPDX-License-Identifier: MIT */
#include "cmd/serve/presence/entitle.h"

#include <errno.h>

#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/implicit.h"
#include "cmd/serve/notify/interest.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/standing.h"
#include "cmd/serve/subs/sub_list.h"
#include "common/base/auto.h"
#include "common/base/strings.h"

/* Loss */

static bool asks_presence(const struct node *n)
{
	return n->config.access == ACCESS_PRESENCE || n->config.access == ACCESS_ROSTER;
}

static int review(struct request *r, const char *bare)
{
	AUTO_IN_PLACE(sub_list_release) struct sub_list subs = { 0 };
	int e = store_sub_by_bare(r->service->store, bare, sub_list_add, &subs);

	for (size_t i = 0; i < subs.n && !e; i++) {
		AUTO_IN_PLACE(node_release) struct node n = { 0 };

		if (subs.list[i].node == NODE_ROOT)
			continue;
		e = store_node_get_by_id(r->service->store, subs.list[i].node, &n);
		if (!e && asks_presence(&n))
			e = standing_review(r, &n, bare);
	}
	return e;
}

/* Gain */

/* @n as it is now; @before: PS_OK where it could be read before. */
static int greet(struct request *r, const struct node *n, const char *jid, int before)
{
	bool may;
	int e;

	if (before <= 0)
		return before;
	e = implicit_check(r->service, n, jid, &may);
	return e || !may ? e : implicit_send_last(r, n, jid);
}

static int greet_at_node(struct request *r, const struct node_config *before)
{
	const struct available *a = r->service->available;
	const struct node old = { .id = r->node.id, .config = *before };
	int e = 0;

	if (!interests_any(r->service->interests, r->node.name))
		return 0;
	for (size_t i = 0; i < available_count(a) && !e; i++) {
		const struct resource *res = available_at(a, i);

		if (interest_has(res->interest, r->node.name))
			e = greet(r, &r->node, res->jid,
				  subject_check(r->service, PRIV_READ, &old, res->jid));
	}
	return e;
}

static int check_before(struct request *r, const struct node *n, const char *jid,
			const struct contact *before)
{
	struct subject who;
	int e = subject_load(r->service, PRIV_READ, n, jid, &who);

	if (e)
		return e;
	subject_stand(r->service, n, before, &who);
	return access_check(PRIV_READ, n, &who, &r->service->policy);
}

static int greet_resource(struct request *r, const struct resource *res,
			  const struct contact *before)
{
	size_t n;
	char *const *names = interest_nodes(res->interest, &n);
	int e = 0;

	for (size_t i = 0; i < n && !e; i++) {
		AUTO_IN_PLACE(node_release) struct node node = { 0 };

		e = store_node_get(r->service->store, names[i], &node);
		if (!e && asks_presence(&node))
			e = greet(r, &node, res->jid, check_before(r, &node, res->jid, before));
		e = e == -ENOENT ? 0 : e;
	}
	return e;
}

static int greet_contact(struct request *r, const char *bare, const struct contact *before)
{
	const struct available *a = r->service->available;
	size_t n, at = available_of(a, bare, &n);
	int e = 0;

	for (size_t i = at; i < at + n && !e; i++)
		e = greet_resource(r, available_at(a, i), before);
	return e;
}

/* Both */

int entitle_node(struct request *r, const struct node_config *before)
{
	const struct node_config *now = &r->node.config;
	int e;

	if (before->access == now->access &&
	    strings_same_set(before->roster_groups, now->roster_groups))
		return 0;
	e = standing_review_all(r, &r->node);
	return e ? e : greet_at_node(r, before);
}

int entitle_contact(struct request *r, const char *bare_jid, const struct contact *before)
{
	int e = review(r, bare_jid);

	return e ? e : greet_contact(r, bare_jid, before);
}
