/* SPDX-License-Identifier: MIT */
/* Places of items: pages, positions, in each of the orders there are. */
#include "cmd/serve/store/store.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/store/store_internal.h"

enum place_stmt {
	PLACE_PAGE,
	PLACE_PAGE_BACK,
	PLACE_ENDS,
	PLACE_BETWEEN,
	PLACE_FROM,
	PLACE_BELOW,
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
	[PLACE_BETWEEN] = "SELECT count(*) " from " AND " key " >= ?2 AND " key " < ?3", \
	[PLACE_FROM] = "SELECT " key " " from " AND " key " >= ?2 ORDER BY " key " LIMIT 1 OFFSET ?3", \
	[PLACE_BELOW] = "SELECT " key " " from " AND " key " < ?2 ORDER BY " key " DESC LIMIT 1 OFFSET ?3", \
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

/*
 * Positions are counted from the nearest place whose position is known: an end, as nearly everybody
 * asks for what is close to one, or a mark that was set when somebody counted far. Items come at
 * the end, so a mark only moves when one leaves in front of it.
 */
#define FAR 1000 /* items */

static int three(struct store *s, enum item_order order, enum place_stmt stmt, int64_t node,
		 int64_t a, int64_t b, int64_t *ret_value)
{
	AUTO_QUERY q = place_query(s, order, stmt);

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, a);
	query_bind_int(&q, 3, b);
	return query_value(&q, ret_value);
}

/* Of an empty node, the keys are 0. */
static int find_ends(struct store *s, int64_t node, enum item_order order,
		     struct place_mark ends[2])
{
	AUTO_QUERY q = place_query(s, order, PLACE_ENDS);
	int r;

	ends[0] = (struct place_mark){ .node = node, .order = order };
	ends[1] = ends[0];
	query_bind_int(&q, 1, node);
	r = query_value(&q, &ends[0].key);
	if (r)
		return r;
	ends[1].key = query_int(&q, 1) + 1;
	return store_item_count(s, node, &ends[1].position);
}

static bool is_at(const struct place_mark *m, int64_t node, enum item_order order)
{
	return m->node == node && m->order == order;
}

/* By key, or else by position. */
static int64_t distance(const struct place_mark *m, bool by_key, int64_t to)
{
	return llabs((by_key ? m->key : m->position) - to);
}

static struct place_mark nearest(struct store *s, const struct place_mark ends[2], bool by_key,
				 int64_t to)
{
	const struct place_mark *best =
		&ends[distance(&ends[1], by_key, to) < distance(&ends[0], by_key, to)];

	store_look(s);
	for (size_t i = 0; i < PLACE_MARKS; i++)
		if (is_at(&s->marks[i], ends->node, ends->order) &&
		    distance(&s->marks[i], by_key, to) < distance(best, by_key, to))
			best = &s->marks[i];
	return *best;
}

static void set_mark(struct store *s, const struct place_mark *from, int64_t key, int64_t position)
{
	struct place_mark *m = &s->marks[s->next_mark];

	if (llabs(position - from->position) < FAR)
		return;
	*m = *from;
	m->key = key;
	m->position = position;
	s->next_mark = (s->next_mark + 1) % PLACE_MARKS;
}

void place_gone(struct store *s, int64_t node, enum item_order order, int64_t key)
{
	for (size_t i = 0; i < PLACE_MARKS; i++)
		if (is_at(&s->marks[i], node, order) && key < s->marks[i].key)
			s->marks[i].position--;
}

void place_forget(struct store *s, int64_t node)
{
	for (size_t i = 0; i < PLACE_MARKS; i++)
		if (node == STORE_ALL_NODES || s->marks[i].node == node)
			s->marks[i] = (struct place_mark){ 0 };
}

/*
 * Where it is far, marks are set on the way, so that nobody goes as far again: nearer to @to, which
 * is a key or else a position. How far it is by key is a guess, from how many keys there are in
 * all.
 */
static int approach(struct store *s, const struct place_mark ends[2], struct place_mark *from,
		    bool by_key, int64_t to)
{
	int64_t step = ends[1].position / (PLACE_MARKS / 2) + FAR, all = ends[1].key - ends[0].key;
	double far = by_key ? (double)all * (double)step / (double)ends[1].position : (double)step;
	int r = 0;

	while (!r && (double)distance(from, by_key, to) > far) {
		bool up = (by_key ? from->key : from->position) < to;
		struct place_mark next = *from;

		r = three(s, from->order, up ? PLACE_FROM : PLACE_BELOW, from->node, from->key,
			  up ? step : step - 1, &next.key);
		next.position += up ? step : -step;
		if (r == -ENOENT || (by_key && (up ? next.key > to : next.key < to)))
			return 0;
		if (!r)
			set_mark(s, from, next.key, next.position);
		*from = next;
	}
	return r;
}

int store_item_position(struct store *s, int64_t node, enum item_order order, int64_t key,
			int64_t *ret_position)
{
	struct place_mark ends[2], from;
	int64_t between;
	int r = find_ends(s, node, order, ends);

	if (r)
		return r;
	from = nearest(s, ends, true, key);
	r = approach(s, ends, &from, true, key);
	if (r)
		return r;
	if (from.key <= key)
		r = three(s, order, PLACE_BETWEEN, node, from.key, key, &between);
	else
		r = three(s, order, PLACE_BETWEEN, node, key, from.key, &between);
	if (r)
		return r;
	*ret_position = from.position + (from.key <= key ? between : -between);
	set_mark(s, &from, key, *ret_position);
	return 0;
}

int store_item_at(struct store *s, int64_t node, enum item_order order, int64_t index,
		  int64_t *ret_key)
{
	struct place_mark ends[2], from;
	int r = find_ends(s, node, order, ends);

	if (r)
		return r;
	if (index < 0 || index >= ends[1].position)
		return -ENOENT;
	from = nearest(s, ends, false, index);
	r = approach(s, ends, &from, false, index);
	if (r)
		return r;
	if (from.position <= index)
		r = three(s, order, PLACE_FROM, node, from.key, index - from.position, ret_key);
	else
		r = three(s, order, PLACE_BELOW, node, from.key, from.position - index - 1,
			  ret_key);
	if (!r)
		set_mark(s, &from, *ret_key, index);
	return r;
}
