/* SPDX-License-Identifier: MIT */
#include "cmd/serve/features.h"

#include <stdio.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/op/ops.h"
#include "common/base/nearest.h"
#include "common/base/strings.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/ns.h"

static bool auto_creates(const struct config *c)
{
	return c->auto_create;
}

static bool multi_subscribes(const struct config *c)
{
	return c->multi_subscribe;
}

static bool archives(const struct config *c)
{
	return c->archive;
}

/* No part of it without the whole. */
static bool archives_more(const struct config *c)
{
	return feature_on(c, NS_MAM);
}

static bool orders(const struct config *c)
{
	return feature_on(c, NS_ORDER_BY);
}

static bool orders_archive(const struct config *c)
{
	return orders(c) && feature_on(c, NS_MAM);
}

/* It is presence that says since when. */
static bool presents(const struct config *c)
{
	return feature_on(c, "presence-notifications");
}

static bool never_off(const struct config *c)
{
	(void)c;
	return true;
}

static bool has_commands(const struct config *c)
{
	return feature_on(c, NS_COMMANDS);
}

/* It says what the default is (EVT-07, SUB-34). */
static bool sends_last(const struct config *c)
{
	return c->defaults[NODE_LEAF].send_last == LAST_ON_SUB_AND_PRESENCE;
}

static bool open_by_default(const struct config *c)
{
	return c->defaults[NODE_LEAF].access == ACCESS_OPEN;
}

static bool authorize_by_default(const struct config *c)
{
	return c->defaults[NODE_LEAF].access == ACCESS_AUTHORIZE;
}

static bool presence_by_default(const struct config *c)
{
	return c->defaults[NODE_LEAF].access == ACCESS_PRESENCE;
}

static bool roster_by_default(const struct config *c)
{
	return c->defaults[NODE_LEAF].access == ACCESS_ROSTER;
}

/* One way of being subscribed by presence, which has three names: all of them or none. */
static bool subscribes_by_presence(const struct config *c);

static bool whitelist_by_default(const struct config *c)
{
	return c->defaults[NODE_LEAF].access == ACCESS_WHITELIST;
}

static bool is_disabled(const struct config *c, const char *name);

/* X0248-01: it has two names, and is gone with either. */
static bool multi_collects(const struct config *c)
{
	return !is_disabled(c, "collections") && !is_disabled(c, "multi-collection") &&
	       !is_disabled(c, "multi-collections");
}

/* clang-format off */
static const struct own { /* name; does it work (NULL: unless switched off) */
	const char *name;
	bool (*works)(const struct config *c);
} own[] = {
	{ NS_DISCO_INFO, never_off },
	{ NS_DISCO_ITEMS, never_off },
	{ NS_PING, never_off },	/* these two are the session's to answer */
	{ NS_VERSION, never_off },
	{ NS_RSM, never_off },
	{ NS_SHIM, never_off },
	{ NS_PUBSUB, never_off },
	{ NS_MAM, archives },
	{ NS_MAM_EXTENDED, archives_more },
	{ NS_SID, archives_more },
	{ NS_ORDER_BY, NULL },
	{ NS_PUBSUB_FILTER, NULL },
	{ NS_PPS, NULL },
	{ NS_ORDER_BY "@" NS_PUBSUB, orders },
	{ NS_ORDER_BY "@" NS_MAM, orders_archive },
	/* The default model, not which models there are (DISCO-27 to DISCO-31). */
	{ "access-authorize", authorize_by_default },
	{ "access-open", open_by_default },
	{ "access-presence", presence_by_default },
	{ "access-roster", roster_by_default },
	{ "access-whitelist", whitelist_by_default },
	{ "auto-create", auto_creates },
	{ "auto-subscribe", subscribes_by_presence },
	{ "config-node-max", NULL },
	{ "filtered-notifications", subscribes_by_presence },
	{ "get-pending", has_commands },
	{ "instant-nodes", NULL },
	{ "item-ids", NULL },
	{ "last-published", sends_last },
	{ "leased-subscription", NULL },
	{ "member-affiliation", NULL },
	{ "meta-data", NULL },
	{ "multi-collection", multi_collects },
	{ "multi-collections", multi_collects },
	{ "multi-items", NULL },
	{ "multi-subscribe", multi_subscribes },
	{ "outcast-affiliation", NULL },
	{ "persistent-items", NULL },
	{ "presence-notifications", NULL },
	{ "presence-subscribe", subscribes_by_presence },
	{ "publish-node-full", NULL },
	{ "publish-only-affiliation", NULL },
	{ "publisher-affiliation", NULL },
	{ "retract-items", NULL },
	{ "rsm", NULL },
	{ "since", presents },
	{ "subscription-notifications", NULL },
};
/* clang-format on */

#define N_OWN (sizeof(own) / sizeof(own[0]))

static const char *suffix_of(const char *name)
{
	static const char prefix[] = NS_PUBSUB "#";

	return strncmp(name, prefix, strlen(prefix)) ? name : name + strlen(prefix);
}

/* Each request asks for some features: most names differ in the first letter. */
static bool same(const char *a, const char *b)
{
	return *a == *b && !strcmp(a, b);
}

static bool is_disabled(const struct config *c, const char *name)
{
	for (char *const *p = c->disabled; p && *p; p++)
		if (!strcmp(suffix_of(*p), name))
			return true;
	return false;
}

static bool subscribes_by_presence(const struct config *c)
{
	return !is_disabled(c, "auto-subscribe") && !is_disabled(c, "filtered-notifications") &&
	       !is_disabled(c, "presence-subscribe");
}

static const struct own *own_find(const char *name)
{
	for (size_t i = 0; i < N_OWN; i++)
		if (same(own[i].name, name))
			return &own[i];
	return NULL;
}

typedef void name_fn(const char *name, void *data);

/* All of all tables, some more than once. */
static void each_name(name_fn *fn, void *data)
{
	for (size_t i = 0; i < N_OWN; i++)
		fn(own[i].name, data);
	for (const struct op *op = ops; op->type; op++) {
		if (op->feature)
			fn(op->feature, data);
		if (op->also)
			fn(op->also, data);
		if (op->companion_feature)
			fn(op->companion_feature, data);
	}
}

static bool exists(const char *name)
{
	if (own_find(name))
		return true;
	for (const struct op *op = ops; op->type; op++)
		if ((op->feature && same(name, op->feature)) ||
		    (op->also && same(name, op->also)) ||
		    (op->companion_feature && same(name, op->companion_feature)))
			return true;
	return false;
}

bool feature_on(const struct config *c, const char *name)
{
	const struct own *row = own_find(name);

	if (row && row->works && !row->works(c))
		return false;
	return !is_disabled(c, name) && (row || exists(name));
}

bool feature_known(const char *name)
{
	const struct own *row = own_find(suffix_of(name));

	return row ? row->works != never_off : exists(suffix_of(name));
}

static void consider(const char *name, void *data)
{
	nearest_consider(data, name);
}

const char *feature_nearest(const char *name)
{
	struct nearest n = { .word = suffix_of(name) };

	each_name(consider, &n);
	return nearest_found(&n);
}

struct listing {
	const struct config *config;
	char **seen;
	feature_fn *fn;
	void *data;
};

static void list(const char *name, void *data)
{
	struct listing *l = data;
	char var[160];

	if (strings_have(l->seen, name) || !feature_on(l->config, name))
		return;
	strings_add(&l->seen, name);
	if (strchr(name, ':'))
		snprintf(var, sizeof(var), "%s", name);
	else
		snprintf(var, sizeof(var), NS_PUBSUB "#%s", name);
	l->fn(var, l->data);
}

void features_each(const struct config *c, feature_fn *fn, void *data)
{
	struct listing l = { .config = c, .fn = fn, .data = data };

	each_name(list, &l);
	strings_free(l.seen);
}

bool feature_access(const struct config *c, enum access_model model)
{
	char name[32];

	/* A component has no roster with groups. */
	if (model == ACCESS_ROSTER && c->component)
		return false;
	snprintf(name, sizeof(name), "access-%s", access_model_names[model]);
	return !is_disabled(c, name);
}

bool feature_affiliation(const struct config *c, enum affiliation a, const char **ret_feature)
{
	static const char *const features[AFF_MAX] = {
		[AFF_OUTCAST] = "outcast-affiliation",
		[AFF_MEMBER] = "member-affiliation",
		[AFF_PUBLISH_ONLY] = "publish-only-affiliation",
		[AFF_PUBLISHER] = "publisher-affiliation",
	};

	*ret_feature = features[a];
	return !features[a] || feature_on(c, features[a]);
}

bool feature_field(const struct config *c, const struct field *f)
{
	if (!strcmp(f->var, "pubsub#roster_groups_allowed"))
		return feature_access(c, ACCESS_ROSTER);
	return !f->feature || feature_on(c, f->feature);
}
