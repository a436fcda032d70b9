/* SPDX-License-Identifier: MIT */
/* The archive: items, and what they were before. */
#include "cmd/serve/store/store.h"

#include <errno.h>

#include "cmd/serve/store/store_internal.h"

enum archive_stmt {
	ARCHIVE_KEEP,
	ARCHIVE_MORE,
	ARCHIVE_PAST,
	ARCHIVE_GIVE_UP,
	ARCHIVE_GIVEN_UP,
	ARCHIVE_FORGET,
	ARCHIVE_LESS,
	ARCHIVE_FORGET_ALL,
	ARCHIVE_NONE,
	ARCHIVE_NODE_OLDEST,
	ARCHIVE_GET,
	ARCHIVE_COUNT,
	ARCHIVE_NODE,
	ARCHIVE_OLDEST,
	ARCHIVE_OLDEST_UNTIL,
	ARCHIVE_PAGE,
	ARCHIVE_PAGE_BACK,
	ARCHIVE_CREATED,
	ARCHIVE_CREATED_BACK,
	ARCHIVE_MAX
};

/* clang-format off */
#define ITEM_COLUMNS "seq, id, publisher, created, published, ifnull(first, seq) AS key, " \
	"ifnull(expires, 0), payload"
#define PAST_COLUMNS "seq, id, publisher, published, published, first AS key, 0, payload"
#define FILTER " AND seq > ?2 AND seq < ?3 AND published >= ?4 AND published <= ?5 " \
	"AND (?6 IS NULL OR publisher = ?6)"
/* Both are read in order, side by side: nothing is sorted, and no more read than asked for. */
#define BY_SEQ(order) \
	"SELECT " ITEM_COLUMNS " FROM item INDEXED BY item_by_node WHERE node = ?1" FILTER " UNION ALL " \
	"SELECT " PAST_COLUMNS " FROM past INDEXED BY past_by_node WHERE node = ?1" FILTER \
	" ORDER BY seq " order " LIMIT ?7"
#define BY_CREATION(than, order) \
	"SELECT " ITEM_COLUMNS " FROM item INDEXED BY item_by_creation WHERE node = ?1 " \
	"AND ifnull(first, seq) " than "= ?8 AND (ifnull(first, seq) " than " ?8 OR seq " than " ?9)" FILTER \
	" UNION ALL " \
	"SELECT " PAST_COLUMNS " FROM past INDEXED BY past_by_creation WHERE node = ?1 " \
	"AND first " than "= ?8 AND (first " than " ?8 OR seq " than " ?9)" FILTER \
	" ORDER BY key " order ", seq " order " LIMIT ?7"

static const char *const archive_sql[ARCHIVE_MAX] = {
	[ARCHIVE_KEEP] = "INSERT INTO past (seq, node, id, publisher, published, first, payload) "
		"SELECT seq, node, id, publisher, published, ifnull(first, seq), payload FROM item WHERE seq = ?1",
	[ARCHIVE_MORE] = "UPDATE node SET past = past + 1 WHERE id = ?1",
	[ARCHIVE_PAST] = "SELECT past FROM node WHERE id = ?1",
	[ARCHIVE_GIVE_UP] = "DELETE FROM past WHERE seq = ?1",
	[ARCHIVE_GIVEN_UP] = "UPDATE node SET past = past - 1, pruned = max(pruned, ?2) WHERE id = ?1",
	[ARCHIVE_FORGET] = "DELETE FROM past WHERE node = ?1 AND id = ?2",
	[ARCHIVE_LESS] = "UPDATE node SET past = past - ?2 WHERE id = ?1",
	[ARCHIVE_FORGET_ALL] = "DELETE FROM past WHERE node = ?1",
	[ARCHIVE_NONE] = "UPDATE node SET past = 0 WHERE id = ?1",
	[ARCHIVE_NODE_OLDEST] = "SELECT seq FROM past INDEXED BY past_by_node WHERE node = ?1 ORDER BY seq LIMIT 1",
	[ARCHIVE_GET] = "SELECT " ITEM_COLUMNS " FROM item WHERE seq = ?1 AND +node = ?2 UNION ALL "
		"SELECT " PAST_COLUMNS " FROM past WHERE seq = ?1 AND +node = ?2",
	[ARCHIVE_COUNT] = "SELECT (SELECT count(*) FROM item INDEXED BY item_by_node WHERE node = ?1" FILTER ") + "
		"(SELECT count(*) FROM past INDEXED BY past_by_node WHERE node = ?1" FILTER ")",
	[ARCHIVE_NODE] = "SELECT items + past, pruned FROM node WHERE id = ?1",
	/* One is published behind the other: along the primary key, times grow. */
	[ARCHIVE_OLDEST] = "SELECT published FROM past ORDER BY seq LIMIT 1",
	[ARCHIVE_OLDEST_UNTIL] = "SELECT seq, node, published FROM past ORDER BY seq LIMIT 1",
	[ARCHIVE_PAGE] = BY_SEQ("ASC"),
	[ARCHIVE_PAGE_BACK] = BY_SEQ("DESC"),
	[ARCHIVE_CREATED] = BY_CREATION(">", "ASC"),
	[ARCHIVE_CREATED_BACK] = BY_CREATION("<", "DESC"),
};
/* clang-format on */
_Static_assert(ARCHIVE_MAX <= STORE_STMTS, "a place for each statement");

static struct query archive_query(struct store *s, enum archive_stmt stmt)
{
	return query_new(s, STORE_ARCHIVE, stmt, archive_sql[stmt]);
}

/* What comes in, and what goes */

static int give_up(struct store *s, int64_t node, int64_t seq)
{
	int r = query_run_int(archive_query(s, ARCHIVE_GIVE_UP), seq);

	return r ? r : query_run_ints(archive_query(s, ARCHIVE_GIVEN_UP), node, seq);
}

static int node_oldest(struct store *s, int64_t node, int64_t *ret_seq)
{
	return query_value_int(archive_query(s, ARCHIVE_NODE_OLDEST), node, ret_seq);
}

/* One more; *ret_count says how many they are now. */
static int count_one(struct store *s, int64_t node, int64_t *ret_count)
{
	int r = query_run_int(archive_query(s, ARCHIVE_MORE), node);

	return r ? r : query_value_int(archive_query(s, ARCHIVE_PAST), node, ret_count);
}

int archive_keep(struct store *s, int64_t node, int64_t seq)
{
	int64_t count, oldest;
	int r = query_run_int(archive_query(s, ARCHIVE_KEEP), seq);

	if (!r)
		r = count_one(s, node, &count);
	/* Two at a time at most: where the limit was higher once, they get fewer bit by bit. */
	for (int i = 0; i < 2 && !r && count > s->keep_past; i++, count--) {
		r = node_oldest(s, node, &oldest);
		if (!r)
			r = give_up(s, node, oldest);
	}
	return r;
}

static int forget(struct store *s, int64_t node, const char *id, int64_t *ret_gone)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_FORGET);
	int r;

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, id);
	r = query_run(&q);
	if (!r)
		*ret_gone = store_changes(s);
	return r;
}

int archive_forget(struct store *s, int64_t node, const char *id)
{
	int64_t gone;
	int r = forget(s, node, id, &gone);

	return r || !gone ? r : query_run_ints(archive_query(s, ARCHIVE_LESS), node, gone);
}

int archive_forget_all(struct store *s, int64_t node)
{
	int r = query_run_int(archive_query(s, ARCHIVE_FORGET_ALL), node);

	return r ? r : query_run_int(archive_query(s, ARCHIVE_NONE), node);
}

int store_archive_oldest(struct store *s, int64_t *ret_time)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_OLDEST);

	return query_value(&q, ret_time);
}

/* -ENOENT: what is oldest is younger than @until. */
static int find_old(struct store *s, int64_t until, int64_t *ret_node, int64_t *ret_seq)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_OLDEST_UNTIL);
	int r = query_value(&q, ret_seq);

	if (r)
		return r;
	*ret_node = query_int(&q, 1);
	return query_int(&q, 2) <= until ? 0 : -ENOENT;
}

int store_archive_prune(struct store *s, int64_t until, int64_t limit)
{
	int64_t node, seq;
	int r = 0;

	while (!r && limit-- > 0) {
		r = find_old(s, until, &node, &seq);
		if (!r)
			r = give_up(s, node, seq);
	}
	return r == -ENOENT ? 0 : r;
}

/* Reading */

static void bind_filter(struct query *q, int64_t node, const struct archive_filter *filter)
{
	query_bind_int(q, 1, node);
	query_bind_int(q, 2, filter->after);
	query_bind_int(q, 3, filter->before ? filter->before : INT64_MAX);
	query_bind_int(q, 4, filter->start);
	query_bind_int(q, 5, filter->end);
	query_bind_text(q, 6, filter->publisher);
}

static int page_by_seq(struct store *s, int64_t node, struct archive_filter filter, bool descending,
		       int64_t from, int64_t limit, store_item_fn *fn, void *data)
{
	AUTO_QUERY q = archive_query(s, descending ? ARCHIVE_PAGE_BACK : ARCHIVE_PAGE);

	if (from && !descending && from > filter.after)
		filter.after = from;
	if (from && descending && (!filter.before || from < filter.before))
		filter.before = from;
	bind_filter(&q, node, &filter);
	query_bind_int(&q, 7, limit);
	return item_rows(&q, fn, data);
}

static int page_by_creation(struct store *s, int64_t node, const struct archive_filter *filter,
			    bool descending, const struct archive_place *from, int64_t limit,
			    store_item_fn *fn, void *data)
{
	AUTO_QUERY q = archive_query(s, descending ? ARCHIVE_CREATED_BACK : ARCHIVE_CREATED);
	int64_t end = descending ? INT64_MAX : 0;

	bind_filter(&q, node, filter);
	query_bind_int(&q, 7, limit);
	query_bind_int(&q, 8, from->first ? from->first : end);
	query_bind_int(&q, 9, from->seq ? from->seq : end);
	return item_rows(&q, fn, data);
}

int store_archive_page(struct store *s, int64_t node, const struct archive_filter *filter,
		       enum item_order order, bool descending, const struct archive_place *from,
		       int64_t limit, store_item_fn *fn, void *data)
{
	if (limit <= 0)
		return 0;
	if (order == ORDER_CREATION)
		return page_by_creation(s, node, filter, descending, from, limit, fn, data);
	return page_by_seq(s, node, *filter, descending, from->seq, limit, fn, data);
}

int store_archive_get(struct store *s, int64_t node, int64_t seq, store_item_fn *fn, void *data)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_GET);

	query_bind_int(&q, 1, seq);
	query_bind_int(&q, 2, node);
	return item_only_row(&q, fn, data);
}

int store_archive_count(struct store *s, int64_t node, const struct archive_filter *filter,
			int64_t *ret_count)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_COUNT);

	bind_filter(&q, node, filter);
	return query_value(&q, ret_count);
}

int store_archive_total(struct store *s, int64_t node, int64_t *ret_count)
{
	int r = query_value_int(archive_query(s, ARCHIVE_NODE), node, ret_count);

	if (!r)
		*ret_count += counts_items(s, node);
	return r;
}

int store_archive_pruned(struct store *s, int64_t node, int64_t *ret_seq)
{
	AUTO_QUERY q = archive_query(s, ARCHIVE_NODE);
	int64_t total;
	int r;

	query_bind_int(&q, 1, node);
	r = query_value(&q, &total);
	if (!r)
		*ret_seq = query_int(&q, 1);
	return r;
}
