/* SPDX-License-Identifier: MIT */
#include "cmd/serve/node.h"

#include <stdlib.h>

void node_release(struct node *n)
{
	if (!n)
		return;
	free(n->name);
	free(n->creator);
	node_config_release(&n->config);
	*n = (struct node){ 0 };
}
