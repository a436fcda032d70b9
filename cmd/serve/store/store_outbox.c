/* SPDX-License-Identifier: MIT */
/* What the server may not have yet. */
#include "cmd/serve/store/store_outbox.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"

enum outbox_stmt {
	OUTBOX_ADD,
	OUTBOX_GET,
	OUTBOX_DROP,
	OUTBOX_TOLD,
	OUTBOX_MEASURE,
	FAREWELL_ADD,
	FAREWELL_DATE,
	FAREWELL_GET,
	FAREWELL_DROP,
	OUTBOX_STMT_MAX
};

/* clang-format off */
static const char *const outbox_sql[OUTBOX_STMT_MAX] = {
	[OUTBOX_ADD] = "INSERT INTO outbox (node, traits, recipients, size, front, xml, tail, event) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[OUTBOX_GET] = "SELECT event, node, traits, recipients, told, front, xml, tail FROM outbox WHERE event >= ?1 AND event < ?2 ORDER BY event LIMIT 1",
	[OUTBOX_DROP] = "DELETE FROM outbox WHERE event < ?1",
	[OUTBOX_TOLD] = "UPDATE outbox SET told = ?2 WHERE event = ?1",
	[OUTBOX_MEASURE] = "SELECT count(*), ifnull(sum(size), 0), ifnull(max(event), 0) FROM outbox WHERE event < ?1",
	/* The newest integer there is stands for those whose event is not known yet. */
	[FAREWELL_ADD] = "INSERT INTO farewell (node, event, rows) VALUES (?1, 9223372036854775807, ?2)",
	[FAREWELL_DATE] = "UPDATE farewell SET event = ?1 WHERE event = 9223372036854775807",
	[FAREWELL_GET] = "SELECT seq, rows FROM farewell WHERE node IN (?1, ?3) AND event >= ?2 ORDER BY seq LIMIT 1",
	[FAREWELL_DROP] = "DELETE FROM farewell WHERE event < ?1",
};
/* clang-format on */
_Static_assert(OUTBOX_STMT_MAX <= STORE_STMTS, "a place for each statement");

static struct query outbox_query(struct store *s, enum outbox_stmt stmt)
{
	return query_new(s, STORE_OUTBOX, stmt, outbox_sql[stmt]);
}

int store_outbox_add(struct store *s, const struct store_event *e)
{
	AUTO_QUERY q = outbox_query(s, OUTBOX_ADD);
	size_t size = e->front_len + e->xml_len + e->tail_len;

	query_bind_int(&q, 1, e->node);
	query_bind_text(&q, 2, e->traits);
	query_bind_text(&q, 3, e->recipients);
	query_bind_int(&q, 4, (int64_t)size);
	query_bind_bytes(&q, 5, e->front, e->front_len);
	query_bind_bytes(&q, 6, e->xml, e->xml_len);
	query_bind_bytes(&q, 7, e->tail, e->tail_len);
	query_bind_int(&q, 8, e->key);
	return query_run(&q);
}

int store_outbox_get(struct store *s, int64_t from, int64_t end, store_event_fn *fn, void *data)
{
	AUTO_QUERY q = outbox_query(s, OUTBOX_GET);
	struct store_event e;
	int r;

	query_bind_int(&q, 1, from);
	query_bind_int(&q, 2, end);
	r = query_step(&q);
	if (r <= 0)
		return r ? r : -ENOENT;
	e = (struct store_event){ .key = query_int(&q, 0),
				  .node = query_int(&q, 1),
				  .traits = query_text(&q, 2),
				  .recipients = query_text(&q, 3),
				  .told = query_bytes(&q, 4, NULL) };
	e.front = query_bytes(&q, 5, &e.front_len);
	e.xml = query_bytes(&q, 6, &e.xml_len);
	e.tail = query_bytes(&q, 7, &e.tail_len);
	return fn(&e, data);
}

static int note_told(struct store *s, int64_t key, const char *jid)
{
	AUTO_QUERY q = outbox_query(s, OUTBOX_TOLD);

	query_bind_int(&q, 1, key);
	query_bind_text(&q, 2, jid);
	return query_run(&q);
}

static int measure(struct store *s, int64_t before, struct store_outbox *ret)
{
	AUTO_QUERY q = outbox_query(s, OUTBOX_MEASURE);
	int r;

	query_bind_int(&q, 1, before);
	r = query_step(&q);
	if (r < 0)
		return r;
	*ret = (struct store_outbox){ .count = query_int(&q, 0),
				      .bytes = query_int(&q, 1),
				      .last = query_int(&q, 2) };
	return 0;
}

int store_outbox_told(struct store *s, int64_t key, const char *jid, struct store_outbox *ret_gone)
{
	int r = measure(s, key, ret_gone);

	if (!r)
		r = query_run_int(outbox_query(s, OUTBOX_DROP), key);
	if (!r)
		r = query_run_int(outbox_query(s, FAREWELL_DROP), key);
	return r || !jid ? r : note_told(s, key, jid);
}

int store_outbox_measure(struct store *s, struct store_outbox *ret)
{
	return measure(s, INT64_MAX, ret);
}

int store_farewell_add(struct store *s, int64_t node, const char *text, size_t len)
{
	AUTO_QUERY q = outbox_query(s, FAREWELL_ADD);

	query_bind_int(&q, 1, node);
	query_bind_bytes(&q, 2, text, len);
	return query_run(&q);
}

int store_farewell_date(struct store *s, int64_t key)
{
	return query_run_int(outbox_query(s, FAREWELL_DATE), key);
}

int store_farewell_get(struct store *s, int64_t node, int64_t above, int64_t key,
		       store_farewell_fn *fn, void *data)
{
	AUTO_QUERY q = outbox_query(s, FAREWELL_GET);
	const char *text;
	size_t len;
	int r;

	query_bind_int(&q, 1, node);
	query_bind_int(&q, 2, key);
	query_bind_int(&q, 3, above);
	r = query_step(&q);
	if (r <= 0)
		return r ? r : -ENOENT;
	text = query_bytes(&q, 1, &len);
	return fn(query_int(&q, 0), text ? text : "", len, data);
}
