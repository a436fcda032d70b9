/* SPDX-License-Identifier: MIT */
#include "cmd/serve/node.h"

#include <stdlib.h>

const char *const affiliation_names[AFF_MAX] = {
	[AFF_NONE] = "none",
	[AFF_OUTCAST] = "outcast",
	[AFF_OWNER] = "owner",
};

const char *const publish_model_names[PUBLISH_MAX] = {
	[PUBLISH_PUBLISHERS] = "publishers",
	[PUBLISH_OPEN] = "open",
};

const char *const sub_state_names[SUB_MAX] = {
	[SUB_NONE] = "none",
	[SUB_SUBSCRIBED] = "subscribed",
};

void node_release(struct node *n)
{
	if (!n)
		return;
	free(n->name);
	free(n->creator);
	n->name = NULL;
	n->creator = NULL;
}
