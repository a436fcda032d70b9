/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subs/standing.h"

#include <stdlib.h>

#include "cmd/serve/access.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"

#define AT_ONCE 128

/* Rows are collected before they are changed: a callback of the store's may not write. */
struct refs {
	struct sub_ref *list;
	size_t n, cap;
};

static void refs_release(struct refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		sub_ref_release(&refs->list[i]);
	free(refs->list);
}

static int collect(const struct subscription *row, void *data)
{
	struct refs *refs = data;

	if (refs->n == refs->cap) {
		refs->cap = refs->cap ? refs->cap * 2 : 4;
		refs->list = mem_realloc(refs->list, refs->cap * sizeof(*refs->list));
	}
	refs->list[refs->n++] = sub_ref_of(row);
	return 0;
}

static int review(struct request *r, const struct node *n, struct sub_ref *sub)
{
	struct subject who;
	int e = subject_load(r->service, PRIV_SUBSCRIBE, n, sub->jid, &who);

	if (!e)
		e = access_check(PRIV_SUBSCRIBE, n, &who, &r->service->policy);
	if (e < 0)
		return e;
	if (e)
		return sub_enter(r, n, sub, SUB_NONE, true);
	if (sub->state == SUB_PENDING && !access_must_wait(n, &who))
		return sub_enter(r, n, sub, SUB_SUBSCRIBED, true);
	return 0;
}

static int review_each(struct request *r, const struct node *n, struct refs *refs)
{
	int e = 0;

	for (size_t i = 0; i < refs->n && !e; i++)
		e = review(r, n, &refs->list[i]);
	return e;
}

int standing_review(struct request *r, const struct node *n, const char *bare)
{
	AUTO_IN_PLACE(refs_release) struct refs refs = { 0 };
	int e = store_sub_find_bare(r->service->store, n->id, bare, collect, &refs);

	return e ? e : review_each(r, n, &refs);
}

/* One page of them; @held keeps the place where the next begins. */
static int review_page(struct request *r, const struct node *n, int64_t upto, char **held,
		       int64_t *key, bool *ret_more)
{
	AUTO_IN_PLACE(refs_release) struct refs refs = { 0 };
	const struct sub_place place = { .jid = *held, .key = *key };
	int e = store_sub_page(r->service->store, n->id, &place, upto, AT_ONCE, collect, &refs);

	*ret_more = !e && refs.n == AT_ONCE;
	if (*ret_more) {
		free(*held);
		*held = mem_strdup(refs.list[refs.n - 1].jid);
		*key = refs.list[refs.n - 1].key;
	}
	return e ? e : review_each(r, n, &refs);
}

int standing_review_all(struct request *r, const struct node *n)
{
	AUTO_FREE char *held = NULL;
	int64_t key = 0, upto;
	bool more = true;
	int e = store_sub_last_key(r->service->store, &upto);

	while (!e && more)
		e = review_page(r, n, upto, &held, &key, &more);
	return e;
}
