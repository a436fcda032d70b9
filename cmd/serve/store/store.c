/* SPDX-License-Identifier: MIT */
/* Transactions, queries and errors: what all statements have in common. */
#include "cmd/serve/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_vfs.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum core_stmt {
	CORE_BEGIN,
	CORE_COMMIT,
	CORE_ROLLBACK,
	CORE_SAVEPOINT,
	CORE_RELEASE,
	CORE_UNDO,
	CORE_MAX
};

/* clang-format off */
static const char *const core_sql[CORE_MAX] = {
	/* A transaction that begins as a reader could not become a writer beside another one. */
	[CORE_BEGIN] = "BEGIN IMMEDIATE",
	[CORE_COMMIT] = "COMMIT",
	[CORE_ROLLBACK] = "ROLLBACK",
	[CORE_SAVEPOINT] = "SAVEPOINT request",
	[CORE_RELEASE] = "RELEASE request",
	[CORE_UNDO] = "ROLLBACK TO request",
};
/* clang-format on */
_Static_assert(CORE_MAX <= STORE_STMTS, "a place for each statement");

/* Errors */

static int errno_of(sqlite3 *db, int rc)
{
	int e = sqlite3_system_errno(db);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return e == ENOSPC || e == EDQUOT ? -ENOSPC : -EIO;
	case SQLITE_CANTOPEN:
		return e ? -e : -EIO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOTADB:
		return -EMEDIUMTYPE;
	case SQLITE_TOOBIG:
		return -EFBIG;
	default:
		return -EIO;
	}
}

int store_fail(struct store *s, int rc)
{
	int r = errno_of(s->db, rc);

	free(s->error);
	s->error = mem_strdup(sqlite3_errmsg(s->db));
	/* Out of space, memory or luck, SQLite may end the transaction by itself. */
	if (s->begun && !s->lost && sqlite3_get_autocommit(s->db))
		s->lost = r;
	return r;
}

const char *store_error(const struct store *s)
{
	return s->error ? s->error : "no error";
}

void store_keep_past(struct store *s, int64_t most)
{
	s->keep_past = most;
}

/* Queries */

struct query query_new(struct store *s, enum store_part part, int at, const char *sql)
{
	sqlite3_stmt **place = &s->stmts[part][at];
	struct query q = { .store = s, .place = place, .stmt = steal(*place), .r = s->lost };
	int rc;

	s->running++;
	if (!q.r && !q.stmt) {
		rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q.stmt, NULL);
		if (rc != SQLITE_OK)
			q.r = store_fail(s, rc);
	}
	/* Who writes does so in a transaction, and not from a callback. */
	assert(!q.stmt || sqlite3_stmt_readonly(q.stmt) || (s->begun && s->running == 1));
	return q;
}

void query_done(struct query *q)
{
	q->store->running--;
	if (!q->stmt)
		return;
	if (*q->place) {
		sqlite3_finalize(q->stmt);
		return;
	}
	/* What the last step failed with has been reported. */
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	*q->place = q->stmt;
}

static void note(struct query *q, int rc)
{
	if (rc != SQLITE_OK)
		q->r = store_fail(q->store, rc);
}

void query_bind_int(struct query *q, int at, int64_t value)
{
	if (!q->r)
		note(q, sqlite3_bind_int64(q->stmt, at, value));
}

void query_bind_bytes(struct query *q, int at, const char *text, size_t len)
{
	if (!q->r)
		note(q, sqlite3_bind_text64(q->stmt, at, text, len, SQLITE_STATIC, SQLITE_UTF8));
}

void query_bind_text(struct query *q, int at, const char *text)
{
	query_bind_bytes(q, at, text, text ? strlen(text) : 0);
}

void query_bind_end(struct query *q, int at)
{
	/* Every blob sorts behind every text. */
	if (!q->r)
		note(q, sqlite3_bind_zeroblob(q->stmt, at, 0));
}

int query_step(struct query *q)
{
	int rc;

	if (q->r)
		return q->r;
	rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		note(q, rc);
	return q->r;
}

int query_run(struct query *q)
{
	int r = query_step(q);

	return r < 0 ? r : 0;
}

int query_run_int(struct query q, int64_t a)
{
	AUTO_QUERY own = q;

	query_bind_int(&own, 1, a);
	return query_run(&own);
}

int query_run_ints(struct query q, int64_t a, int64_t b)
{
	AUTO_QUERY own = q;

	query_bind_int(&own, 1, a);
	query_bind_int(&own, 2, b);
	return query_run(&own);
}

int query_value(struct query *q, int64_t *ret_value)
{
	int r = query_step(q);

	if (r > 0)
		*ret_value = query_int(q, 0);
	return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

int query_value_int(struct query q, int64_t a, int64_t *ret_value)
{
	AUTO_QUERY own = q;

	query_bind_int(&own, 1, a);
	return query_value(&own, ret_value);
}

int query_value_text(struct query q, const char *a, int64_t *ret_value)
{
	AUTO_QUERY own = q;

	query_bind_text(&own, 1, a);
	return query_value(&own, ret_value);
}

int64_t query_int(struct query *q, int at)
{
	return sqlite3_column_int64(q->stmt, at);
}

const char *query_bytes(struct query *q, int at, size_t *ret_len)
{
	const char *text = (const char *)sqlite3_column_text(q->stmt, at);

	if (!text && sqlite3_errcode(q->store->db) == SQLITE_NOMEM) {
		log_error("out of memory"); /* see common/base/mem.h */
		abort();
	}
	if (ret_len)
		*ret_len = (size_t)sqlite3_column_bytes(q->stmt, at);
	return text;
}

const char *query_text(struct query *q, int at)
{
	const char *text = query_bytes(q, at, NULL);

	return text ? text : "";
}

int query_name(struct query *q, int at, const char *const *names, int n, int *ret_index)
{
	const char *text = query_text(q, at);

	for (int i = 0; i < n; i++) {
		if (!strcmp(names[i], text)) {
			*ret_index = i;
			return 0;
		}
	}
	return query_broken(q, "unknown value", text);
}

int query_broken(struct query *q, const char *what, const char *value)
{
	free(q->store->error);
	q->store->error = mem_printf("%s '%.100s'", what, value);
	return q->r = -EIO;
}

int64_t store_changes(const struct store *s)
{
	return sqlite3_changes(s->db);
}

/* Subscriptions that somebody keeps in mind */

void store_sub_watch(struct store *s, store_sub_watch_fn *fn, void *data)
{
	s->watch = fn;
	s->watch_data = data;
}

void store_sub_changed(struct store *s, int64_t node)
{
	s->touched = true;
	if (s->watch)
		s->watch(node, s->watch_data);
}

/* They have been others for a while, and are again as before. */
static void change_back(struct store *s)
{
	s->no_bounces = false;
	if (s->touched)
		store_sub_changed(s, STORE_ALL_NODES);
}

/* What somebody else has written may be anything. */
static void change_all(struct store *s)
{
	s->times = TIMES_ALL;
	s->no_bounces = false;
	place_forget(s, STORE_ALL_NODES);
	store_sub_changed(s, STORE_ALL_NODES);
}

unsigned store_times_changed(struct store *s)
{
	unsigned times = s->times;

	s->times = 0;
	return times;
}

/* Every commit changes it, those of others, too. */
static unsigned file_version(struct store *s)
{
	unsigned version = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_DATA_VERSION, &version);
	return version;
}

void store_look(struct store *s)
{
	unsigned version;

	if (s->begun)
		return;
	version = file_version(s);
	if (version != s->marks_version)
		place_forget(s, STORE_ALL_NODES);
	s->marks_version = version;
}

/* Transactions */

static int core_run(struct store *s, enum core_stmt stmt)
{
	AUTO_QUERY q = query_new(s, STORE_CORE, stmt, core_sql[stmt]);

	return query_run(&q);
}

static void forget(struct store *s)
{
	s->begun = s->touched = false;
	s->lost = 0;
	counts_forget(s);
	s->version = s->marks_version = file_version(s);
}

int store_begin(struct store *s)
{
	int r;

	assert(!s->begun && !s->running);
	s->begun = true;
	r = core_run(s, CORE_BEGIN);
	if (r) { /* nothing was read: what others have changed is still to be found out */
		s->begun = false;
		s->lost = 0;
	} else if (file_version(s) != s->version) {
		change_all(s);
	}
	return r;
}

int store_commit(struct store *s)
{
	int r;

	assert(s->begun && !s->running);
	r = counts_write(s);
	if (!r)
		r = core_run(s, CORE_COMMIT);
	if (r)
		store_rollback(s);
	else
		forget(s);
	return r;
}

void store_rollback(struct store *s)
{
	assert(!s->running);
	/* Where an error comes back, SQLite has rolled back all the same. */
	if (s->begun && !sqlite3_get_autocommit(s->db)) {
		s->lost = 0;
		core_run(s, CORE_ROLLBACK);
	}
	store_vfs_forget(s->db);
	place_forget(s, STORE_ALL_NODES);
	s->times = TIMES_ALL; /* those that were read meanwhile, too */
	change_back(s);
	forget(s);
}

bool store_in_transaction(const struct store *s)
{
	return s->begun && !s->lost;
}

int store_savepoint(struct store *s)
{
	int r;

	assert(s->begun && !s->running);
	r = counts_mark(s);
	s->before = sqlite3_total_changes(s->db);
	return r ? r : core_run(s, CORE_SAVEPOINT);
}

int store_release(struct store *s)
{
	assert(s->begun && !s->running);
	return core_run(s, CORE_RELEASE);
}

void store_undo(struct store *s)
{
	int r;

	assert(s->begun && !s->running);
	if (s->lost)
		return;
	/* Whoever is refused has mostly changed nothing. */
	if (s->before != sqlite3_total_changes(s->db))
		place_forget(s, STORE_ALL_NODES);
	change_back(s);
	counts_undo(s);
	r = core_run(s, CORE_UNDO);
	if (!r)
		r = core_run(s, CORE_RELEASE);
	/* What cannot be undone alone goes with all the rest. */
	if (r && !s->lost) {
		core_run(s, CORE_ROLLBACK);
		s->lost = r;
	}
}
