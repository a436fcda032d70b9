/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/deliver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/filter.h"
#include "cmd/serve/notify/implicit.h"
#include "cmd/serve/notify/sequence.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define HEADER_COLLECTION "Collection"
#define HEADER_SUBID "SubID"

const char *const delivery_headers[] = { HEADER_COLLECTION, HEADER_SEQUENCE, HEADER_SUBID, NULL };

void delivery_release(struct delivery *d)
{
	str_release(&d->headers);
	free(d->picked);
}

/* It ends with the node of its own. */
static bool is_ending(const struct event *e, const struct sub_row *row)
{
	return e->kind == EVENT_END && !row->depth;
}

/* STATE-02; DEL-04: of the end, those who still wait are told as well. */
static bool is_in_state(const struct event *e, const struct sub_row *row)
{
	return row->state == SUB_SUBSCRIBED || (is_ending(e, row) && row->state != SUB_NONE);
}

/* X0248-26 to X0248-30: depth 0 is what happens to the collection itself. */
static bool is_of_collection(const struct event *e, const struct sub_row *row,
			     const struct sub_options *o)
{
	unsigned depth = row->depth + (e->kind == EVENT_LINK);
	bool items = event_is_of_items(e);

	if (!depth)
		return true;
	if (o->depth < depth)
		return false;
	return o->type == SUBTYPE_ALL || o->type == (items ? SUBTYPE_ITEMS : SUBTYPE_NODES);
}

/* OPT-30: who wants it only in some states must be known to be in one of them. */
static bool is_shown(const struct service *s, const struct sub_row *row,
		     const struct sub_options *o)
{
	return o->shows == SHOW_ALL || available_reaches(s->available, row->jid, o->shows);
}

static bool suits(const struct service *s, const struct event *e, const struct sub_row *row,
		  const struct sub_options *o)
{
	/* OPT-21 */
	if (!is_ending(e, row) && (!o->deliver || !is_shown(s, row, o)))
		return false;
	/* OPT-22: it comes later. */
	if (o->digest && e->digested)
		return false;
	return is_of_collection(e, row, o);
}

/* Adds to d->picked what the subscription lets pass. Does anything? */
static bool pick(struct service *s, struct event *e, const struct sub_options *o,
		 struct delivery *d)
{
	/* What one subscription wants all of is wanted, whatever the others pick. */
	bool all = d->wanted && !d->picked;
	AUTO_FREE bool *picked = NULL;

	if (!o->filter || !e->n_entries) {
		free(d->picked);
		d->picked = NULL;
		return true;
	}
	picked = mem_zalloc(e->n_entries * sizeof(*picked));
	if (!filter_pick(s, e, o, picked))
		return false;
	if (all)
		return true;
	for (size_t i = 0; d->picked && i < e->n_entries; i++)
		picked[i] = picked[i] || d->picked[i];
	free(d->picked);
	d->picked = steal(picked);
	return true;
}

static int check_read(struct service *s, const struct event *e, const struct sub_row *row,
		      bool *ret)
{
	AUTO_IN_PLACE(node_release) struct node node = { 0 };
	int err = store_node_get_by_id(s->store, e->node, &node);

	if (!err && row->node == NODE_PRESENT)
		return implicit_check(s, &node, row->jid, ret);
	if (!err)
		err = subject_check(s, PRIV_READ, &node, row->jid);
	*ret = !err;
	return err < 0 && err != -ENOENT ? err : 0;
}

/* X0248-44: what a collection's subscribers may not read themselves does not reach them. */
static int may_see(struct service *s, const struct event *e, const struct sub_row *row, bool *ret)
{
	*ret = true;
	if ((!row->depth && row->node != NODE_PRESENT) || row->checked)
		return 0;
	return check_read(s, e, row, ret);
}

static void add_header(struct str *out, const char *name, const char *value)
{
	str_puts(out, "<header");
	xml_attr(out, "name", name);
	str_putc(out, '>');
	xml_text(out, value, strlen(value));
	str_puts(out, "</header>");
}

/* SubIDs only where they are in use, and for items alone (IMPL-01, CONF-18). */
static void add_headers(const struct service *s, const struct event *e, const struct sub_row *row,
			struct delivery *d)
{
	if (row->depth)
		add_header(&d->headers, HEADER_COLLECTION, row->collection);
	if (s->config->multi_subscribe && e->kind == EVENT_ITEMS && *row->subid)
		add_header(&d->headers, HEADER_SUBID, row->subid);
}

/* IMPL-07: filters come last, they cost most. */
static int judge_options(struct service *s, struct event *e, const struct sub_row *row,
			 const struct sub_options *o, struct delivery *d)
{
	bool visible;
	int err;

	if (!suits(s, e, row, o))
		return 0;
	err = may_see(s, e, row, &visible);
	if (err || !visible || !pick(s, e, o, d))
		return err;
	if (!d->wanted)
		d->node = row->node == NODE_PRESENT ? e->node : row->node;
	d->wanted = true;
	d->body = d->body || o->include_body; /* OPT-29 */
	d->numbered = d->numbered || sequence_concerns(e, row, o);
	add_headers(s, e, row, d);
	return 0;
}

static int judge_row(struct service *s, struct event *e, const struct sub_row *row,
		     struct delivery *d)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options;

	sub_options_init(&options);
	if (!is_in_state(e, row))
		return 0;
	if (*row->options && fields_load(sub_fields, row->options, &options))
		return -EIO;
	return judge_options(s, e, row, &options, d);
}

int deliver_judge(struct service *s, struct event *e, const struct group *g, struct delivery *d)
{
	int err = 0;

	/* PRES-02 */
	if (e->presence_based && !available_reaches(s->available, g->rows[0]->jid, SHOW_ALL))
		return 0;
	for (size_t i = 0; i < g->n && !err; i++)
		err = judge_row(s, e, g->rows[i], d);
	return err;
}

/* What deliver_judge() finds of one that is subscribed with all options default. */
bool deliver_is_plain(const struct service *s, const struct event *e)
{
	bool news = e->kind == EVENT_ITEMS || e->kind == EVENT_PURGE || e->kind == EVENT_NODE;
	bool with_subid = s->config->multi_subscribe && e->kind == EVENT_ITEMS;

	return news && e->n_sources == 1 && !e->sources[0].depth && !e->of_collection &&
	       !e->presence_based && !with_subid && !(*e->archive_id && e->archive_guarded);
}

void deliver_headers(const struct event *e, const struct delivery *d, struct str *out)
{
	bool numbered = *e->sequence && (!d || d->numbered);

	if (!numbered && (!d || !d->headers.len))
		return;
	str_puts(out, "<headers xmlns='" NS_SHIM "'>");
	if (d)
		str_add(out, d->headers.p, d->headers.len);
	if (numbered)
		add_header(out, HEADER_SEQUENCE, e->sequence);
	str_puts(out, "</headers>");
}
