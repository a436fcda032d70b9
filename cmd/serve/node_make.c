/* SPDX-License-Identifier: MIT */
#include "cmd/serve/node_make.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/pubsub/errors.h"

void random_id(char ret[static RANDOM_ID_LEN + 1])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char bytes[RANDOM_ID_LEN / 2];

	arc4random_buf(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret[2 * i] = hex[bytes[i] >> 4];
		ret[2 * i + 1] = hex[bytes[i] & 15];
	}
	ret[RANDOM_ID_LEN] = '\0';
}

static int check_limit(struct service *s, const char *bare)
{
	int64_t count;
	int e = store_node_count_by_creator(s->store, bare, &count);

	if (e)
		return e;
	return (uint64_t)count < s->config->max_nodes ? PS_OK : PS_MAX_NODES_EXCEEDED;
}

int node_make(struct service *s, const char *name, const char *bare,
	      enum publish_model publish_model, int64_t now, struct node *ret_node)
{
	struct node n = {
		.name = (char *)name,
		.creator = (char *)bare,
		.created = now,
		.config = { .publish_model = publish_model },
	};
	int e = check_limit(s, bare);

	if (!e)
		e = store_node_create(s->store, &n, &n.id);
	if (e)
		return e == -EEXIST ? PS_CONFLICT : e;
	e = store_affiliation_set(s->store, n.id, bare, AFF_OWNER);
	if (e)
		return e;
	return store_node_get(s->store, name, ret_node);
}
