/* SPDX-License-Identifier: MIT */
/* Places of items: pages, positions, in each of the orders there are. */
#include "cmd/serve/store/store.h"

#include <errno.h>

#include "cmd/serve/store/store_internal.h"

enum place_stmt {
	PLACE_PAGE,
	PLACE_PAGE_BACK,
	PLACE_ENDS,
	PLACE_BEFORE,
	PLACE_FROM,
	PLACE_AT,
	PLACE_AT_BACK,
	PLACE_MAX
};

#define COLUMNS "seq, id, publisher, created, published, ifnull(first, seq), expires, payload"
/* clang-format off */
/* @from: the items of ?1 by an index that has them in the order of @key. */
#define BY(from, key) { \
	[PLACE_PAGE] = "SELECT " COLUMNS " " from " AND " key " > ?2 ORDER BY " key " LIMIT ?3", \
	/* Finds where the page begins and reads on from there: no row is kept to be turned. */ \
	[PLACE_PAGE_BACK] = "SELECT " COLUMNS " " from " AND " key " < ?2 AND " key " >= ifnull((" \
		"SELECT " key " " from " AND " key " < ?2 ORDER BY " key " DESC LIMIT 1 OFFSET ?3 - 1" \
		"), 0) ORDER BY " key, \
	[PLACE_ENDS] = "SELECT (SELECT " key " " from " ORDER BY " key " LIMIT 1), " \
		"(SELECT " key " " from " ORDER BY " key " DESC LIMIT 1)", \
	[PLACE_BEFORE] = "SELECT count(*) " from " AND " key " < ?2", \
	[PLACE_FROM] = "SELECT count(*) " from " AND " key " >= ?2", \
	[PLACE_AT] = "SELECT " key " " from " ORDER BY " key " LIMIT 1 OFFSET ?2", \
	[PLACE_AT_BACK] = "SELECT " key " " from " ORDER BY " key " DESC LIMIT 1 OFFSET ?2", \
}
/* The primary key has the order of publication, too, but with all other nodes' items in between. */
static const char *const place_sql[ORDER_MAX][PLACE_MAX] = {
	[ORDER_MODIFICATION] = BY("FROM item INDEXED BY item_by_node WHERE node = ?1", "seq"),
	[ORDER_CREATION] = BY("FROM item INDEXED BY item_by_creation WHERE node = ?1", "ifnull(first, seq)"),
};
/* clang-format on */
_Static_assert(ORDER_MAX *PLACE_MAX <= STORE_STMTS, "a place for each statement");

static struct query place_query(struct store *s, enum item_order order, enum place_stmt stmt)
{
	return query_new(s, STORE_PLACES, (int)order * PLACE_MAX + (int)stmt,
			 place_sql[order][stmt]);
}

int store_item_page(struct store *s, int64_t node, enum item_order order, int64_t anchor,
		    bool backwards, int64_t limit, store_item_fn *fn, void *data)
{
	AUTO_QUERY q = place_query(s, order, backwards ? PLACE_PAGE_BACK : PLACE_PAGE);

	if (limit <= 0)
		return 0;
	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, backwards && !anchor ? INT64_MAX : anchor);
	query_bind_int(&q, 3, limit);
	return item_rows(&q, fn, data);
}

/* Counted from the nearer end, as nearly everybody asks for what is close to one */

static int count_side(struct store *s, enum item_order order, enum place_stmt side, int64_t node,
		      int64_t key, int64_t *ret_count)
{
	AUTO_QUERY q = place_query(s, order, side);

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, key);
	return query_value(&q, ret_count);
}

/* Of an empty node, 0. */
static int find_ends(struct store *s, int64_t node, enum item_order order, int64_t *ret_first,
		     int64_t *ret_last)
{
	AUTO_QUERY q = place_query(s, order, PLACE_ENDS);
	int r;

	query_bind_int(&q, 1, node);
	r = query_value(&q, ret_first);
	if (!r)
		*ret_last = query_int(&q, 1);
	return r;
}

int store_item_position(struct store *s, int64_t node, enum item_order order, int64_t key,
			int64_t *ret_position)
{
	int64_t first, last, count, behind;
	int r = find_ends(s, node, order, &first, &last);

	if (r)
		return r;
	if (key <= first + (last - first) / 2)
		return count_side(s, order, PLACE_BEFORE, node, key, ret_position);
	r = store_item_count(s, node, &count);
	if (!r)
		r = count_side(s, order, PLACE_FROM, node, key, &behind);
	if (!r)
		*ret_position = count - behind;
	return r;
}

int store_item_at(struct store *s, int64_t node, enum item_order order, int64_t index,
		  int64_t *ret_key)
{
	int64_t count;
	int r = store_item_count(s, node, &count);

	if (r)
		return r;
	if (index < 0 || index >= count)
		return -ENOENT;
	if (index < count / 2)
		return count_side(s, order, PLACE_AT, node, index, ret_key);
	return count_side(s, order, PLACE_AT_BACK, node, count - 1 - index, ret_key);
}
