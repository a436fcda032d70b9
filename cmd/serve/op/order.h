/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ORDER_H
#define SERVE_ORDER_H

/*
 * In which order items are asked for (XEP-0413).
 */
#include <stdbool.h>

#include <strophe.h>

#include "cmd/serve/store/store.h"

struct config;

struct order {
	enum item_order by;
	bool descending;
};

/*
 * The first <order/> among the children of @parent; without one, from the oldest publication to the
 * newest. No two items are the same in either order: where there are more, they decide nothing. PS_OK
 * or PS_BAD_REQUEST.
 */
int order_parse(const struct config *c, xmpp_stanza_t *parent, struct order *ret);

#endif
