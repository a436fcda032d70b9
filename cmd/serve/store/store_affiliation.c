/* SPDX-License-Identifier: MIT */
/* Affiliations: how an account stands to a node (XEP-0060 section 4.1). */
#include "cmd/serve/store/store.h"

#include "cmd/serve/store/store_internal.h"

enum affiliation_stmt {
	AFFILIATION_GET,
	AFFILIATION_SET,
	AFFILIATION_REMOVE,
	AFFILIATION_EACH,
	AFFILIATION_BY_JID,
	AFFILIATION_COUNT,
	AFFILIATION_COUNT_ALL,
	AFFILIATION_PUBLISH_ONLY,
	AFFILIATION_STMT_MAX
};

/* clang-format off */
static const char *const affiliation_sql[AFFILIATION_STMT_MAX] = {
	[AFFILIATION_GET] = "SELECT affiliation FROM affiliation WHERE node = ?1 AND jid = ?2",
	[AFFILIATION_SET] = "INSERT OR REPLACE INTO affiliation (node, jid, affiliation) "
		"VALUES (?1, ?2, ?3)",
	[AFFILIATION_REMOVE] = "DELETE FROM affiliation WHERE node = ?1 AND jid = ?2",
	[AFFILIATION_EACH] = "SELECT affiliation, jid FROM affiliation "
		"WHERE node = ?1 ORDER BY jid",
	[AFFILIATION_BY_JID] = "SELECT affiliation, name FROM affiliation JOIN node ON node.id = node "
		"WHERE jid = ?1 ORDER BY name",
	[AFFILIATION_COUNT_ALL] = "SELECT count(*) FROM affiliation WHERE node = ?1",
	[AFFILIATION_PUBLISH_ONLY] = "SELECT EXISTS (SELECT 1 FROM affiliation "
		"INDEXED BY affiliation_publish_only WHERE node = ?1 AND affiliation = 'publish-only')",
	[AFFILIATION_COUNT] = "SELECT count(*) FROM affiliation WHERE node = ?1 AND affiliation = ?2",
};
/* clang-format on */
_Static_assert(AFFILIATION_STMT_MAX <= STORE_STMTS, "a place for each statement");

static struct query affiliation_query(struct store *s, enum affiliation_stmt stmt)
{
	return query_new(s, STORE_AFFILIATIONS, stmt, affiliation_sql[stmt]);
}

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
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_GET);
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
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_REMOVE);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, bare_jid);
	return query_run(&q);
}

static int affiliation_put(struct store *s, int64_t node, const char *bare_jid,
			   enum affiliation affiliation)
{
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_SET);

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

static int each_affiliation(struct query *q, store_affiliation_fn *fn, void *data)
{
	enum affiliation affiliation;
	int r;

	while ((r = query_step(q)) > 0) {
		r = affiliation_of(q, &affiliation);
		if (!r)
			r = fn(query_text(q, 1), affiliation, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_affiliation_each(struct store *s, int64_t node, store_affiliation_fn *fn, void *data)
{
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_EACH);

	query_bind_int(&q, 1, node);
	return each_affiliation(&q, fn, data);
}

int store_affiliation_by_jid(struct store *s, const char *bare_jid, store_affiliation_fn *fn,
			     void *data)
{
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_BY_JID);

	query_bind_text(&q, 1, bare_jid);
	return each_affiliation(&q, fn, data);
}

int store_affiliation_count(struct store *s, int64_t node, enum affiliation affiliation,
			    int64_t *ret_count)
{
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_COUNT);

	query_bind_int(&q, 1, node);
	query_bind_text(&q, 2, affiliation_names[affiliation]);
	return query_value(&q, ret_count);
}

int store_affiliation_count_all(struct store *s, int64_t node, int64_t *ret_count)
{
	return query_value_int(affiliation_query(s, AFFILIATION_COUNT_ALL), node, ret_count);
}

int store_affiliation_publish_only(struct store *s, int64_t node, bool *ret_any)
{
	AUTO_QUERY q = affiliation_query(s, AFFILIATION_PUBLISH_ONLY);
	int64_t any;
	int r;

	query_bind_int(&q, 1, node);
	r = query_value(&q, &any);
	if (!r)
		*ret_any = any;
	return r;
}
