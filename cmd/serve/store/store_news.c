/* SPDX-License-Identifier: MIT */
/* What is told later: held back by nodes, collected for digests. */
#include "cmd/serve/store/store_news.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"

enum news_stmt {
	HELD_ADD,
	HELD_SUPERSEDE,
	HELD_EACH,
	HELD_REMOVE,
	HELD_ANY,
	HELD_DROP,
	PACE_GET,
	PACE_SET,
	PACE_NEXT,
	PACE_REST,
	NEWS_ADD,
	NEWS_CAP,
	NEWS_AFTER,
	NEWS_AFTER_ALL,
	NEWS_TRIM,
	NEWS_SWEEP,
	NEWS_DROP,
	DIGEST_SET,
	DIGEST_END,
	DIGEST_REMOVE,
	DIGEST_CONCERNED,
	DIGEST_WAKE,
	DIGEST_DUE,
	DIGEST_TOLD,
	NEWS_STMT_MAX
};

#define COLUMNS "seq, node, item, entry, payload, version"
/* ?1, all collections above it, and the root. */
#define UP                                                                                         \
	"(WITH RECURSIVE up (id) AS (VALUES (?1) UNION SELECT parent FROM up JOIN edge ON child "  \
	"= up.id) "                                                                                \
	"SELECT id FROM up UNION SELECT 0)"
#define NEWEST "ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'news'), 0)"
#define NEEDED(of)                                                                                 \
	"ifnull((SELECT min(told) FROM digest WHERE due IS NOT NULL" of "), 9223372036854775807)"

/* clang-format off */
static const char *const news_sql[NEWS_STMT_MAX] = {
	[HELD_ADD] = "INSERT INTO held (node, item, entry, payload, version) VALUES (?1, ?2, ?3, ?4, ?5)",
	[HELD_SUPERSEDE] = "DELETE FROM held WHERE node = ?1 AND item = ?2",
	[HELD_EACH] = "SELECT " COLUMNS " FROM held WHERE node = ?1 ORDER BY seq LIMIT ?2",
	[HELD_REMOVE] = "DELETE FROM held WHERE node = ?1 AND seq <= ?2",
	[HELD_ANY] = "SELECT EXISTS (SELECT 1 FROM held WHERE node = ?1)",
	[HELD_DROP] = "DELETE FROM held WHERE node = ?1",
	[PACE_GET] = "SELECT told, due FROM pace WHERE node = ?1",
	[PACE_SET] = "INSERT OR REPLACE INTO pace (node, told, due) VALUES (?1, ?2, nullif(?3, 0))",
	[PACE_NEXT] = "SELECT node, due FROM pace WHERE due IS NOT NULL ORDER BY due LIMIT 1",
	[PACE_REST] = "UPDATE pace SET due = NULL WHERE node = ?1",
	[NEWS_ADD] = "INSERT INTO news (node, item, entry, payload, version) VALUES (?1, ?2, ?3, ?4, ?5)",
	[NEWS_CAP] = "DELETE FROM news WHERE node = ?1 AND seq <= "
		"(SELECT seq FROM news WHERE node = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
	[NEWS_AFTER] = "SELECT " COLUMNS " FROM news WHERE node = ?1 AND seq > ?2 ORDER BY seq",
	[NEWS_AFTER_ALL] = "SELECT " COLUMNS " FROM news WHERE seq > ?2 AND ?1 ORDER BY seq",
	/* As long as a digest waits for the first of them, it is not asked which one waits for most. */
	[NEWS_TRIM] = "DELETE FROM news WHERE node = ?1 AND seq <= CASE "
		"WHEN EXISTS (SELECT 1 FROM digest WHERE due IS NOT NULL AND node IN " UP
		" AND told < ifnull((SELECT min(seq) FROM news WHERE node = ?1), 9223372036854775807)) THEN 0 "
		"ELSE " NEEDED(" AND node IN " UP) " END",
	[NEWS_SWEEP] = "DELETE FROM news WHERE ?1 AND seq <= " NEEDED(""),
	[NEWS_DROP] = "DELETE FROM news WHERE node = ?1",
	[DIGEST_SET] = "INSERT INTO digest (subscription, node, frequency, told) VALUES (?1, ?2, ?3, " NEWEST ") "
		"ON CONFLICT (subscription) DO UPDATE SET frequency = ?3, upto = NULL, due = min(due, ?4 + ?3)",
	[DIGEST_END] = "UPDATE digest SET upto = " NEWEST ", due = ?2 WHERE subscription = ?1",
	[DIGEST_REMOVE] = "DELETE FROM digest WHERE subscription = ?1",
	/* Where there are no digests at all, there is no walk. */
	[DIGEST_CONCERNED] = "SELECT CASE WHEN EXISTS (SELECT 1 FROM digest) THEN "
		"EXISTS (SELECT 1 FROM digest WHERE upto IS NULL AND node IN " UP ") ELSE 0 END",
	[DIGEST_WAKE] = "UPDATE digest SET due = ?2 + frequency WHERE due IS NULL AND node IN " UP,
	[DIGEST_DUE] = "SELECT subscription, told, due, upto, frequency FROM digest "
		"WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2",
	[DIGEST_TOLD] = "UPDATE digest SET told = ?2, due = nullif(?3, 0) WHERE subscription = ?1",
};
/* clang-format on */
_Static_assert(NEWS_STMT_MAX <= STORE_STMTS, "a place for each statement");

static struct query news_query(struct store *s, enum news_stmt stmt)
{
	return query_new(s, STORE_NEWS, stmt, news_sql[stmt]);
}

/* Entries */

static int add(struct store *s, enum news_stmt stmt, int64_t node, const struct news *news)
{
	AUTO_QUERY q = news_query(s, stmt);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, news->id);
	query_bind_bytes(&q, 3, news->xml ? news->xml : "", news->len);
	query_bind_int(&q, 4, (int64_t)news->payload_len);
	query_bind_int(&q, 5, news->version);
	return query_run(&q);
}

static int each_news(struct query *q, store_news_fn *fn, void *data)
{
	int r;

	while ((r = query_step(q)) > 0) {
		struct news news = { .id = query_text(q, 2),
				     .payload_len = (size_t)query_int(q, 4),
				     .version = query_int(q, 5) };

		news.xml = query_bytes(q, 3, &news.len);
		news.retract = !strncmp(news.xml ? news.xml : "", "<retract", strlen("<retract"));
		r = fn(query_int(q, 0), query_int(q, 1), &news, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

/* Held back */

static int supersede(struct store *s, int64_t node, const char *item)
{
	AUTO_QUERY q = news_query(s, HELD_SUPERSEDE);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, item);
	return query_run(&q);
}

int store_held_add(struct store *s, int64_t node, const struct news *news, bool latest)
{
	/* That something has happened need not be said twice. */
	int r = latest || !news->len ? supersede(s, node, news->id) : 0;

	return r ? r : add(s, HELD_ADD, node, news);
}

int store_held_each(struct store *s, int64_t node, int64_t limit, store_news_fn *fn, void *data)
{
	AUTO_QUERY q = news_query(s, HELD_EACH);

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, limit);
	return each_news(&q, fn, data);
}

static int ask(struct store *s, enum news_stmt stmt, int64_t node, bool *ret)
{
	AUTO_QUERY q = news_query(s, stmt);
	int64_t answer;
	int r;

	query_bind_int(&q, 1, node);
	r = query_value(&q, &answer);
	if (!r)
		*ret = answer;
	return r;
}

int store_held_remove(struct store *s, int64_t node, int64_t seq, bool *ret_more)
{
	int r = query_run_ints(news_query(s, HELD_REMOVE), node, seq);

	return r ? r : ask(s, HELD_ANY, node, ret_more);
}

int store_pace_get(struct store *s, int64_t node, struct pace *ret)
{
	AUTO_QUERY q = news_query(s, PACE_GET);
	int r;

	query_bind_int(&q, 1, node);
	r = query_step(&q);
	if (r < 0)
		return r;
	*ret = (struct pace){ 0 };
	if (r)
		*ret = (struct pace){ .told = query_int(&q, 0), .due = query_int(&q, 1) };
	return 0;
}

int store_pace_set(struct store *s, int64_t node, const struct pace *pace)
{
	AUTO_QUERY q = news_query(s, PACE_SET);

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, pace->told);
	query_bind_int(&q, 3, pace->due);
	return query_run(&q);
}

int store_pace_next(struct store *s, int64_t *ret_node, int64_t *ret_due)
{
	AUTO_QUERY q = news_query(s, PACE_NEXT);
	int r = query_step(&q);

	if (r <= 0)
		return r ? r : -ENOENT;
	*ret_node = query_int(&q, 0);
	*ret_due = query_int(&q, 1);
	return 0;
}

int store_news_drop(struct store *s, int64_t node)
{
	int r = query_run_int(news_query(s, HELD_DROP), node);

	if (!r)
		r = query_run_int(news_query(s, PACE_REST), node);
	return r ? r : query_run_int(news_query(s, NEWS_DROP), node);
}

/* Digests */

int store_digest_set(struct store *s, int64_t key, int64_t node, int64_t frequency, int64_t now)
{
	AUTO_QUERY q = news_query(s, DIGEST_SET);

	query_bind_int(&q, 1, key);
	query_bind_int(&q, 2, node);
	query_bind_int(&q, 3, frequency);
	query_bind_int(&q, 4, now);
	return query_run(&q);
}

int store_digest_end(struct store *s, int64_t key, int64_t now)
{
	return query_run_ints(news_query(s, DIGEST_END), key, now);
}

int store_digest_remove(struct store *s, int64_t key)
{
	int r = query_run_int(news_query(s, DIGEST_REMOVE), key);

	return r || !store_changes(s) ? r : store_news_trim(s, STORE_ALL_NODES);
}

int store_digest_note(struct store *s, int64_t node, const struct news *news, int64_t now,
		      bool *ret_any)
{
	bool any;
	int r = ask(s, DIGEST_CONCERNED, node, &any);

	if (!r && any)
		r = add(s, NEWS_ADD, node, news);
	if (!r && any && sqlite3_last_insert_rowid(s->db) % 256 == 0)
		r = query_run_ints(news_query(s, NEWS_CAP), node, NEWS_MAX);
	if (!r && any)
		r = query_run_ints(news_query(s, DIGEST_WAKE), node, now);
	if (!r)
		*ret_any = any;
	return r;
}

static int digest_row(struct query *q, struct digest *ret)
{
	int r = query_step(q);

	if (r > 0)
		*ret = (struct digest){ .key = query_int(q, 0),
					.told = query_int(q, 1),
					.due = query_int(q, 2),
					.upto = query_int(q, 3),
					.frequency = query_int(q, 4) };
	return r;
}

int store_digest_next(struct store *s, int64_t *ret_due)
{
	AUTO_QUERY q = news_query(s, DIGEST_DUE);
	struct digest d;
	int r;

	query_bind_int(&q, 1, INT64_MAX);
	query_bind_int(&q, 2, 1);
	r = digest_row(&q, &d);
	if (r <= 0)
		return r ? r : -ENOENT;
	*ret_due = d.due;
	return 0;
}

int store_digest_due(struct store *s, int64_t now, int64_t limit, store_digest_fn *fn, void *data)
{
	AUTO_QUERY q = news_query(s, DIGEST_DUE);
	struct digest d;
	int r;

	query_bind_int(&q, 1, now);
	query_bind_int(&q, 2, limit);
	while ((r = digest_row(&q, &d)) > 0) {
		r = fn(&d, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_digest_told(struct store *s, int64_t key, int64_t told, int64_t due)
{
	AUTO_QUERY q = news_query(s, DIGEST_TOLD);

	query_bind_int(&q, 1, key);
	query_bind_int(&q, 2, told);
	query_bind_int(&q, 3, due);
	return query_run(&q);
}

int store_news_after(struct store *s, int64_t node, int64_t seq, store_news_fn *fn, void *data)
{
	AUTO_QUERY q = news_query(s, node == STORE_ALL_NODES ? NEWS_AFTER_ALL : NEWS_AFTER);

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, seq);
	return each_news(&q, fn, data);
}

int store_news_trim(struct store *s, int64_t node)
{
	return query_run_int(news_query(s, node == STORE_ALL_NODES ? NEWS_SWEEP : NEWS_TRIM), node);
}
