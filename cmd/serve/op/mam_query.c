/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/mam_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/service.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"

void mam_query_release(struct mam_query *q)
{
	shown_release(&q->shown);
	free(q->publisher);
	free(q->only);
}

/* Places */

static int note_place(const struct item *item, void *data)
{
	struct archive_place *place = data;

	*place = (struct archive_place){ .first = item->first, .seq = item->seq };
	return 0;
}

/* The version that has this id. */
static int find_version(struct request *r, const char *id, struct archive_place *ret)
{
	struct service *s = r->service;
	int64_t seq;
	int e;

	if (!archive_id_read(s->archive_ids, r->node.id, id, &seq))
		return PS_ITEM_NOT_FOUND;
	e = store_archive_get(s->store, r->node.id, seq, note_place, ret);
	return e == -ENOENT ? PS_ITEM_NOT_FOUND : e;
}

/*
 * Where it is in the archive; what was retracted has kept its place. Among what has been given up
 * no place is known, so that whoever has been away for too long gets to know it.
 */
static int find_place(struct request *r, const char *id, int64_t *ret_seq)
{
	struct service *s = r->service;
	struct archive_place place;
	int64_t seq, pruned;
	int e = find_version(r, id, &place);

	if (e < 0 || !archive_id_read(s->archive_ids, r->node.id, id, &seq))
		return e;
	if (e)
		e = store_archive_pruned(s->store, r->node.id, &pruned);
	else
		pruned = 0;
	if (e)
		return e;
	if (seq <= pruned)
		return PS_ITEM_NOT_FOUND;
	*ret_seq = seq;
	return PS_OK;
}

/* Filters */

/* The one value; NULL: none. */
static int single(const struct form_field_in *f, const char **ret)
{
	*ret = f->n && *f->values[0] ? f->values[0] : NULL;
	return f->n > 1 ? PS_BAD_REQUEST : PS_OK;
}

/* Whom an item names as its publisher is who may be asked for (X0313-06). */
static int take_with(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	const char *text;
	int e = single(f, &text);

	(void)r;
	if (e || !text)
		return e;
	free(q->publisher);
	q->publisher = jid_prep(text);
	if (!q->publisher)
		return PS_BAD_REQUEST;
	q->filtered = true;
	if (q->shown.reply == REPLY_PUBLISHER)
		q->filter.publisher = q->publisher;
	else
		q->nobody = !q->shown.owner || strcmp(q->shown.owner, q->publisher);
	return PS_OK;
}

static int take_time(struct mam_query *q, const struct form_field_in *f, int64_t *at)
{
	const char *text;
	int e = single(f, &text);

	if (e || !text)
		return e;
	q->filtered = true;
	return time_parse(text, at) < 0 ? PS_BAD_REQUEST : PS_OK;
}

static int take_start(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	(void)r;
	return take_time(q, f, &q->filter.start);
}

static int take_end(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	(void)r;
	return take_time(q, f, &q->filter.end);
}

static int take_id(struct request *r, struct mam_query *q, const struct form_field_in *f,
		   int64_t *at)
{
	const char *text;
	int e = single(f, &text);

	if (e || !text)
		return e;
	q->filtered = true;
	return find_place(r, text, at);
}

static int take_before(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	return take_id(r, q, f, &q->filter.before);
}

static int take_after(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	return take_id(r, q, f, &q->filter.after);
}

static int take_ids(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	if (!f->n)
		return PS_OK;
	q->filtered = true;
	q->only = mem_alloc(f->n * sizeof(*q->only));
	for (size_t i = 0; i < f->n; i++) {
		int e = find_version(r, f->values[i], &q->only[i]);

		if (e)
			return e;
		q->n_only++;
	}
	return PS_OK;
}

/* clang-format off */
static const struct filter { /* var, its type, whether it is of #extended, function */
	const char *var, *type;
	bool extended;
	int (*take)(struct request *r, struct mam_query *q, const struct form_field_in *f);
} filters[] = {
	{ "with", "jid-single", false, take_with },
	{ "start", "text-single", false, take_start },
	{ "end", "text-single", false, take_end },
	{ "before-id", "text-single", true, take_before },
	{ "after-id", "text-single", true, take_after },
	{ "ids", "list-multi", true, take_ids },
};
/* clang-format on */

#define N_FILTERS (sizeof(filters) / sizeof(filters[0]))

static bool is_on(const struct config *c, const struct filter *f)
{
	return !f->extended || feature_on(c, NS_MAM_EXTENDED);
}

void mam_query_form(const struct config *c, struct str *out)
{
	form_open(out, FORM_FORM, NS_MAM);
	for (size_t i = 0; i < N_FILTERS; i++) {
		const struct form_field_out field = {
			.var = filters[i].var,
			.type = filters[i].type,
			.datatype = strcmp(filters[i].type, "list-multi") ? NULL : "xs:string",
			.flags = FORM_OPEN,
		};

		if (is_on(c, &filters[i]))
			form_field(out, &field);
	}
	form_close(out);
}

static int take_field(struct request *r, struct mam_query *q, const struct form_field_in *f)
{
	for (size_t i = 0; i < N_FILTERS; i++)
		if (!strcmp(filters[i].var, f->var) && is_on(r->service->config, &filters[i]))
			return filters[i].take(r, q, f);
	return PS_FEATURE_NOT_IMPLEMENTED; /* X0313-09 */
}

static int take_form(struct request *r, struct mam_query *q, const struct form_in *form)
{
	int e = PS_OK;

	if (form->type != FORM_SUBMIT || !form->form_type || strcmp(form->form_type, NS_MAM))
		return PS_BAD_REQUEST;
	for (size_t i = 0; i < form->n && !e; i++)
		e = take_field(r, q, &form->fields[i]);
	return e;
}

static int parse_form(struct request *r, struct mam_query *q)
{
	struct form_in form;
	int e = form_parse(r->action, &form);

	if (e)
		return e == -ENOENT ? PS_OK : PS_BAD_REQUEST;
	e = take_form(r, q, &form);
	form_in_release(&form);
	return e;
}

/* The page */

static int parse_place(struct request *r, struct mam_query *q, const char *id)
{
	/* What is in the order of creation must be there to have a place in it. */
	if (q->order.by == ORDER_CREATION)
		return find_version(r, id, &q->from);
	return find_place(r, id, &q->from.seq);
}

static int parse_page(struct request *r, struct mam_query *q)
{
	if (rsm_parse(r->action, &q->rsm) < 0)
		return PS_BAD_REQUEST;
	if (q->rsm.has_index)
		return PS_FEATURE_NOT_IMPLEMENTED; /* X0059-09: places stay, positions do not */
	q->backwards = q->rsm.before;
	if (q->rsm.before && *q->rsm.before)
		return parse_place(r, q, q->rsm.before);
	return q->rsm.after ? parse_place(r, q, q->rsm.after) : PS_OK;
}

static int by_seq(const void *a, const void *b)
{
	const struct archive_place *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int by_creation(const void *a, const void *b)
{
	const struct archive_place *x = a, *y = b;

	return x->first != y->first ? (x->first < y->first ? -1 : 1) : by_seq(a, b);
}

static void sort_only(struct mam_query *q)
{
	size_t n = 0;

	if (!q->only)
		return;
	qsort(q->only, q->n_only, sizeof(*q->only),
	      q->order.by == ORDER_CREATION ? by_creation : by_seq);
	for (size_t i = 0; i < q->n_only; i++)
		if (!n || q->only[i].seq != q->only[n - 1].seq)
			q->only[n++] = q->only[i];
	q->n_only = n;
}

int mam_query_parse(struct request *r, struct mam_query *q)
{
	const struct config *c = r->service->config;
	int e;

	*q = (struct mam_query){ .filter = { .start = INT64_MIN, .end = INT64_MAX } };
	e = shown_init(r->service->store, &r->node, &q->shown);
	if (e)
		return e;
	q->queryid = stanza_attr(r->action, "queryid");
	if (q->queryid && strlen(q->queryid) > MAM_QUERYID_MAX)
		return PS_BAD_REQUEST;
	q->flip = stanza_child(r->action, "flip-page", NS_MAM) && feature_on(c, NS_MAM_EXTENDED);
	if (feature_on(c, NS_ORDER_BY "@" NS_MAM))
		e = order_parse(c, r->action, &q->order);
	if (!e)
		e = parse_form(r, q);
	if (!e)
		e = parse_page(r, q);
	sort_only(q);
	return e;
}
