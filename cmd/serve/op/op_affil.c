/* SPDX-License-Identifier: MIT */
/* Affiliations: an entity's own, and those of a node for its owners (XEP-0060 sections 5.7, 8.9).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/op/list.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/quota.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/standing.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* @of: "node" or "jid", which @name is. */
static void render(struct str *out, const char *of, const char *name, enum affiliation affiliation)
{
	str_puts(out, "<affiliation");
	xml_attr(out, of, name);
	xml_attr(out, "affiliation", affiliation_names[affiliation]);
	str_puts(out, "/>");
}

/* One's own */

static int add_node(const char *name, enum affiliation affiliation, void *data)
{
	struct list *list = data;

	list_add(list, name);
	render(&list->xml, "node", name, affiliation);
	return 0;
}

static int add_own(struct request *r, struct list *list)
{
	enum affiliation own;
	int e = store_affiliation_get(r->service->store, r->node.id, r->bare, &own);

	if (e || own == AFF_NONE)
		return e;
	return add_node(r->node.name, own, list);
}

int op_affiliations(struct request *r)
{
	AUTO_IN_PLACE(list_release) struct list list = { 0 };
	const char *name = stanza_attr(r->action, "node");
	int e = name ? node_find(r->service, name, &r->node, &r->detail) : PS_OK;

	if (e)
		return e;
	e = name ? add_own(r, &list)
		 : store_affiliation_by_jid(r->service->store, r->bare, add_node, &list);
	return e ? e : list_answer(r, &list, NS_PUBSUB, "affiliations", name);
}

/* Those of a node */

static int add_jid(const char *jid, enum affiliation affiliation, void *data)
{
	struct list *list = data;

	list_add(list, jid);
	render(&list->xml, "jid", jid, affiliation);
	return 0;
}

int op_affiliations_get(struct request *r)
{
	AUTO_IN_PLACE(list_release) struct list list = { 0 };
	int e = store_affiliation_each(r->service->store, r->node.id, add_jid, &list);

	return e ? e : list_answer(r, &list, NS_PUBSUB_OWNER, "affiliations", r->node.name);
}

/* Changes */

struct change {
	const char *given; /* the JID as it was sent */
	char *jid;	   /* bare, normal form; NULL: it is none */
	int to;		   /* an affiliation; -1: there is none of that name */
	bool wanted;	   /* there is something to change: else the entry says nothing (MAFF-06) */
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

/* AFF-01 */
static char *bare_of(const char *given)
{
	AUTO_FREE char *jid = jid_prep(given);

	return jid ? jid_bare(jid) : NULL;
}

static int read_changes(struct request *r, struct changes *ret)
{
	xmpp_stanza_t *s = stanza_child(r->action, "affiliation", NS_PUBSUB_OWNER);

	ret->list = mem_zalloc((stanza_count(r->action) + 1) * sizeof(*ret->list));
	for (; s; s = stanza_next_like(s, "affiliation", NS_PUBSUB_OWNER)) {
		const char *jid = stanza_attr(s, "jid"), *to = stanza_attr(s, "affiliation");

		if (!jid)
			return PS_BAD_REQUEST; /* MAFF-17 */
		ret->list[ret->n++] =
			(struct change){ .given = jid,
					 .jid = bare_of(jid),
					 .to = to ? vocab_find(affiliation_names, to) : -1,
					 .wanted = to };
	}
	return PS_OK;
}

static int by_jid(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* MAFF-11 */
static bool has_twins(const struct changes *c)
{
	AUTO_FREE const char **jids = mem_zalloc((c->n + 1) * sizeof(*jids));
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		if (c->list[i].jid)
			jids[n++] = c->list[i].jid;
	qsort(jids, n, sizeof(*jids), by_jid);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(jids[i - 1], jids[i]))
			return true;
	return false;
}

/* What makes the whole request impossible, so that nothing of it is done. */
static int check_changes(struct request *r, const struct changes *c)
{
	const char *feature;

	if (has_twins(c))
		return PS_BAD_REQUEST;
	for (size_t i = 0; i < c->n; i++) {
		int to = c->list[i].to;

		if (to < 0 || feature_affiliation(r->service->config, to, &feature))
			continue;
		r->detail = mem_strdup(feature);
		return PS_UNSUPPORTED; /* MAFF-08 */
	}
	return PS_OK;
}

/* MAFF-14 */
static void tell_affiliation(struct request *r, const struct change *c)
{
	AUTO_STR xml = { 0 };

	if (!strcmp(c->jid, r->bare))
		return;
	list_open(&xml, NS_PUBSUB, "affiliations", r->node.name);
	render(&xml, "jid", c->jid, c->to);
	list_close(&xml, "affiliations");
	tell_message(r, c->jid, xml.p);
}

/* MAFF-09 */
static int check_last_owner(struct request *r)
{
	int64_t owners;
	int e = store_affiliation_count(r->service->store, r->node.id, AFF_OWNER, &owners);

	return e ? e : owners > 1 ? PS_OK : PS_NOT_ACCEPTABLE;
}

static int set(struct request *r, const struct change *c, enum affiliation from)
{
	int e = PS_OK;

	if (!access_transition(from, c->to))
		return PS_NOT_ACCEPTABLE;
	if (from == (enum affiliation)c->to)
		return PS_OK;
	if (from == AFF_OWNER)
		e = check_last_owner(r);
	if (!e)
		e = store_affiliation_set(r->service->store, r->node.id, c->jid, c->to);
	if (e)
		return e;
	tell_affiliation(r, c);
	return standing_review(r, &r->node, c->jid);
}

/* An entry that cannot be heeded is answered with what there is (MAFF-10). */
static int apply(struct request *r, const struct change *c)
{
	enum affiliation from = AFF_NONE;
	int e = PS_NOT_ACCEPTABLE;

	if (c->jid) {
		e = store_affiliation_get(r->service->store, r->node.id, c->jid, &from);
		if (!e)
			e = c->to < 0 ? PS_NOT_ACCEPTABLE : set(r, c, from);
	}
	if (e <= 0)
		return e;
	render(&r->result, "jid", c->jid ? c->jid : c->given, from);
	r->echo = true;
	return PS_OK;
}

/* Owners come before others go: what counts is who is there in the end (MAFF-12). */
static int apply_all(struct request *r, const struct changes *c)
{
	int e = PS_OK;

	for (int owners = 1; owners >= 0; owners--)
		for (size_t i = 0; i < c->n && !e; i++)
			if (c->list[i].wanted && (c->list[i].to == AFF_OWNER) == owners)
				e = apply(r, &c->list[i]);
	return e;
}

int op_affiliations_set(struct request *r)
{
	AUTO_IN_PLACE(changes_release) struct changes changes = { 0 };
	int64_t before;
	int e = read_changes(r, &changes);

	if (!e)
		e = check_changes(r, &changes);
	if (!e)
		e = store_affiliation_count_all(r->service->store, r->node.id, &before);
	if (e)
		return e;
	list_open(&r->result, NS_PUBSUB_OWNER, "affiliations", r->node.name);
	e = apply_all(r, &changes);
	if (!e)
		e = quota_affiliations(r->service, &r->node, before);
	list_close(&r->result, "affiliations");
	if (e || !r->echo) {
		str_reset(&r->result);
		return e;
	}
	r->keep = true;
	return PS_NOT_ACCEPTABLE;
}
