/* SPDX-License-Identifier: MIT */
#include "cmd/pub/intake.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/pub/input.h"
#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/item_reader.h"

struct intake {
	const struct intake_params *p;
	intake_fn *fn;
	void *data;
	bool id_used;
	void *created;		/* tsearch(3): nodes that were */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct intake *intake_new(const struct intake_params *p, intake_fn *fn, void *data)
{
	struct intake *in = mem_zalloc(sizeof(*in));

	in->p = p;
	in->fn = fn;
	in->data = data;
	return in;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	tdestroy(in->created, free);
	free(in);
}

static struct work *new_work(const struct intake *in, enum work_kind kind, const char *node,
			     const char *id)
{
	struct work *w = work_new(kind, node, id);

	w->service = mem_strdup(in->p->service);
	return w;
}

static void create_once(struct intake *in, const char *node)
{
	struct work *w;

	if (!in->p->create || tfind(node, &in->created, by_name))
		return;
	tsearch(mem_strdup(node), &in->created, by_name);
	w = new_work(in, WORK_CREATE, node, NULL);
	w->form = mem_strdup(in->p->config);
	in->fn(w, in->data);
}

void intake_create(struct intake *in)
{
	if (in->p->node)
		create_once(in, in->p->node);
}

static char *choose_id(const struct intake *in, const struct in_item *item)
{
	const char *given = in->p->id ? in->p->id : item->id;

	if (given)
		return mem_strdup(given);
	return in->p->need_ids ? work_new_id() : NULL;
}

static int check(struct intake *in, const struct in_item *item, const char *place)
{
	if (!in->p->node && !item->node) {
		log_error("%s: the element names no node; name one with --node", place);
		return EX_DATAERR;
	}
	if (item->kind == IN_ITEM && in->p->id && in->id_used) {
		log_error("%s: a second item, but --id is for one", place);
		return EX_DATAERR;
	}
	return 0;
}

static struct work *item_work(struct intake *in, const struct in_item *item, const char *node)
{
	struct work *w = new_work(in, WORK_ITEM, node, NULL);

	w->id = choose_id(in, item);
	w->form = mem_strdup(in->p->options);
	w->payload = item->payload ? mem_strndup(item->payload, item->payload_len) : NULL;
	w->len = item->payload ? item->payload_len : 0;
	in->id_used = true;
	return w;
}

int intake_take(struct intake *in, const struct in_item *item, const struct input_source *source)
{
	AUTO_FREE char *place = input_place(source, item->line);
	const char *node = in->p->node ? in->p->node : item->node;
	struct work *w;
	int e;

	if (item->kind == IN_SKIPPED) {
		log_warn("%s: <%s> is passed over", place, item->name);
		return 0;
	}
	e = check(in, item, place);
	if (e)
		return e;
	create_once(in, node);
	if (item->kind == IN_ITEM)
		w = item_work(in, item, node);
	else
		w = new_work(in, item->kind == IN_RETRACT ? WORK_RETRACT : WORK_PURGE, node,
			     item->id);
	w->place = steal(place);
	in->fn(w, in->data);
	return 0;
}
