/* SPDX-License-Identifier: MIT */
#include "cmd/pub/work.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/pubsub/request.h"
#include "common/xmpp/time.h"

struct work *work_new(enum work_kind kind, const char *node, const char *id)
{
	struct work *w = mem_zalloc(sizeof(*w));

	w->kind = kind;
	w->node = mem_strdup(node);
	w->id = mem_strdup(id);
	return w;
}

void work_free(struct work *w)
{
	if (!w)
		return;
	free(w->service);
	free(w->node);
	free(w->id);
	free(w->payload);
	free(w->form);
	free(w->place);
	free(w->why);
	free(w);
}

void work_describe(const struct work *w, struct str *out)
{
	static const char *const verbs[] = {
		[WORK_CREATE] = "create",
		[WORK_ITEM] = "publish",
		[WORK_RETRACT] = "retract",
		[WORK_PURGE] = "purge",
	};

	str_puts(out, verbs[w->kind]);
	if (w->kind == WORK_CREATE || w->kind == WORK_PURGE) {
		str_printf(out, " '%s'", w->node);
		return;
	}
	if (w->id)
		str_printf(out, " item '%s'", w->id);
	else
		str_puts(out, " the item");
	if (w->place)
		str_printf(out, w->id ? " (%s)" : " of %s", w->place);
	str_printf(out, "%s '%s'", w->kind == WORK_ITEM ? " to" : " from", w->node);
}

void work_render(const struct work *w, struct str *out)
{
	switch (w->kind) {
	case WORK_CREATE:
		request_create_with(out, w->node, w->form);
		break;
	case WORK_RETRACT:
		request_retract(out, w->node, w->id, true);
		break;
	case WORK_PURGE:
		request_purge(out, w->node);
		break;
	case WORK_ITEM:
		request_publish_begin(out, w->node);
		request_publish_item(out, w->id, w->payload, w->len);
		request_publish_end_with(out, w->form);
		break;
	}
}

char *work_new_id(void)
{
	char id[RANDOM_ID_LEN + 1];

	random_id_at(time_now(), id);
	id[12] = '7';			  /* the version */
	id[16] = "89ab"[arc4random() & 3]; /* the variant */
	return mem_printf("%.8s-%.4s-%.4s-%.4s-%s", id, id + 8, id + 12, id + 16, id + 20);
}
