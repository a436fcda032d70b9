/* SPDX-License-Identifier: MIT */
#ifndef SERVE_TYPE_FILTER_H
#define SERVE_TYPE_FILTER_H

/*
 * Nodes of which types a list is asked for (XEP-0462).
 */
#include <stdbool.h>

#include <strophe.h>

#include "cmd/serve/store/store.h"
#include "common/base/str.h"

struct config;

struct type_filter {
	bool given;
	struct node_types types;
	struct str list; /* of these */
};

/* The <filter/> among the children of @parent. PS_OK or PS_BAD_REQUEST; release it in any case. */
int type_filter_parse(const struct config *c, xmpp_stanza_t *parent, struct type_filter *ret);
void type_filter_release(struct type_filter *f);

#endif
