/* SPDX-License-Identifier: MIT */
/* Nodes and their settings. */
#include "cmd/serve/store/store.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_news.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum node_stmt {
	NODE_GET,
	NODE_GET_BY_ID,
	NODE_CREATE,
	NODE_CONFIGURE,
	NODE_DELETE,
	NODE_DELETE_ITEMS,
	NODE_DELETE_PAST,
	NODE_DELETE_PACE,
	NODE_DELETE_DIGESTS,
	NODE_DELETE_SUBSCRIPTIONS,
	NODE_DELETE_AFFILIATIONS,
	NODE_DELETE_EDGES,
	NODE_COUNT,
	NODE_COUNT_BY_CREATOR,
	NODE_EVENTS,
	NODE_ITEMS_BY_CREATOR,
	NODE_PURGING,
	NODE_PAGE,
	NODE_PAGE_BACK,
	NODE_POSITION,
	NODE_GONE_SET,
	NODE_GONE_TRIM,
	NODE_GONE_GET,
	NODE_GONE_REMOVE,
	NODE_SETTING_GET,
	NODE_SETTING_SET,
	NODE_MAX
};

#define SELECT "SELECT id, name, creator, created, items, config FROM node"
/*
 * Of the nodes in the collection ?1; every node where ?1 is -1. The root (0) has those in no other,
 * and those with an edge that says so.
 */
#define IN_COLLECTION                                                                              \
	"(CASE ?1 WHEN -1 THEN 1 "                                                                 \
	"WHEN 0 THEN ifnull((SELECT min(parent) FROM edge WHERE child = node.id), 0) = 0 "         \
	"ELSE EXISTS (SELECT 1 FROM edge WHERE parent = ?1 AND child = node.id) END)"

/* Types stand between two US in ?4; with ?5 they are those that are left out. */
#define OF_TYPE "(?4 IS NULL OR (instr(?4, char(31) || type || char(31)) > 0) <> ?5)"

/* clang-format off */
static const char *const node_sql[NODE_MAX] = {
	[NODE_GET] = SELECT " WHERE name = ?1",
	[NODE_GET_BY_ID] = SELECT " WHERE id = ?1",
	[NODE_CREATE] = "INSERT INTO node (name, creator, created, config, type) VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT (name) DO NOTHING",
	[NODE_CONFIGURE] = "UPDATE node SET config = ?2, type = ?3 WHERE id = ?1",
	[NODE_DELETE] = "DELETE FROM node WHERE id = ?1",
	[NODE_DELETE_ITEMS] = "DELETE FROM item WHERE node = ?1",
	[NODE_DELETE_PAST] = "DELETE FROM past WHERE node = ?1",
	[NODE_DELETE_PACE] = "DELETE FROM pace WHERE node = ?1",
	[NODE_DELETE_DIGESTS] = "DELETE FROM digest WHERE subscription IN "
		"(SELECT key FROM subscription WHERE node = ?1)",
	[NODE_DELETE_SUBSCRIPTIONS] = "DELETE FROM subscription WHERE node = ?1",
	[NODE_DELETE_AFFILIATIONS] = "DELETE FROM affiliation WHERE node = ?1",
	[NODE_DELETE_EDGES] = "DELETE FROM edge WHERE parent = ?1 OR child = ?1",
	[NODE_COUNT] = "SELECT count(*) FROM node WHERE " IN_COLLECTION " AND " OF_TYPE,
	[NODE_COUNT_BY_CREATOR] = "SELECT count(*) FROM node WHERE creator = ?1",
	[NODE_EVENTS] = "SELECT events FROM node WHERE id = ?1",
	[NODE_ITEMS_BY_CREATOR] = "SELECT ifnull((SELECT items FROM creator WHERE jid = ?1), 0)",
	[NODE_PURGING] = "SELECT id FROM node WHERE instr(config, 'pubsub#purge_offline')",
	[NODE_PAGE] = SELECT " WHERE name > ?2 AND " IN_COLLECTION " AND " OF_TYPE " ORDER BY name LIMIT ?3",
	/* Finds where the page begins and reads on from there: no row is kept to be turned. */
	[NODE_PAGE_BACK] = SELECT " WHERE name < ?2 AND name >= ifnull(("
		"SELECT name FROM node WHERE name < ?2 AND " IN_COLLECTION " AND " OF_TYPE
		" ORDER BY name DESC LIMIT 1 OFFSET ?3 - 1"
		"), '') AND " IN_COLLECTION " AND " OF_TYPE " ORDER BY name",
	[NODE_POSITION] = "SELECT count(*) FROM node WHERE name < ?2 AND " IN_COLLECTION " AND " OF_TYPE,
	[NODE_GONE_SET] = "INSERT OR REPLACE INTO gone (name, uri, creator) VALUES (?1, ?2, ?3)",
	[NODE_GONE_TRIM] = "DELETE FROM gone WHERE creator = ?1 AND seq <= (SELECT seq FROM gone "
		"WHERE creator = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
	[NODE_GONE_GET] = "SELECT uri FROM gone WHERE name = ?1",
	[NODE_GONE_REMOVE] = "DELETE FROM gone WHERE name = ?1",
	[NODE_SETTING_GET] = "SELECT value FROM setting WHERE name = ?1",
	[NODE_SETTING_SET] = "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)",
};
/* clang-format on */
_Static_assert(NODE_MAX <= STORE_STMTS, "a place for each statement");

static struct query node_query(struct store *s, enum node_stmt stmt)
{
	return query_new(s, STORE_NODES, stmt, node_sql[stmt]);
}

/* One node */

/* Name and creator are borrowed from the row; the settings are not, and must be released. */
static int node_row(struct query *q, struct node *ret)
{
	*ret = (struct node){
		.id = query_int(q, 0),
		.name = (char *)query_text(q, 1),
		.creator = (char *)query_text(q, 2),
		.created = query_int(q, 3),
		.items = query_int(q, 4) + counts_items(q->store, query_int(q, 0)),
	};
	node_config_init(&ret->config, NODE_LEAF);
	if (!fields_load(node_fields, query_text(q, 5), &ret->config))
		return 0;
	node_config_release(&ret->config);
	return query_broken(q, "unknown settings of node", ret->name);
}

static int get(struct query *q, struct node *ret_node)
{
	struct node n;
	int r = query_step(q);

	if (r <= 0)
		return r ? r : -ENOENT;
	r = node_row(q, &n);
	if (r)
		return r;
	n.name = mem_strdup(n.name);
	n.creator = mem_strdup(n.creator);
	*ret_node = n;
	return 0;
}

int store_node_get(struct store *s, const char *name, struct node *ret_node)
{
	AUTO_QUERY q = node_query(s, NODE_GET);

	query_bind_text(&q, 1, name);
	return get(&q, ret_node);
}

int store_node_get_by_id(struct store *s, int64_t node, struct node *ret_node)
{
	AUTO_QUERY q = node_query(s, NODE_GET_BY_ID);

	query_bind_int(&q, 1, node);
	return get(&q, ret_node);
}

static int remove_gone(struct store *s, const char *name)
{
	AUTO_QUERY q = node_query(s, NODE_GONE_REMOVE);

	query_bind_text(&q, 1, name);
	return query_run(&q);
}

static int node_add(struct store *s, const struct node *n, int64_t *ret_id)
{
	AUTO_QUERY q = node_query(s, NODE_CREATE);
	AUTO_STR config = { 0 };
	int r;

	fields_save(node_fields, &n->config, &config);
	query_bind_text(&q, 1, n->name);
	query_bind_text(&q, 2, n->creator);
	query_bind_int(&q, 3, n->created);
	query_bind_text(&q, 4, config.p ? config.p : "");
	query_bind_text(&q, 5, n->config.semantic ? n->config.semantic : "");
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
	int r = node_add(s, n, &id);

	if (!r)
		r = remove_gone(s, n->name);
	if (!r)
		*ret_id = id;
	return r;
}

int store_node_configure(struct store *s, int64_t node, const struct node_config *config)
{
	AUTO_QUERY q = node_query(s, NODE_CONFIGURE);
	AUTO_STR text = { 0 };

	fields_save(node_fields, config, &text);
	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, text.p ? text.p : "");
	query_bind_text(&q, 3, config->semantic ? config->semantic : "");
	return query_run(&q);
}

int store_node_delete(struct store *s, int64_t node)
{
	static const enum node_stmt steps[] = {
		NODE_DELETE, /* first: what is counted in its row goes faster without */
		NODE_DELETE_ITEMS,   NODE_DELETE_PAST,		NODE_DELETE_PACE,
		NODE_DELETE_DIGESTS, NODE_DELETE_SUBSCRIPTIONS, NODE_DELETE_AFFILIATIONS,
		NODE_DELETE_EDGES,
	};
	int r = store_news_drop(s, node);

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !r; i++)
		r = query_run_int(node_query(s, steps[i]), node);
	counts_drop(s, node);
	place_forget(s, node);
	store_sub_changed(s, node);
	return r;
}

int store_node_events(struct store *s, int64_t node, int64_t *ret_events)
{
	int r = query_value_int(node_query(s, NODE_EVENTS), node, ret_events);

	if (!r)
		*ret_events += counts_events(s, node);
	return r;
}

/* Many nodes */

static void bind_types(struct query *q, const struct node_types *types)
{
	if (!types)
		return;
	query_bind_text(q, 4, types->list);
	query_bind_int(q, 5, types->exclude);
}

int store_node_count(struct store *s, int64_t collection, const struct node_types *types,
		     int64_t *ret_count)
{
	AUTO_QUERY q = node_query(s, NODE_COUNT);

	query_bind_int(&q, 1, collection);
	bind_types(&q, types);
	return query_value(&q, ret_count);
}

int store_node_purging(struct store *s, store_id_fn *fn, void *data)
{
	AUTO_QUERY q = node_query(s, NODE_PURGING);
	int r;

	while ((r = query_step(&q)) > 0) {
		r = fn(query_int(&q, 0), data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_node_count_by_creator(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	return query_value_text(node_query(s, NODE_COUNT_BY_CREATOR), bare_jid, ret_count);
}

int store_node_items_by_creator(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	int r = query_value_text(node_query(s, NODE_ITEMS_BY_CREATOR), bare_jid, ret_count);

	if (!r)
		*ret_count += counts_items_of(s, bare_jid);
	return r;
}

int store_node_page(struct store *s, int64_t collection, const struct node_types *types,
		    const char *anchor, bool backwards, int64_t limit, store_node_fn *fn,
		    void *data)
{
	AUTO_QUERY q = node_query(s, backwards ? NODE_PAGE_BACK : NODE_PAGE);
	struct node n;
	int r;

	if (limit <= 0)
		return 0;
	query_bind_int(&q, 1, collection);
	if (backwards && !anchor)
		query_bind_end(&q, 2);
	else
		query_bind_text(&q, 2, anchor ? anchor : "");
	query_bind_int(&q, 3, limit);
	bind_types(&q, types);
	while ((r = query_step(&q)) > 0) {
		r = node_row(&q, &n);
		if (!r) {
			r = fn(&n, data);
			node_config_release(&n.config);
		}
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_node_position(struct store *s, int64_t collection, const struct node_types *types,
			const char *name, int64_t *ret_position)
{
	AUTO_QUERY q = node_query(s, NODE_POSITION);

	query_bind_int(&q, 1, collection);
	query_bind_text(&q, 2, name);
	bind_types(&q, types);
	return query_value(&q, ret_position);
}

/* Nodes that have gone, and single settings of the whole store */

static int get_pair(struct store *s, enum node_stmt stmt, const char *name, char **ret_value)
{
	AUTO_QUERY q = node_query(s, stmt);
	int r;

	query_bind_text(&q, 1, name);
	r = query_step(&q);
	if (r <= 0)
		return r ? r : -ENOENT;
	*ret_value = mem_strdup(query_text(&q, 0));
	return 0;
}

static int gone_add(struct store *s, const struct node *n, const char *uri)
{
	AUTO_QUERY q = node_query(s, NODE_GONE_SET);

	query_bind_text(&q, 1, n->name);
	query_bind_text(&q, 2, uri);
	query_bind_text(&q, 3, n->creator);
	return query_run(&q);
}

static int gone_trim(struct store *s, const char *creator, uint64_t keep)
{
	AUTO_QUERY q = node_query(s, NODE_GONE_TRIM);

	query_bind_text(&q, 1, creator);
	query_bind_int(&q, 2, keep < INT64_MAX ? (int64_t)keep : INT64_MAX);
	return query_run(&q);
}

int store_gone_set(struct store *s, const struct node *n, const char *uri, uint64_t keep)
{
	int r = gone_add(s, n, uri);

	return r ? r : gone_trim(s, n->creator, keep);
}

int store_gone_get(struct store *s, const char *name, char **ret_uri)
{
	return get_pair(s, NODE_GONE_GET, name, ret_uri);
}

int store_setting_set(struct store *s, const char *name, const char *value)
{
	AUTO_QUERY q = node_query(s, NODE_SETTING_SET);

	query_bind_text(&q, 1, name);
	query_bind_text(&q, 2, value);
	return query_run(&q);
}

int store_setting_get(struct store *s, const char *name, char **ret_value)
{
	return get_pair(s, NODE_SETTING_GET, name, ret_value);
}
