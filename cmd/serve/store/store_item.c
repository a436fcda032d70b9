/* SPDX-License-Identifier: MIT */
/* Items. */
#include "cmd/serve/store/store.h"

#include <errno.h>

#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_news.h"

enum item_stmt {
	ITEM_GET,
	ITEM_PUT,
	ITEM_FIND,
	ITEM_DELETE,
	ITEM_PURGE,
	ITEM_COUNT,
	ITEM_RESET_COUNT,
	ITEM_OLDEST,
	ITEM_LAST,
	ITEM_BY_PUBLISHER,
	ITEM_SET_EXPIRY,
	ITEM_NEXT_EXPIRY,
	ITEM_EXPIRED,
	ITEM_MAX
};

#define WITHOUT_PAYLOAD "seq, id, publisher, created, published, ifnull(first, seq), expires"
#define COLUMNS WITHOUT_PAYLOAD ", payload"
/* The primary key has the order of publication, too, but with all other nodes' items in between. */
#define ORDERED "FROM item INDEXED BY item_by_node WHERE node = ?1"

/* clang-format off */
static const char *const item_sql[ITEM_MAX] = {
	[ITEM_GET] = "SELECT " COLUMNS " FROM item WHERE node = ?1 AND id = ?2",
	[ITEM_PUT] = "INSERT INTO item (node, id, publisher, created, published, payload, first, expires) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ITEM_FIND] = "SELECT seq, created, ifnull(first, seq) FROM item WHERE node = ?1 AND id = ?2",
	[ITEM_DELETE] = "DELETE FROM item WHERE seq = ?1",
	[ITEM_PURGE] = "DELETE FROM item WHERE node = ?1",
	[ITEM_COUNT] = "SELECT items FROM node WHERE id = ?1",
	[ITEM_RESET_COUNT] = "UPDATE node SET items = 0 WHERE id = ?1",
	[ITEM_OLDEST] = "SELECT " WITHOUT_PAYLOAD ", NULL " ORDERED " ORDER BY seq LIMIT 1",
	[ITEM_LAST] = "SELECT " COLUMNS " " ORDERED " ORDER BY seq DESC LIMIT 1",
	[ITEM_BY_PUBLISHER] = "SELECT " WITHOUT_PAYLOAD ", NULL " ORDERED " AND (publisher = ?2 "
		"OR (publisher > ?2 || '/' AND publisher < ?2 || '0')) ORDER BY seq",
	[ITEM_SET_EXPIRY] = "UPDATE item SET expires = published + ?2 WHERE node = ?1",
	[ITEM_NEXT_EXPIRY] = "SELECT min(expires) FROM item WHERE expires IS NOT NULL",
	[ITEM_EXPIRED] = "SELECT " WITHOUT_PAYLOAD ", NULL, node FROM item "
		"WHERE expires IS NOT NULL AND expires <= ?1 ORDER BY expires LIMIT ?2",
};
/* clang-format on */
_Static_assert(ITEM_MAX <= STORE_STMTS, "a place for each statement");

static struct query item_query(struct store *s, enum item_stmt stmt)
{
	return query_new(s, STORE_ITEMS, stmt, item_sql[stmt]);
}

struct item item_row(struct query *q)
{
	struct item item = {
		.seq = query_int(q, 0),
		.id = query_text(q, 1),
		.publisher = query_text(q, 2),
		.created = query_int(q, 3),
		.published = query_int(q, 4),
		.first = query_int(q, 5),
		.expires = query_int(q, 6),
	};

	item.payload = query_bytes(q, 7, &item.payload_len);
	return item;
}

int item_rows(struct query *q, store_item_fn *fn, void *data)
{
	int r;

	while ((r = query_step(q)) > 0) {
		struct item item = item_row(q);

		r = fn(&item, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int item_only_row(struct query *q, store_item_fn *fn, void *data)
{
	int r = query_step(q);
	struct item item;

	if (r <= 0)
		return r ? r : -ENOENT;
	item = item_row(q);
	r = fn(&item, data);
	return r < 0 ? r : 0;
}

/* The count stands in the node's row: to count items would take longer the more there are. */
int store_item_count(struct store *s, int64_t node, int64_t *ret_count)
{
	int r = query_value_int(item_query(s, ITEM_COUNT), node, ret_count);

	if (!r)
		*ret_count += counts_items(s, node);
	return r;
}

/* One item */

/* What has been published under the id so far. */
struct place {
	int64_t seq, created, first;
};

static int find(struct store *s, int64_t node, const char *id, struct place *ret)
{
	AUTO_QUERY q = item_query(s, ITEM_FIND);
	int r;

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, id);
	r = query_value(&q, &ret->seq);
	if (r)
		return r;
	ret->created = query_int(&q, 1);
	ret->first = query_int(&q, 2);
	return 0;
}

/* From the items to the archive. */
static int retire(struct store *s, int64_t node, int64_t seq)
{
	int r = s->keep_past ? archive_keep(s, node, seq) : 0;

	place_gone(s, node, ORDER_MODIFICATION, seq);
	return r ? r : query_run_int(item_query(s, ITEM_DELETE), seq);
}

static int insert(struct store *s, int64_t node, const struct item *item,
		  const struct place *before, int64_t now)
{
	AUTO_QUERY q = item_query(s, ITEM_PUT);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, item->id);
	query_bind_text(&q, 3, item->publisher);
	query_bind_int(&q, 4, before->seq ? before->created : now);
	query_bind_int(&q, 5, now);
	query_bind_bytes(&q, 6, item->payload, item->payload_len);
	if (before->seq)
		query_bind_int(&q, 7, before->first);
	if (item->expires) {
		query_bind_int(&q, 8, item->expires);
		s->times |= TIMES_ITEMS;
	}
	return query_run(&q);
}

int store_item_put(struct store *s, int64_t node, const struct item *item, int64_t now,
		   int64_t *ret_seq, bool *ret_replaced)
{
	struct place before = { 0 };
	int r = find(s, node, item->id, &before);

	if (!r)
		r = retire(s, node, before.seq);
	else if (r == -ENOENT)
		r = counts_add_items(s, node, 1);
	if (!r)
		r = insert(s, node, item, &before, now);
	if (r)
		return r;
	*ret_seq = sqlite3_last_insert_rowid(s->db);
	*ret_replaced = before.seq;
	return 0;
}

int store_item_get(struct store *s, int64_t node, const char *id, store_item_fn *fn, void *data)
{
	AUTO_QUERY q = item_query(s, ITEM_GET);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, id);
	return item_only_row(&q, fn, data);
}

int store_item_last(struct store *s, int64_t node, store_item_fn *fn, void *data)
{
	AUTO_QUERY q = item_query(s, ITEM_LAST);

	query_bind_int(&q, 1, node);
	return item_only_row(&q, fn, data);
}

int store_item_seq(struct store *s, int64_t node, const char *id, int64_t *ret_seq)
{
	struct place place;
	int r = find(s, node, id, &place);

	if (!r)
		*ret_seq = place.seq;
	return r;
}

int store_item_delete(struct store *s, int64_t node, const char *id)
{
	struct place place;
	int r = find(s, node, id, &place);

	if (r)
		return r;
	place_gone(s, node, ORDER_MODIFICATION, place.seq);
	place_gone(s, node, ORDER_CREATION, place.first);
	r = query_run_int(item_query(s, ITEM_DELETE), place.seq);
	if (!r)
		r = archive_forget(s, node, id);
	return r ? r : counts_add_items(s, node, -1);
}

int store_item_drop(struct store *s, int64_t node, const char *id)
{
	struct place place;
	int r = find(s, node, id, &place);

	if (r)
		return r;
	place_gone(s, node, ORDER_CREATION, place.first);
	r = retire(s, node, place.seq);
	return r ? r : counts_add_items(s, node, -1);
}

/* Many */

int store_item_purge(struct store *s, int64_t node)
{
	int r = query_run_int(item_query(s, ITEM_PURGE), node);

	place_forget(s, node);
	if (!r)
		r = archive_forget_all(s, node);
	if (!r)
		r = query_run_int(item_query(s, ITEM_RESET_COUNT), node);
	counts_no_items(s, node);
	return r ? r : store_news_drop(s, node);
}

int store_item_by_publisher(struct store *s, int64_t node, const char *publisher, store_item_fn *fn,
			    void *data)
{
	AUTO_QUERY q = item_query(s, ITEM_BY_PUBLISHER);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, publisher);
	return item_rows(&q, fn, data);
}

/* The oldest, handed to @fn: 1 where it wants no more. */
static int oldest(struct store *s, int64_t node, store_item_fn *fn, void *data, struct place *ret)
{
	AUTO_QUERY q = item_query(s, ITEM_OLDEST);
	struct item item;
	int r;

	query_bind_int(&q, 1, node);
	r = query_step(&q);
	if (r <= 0)
		return r ? r : -EIO; /* the count is wrong */
	item = item_row(&q);
	ret->seq = item.seq;
	ret->first = item.first;
	return fn(&item, data);
}

int store_item_trim(struct store *s, int64_t node, int64_t keep, store_item_fn *fn, void *data)
{
	int64_t count, gone = 0;
	struct place place;
	bool stop = false;
	int r = store_item_count(s, node, &count);

	while (!r && !stop && count - gone > keep) {
		r = oldest(s, node, fn, data, &place);
		if (r < 0)
			return r;
		stop = r;
		place_gone(s, node, ORDER_CREATION, place.first);
		r = retire(s, node, place.seq);
		gone++;
	}
	return r || !gone ? r : counts_add_items(s, node, -gone);
}

/* Items that end */

int store_item_set_expiry(struct store *s, int64_t node, int64_t milliseconds)
{
	AUTO_QUERY q = item_query(s, ITEM_SET_EXPIRY);

	query_bind_int(&q, 1, node);
	s->times |= TIMES_ITEMS;
	if (milliseconds)
		query_bind_int(&q, 2, milliseconds);
	return query_run(&q);
}

int store_item_next_expiry(struct store *s, int64_t *ret_time)
{
	AUTO_QUERY q = item_query(s, ITEM_NEXT_EXPIRY);
	int r = query_value(&q, ret_time);

	return r ? r : *ret_time ? 0 : -ENOENT;
}

int store_item_expired(struct store *s, int64_t now, int64_t limit, store_expired_fn *fn,
		       void *data)
{
	AUTO_QUERY q = item_query(s, ITEM_EXPIRED);
	int r;

	query_bind_int(&q, 1, now);
	query_bind_int(&q, 2, limit);
	while ((r = query_step(&q)) > 0) {
		struct item item = item_row(&q);

		r = fn(query_int(&q, 8), &item, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}
