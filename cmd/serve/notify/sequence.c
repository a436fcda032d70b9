/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/sequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cmd/serve/node.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/recipients.h"
#include "cmd/serve/store/store.h"
#include "common/pubsub/sub_fields.h"

static int set(struct event *e, int64_t number, int err)
{
	if (err)
		return err == -ENOENT ? 0 : err; /* it has none */
	snprintf(e->sequence, sizeof(e->sequence), "%" PRId64, number);
	return 0;
}

int sequence_next(struct store *s, const struct node *n, struct event *e)
{
	int64_t number = 0;
	int err = e->kind == EVENT_BEGIN ? -ENOENT : store_node_count_event(s, n->id, &number);

	return set(e, number, err);
}

int sequence_latest(struct store *s, const struct node *n, struct event *e)
{
	int64_t number = 0;
	int err = store_node_events(s, n->id, &number);

	return set(e, number, err);
}

/* What happens in a collection is news of a level below (EVENT_LINK); it has no items. */
static bool reaches_all(const struct event *e, const struct sub_row *row,
			const struct sub_options *o)
{
	unsigned depth = row->depth + e->of_collection;

	if (!depth)
		return true;
	return o->depth >= depth &&
	       (o->type == SUBTYPE_ALL || (o->type == SUBTYPE_NODES && e->of_collection));
}

bool sequence_concerns(const struct event *e, const struct sub_row *row,
		       const struct sub_options *o)
{
	return row->state == SUB_SUBSCRIBED && o->deliver && !o->digest && !o->filter &&
	       o->shows == SHOW_ALL && reaches_all(e, row, o);
}
