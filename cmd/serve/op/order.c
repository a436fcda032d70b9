/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/order.h"

#include <string.h>

#include "cmd/serve/features.h"
#include "common/base/parse.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

static int parse_one(xmpp_stanza_t *stanza, struct order *ret)
{
	const char *by = stanza_attr(stanza, "by"), *desc = stanza_attr(stanza, "desc");

	*ret = (struct order){ .by = ORDER_MODIFICATION };
	if (!by || (strcmp(by, "creation") && strcmp(by, "modification")))
		return PS_BAD_REQUEST; /* X0413-07 */
	if (!strcmp(by, "creation"))
		ret->by = ORDER_CREATION;
	return desc && parse_bool(desc, &ret->descending) < 0 ? PS_BAD_REQUEST : PS_OK;
}

int order_parse(const struct config *c, xmpp_stanza_t *parent, struct order *ret)
{
	xmpp_stanza_t *stanza = stanza_child(parent, "order", NS_ORDER_BY);
	struct order first = { .by = ORDER_MODIFICATION }, more;
	int e = PS_OK;

	if (stanza && feature_on(c, NS_ORDER_BY)) {
		e = parse_one(stanza, &first);
		while (!e && (stanza = stanza_next_like(stanza, "order", NS_ORDER_BY)))
			e = parse_one(stanza, &more);
	}
	if (!e)
		*ret = first;
	return e;
}
