/* SPDX-License-Identifier: MIT */
/* Associating nodes with collections (XEP-0248 sections 7.5 and 7.6). */
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/service.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

/* clang-format off */
static const struct {
	const char *element;
	int (*fn)(struct request *r, const char *child);
} changes[] = {
	{ "associate", collection_associate },
	{ "dissociate", collection_dissociate },
	{ "disassociate", collection_dissociate }, /* in the schema of XEP-0060 */
};
/* clang-format on */

int op_collection(struct request *r)
{
	xmpp_stanza_t *child = stanza_first(r->action);
	const char *name = stanza_attr(child, "node");

	if (stanza_count(r->action) != 1 || strcmp(stanza_ns(child), NS_PUBSUB_OWNER))
		return PS_BAD_REQUEST;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (!strcmp(stanza_name(child), changes[i].element))
			return name && *name ? changes[i].fn(r, name) : PS_NODEID_REQUIRED;
	return PS_BAD_REQUEST;
}
