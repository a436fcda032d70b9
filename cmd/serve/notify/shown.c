/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/shown.h"

#include <stdlib.h>

#include "common/base/mem.h"

static int note_owner(const char *jid, enum affiliation affiliation, void *data)
{
	struct shown *shown = data;

	if (affiliation != AFF_OWNER)
		return 0;
	shown->owner = mem_strdup(jid);
	return 1;
}

int shown_init(struct store *s, const struct node *node, struct shown *ret)
{
	*ret = (struct shown){ .reply = node->config.item_reply };
	if (ret->reply != REPLY_OWNER)
		return 0;
	return store_affiliation_each(s, node->id, note_owner, ret);
}

void shown_release(struct shown *shown)
{
	free(shown->owner);
	shown->owner = NULL;
}

struct item shown_item(const struct shown *shown, const struct item *item)
{
	struct item copy = *item;

	if (shown->reply != REPLY_PUBLISHER)
		copy.publisher = shown->owner; /* NULL: nobody */
	return copy;
}
