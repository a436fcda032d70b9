/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_INTERNAL_H
#define SERVE_STORE_INTERNAL_H

/*
 * What the files of the store share: the connection, and queries on it.
 *
 * Each file has its statements in one table, enum -> SQL, and as many places in struct store, where
 * a statement stays prepared once it has been used. A query takes its statement out of the place,
 * and puts it back, reset, when its scope ends. Where the place is empty because a callback asks
 * the same question again, it prepares another. So queries may run inside of each other's rows.
 *
 *	AUTO_QUERY q = item_query(s, ITEM_DELETE);
 *
 *	query_bind_int(&q, 1, seq);
 *	return query_run(&q);
 *
 * The first failure sticks: binding then does nothing, and the steps return that negative errno.
 */
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/sqlite.h"

#define STORE_STMTS 40 /* places for each file */
enum store_part {
	STORE_CORE,
	STORE_NODES,
	STORE_EDGES,
	STORE_AFFILIATIONS,
	STORE_SUBS,
	STORE_ITEMS,
	STORE_PLACES,
	STORE_ARCHIVE,
	STORE_CONTACTS,
	STORE_NEWS,
	STORE_OUTBOX,
	STORE_COUNTS,
	STORE_PARTS
};

/* So many items of a node, in that order, have a lower key (store_place.c). */
struct place_mark {
	int64_t node; /* 0: there is none */
	enum item_order order;
	int64_t key, position;
};
#define PLACE_MARKS 64

/* What has come at a node in this transaction, and is not in its row yet (store_count.c). */
struct node_count {
	int64_t node, items, events;
	int64_t told; /* events in the row */
	uint64_t creator; /* map_hash() of the address */
};
#define COUNTS 128
struct counts {
	size_t n;
	struct node_count list[COUNTS];
};

struct store {
	sqlite3 *db;
	int lock;	/* the file again, for flock(); -1: in memory */
	bool begun;	/* between store_begin() and its end */
	int lost;	/* errno of the failure over which SQLite has rolled back by itself */
	int running;	/* queries that are not done */
	int64_t keep_past; /* of each node in the archive; 0: there is none */
	store_sub_watch_fn *watch; /* of subscriptions; NULL: nobody */
	void *watch_data;
	bool touched;	   /* subscriptions have changed since store_begin() */
	unsigned times;	   /* enum store_times: what may have become earlier */
	bool no_bounces;   /* no subscription has any */
	unsigned version;  /* of the file when the last transaction here had ended */
	int before;	   /* so many changes had been made at the savepoint */
	struct counts counts, counts_before; /* now, and at the savepoint */
	struct place_mark marks[PLACE_MARKS];
	size_t next_mark;
	unsigned marks_version; /* of the file that they are of */
	char *error;
	sqlite3_stmt *stmts[STORE_PARTS][STORE_STMTS];
};

struct query {
	struct store *store;
	sqlite3_stmt *stmt, **place;
	int r; /* what has failed, or 0 */
};

struct query query_new(struct store *s, enum store_part part, int place, const char *sql);
void query_done(struct query *q);
#define AUTO_QUERY AUTO_IN_PLACE(query_done) struct query

/* Parameters count from 1. Text is borrowed until the query is done; NULL binds NULL. */
void query_bind_int(struct query *q, int at, int64_t value);
void query_bind_text(struct query *q, int at, const char *text);
void query_bind_bytes(struct query *q, int at, const char *text, size_t len);
/* A value behind every text. */
void query_bind_end(struct query *q, int at);

/* 1: a row, 0: no more. */
int query_step(struct query *q);
/* For statements without rows, or whose rows do not matter. */
int query_run(struct query *q);
/* The same with one number bound, or two; @q is done then. */
int query_run_int(struct query q, int64_t a);
int query_run_ints(struct query q, int64_t a, int64_t b);
/* The first column of the only row; -ENOENT where there is none. */
int query_value(struct query *q, int64_t *ret_value);
/* The same with one value bound; @q is done then. */
int query_value_int(struct query q, int64_t a, int64_t *ret_value);
int query_value_text(struct query q, const char *a, int64_t *ret_value);

/* Columns count from 0, and are borrowed until the next step. */
int64_t query_int(struct query *q, int at);
/* "" for NULL. */
const char *query_text(struct query *q, int at);
/* NULL for NULL. A NUL stands behind the last byte. @ret_len may be NULL. */
const char *query_bytes(struct query *q, int at, size_t *ret_len);
/* Which of @names, @n of them, the column holds; -EIO where it is none. */
int query_name(struct query *q, int at, const char *const *names, int n, int *ret_index);

/* Something a row holds cannot be: -EIO, which sticks. */
int query_broken(struct query *q, const char *what, const char *value);

/* An item from the columns seq, id, publisher, created, published, first, expires, payload. */
struct item item_row(struct query *q);
/* Such rows are handed to @fn: all of them, until it wants no more; or the only one, or -ENOENT. */
int item_rows(struct query *q, store_item_fn *fn, void *data);
int item_only_row(struct query *q, store_item_fn *fn, void *data);

/* An item has left those of @node, of which it had this key in that order. */
void place_gone(struct store *s, int64_t node, enum item_order order, int64_t key);
/* Many have, or it is not known which; STORE_ALL_NODES: anywhere. */
void place_forget(struct store *s, int64_t node);
/* What is remembered of places is forgotten where somebody else has written to the file. */
void store_look(struct store *s);

/*
 * Counts of items and events (store_node_count_event()), within a transaction. Whoever reads them from
 * rows adds what the rows do not have yet: of @node, of all nodes of @creator.
 */
int counts_add_items(struct store *s, int64_t node, int64_t more); /* -ENOENT: no such node */
int64_t counts_items(struct store *s, int64_t node);
int64_t counts_events(struct store *s, int64_t node);
int64_t counts_items_of(struct store *s, const char *creator);
/* The row's number of items has been set to 0; the node has gone. */
void counts_no_items(struct store *s, int64_t node);
void counts_drop(struct store *s, int64_t node);
/* Into the rows; before a savepoint, and back to it; the transaction has ended. */
int counts_write(struct store *s);
int counts_mark(struct store *s);
void counts_undo(struct store *s);
void counts_forget(struct store *s);

/* Subscriptions at @node, or at STORE_ALL_NODES, are others than before. */
void store_sub_changed(struct store *s, int64_t node);

/* How many rows the last query has changed. */
int64_t store_changes(const struct store *s);
/* The errno for an SQLite result other than SQLITE_OK; keeps the reason for store_error(). */
int store_fail(struct store *s, int rc);

/*
 * The archive's part in what happens to items: a copy of @seq stays; of @id, or of the whole node,
 * nothing does.
 */
int archive_keep(struct store *s, int64_t node, int64_t seq);
int archive_forget(struct store *s, int64_t node, const char *id);
int archive_forget_all(struct store *s, int64_t node);

/* The schema of version N is what the first N steps make. */
struct store_migration {
	int version;
	const char *sql;
};
/* Those steps that the database lacks, all or none. -EPROTONOSUPPORT: it has had others. */
int store_migrate(struct store *s, const struct store_migration *list, size_t n);

#endif
