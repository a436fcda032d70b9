/* SPDX-License-Identifier: MIT */
/* Subscriptions. */
#include "cmd/serve/store/store.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_news.h"
#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/jid.h"

enum sub_stmt {
	SUB_ADD,
	SUB_GET,
	SUB_FIND,
	SUB_FIND_BARE,
	SUB_STATE,
	SUB_OPTIONS,
	SUB_PUBLIC,
	SUB_SET_WARNING,
	SUB_BOUNCES,
	SUB_BOUNCED,
	SUB_BOUNCED_ANY,
	SUB_FORGIVE,
	SUB_REMOVE,
	SUB_PAGE,
	SUB_PAGE_SET,
	SUB_ALL,
	SUB_BY_BARE,
	SUB_PENDING_AT,
	SUB_PENDING_NODES,
	SUB_ENDING,
	SUB_WARNING,
	SUB_NEXT_END,
	SUB_FLEETING,
	SUB_COUNT,
	SUB_COUNT_ALL,
	SUB_COUNT_BY_JID,
	SUB_LAST_KEY,
	SUB_PUBLIC_PAGE,
	SUB_PUBLIC_PAGE_BACK,
	SUB_PUBLIC_COUNT,
	SUB_PUBLIC_BEFORE,
	SUB_STMT_MAX
};

#define SHORT_COLUMNS "key, subscription.node, jid, subid, state, options"
#define COLUMNS SHORT_COLUMNS ", expires, warning, public, bounces, bounced_first, bounced_last"
#define SELECT "SELECT " COLUMNS " FROM subscription"
/* However many subscriptions it has, a JID counts once. */
#define PUBLIC "FROM subscription INDEXED BY subscription_public " \
	"WHERE node = ?1 AND public = 1 AND state = 'subscribed'"

/* clang-format off */
static const char *const sub_sql[SUB_STMT_MAX] = {
	[SUB_ADD] = "INSERT INTO subscription (node, jid, bare, subid, state, created, options, expires, public) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SUB_GET] = SELECT " WHERE key = ?1",
	[SUB_FIND] = SELECT " WHERE node = ?1 AND jid = ?2 ORDER BY key",
	[SUB_FIND_BARE] = SELECT " INDEXED BY subscription_by_bare WHERE node = ?1 AND bare = ?2 ORDER BY key",
	[SUB_STATE] = "UPDATE subscription SET state = ?2, "
		"expires = CASE WHEN state = 'unconfigured' AND options = '' THEN NULL ELSE expires END "
		"WHERE key = ?1 RETURNING node",
	[SUB_OPTIONS] = "UPDATE subscription SET options = ?2, expires = ?3, warning = NULL WHERE key = ?1 "
		"RETURNING node",
	[SUB_PUBLIC] = "UPDATE subscription SET public = ?2 WHERE key = ?1",
	[SUB_SET_WARNING] = "UPDATE subscription SET warning = nullif(?2, 0) WHERE key = ?1",
	[SUB_BOUNCES] = "UPDATE subscription SET bounces = ?2, bounced_first = ?3, bounced_last = ?4 "
		"WHERE key = ?1",
	[SUB_BOUNCED] = "SELECT count(*) FROM subscription INDEXED BY subscription_by_bounces "
		"WHERE bare = ?1 AND bounces > 0",
	[SUB_BOUNCED_ANY] = "SELECT EXISTS (SELECT 1 FROM subscription INDEXED BY subscription_by_bounces "
		"WHERE bare >= '' AND bounces > 0)",
	[SUB_FORGIVE] = "UPDATE subscription INDEXED BY subscription_by_bounces SET bounces = 0 "
		"WHERE bare = ?1 AND bounces > 0",
	[SUB_REMOVE] = "DELETE FROM subscription WHERE key = ?1 RETURNING node",
	/* An entity's subscriptions come together, as it is told of an event once. */
	[SUB_PAGE] = "SELECT " SHORT_COLUMNS " FROM subscription INDEXED BY subscription_by_jid "
		"WHERE node = ?1 AND jid >= ?2 AND (jid > ?2 OR key > ?3) AND key <= ?4 "
		"ORDER BY jid, key LIMIT ?5",
	[SUB_PAGE_SET] = SELECT " INDEXED BY subscription_with_options "
		"WHERE options <> '' AND node = ?1 AND jid >= ?2 AND (jid > ?2 OR key > ?3) AND key <= ?4 "
		"ORDER BY jid, key LIMIT ?5",
	[SUB_ALL] = SELECT " INDEXED BY subscription_by_node WHERE node = ?1 ORDER BY key",
	[SUB_BY_BARE] = SELECT " WHERE bare = ?1 ORDER BY key",
	[SUB_PENDING_AT] = SELECT " INDEXED BY subscription_by_wait WHERE node = ?1 AND state = 'pending' ORDER BY key",
	/* ?1: whose nodes; NULL: anybody's. */
	[SUB_PENDING_NODES] = "SELECT name FROM node WHERE id IN "
		"(SELECT node FROM subscription INDEXED BY subscription_by_wait WHERE state = 'pending') "
		"AND (?1 IS NULL OR EXISTS (SELECT 1 FROM affiliation "
		"WHERE affiliation.node = node.id AND jid = ?1 AND affiliation = 'owner')) ORDER BY name",
	[SUB_ENDING] = SELECT " WHERE expires IS NOT NULL AND expires <= ?1 ORDER BY expires LIMIT ?2",
	[SUB_WARNING] = SELECT " WHERE warning IS NOT NULL AND warning <= ?1 ORDER BY warning LIMIT ?2",
	[SUB_NEXT_END] = "SELECT expires AS time FROM subscription WHERE expires > 0 UNION ALL "
		"SELECT warning FROM subscription WHERE warning > 0 ORDER BY time LIMIT 1",
	[SUB_FLEETING] = SELECT " WHERE key > ?1 AND (instr(options, 'pubsub#expire' || char(31) || 'presence') "
		"OR node IN (SELECT id FROM node WHERE instr(config, 'pubsub#tempsub'))) "
		"ORDER BY key LIMIT ?2",
	[SUB_COUNT] = "SELECT count(*) FROM subscription WHERE node = ?1 AND state = 'subscribed'",
	/* Nothing is counted at the root collection. */
	[SUB_COUNT_ALL] = "SELECT ifnull((SELECT subscriptions FROM node WHERE id = ?1), "
		"(SELECT count(*) FROM subscription WHERE node = ?1))",
	[SUB_COUNT_BY_JID] = "SELECT count(*) FROM subscription WHERE bare = ?1",
	/* Where AUTOINCREMENT remembers; it has no row before the first subscription. */
	[SUB_LAST_KEY] = "SELECT seq FROM sqlite_sequence WHERE name = 'subscription'",
	[SUB_PUBLIC_PAGE] = "SELECT jid " PUBLIC " AND jid > ?2 GROUP BY jid ORDER BY jid LIMIT ?3 OFFSET ?4",
	[SUB_PUBLIC_PAGE_BACK] = "SELECT jid " PUBLIC " AND jid < ?2 GROUP BY jid ORDER BY jid DESC LIMIT ?3 OFFSET ?4",
	[SUB_PUBLIC_COUNT] = "SELECT count(DISTINCT jid) " PUBLIC,
	[SUB_PUBLIC_BEFORE] = "SELECT count(DISTINCT jid) " PUBLIC " AND jid < ?2",
};
/* clang-format on */
_Static_assert(SUB_STMT_MAX <= STORE_STMTS, "a place for each statement");

static struct query sub_query(struct store *s, enum sub_stmt stmt)
{
	return query_new(s, STORE_SUBS, stmt, sub_sql[stmt]);
}

/* Strings are borrowed from the row. */
static int sub_row(struct query *q, bool is_short, struct subscription *ret)
{
	int state;

	*ret = (struct subscription){
		.key = query_int(q, 0),
		.node = query_int(q, 1),
		.jid = query_text(q, 2),
		.subid = query_text(q, 3),
		.options = query_text(q, 5),
	};
	if (!is_short) {
		ret->expires = query_int(q, 6);
		ret->warning = query_int(q, 7);
		ret->is_public = query_int(q, 8);
		ret->bounces = (struct bounces){ query_int(q, 9), query_int(q, 10), query_int(q, 11) };
	}
	if (query_name(q, 4, sub_state_names, SUB_MAX, &state))
		return q->r;
	ret->state = (enum sub_state)state;
	return 0;
}

static int each_row(struct query *q, bool is_short, store_sub_fn *fn, void *data)
{
	struct subscription sub;
	int r;

	while ((r = query_step(q)) > 0) {
		r = sub_row(q, is_short, &sub);
		if (!r)
			r = fn(&sub, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

static int each_sub(struct query *q, store_sub_fn *fn, void *data)
{
	return each_row(q, false, fn, data);
}

/* One subscription */

static void bind_expiry(struct query *q, int at, const struct sub_options *options)
{
	/* Otherwise it stays NULL: there is no such time, or it is not known yet. */
	if (options && options->expire > 0)
		query_bind_int(q, at, options->expire);
}

int store_sub_add(struct store *s, const struct new_subscription *sub, int64_t *ret_key)
{
	AUTO_QUERY q = sub_query(s, SUB_ADD);
	AUTO_STR options = { 0 };
	int r;

	if (sub->options)
		fields_save(sub_fields, sub->options, &options);
	query_bind_int(&q, 1, sub->node);
	query_bind_text(&q, 2, sub->jid);
	query_bind_bytes(&q, 3, sub->jid, jid_bare_len(sub->jid));
	query_bind_text(&q, 4, sub->subid);
	query_bind_text(&q, 5, sub_state_names[sub->state]);
	query_bind_int(&q, 6, sub->created);
	query_bind_text(&q, 7, options.p ? options.p : "");
	if (sub->expires)
		query_bind_int(&q, 8, sub->expires);
	else
		bind_expiry(&q, 8, sub->options);
	query_bind_int(&q, 9, sub->is_public);
	r = query_run(&q);
	store_sub_changed(s, sub->node);
	if (!r && ret_key)
		*ret_key = sqlite3_last_insert_rowid(s->db);
	return r;
}

int store_sub_get(struct store *s, int64_t key, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_GET);

	query_bind_int(&q, 1, key);
	return each_sub(&q, fn, data);
}

/* What the watch is about; the row's node is returned. */
static int change(struct query *q)
{
	int64_t node;
	int r = query_value(q, &node);

	if (r != -ENOENT)
		store_sub_changed(q->store, r ? STORE_ALL_NODES : node);
	return r == -ENOENT ? 0 : r;
}

int store_sub_set_options(struct store *s, int64_t key, const struct sub_options *options)
{
	AUTO_QUERY q = sub_query(s, SUB_OPTIONS);
	AUTO_STR text = { 0 };

	fields_save(sub_fields, options, &text);
	query_bind_int(&q, 1, key);
	query_bind_text(&q, 2, text.p ? text.p : "");
	bind_expiry(&q, 3, options);
	return change(&q);
}

static int set_number(struct store *s, enum sub_stmt stmt, int64_t key, int64_t value)
{
	AUTO_QUERY q = sub_query(s, stmt);

	query_bind_int(&q, 1, key);
	query_bind_int(&q, 2, value);
	return query_run(&q);
}

int store_sub_set_state(struct store *s, int64_t key, enum sub_state state)
{
	AUTO_QUERY q = sub_query(s, SUB_STATE);

	query_bind_int(&q, 1, key);
	query_bind_text(&q, 2, sub_state_names[state]);
	return change(&q);
}

int store_sub_set_public(struct store *s, int64_t key, bool is_public)
{
	return set_number(s, SUB_PUBLIC, key, is_public);
}

int store_sub_set_bounces(struct store *s, int64_t key, const struct bounces *bounces)
{
	AUTO_QUERY q = sub_query(s, SUB_BOUNCES);

	s->no_bounces = false;
	query_bind_int(&q, 1, key);
	query_bind_int(&q, 2, bounces->n);
	query_bind_int(&q, 3, bounces->first);
	query_bind_int(&q, 4, bounces->last);
	return query_run(&q);
}

static int count_bounced(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	return query_value_text(sub_query(s, SUB_BOUNCED), bare_jid, ret_count);
}

/* Mostly nobody has any, and that is remembered: it is asked with each request. */
int store_sub_bounced(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	AUTO_QUERY q = sub_query(s, SUB_BOUNCED_ANY);
	int64_t any = 0;
	int r = s->no_bounces ? 0 : query_value(&q, &any);

	if (r)
		return r;
	s->no_bounces = !any;
	if (any)
		return count_bounced(s, bare_jid, ret_count);
	*ret_count = 0;
	return 0;
}

int store_sub_forgive(struct store *s, const char *bare_jid)
{
	AUTO_QUERY q = sub_query(s, SUB_FORGIVE);

	query_bind_text(&q, 1, bare_jid);
	return query_run(&q);
}

static int remove_row(struct store *s, int64_t key)
{
	AUTO_QUERY q = sub_query(s, SUB_REMOVE);

	query_bind_int(&q, 1, key);
	return change(&q);
}

int store_sub_set_warning(struct store *s, int64_t key, int64_t time)
{
	return set_number(s, SUB_SET_WARNING, key, time);
}

int store_sub_remove(struct store *s, int64_t key)
{
	int r = store_digest_remove(s, key);

	return r ? r : remove_row(s, key);
}

/* Many */

static int find(struct store *s, enum sub_stmt stmt, int64_t node, const char *jid,
		store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, stmt);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, jid);
	return each_sub(&q, fn, data);
}

int store_sub_find(struct store *s, int64_t node, const char *jid, store_sub_fn *fn, void *data)
{
	return find(s, SUB_FIND, node, jid, fn, data);
}

int store_sub_find_bare(struct store *s, int64_t node, const char *bare_jid, store_sub_fn *fn,
			void *data)
{
	return find(s, SUB_FIND_BARE, node, bare_jid, fn, data);
}

static int page(struct store *s, enum sub_stmt stmt, int64_t node, const struct sub_place *after,
		int64_t upto, int64_t limit, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, stmt);

	if (limit <= 0)
		return 0;
	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, after->jid ? after->jid : "");
	query_bind_int(&q, 3, after->key);
	query_bind_int(&q, 4, upto);
	query_bind_int(&q, 5, limit);
	return each_row(&q, true, fn, data);
}

int store_sub_page(struct store *s, int64_t node, const struct sub_place *after, int64_t upto,
		   int64_t limit, store_sub_fn *fn, void *data)
{
	return page(s, SUB_PAGE, node, after, upto, limit, fn, data);
}

int store_sub_page_set(struct store *s, int64_t node, const struct sub_place *after, int64_t upto,
		       int64_t limit, store_sub_fn *fn, void *data)
{
	return page(s, SUB_PAGE_SET, node, after, upto, limit, fn, data);
}

bool store_sub_is_behind(const char *jid, int64_t key, const struct sub_place *place)
{
	int order = place->jid ? strcmp(jid, place->jid) : 1;

	return order > 0 || (!order && key > place->key);
}

int store_sub_each(struct store *s, int64_t node, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_ALL);

	query_bind_int(&q, 1, node);
	return each_sub(&q, fn, data);
}

int store_sub_by_bare(struct store *s, const char *bare_jid, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_BY_BARE);

	query_bind_text(&q, 1, bare_jid);
	return each_sub(&q, fn, data);
}

int store_sub_pending(struct store *s, int64_t node, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_PENDING_AT);

	query_bind_int(&q, 1, node);
	return each_sub(&q, fn, data);
}

int store_sub_pending_nodes(struct store *s, const char *owner, store_name_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_PENDING_NODES);
	int r;

	query_bind_text(&q, 1, owner);
	while ((r = query_step(&q)) > 0) {
		r = fn(query_text(&q, 0), data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

static int until(struct store *s, enum sub_stmt stmt, int64_t time, int64_t limit,
		 store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, stmt);

	query_bind_int(&q, 1, time);
	query_bind_int(&q, 2, limit);
	return each_sub(&q, fn, data);
}

int store_sub_ending(struct store *s, int64_t time, int64_t limit, store_sub_fn *fn, void *data)
{
	return until(s, SUB_ENDING, time, limit, fn, data);
}

int store_sub_warning(struct store *s, int64_t time, int64_t limit, store_sub_fn *fn, void *data)
{
	return until(s, SUB_WARNING, time, limit, fn, data);
}

int store_sub_next_end(struct store *s, int64_t *ret_time)
{
	AUTO_QUERY q = sub_query(s, SUB_NEXT_END);

	return query_value(&q, ret_time);
}

int store_sub_fleeting(struct store *s, int64_t after, int64_t limit, store_sub_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, SUB_FLEETING);

	query_bind_int(&q, 1, after);
	query_bind_int(&q, 2, limit);
	return each_sub(&q, fn, data);
}

int store_sub_count(struct store *s, int64_t node, int64_t *ret_count)
{
	return query_value_int(sub_query(s, SUB_COUNT), node, ret_count);
}

int store_sub_count_all(struct store *s, int64_t node, int64_t *ret_count)
{
	return query_value_int(sub_query(s, SUB_COUNT_ALL), node, ret_count);
}

int store_sub_count_by_jid(struct store *s, const char *bare_jid, int64_t *ret_count)
{
	return query_value_text(sub_query(s, SUB_COUNT_BY_JID), bare_jid, ret_count);
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

/* Public subscriptions (XEP-0465) */

int store_sub_public_page(struct store *s, int64_t node, const char *anchor, bool backwards,
			  int64_t skip, int64_t limit, store_jid_fn *fn, void *data)
{
	AUTO_QUERY q = sub_query(s, backwards ? SUB_PUBLIC_PAGE_BACK : SUB_PUBLIC_PAGE);
	int r;

	if (limit <= 0)
		return 0;
	query_bind_int(&q, 1, node);
	if (backwards && !anchor)
		query_bind_end(&q, 2);
	else
		query_bind_text(&q, 2, anchor ? anchor : "");
	query_bind_int(&q, 3, limit);
	query_bind_int(&q, 4, skip);
	while ((r = query_step(&q)) > 0) {
		r = fn(query_text(&q, 0), data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_sub_public_count(struct store *s, int64_t node, const char *before, int64_t *ret_count)
{
	AUTO_QUERY q = sub_query(s, before ? SUB_PUBLIC_BEFORE : SUB_PUBLIC_COUNT);

	query_bind_int(&q, 1, node);
	if (before)
		query_bind_text(&q, 2, before);
	return query_value(&q, ret_count);
}
