/* SPDX-License-Identifier: MIT */
/* Nodes in collections (XEP-0248): the edges of a graph without cycles. */
#include "cmd/serve/store/store.h"

#include <errno.h>

#include "cmd/serve/store/store_internal.h"

enum edge_stmt {
	EDGE_ADD,
	EDGE_REMOVE,
	EDGE_HAS,
	EDGE_PARENTS,
	EDGE_CHILDREN,
	EDGE_ONLY_CHILDREN,
	EDGE_COUNT_CHILDREN,
	EDGE_COUNT_PARENTS,
	EDGE_LEVELS_ABOVE,
	EDGE_LEVELS_BELOW,
	EDGE_ABOVE,
	EDGE_ANCESTORS,
	EDGE_MATTER,
	EDGE_MAX
};

/* clang-format off */
static const char *const edge_sql[EDGE_MAX] = {
	[EDGE_ADD] = "INSERT OR IGNORE INTO edge (parent, child) VALUES (?1, ?2)",
	[EDGE_REMOVE] = "DELETE FROM edge WHERE parent = ?1 AND child = ?2",
	/* What is in no collection is in the root without a row that says so. */
	[EDGE_HAS] = "SELECT 1 FROM edge WHERE parent = ?1 AND child = ?2 "
		"UNION ALL SELECT 1 WHERE ?1 = 0 AND NOT EXISTS (SELECT 1 FROM edge WHERE child = ?2)",
	[EDGE_PARENTS] = "SELECT node.id, name FROM edge JOIN node ON node.id = parent "
		"WHERE child = ?1 ORDER BY name",
	[EDGE_CHILDREN] = "SELECT node.id, name FROM edge JOIN node ON node.id = child "
		"WHERE parent = ?1 ORDER BY name",
	[EDGE_ONLY_CHILDREN] = "SELECT node.id, name FROM edge JOIN node ON node.id = child WHERE parent = ?1 "
		"AND NOT EXISTS (SELECT 1 FROM edge AS other WHERE other.child = node.id AND other.parent <> ?1) "
		"ORDER BY name",
	[EDGE_COUNT_CHILDREN] = "SELECT count(*) FROM edge WHERE parent = ?1",
	[EDGE_COUNT_PARENTS] = "SELECT count(*) FROM edge WHERE child = ?1",
	/* The longest way. */
	[EDGE_LEVELS_ABOVE] =
		"WITH RECURSIVE up (id, depth) AS ("
		"	VALUES (?1, 0)"
		"	UNION SELECT parent, depth + 1 FROM up JOIN edge ON child = up.id WHERE parent > 0"
		") SELECT max(depth) FROM up",
	[EDGE_LEVELS_BELOW] =
		"WITH RECURSIVE down (id, depth) AS ("
		"	VALUES (?1, 0)"
		"	UNION SELECT child, depth + 1 FROM down JOIN edge ON parent = down.id"
		") SELECT max(depth) FROM down",
	/* Each collection once, on however many ways. */
	[EDGE_ABOVE] =
		"WITH RECURSIVE up (id) AS ("
		"	VALUES (?2)"
		"	UNION SELECT parent FROM up JOIN edge ON child = up.id WHERE parent > 0"
		") SELECT 1 FROM up WHERE id = ?1",
	/*
	 * The root is above all that is in it, see EDGE_HAS. The shortest way counts; as there are
	 * no cycles, the walk ends.
	 */
	[EDGE_ANCESTORS] =
		"WITH RECURSIVE up (id, depth) AS ("
		"	VALUES (?1, 0)"
		"	UNION SELECT parent, depth + 1 FROM up JOIN edge ON child = up.id"
		"	UNION SELECT 0, depth + 1 FROM up WHERE up.id > 0 "
		"		AND NOT EXISTS (SELECT 1 FROM edge WHERE child = up.id)"
		") SELECT up.id, min(depth), ifnull(name, '') FROM up LEFT JOIN node ON node.id = up.id "
		"WHERE up.id <> ?1 AND (NOT ?2 OR EXISTS (SELECT 1 FROM subscription WHERE node = up.id)) "
		"GROUP BY up.id ORDER BY 2, 1",
	[EDGE_MATTER] = "SELECT EXISTS (SELECT 1 FROM edge) "
		"OR EXISTS (SELECT 1 FROM subscription WHERE node = 0)",
};
/* clang-format on */
_Static_assert(EDGE_MAX <= STORE_STMTS, "a place for each statement");

static struct query edge_query(struct store *s, enum edge_stmt stmt)
{
	return query_new(s, STORE_EDGES, stmt, edge_sql[stmt]);
}

static struct query pair_query(struct store *s, enum edge_stmt stmt, int64_t parent, int64_t child)
{
	struct query q = edge_query(s, stmt);

	query_bind_int(&q, 1, parent);
	query_bind_int(&q, 2, child);
	return q;
}

int store_edge_add(struct store *s, int64_t parent, int64_t child)
{
	AUTO_QUERY q = pair_query(s, EDGE_ADD, parent, child);

	return query_run(&q);
}

int store_edge_remove(struct store *s, int64_t parent, int64_t child)
{
	AUTO_QUERY q = pair_query(s, EDGE_REMOVE, parent, child);
	int r = query_run(&q);

	return r || store_changes(s) ? r : -ENOENT;
}

int store_edge_has(struct store *s, int64_t parent, int64_t child, bool *ret_has)
{
	AUTO_QUERY q = pair_query(s, EDGE_HAS, parent, child);
	int r = query_step(&q);

	if (r >= 0)
		*ret_has = r;
	return r < 0 ? r : 0;
}

int store_edge_is_above(struct store *s, int64_t node, int64_t other, bool *ret_above)
{
	AUTO_QUERY q = pair_query(s, EDGE_ABOVE, node, other);
	int r = query_step(&q);

	if (r >= 0)
		*ret_above = r && node != other;
	return r < 0 ? r : 0;
}

static int each_edge(struct store *s, enum edge_stmt stmt, int64_t node, store_edge_fn *fn,
		     void *data)
{
	AUTO_QUERY q = edge_query(s, stmt);
	int r;

	query_bind_int(&q, 1, node);
	while ((r = query_step(&q)) > 0) {
		r = fn(query_int(&q, 0), query_text(&q, 1), data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_edge_parents(struct store *s, int64_t node, store_edge_fn *fn, void *data)
{
	bool at_root;
	int r = store_edge_has(s, NODE_ROOT, node, &at_root);

	if (!r && at_root)
		r = fn(NODE_ROOT, "", data);
	if (r)
		return r < 0 ? r : 0;
	return each_edge(s, EDGE_PARENTS, node, fn, data);
}

int store_edge_children(struct store *s, int64_t node, store_edge_fn *fn, void *data)
{
	return each_edge(s, EDGE_CHILDREN, node, fn, data);
}

int store_edge_only_children(struct store *s, int64_t node, store_edge_fn *fn, void *data)
{
	return each_edge(s, EDGE_ONLY_CHILDREN, node, fn, data);
}

int store_edge_count_children(struct store *s, int64_t node, int64_t *ret_count)
{
	return query_value_int(edge_query(s, EDGE_COUNT_CHILDREN), node, ret_count);
}

int store_edge_count_parents(struct store *s, int64_t node, int64_t *ret_count)
{
	return query_value_int(edge_query(s, EDGE_COUNT_PARENTS), node, ret_count);
}

int store_edge_levels(struct store *s, int64_t node, int64_t *ret_above, int64_t *ret_below)
{
	int r = query_value_int(edge_query(s, EDGE_LEVELS_ABOVE), node, ret_above);

	return r ? r : query_value_int(edge_query(s, EDGE_LEVELS_BELOW), node, ret_below);
}

static int ancestors(struct store *s, int64_t node, bool subscribed, store_ancestor_fn *fn,
		     void *data)
{
	AUTO_QUERY q = edge_query(s, EDGE_ANCESTORS);
	int r;

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, subscribed);
	while ((r = query_step(&q)) > 0) {
		r = fn(query_int(&q, 0), (unsigned)query_int(&q, 1), query_text(&q, 2), data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_edge_ancestors(struct store *s, int64_t node, store_ancestor_fn *fn, void *data)
{
	return ancestors(s, node, false, fn, data);
}

static int matter(struct store *s, int64_t *ret)
{
	AUTO_QUERY q = edge_query(s, EDGE_MATTER);

	return query_value(&q, ret);
}

int store_edge_subscribed_ancestors(struct store *s, int64_t node, store_ancestor_fn *fn,
				    void *data)
{
	int64_t some;
	int r = matter(s, &some); /* mostly not, and the walk would cost each publish */

	return r || !some ? r : ancestors(s, node, true, fn, data);
}
