/* SPDX-License-Identifier: MIT */
/* Who stands how to a node: subscriptions and affiliations. */
#include "cmd/serve/store.h"

#include <errno.h>

#include "cmd/serve/store_internal.h"
#include "common/xmpp/jid.h"

enum sub_stmt {
	SUB_ADD,
	SUB_FIND,
	SUB_REMOVE,
	SUB_PAGE,
	SUB_COUNT,
	SUB_COUNT_BY_JID,
	SUB_LAST_KEY,
	AFFILIATION_GET,
	AFFILIATION_SET,
	AFFILIATION_REMOVE,
	AFFILIATION_EACH,
	SUB_STMT_MAX
};

#define SELECT "SELECT key, jid, subid, state FROM subscription"

/* clang-format off */
static const char *const sub_sql[SUB_STMT_MAX] = {
	[SUB_ADD] = "INSERT INTO subscription (node, jid, bare, subid, state, created) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[SUB_FIND] = SELECT " WHERE node = ?1 AND jid = ?2 ORDER BY key",
	[SUB_REMOVE] = "DELETE FROM subscription WHERE key = ?1",
	/* The primary key has the order, too, but with other nodes' rows in between. */
	[SUB_PAGE] = SELECT " INDEXED BY subscription_by_node "
		"WHERE node = ?1 AND key > ?2 AND key <= ?3 ORDER BY key LIMIT ?4",
	[SUB_COUNT] = "SELECT count(*) FROM subscription WHERE node = ?1",
	[SUB_COUNT_BY_JID] = "SELECT count(*) FROM subscription WHERE bare = ?1",
	/* Where AUTOINCREMENT remembers; it has no row before the first subscription. */
	[SUB_LAST_KEY] = "SELECT seq FROM sqlite_sequence WHERE name = 'subscription'",
	[AFFILIATION_GET] = "SELECT affiliation FROM affiliation WHERE node = ?1 AND jid = ?2",
	[AFFILIATION_SET] = "INSERT OR REPLACE INTO affiliation (node, jid, affiliation) "
		"VALUES (?1, ?2, ?3)",
	[AFFILIATION_REMOVE] = "DELETE FROM affiliation WHERE node = ?1 AND jid = ?2",
	[AFFILIATION_EACH] = "SELECT affiliation, jid FROM affiliation "
		"WHERE node = ?1 ORDER BY jid",
};
/* clang-format on */
_Static_assert(SUB_STMT_MAX <= STORE_STMTS, "a place for each statement");

static struct query sub_query(struct store *s, enum sub_stmt stmt)
{
	return query_new(s, &s->subs[stmt], sub_sql[stmt]);
}

/* Affiliations */

static int affiliation_of(struct query *q, enum affiliation *ret)
{
	int value;
	int r = query_name(q, 0, affiliation_names, AFF_MAX, &value);

	if (!r)
		*ret = (enum affiliation)value;
	return r;
}

int store_affiliation_get(struct store *s, int64_t node, const char *bare_jid,
			  enum affiliation *ret_affiliation)
{
	AUTO_QUERY q = sub_query(s, AFFILIATION_GET);
	int r;

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, bare_jid);
	r = query_step(&q);
	if (r > 0)
		return affiliation_of(&q, ret_affiliation);
	if (!r)
		*ret_affiliation = AFF_NONE;
	return r;
}

static int affiliation_remove(struct store *s, int64_t node, const char *bare_jid)
{
	AUTO_QUERY q = sub_query(s, AFFILIATION_REMOVE);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, bare_jid);
	return query_run(&q);
}

static int affiliation_put(struct store *s, int64_t node, const char *bare_jid,
			   enum affiliation affiliation)
{
	AUTO_QUERY q = sub_query(s, AFFILIATION_SET);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, bare_jid);
	query_bind_text(&q, 3, affiliation_names[affiliation]);
	return query_run(&q);
}

int store_affiliation_set(struct store *s, int64_t node, const char *bare_jid,
			  enum affiliation affiliation)
{
	if (affiliation == AFF_NONE)
		return affiliation_remove(s, node, bare_jid);
	return affiliation_put(s, node, bare_jid, affiliation);
}

int store_affiliation_each(struct store *s, int64_t node, store_affiliation_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, AFFILIATION_EACH);
	enum affiliation affiliation;
	int r;

	query_bind_int(&q, 1, node);
	while ((r = query_step(&q)) > 0) {
		r = affiliation_of(&q, &affiliation);
		if (!r)
			r = fn(query_text(&q, 1), affiliation, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

/* Subscriptions */

int store_sub_add(struct store *s, int64_t node, const char *jid, const char *subid,
		  enum sub_state state, int64_t now)
{
	AUTO_QUERY q = sub_query(s, SUB_ADD);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, jid);
	query_bind_bytes(&q, 3, jid, jid_bare_len(jid));
	query_bind_text(&q, 4, subid);
	query_bind_text(&q, 5, sub_state_names[state]);
	query_bind_int(&q, 6, now);
	return query_run(&q);
}

static int each_sub(struct query *q, store_sub_fn *fn, void *data)
{
	int r;

	while ((r = query_step(q)) > 0) {
		struct subscription sub = {
			.key = query_int(q, 0),
			.jid = query_text(q, 1),
			.subid = query_text(q, 2),
		};
		int state;

		r = query_name(q, 3, sub_state_names, SUB_MAX, &state);
		if (!r) {
			sub.state = (enum sub_state)state;
			r = fn(&sub, data);
		}
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_sub_find(struct store *s, int64_t node, const char *jid, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_FIND);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, jid);
	return each_sub(&q, fn, data);
}

int store_sub_remove(struct store *s, int64_t key)
{
	AUTO_QUERY q = sub_query(s, SUB_REMOVE);

	query_bind_int(&q, 1, key);
	return query_run(&q);
}

int store_sub_page(struct store *s, int64_t node, int64_t after, int64_t upto, int64_t limit,
		   store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_PAGE);

	if (limit <= 0)
		return 0;
	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, after);
	query_bind_int(&q, 3, upto);
	query_bind_int(&q, 4, limit);
	return each_sub(&q, fn, data);
}

int store_sub_count(struct store *s, int64_t node, int64_t *ret_count)
{
	AUTO_QUERY q = sub_query(s, SUB_COUNT);

	query_bind_int(&q, 1, node);
	return query_value(&q, ret_count);
}

int store_sub_count_by_jid(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	AUTO_QUERY q = sub_query(s, SUB_COUNT_BY_JID);

	query_bind_text(&q, 1, bare_jid);
	return query_value(&q, ret_count);
}

int store_sub_last_key(struct store *s, int64_t *ret_key)
{
	AUTO_QUERY q = sub_query(s, SUB_LAST_KEY);
	int r = query_value(&q, ret_key);

	if (r != -ENOENT)
		return r;
	*ret_key = 0;
	return 0;
}
