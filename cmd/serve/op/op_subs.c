/* SPDX-License-Identifier: MIT */
/*
 * Lists of subscriptions: an entity's own, and those of a node for its owners
 * (XEP-0060 sections 5.6, 8.8).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/list.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Its place in the list is that of its beginning. */
static void add_entry(struct request *r, struct list *list, const char *node,
		      const struct subscription *sub)
{
	AUTO_FREE char *place = mem_printf("@%" PRId64, sub->key);

	list_add(list, place);
	render_subscription(r->service, &list->xml, node, sub->jid, sub->subid, sub->state);
}

struct rows {
	struct request *r;
	struct list list;
};

static void rows_release(struct rows *rows)
{
	list_release(&rows->list);
}

/* One's own */

/* r->node is that of the row, or of the one before, or of all rows. */
static int load_node(struct request *r, int64_t node)
{
	if (node == NODE_ROOT || node == r->node.id)
		return 0;
	node_release(&r->node);
	return store_node_get_by_id(r->service->store, node, &r->node);
}

static int add_own(const struct subscription *sub, void *data)
{
	struct rows *rows = data;
	int e = load_node(rows->r, sub->node);

	if (!e)
		add_entry(rows->r, &rows->list, sub->node == NODE_ROOT ? "" : rows->r->node.name,
			  sub);
	return e;
}

int op_subscriptions(struct request *r)
{
	AUTO_IN_PLACE(rows_release) struct rows rows = { .r = r };
	const char *name = stanza_attr(r->action, "node");
	struct store *store = r->service->store;
	int e = name ? node_find(r->service, name, &r->node, &r->detail) : PS_OK;

	if (e)
		return e;
	e = name ? store_sub_find_bare(store, r->node.id, r->bare, add_own, &rows)
		 : store_sub_by_bare(store, r->bare, add_own, &rows);
	return e ? e : list_answer(r, &rows.list, NS_PUBSUB, "subscriptions", name);
}

/* Those of a node */

/* MSUB-02: of those who wait, owners hear in another way. */
static int add_of_node(const struct subscription *sub, void *data)
{
	struct rows *rows = data;

	if (sub->state != SUB_PENDING)
		add_entry(rows->r, &rows->list, "", sub);
	return 0;
}

int op_subscriptions_get(struct request *r)
{
	AUTO_IN_PLACE(rows_release) struct rows rows = { .r = r };
	int e = store_sub_each(r->service->store, r->node.id, add_of_node, &rows);

	return e ? e : list_answer(r, &rows.list, NS_PUBSUB_OWNER, "subscriptions", r->node.name);
}

/* Changes */

struct change {
	const char *given; /* the JID as it was sent; NULL: not at all */
	char *jid;	   /* normal form; NULL: it is none */
	const char *subid; /* NULL: not given */
	int to;		   /* a state; -1: there is none of that name */
	bool twin;	   /* another entry means the same, or may (MSUB-14) */
};

struct changes {
	struct change *list;
	size_t n;
};

static void changes_release(struct changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->list[i].jid);
	free(c->list);
}

/* MSUB-08: those that say nothing are passed over. */
static void read_changes(struct request *r, struct changes *ret)
{
	xmpp_stanza_t *s = stanza_child(r->action, "subscription", NS_PUBSUB_OWNER);
	bool ids = r->service->config->multi_subscribe;

	ret->list = mem_zalloc((stanza_count(r->action) + 1) * sizeof(*ret->list));
	for (; s; s = stanza_next_like(s, "subscription", NS_PUBSUB_OWNER)) {
		const char *jid = stanza_attr(s, "jid"), *to = stanza_attr(s, "subscription");

		if (!to)
			continue;
		ret->list[ret->n++] =
			(struct change){ .given = jid,
					 .jid = jid_prep(jid),
					 .subid = ids ? stanza_attr(s, "subid") : NULL,
					 .to = vocab_find(sub_state_names, to) };
	}
}

static int compare(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int in_order(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;
	int order = compare(x->jid, y->jid);

	return order ? order : compare(x->subid, y->subid);
}

/* In the order of JIDs and ids, what has no id comes first. */
static void mark_twins(const struct changes *c)
{
	AUTO_FREE struct change **sorted = mem_zalloc((c->n + 1) * sizeof(*sorted));

	for (size_t i = 0; i < c->n; i++)
		sorted[i] = &c->list[i];
	qsort(sorted, c->n, sizeof(*sorted), in_order);
	for (size_t i = 1; i < c->n; i++) {
		struct change *before = sorted[i - 1], *this = sorted[i];

		if (compare(before->jid, this->jid))
			continue;
		if (!before->subid)
			before->twin = true;
		if (!compare(before->subid, this->subid))
			before->twin = this->twin = true;
	}
}

/* Whoever asks knows it from the answer. */
static bool is_told(const struct request *r, const char *jid)
{
	return strcmp(jid, r->bare) && strcmp(jid, r->who.jid);
}

/* Nobody is let in who might not subscribe: MSUB-09, GEN-12. */
static int check_subject(struct request *r, const char *jid)
{
	int e = subject_check(r->service, PRIV_SUBSCRIBE, &r->node, jid);

	return e > 0 ? PS_NOT_ACCEPTABLE : e;
}

/* As if the entity had asked for it, and the owner had approved. */
static int enrol(struct request *r, const char *jid)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	int e = r->node.config.subscribe ? check_subject(r, jid) : PS_NOT_ACCEPTABLE;

	if (!e)
		e = sub_begin(r, &r->node, jid, SUB_PENDING, NULL, false, &sub);
	return e ? e : sub_enter(r, &r->node, &sub, SUB_SUBSCRIBED, is_told(r, jid));
}

static int enter(struct request *r, struct sub_ref *sub, enum sub_state to)
{
	int e = PS_OK;

	if (to == sub->state)
		return PS_OK;
	if (to == SUB_SUBSCRIBED)
		e = check_subject(r, sub->jid);
	else if (to != SUB_NONE)
		e = PS_NOT_ACCEPTABLE; /* MSUB-11 */
	return e ? e : sub_enter(r, &r->node, sub, to, is_told(r, sub->jid));
}

/* *ret_state is how it is, where it cannot be changed. */
static int set(struct request *r, const struct change *c, enum sub_state *ret_state)
{
	AUTO_IN_PLACE(sub_ref_release) struct sub_ref sub = { 0 };
	int e = sub_lookup(r, &r->node, c->jid, c->subid, &sub);

	if (e < 0)
		return e;
	*ret_state = sub.state;
	if (c->twin || c->to < 0)
		return PS_NOT_ACCEPTABLE;
	if (!e)
		return enter(r, &sub, c->to);
	if (e != PS_NOT_SUBSCRIBED || c->to == SUB_PENDING || c->to == SUB_UNCONFIGURED)
		return PS_NOT_ACCEPTABLE;
	return c->to == SUB_SUBSCRIBED ? enrol(r, c->jid) : PS_OK;
}

static int note_state(const struct subscription *sub, void *data)
{
	enum sub_state *state = data;

	*state = sub->state;
	return 1;
}

/* Where it is not clear which one is meant: of the first. */
static int any_state(struct request *r, const char *jid, enum sub_state *ret_state)
{
	return store_sub_find(r->service->store, r->node.id, jid, note_state, ret_state);
}

/* An entry that cannot be heeded is answered with what there is (MSUB-13). */
static int apply(struct request *r, const struct change *c)
{
	enum sub_state state = SUB_NONE;
	int e = c->jid ? set(r, c, &state) : PS_NOT_ACCEPTABLE;

	if (e <= 0)
		return e;
	if (c->jid && state == SUB_NONE && !c->subid)
		e = any_state(r, c->jid, &state);
	if (e < 0)
		return e;
	str_puts(&r->result, "<subscription");
	xml_attr(&r->result, "jid", c->jid ? c->jid : c->given);
	xml_attr(&r->result, "subscription", sub_state_names[state]);
	xml_attr(&r->result, "subid", c->subid);
	str_puts(&r->result, "/>");
	r->echo = true;
	return PS_OK;
}

int op_subscriptions_set(struct request *r)
{
	AUTO_IN_PLACE(changes_release) struct changes changes = { 0 };
	int e = PS_OK;

	read_changes(r, &changes);
	mark_twins(&changes);
	list_open(&r->result, NS_PUBSUB_OWNER, "subscriptions", r->node.name);
	for (size_t i = 0; i < changes.n && !e; i++)
		e = apply(r, &changes.list[i]);
	list_close(&r->result, "subscriptions");
	if (e || !r->echo) {
		str_reset(&r->result);
		return e;
	}
	r->keep = true;
	return PS_NOT_ACCEPTABLE;
}
