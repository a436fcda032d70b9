/* SPDX-License-Identifier: MIT */
/*
 * How many items a node has, and how many events there were: that stands in its row. What changes
 * within a transaction is kept here and written at its end, once for all requests that share it.
 */
#include "cmd/serve/store/store.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/map.h"

enum count_stmt { COUNT_OF, COUNT_WRITE_EVENTS, COUNT_WRITE, COUNT_MAX };

/* clang-format off */
static const char *const count_sql[COUNT_MAX] = {
	[COUNT_OF] = "SELECT events, creator FROM node WHERE id = ?1",
	[COUNT_WRITE_EVENTS] = "UPDATE node SET events = events + ?2 WHERE id = ?1",
	/* A trigger counts for the creator, too: not where there is nothing to count. */
	[COUNT_WRITE] = "UPDATE node SET events = events + ?2, items = items + ?3 WHERE id = ?1",
};
/* clang-format on */
_Static_assert(COUNT_MAX <= STORE_STMTS, "a place for each statement");

static struct query count_query(struct store *s, enum count_stmt stmt)
{
	return query_new(s, STORE_COUNTS, stmt, count_sql[stmt]);
}

static struct node_count *find(struct store *s, int64_t node)
{
	for (size_t i = 0; i < s->counts.n; i++)
		if (s->counts.list[i].node == node)
			return &s->counts.list[i];
	return NULL;
}

static uint64_t key_of(const char *creator)
{
	return map_hash(creator, strlen(creator), NULL, 0);
}

static int load(struct store *s, int64_t node, struct node_count *ret)
{
	AUTO_QUERY q = count_query(s, COUNT_OF);
	int r;

	*ret = (struct node_count){ .node = node };
	query_bind_int(&q, 1, node);
	r = query_value(&q, &ret->told);
	if (!r)
		ret->creator = key_of(query_text(&q, 1));
	return r;
}

/* -ENOENT: there is no such node. */
static int get(struct store *s, int64_t node, struct node_count **ret)
{
	struct node_count fresh;
	int r;

	assert(s->begun && !s->running); /* it is to be written */
	*ret = find(s, node);
	if (*ret)
		return 0;
	r = load(s, node, &fresh);
	if (!r && s->counts.n == COUNTS)
		r = counts_write(s);
	if (r)
		return r;
	*ret = &s->counts.list[s->counts.n++];
	**ret = fresh;
	return 0;
}

int counts_add_items(struct store *s, int64_t node, int64_t more)
{
	struct node_count *c;
	int r = get(s, node, &c);

	if (!r)
		c->items += more;
	return r;
}

int store_node_count_event(struct store *s, int64_t node, int64_t *ret_events)
{
	struct node_count *c;
	int r = get(s, node, &c);

	if (!r)
		*ret_events = c->told + ++c->events;
	return r;
}

int64_t counts_items(struct store *s, int64_t node)
{
	const struct node_count *c = find(s, node);

	return c ? c->items : 0;
}

int64_t counts_events(struct store *s, int64_t node)
{
	const struct node_count *c = find(s, node);

	return c ? c->events : 0;
}

int64_t counts_items_of(struct store *s, const char *creator)
{
	uint64_t key = key_of(creator);
	int64_t items = 0;

	for (size_t i = 0; i < s->counts.n; i++)
		if (s->counts.list[i].creator == key)
			items += s->counts.list[i].items;
	return items;
}

void counts_no_items(struct store *s, int64_t node)
{
	struct node_count *c = find(s, node);

	if (c)
		c->items = 0;
}

void counts_drop(struct store *s, int64_t node)
{
	struct node_count *c = find(s, node);

	if (c)
		*c = s->counts.list[--s->counts.n];
}

static int write_one(struct store *s, const struct node_count *c)
{
	AUTO_QUERY q = count_query(s, c->items ? COUNT_WRITE : COUNT_WRITE_EVENTS);

	query_bind_int(&q, 1, c->node);
	query_bind_int(&q, 2, c->events);
	if (c->items)
		query_bind_int(&q, 3, c->items);
	return query_run(&q);
}

int counts_write(struct store *s)
{
	int r = 0;

	/* What could not be written is still to be: the commit fails over it as well. */
	while (s->counts.n && !r) {
		const struct node_count *c = &s->counts.list[s->counts.n - 1];

		if (c->items || c->events)
			r = write_one(s, c);
		s->counts.n -= !r;
	}
	return r == -ENOENT ? -EIO : r;
}

/*
 * So that there is room for what a request counts: where rows are written behind the savepoint, SQLite
 * keeps them as they were, and what it keeps is not in memory any more when it is much.
 */
int counts_mark(struct store *s)
{
	int r = s->counts.n > COUNTS / 2 ? counts_write(s) : 0;

	s->counts_before.n = s->counts.n;
	memcpy(s->counts_before.list, s->counts.list, s->counts.n * sizeof(s->counts.list[0]));
	return r;
}

void counts_undo(struct store *s)
{
	s->counts.n = s->counts_before.n;
	memcpy(s->counts.list, s->counts_before.list, s->counts.n * sizeof(s->counts.list[0]));
}

void counts_forget(struct store *s)
{
	s->counts.n = s->counts_before.n = 0;
}
