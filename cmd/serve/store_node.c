/* SPDX-License-Identifier: MIT */
/* Nodes and their configuration. */
#include "cmd/serve/store.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/store_internal.h"
#include "common/base/mem.h"

#define VAR_PUBLISH_MODEL "pubsub#publish_model"

enum node_stmt {
	NODE_GET,
	NODE_CREATE,
	NODE_DELETE,
	NODE_DELETE_ITEMS,
	NODE_DELETE_SUBSCRIPTIONS,
	NODE_DELETE_AFFILIATIONS,
	NODE_DELETE_CONFIG,
	NODE_COUNT,
	NODE_COUNT_BY_CREATOR,
	NODE_PAGE,
	NODE_PAGE_BACK,
	NODE_POSITION,
	NODE_CONFIG_GET,
	NODE_CONFIG_SET,
	NODE_MAX
};

#define SELECT "SELECT id, name, creator, created, items FROM node"

/* clang-format off */
static const char *const node_sql[NODE_MAX] = {
	[NODE_GET] = SELECT " WHERE name = ?1",
	[NODE_CREATE] = "INSERT INTO node (name, creator, created) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (name) DO NOTHING",
	[NODE_DELETE] = "DELETE FROM node WHERE id = ?1",
	[NODE_DELETE_ITEMS] = "DELETE FROM item WHERE node = ?1",
	[NODE_DELETE_SUBSCRIPTIONS] = "DELETE FROM subscription WHERE node = ?1",
	[NODE_DELETE_AFFILIATIONS] = "DELETE FROM affiliation WHERE node = ?1",
	[NODE_DELETE_CONFIG] = "DELETE FROM node_config WHERE node = ?1",
	[NODE_COUNT] = "SELECT count(*) FROM node",
	[NODE_COUNT_BY_CREATOR] = "SELECT count(*) FROM node WHERE creator = ?1",
	[NODE_PAGE] = SELECT " WHERE name > ?1 ORDER BY name LIMIT ?2",
	/* Finds where the page begins and reads on from there: no row is kept to be turned. */
	[NODE_PAGE_BACK] = SELECT " WHERE name < ?1 AND name >= ifnull(("
		"SELECT name FROM node WHERE name < ?1 ORDER BY name DESC LIMIT 1 OFFSET ?2 - 1"
		"), '') ORDER BY name",
	[NODE_POSITION] = "SELECT count(*) FROM node WHERE name < ?1",
	[NODE_CONFIG_GET] = "SELECT var, value FROM node_config WHERE node = ?1",
	[NODE_CONFIG_SET] = "INSERT INTO node_config (node, var, value) VALUES (?1, ?2, ?3)",
};
/* clang-format on */
_Static_assert(NODE_MAX <= STORE_STMTS, "a place for each statement");

static struct query node_query(struct store *s, enum node_stmt stmt)
{
	return query_new(s, &s->nodes[stmt], node_sql[stmt]);
}

/* Configuration */

static int config_get(struct store *s, int64_t node, struct node_config *ret)
{
	AUTO_QUERY q = node_query(s, NODE_CONFIG_GET);
	struct node_config config = { 0 };
	int r, value;

	query_bind_int(&q, 1, node);
	while ((r = query_step(&q)) > 0) {
		if (strcmp(query_text(&q, 0), VAR_PUBLISH_MODEL))
			continue;
		r = query_name(&q, 1, publish_model_names, PUBLISH_MAX, &value);
		if (r)
			return r;
		config.publish_model = (enum publish_model)value;
	}
	if (!r)
		*ret = config;
	return r;
}

static int config_add(struct store *s, int64_t node, const struct node_config *config)
{
	static const struct node_config defaults = { 0 };
	AUTO_QUERY q = node_query(s, NODE_CONFIG_SET);

	if (config->publish_model == defaults.publish_model)
		return 0;
	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, VAR_PUBLISH_MODEL);
	query_bind_text(&q, 3, publish_model_names[config->publish_model]);
	return query_run(&q);
}

/* Nodes */

/* Name and creator are borrowed from the row. */
static int node_row(struct query *q, struct node *ret)
{
	*ret = (struct node){
		.id = query_int(q, 0),
		.name = (char *)query_text(q, 1),
		.creator = (char *)query_text(q, 2),
		.created = query_int(q, 3),
		.items = query_int(q, 4),
	};
	return config_get(q->store, ret->id, &ret->config);
}

int store_node_get(struct store *s, const char *name, struct node *ret_node)
{
	AUTO_QUERY q = node_query(s, NODE_GET);
	struct node n;
	int r;

	query_bind_text(&q, 1, name);
	r = query_step(&q);
	if (r <= 0)
		return r ? r : -ENOENT;
	r = node_row(&q, &n);
	if (r)
		return r;
	n.name = mem_strdup(n.name);
	n.creator = mem_strdup(n.creator);
	*ret_node = n;
	return 0;
}

static int node_add(struct store *s, const struct node *n, int64_t *ret_id)
{
	AUTO_QUERY q = node_query(s, NODE_CREATE);
	int r;

	query_bind_text(&q, 1, n->name);
	query_bind_text(&q, 2, n->creator);
	query_bind_int(&q, 3, n->created);
	r = query_run(&q);
	if (!r && !store_changes(s))
		r = -EEXIST;
	if (!r)
		*ret_id = sqlite3_last_insert_rowid(s->db);
	return r;
}

int store_node_create(struct store *s, const struct node *n, int64_t *ret_id)
{
	int64_t id;
	int r;

	r = node_add(s, n, &id);
	if (!r)
		r = config_add(s, id, &n->config);
	if (!r)
		*ret_id = id;
	return r;
}

int store_node_delete(struct store *s, int64_t node)
{
	static const enum node_stmt steps[] = {
		NODE_DELETE_ITEMS,
		NODE_DELETE_SUBSCRIPTIONS,
		NODE_DELETE_AFFILIATIONS,
		NODE_DELETE_CONFIG,
		NODE_DELETE,
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !r; i++) {
		AUTO_QUERY q = node_query(s, steps[i]);

		query_bind_int(&q, 1, node);
		r = query_run(&q);
	}
	return r;
}

int store_node_count(struct store *s, int64_t *ret_count)
{
	AUTO_QUERY q = node_query(s, NODE_COUNT);

	return query_value(&q, ret_count);
}

int store_node_count_by_creator(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	AUTO_QUERY q = node_query(s, NODE_COUNT_BY_CREATOR);

	query_bind_text(&q, 1, bare_jid);
	return query_value(&q, ret_count);
}

int store_node_page(struct store *s, const char *anchor, bool backwards, int64_t limit,
		    store_node_fn *fn, void *data)
{
	AUTO_QUERY q = node_query(s, backwards ? NODE_PAGE_BACK : NODE_PAGE);
	struct node n;
	int r;

	if (limit <= 0)
		return 0;
	if (backwards && !anchor)
		query_bind_end(&q, 1);
	else
		query_bind_text(&q, 1, anchor ? anchor : "");
	query_bind_int(&q, 2, limit);
	while ((r = query_step(&q)) > 0) {
		r = node_row(&q, &n);
		if (!r)
			r = fn(&n, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_node_position(struct store *s, const char *name, int64_t *ret_position)
{
	AUTO_QUERY q = node_query(s, NODE_POSITION);

	query_bind_text(&q, 1, name);
	return query_value(&q, ret_position);
}
