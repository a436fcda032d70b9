/* SPDX-License-Identifier: MIT */
/* What the store keeps of nodes and of who stands how to them; and how it finds everything. */
#include "store_fixture.h"

#include <errno.h>

AUTO_DEFINE(sqlite3_stmt *, sqlite3_finalize);

/* Nodes */

static void node_create__then_get__same(void **state)
{
	struct fixture *f = *state;
	struct node in = { .name = (char *)"n",
			   .creator = (char *)"c@h",
			   .created = 1700000000123 };
	struct node out = { 0 };
	int64_t id;

	OK(store_begin(f->s));
	for (int model = 0; model < PUBLISH_MAX; model++) {
		AUTO_FREE char *name = mem_printf("n%d", model);

		in.name = name;
		in.config.publish_model = (enum publish_model)model;
		OK(store_node_create(f->s, &in, &id));
		OK(store_node_get(f->s, name, &out));
		assert_int_equal(out.id, id);
		assert_string_equal(out.name, name);
		assert_string_equal(out.creator, "c@h");
		assert_int_equal(out.created, 1700000000123);
		assert_int_equal(out.items, 0);
		assert_int_equal(out.config.publish_model, model);
		node_release(&out);
	}
	OK(store_commit(f->s));
	/* Of all models, one is the default and has no row. */
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node_config"), PUBLISH_MAX - 1);
	assert_int_equal(store_node_get(f->s, "none", &out), -ENOENT);
	assert_null(out.name);
}

static void node_create__same_name__exists(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"n", .creator = (char *)"c@h" };
	int64_t id = -1, count;

	OK(store_begin(f->s));
	add_node(f->s, "n");
	assert_int_equal(store_node_create(f->s, &n, &id), -EEXIST);
	assert_int_equal(id, -1);
	/* Nothing has happened to the transaction. */
	add_node(f->s, "m");
	OK(store_commit(f->s));
	OK(store_node_count(f->s, &count));
	assert_int_equal(count, 2);
}

static void node_name__similar__others(void **state)
{
	static const char *const names[] = { "a", "A",	"a ",  "\xc3\xa9", "e\xcc\x81",
					     "1", "01", "1.0", "'\"%_",	   "\xf0\x9f\x98\x80" };
	struct fixture *f = *state;
	int64_t ids[N_OF(names)];

	OK(store_begin(f->s));
	for (size_t i = 0; i < N_OF(names); i++)
		ids[i] = add_node(f->s, names[i]);
	OK(store_commit(f->s));
	for (size_t i = 0; i < N_OF(names); i++) {
		__attribute__((cleanup(node_release))) struct node n = { 0 };

		OK(store_node_get(f->s, names[i], &n));
		assert_int_equal(n.id, ids[i]);
	}
}

static void node_delete__all_of_it__and_no_more(void **state)
{
	static const char *const tables[] = { "item", "subscription", "affiliation",
					      "node_config" };
	struct fixture *f = *state;
	struct node open = { .name = (char *)"a",
			     .creator = (char *)"c@h",
			     .config = { PUBLISH_OPEN } };
	int64_t a, b, again;

	OK(store_begin(f->s));
	OK(store_node_create(f->s, &open, &a));
	open.name = (char *)"b";
	OK(store_node_create(f->s, &open, &b));
	for (int64_t node = a; node <= b; node++) {
		put(f->s, node, "i");
		OK(store_sub_add(f->s, node, "u@h", "s", SUB_SUBSCRIBED, 1));
		OK(store_affiliation_set(f->s, node, "u@h", AFF_OUTCAST));
	}
	OK(store_node_delete(f->s, b));
	again = add_node(f->s, "b");
	OK(store_commit(f->s));
	assert_true(again > b);
	assert_int_equal(count_items(f->s, again), 0);
	assert_int_equal(count_items(f->s, a), 1);
	for (size_t i = 0; i < N_OF(tables); i++) {
		AUTO_FREE char *all = mem_printf("SELECT count(*) FROM %s", tables[i]);
		AUTO_FREE char *kept = mem_printf("SELECT node FROM %s", tables[i]);

		assert_int_equal(sql_number(f->s->db, all), 1);
		assert_int_equal(sql_number(f->s->db, kept), a);
	}
}

/* All anchors, directions and sizes, against what an array says. */
static void node_page__all_anchors__as_sorted(void **state)
{
	static const char *const sorted[] = { "B", "a", "a b", "b", "c" };
	static const char *const anchors[] = { NULL,  "A", "B",	 "C", "a", "a ",
					       "a b", "b", "b0", "c", "d" };
	const int n = N_OF(sorted);
	struct fixture *f = *state;

	OK(store_begin(f->s));
	for (int i = 0; i < n; i++)
		add_node(f->s, sorted[(i * 3 + 1) % n]);
	OK(store_commit(f->s));
	for (size_t i = 0; i < N_OF(anchors); i++) {
		int before = 0, upto = 0;
		int64_t position;

		while (anchors[i] && before < n && strcmp(sorted[before], anchors[i]) < 0)
			before++;
		while (anchors[i] && upto < n && strcmp(sorted[upto], anchors[i]) <= 0)
			upto++;
		if (anchors[i]) {
			OK(store_node_position(f->s, anchors[i], &position));
			assert_int_equal(position, before);
		}
		for (int limit = 0; limit < n + 2; limit++) {
			AUTO_STR want = { 0 }, got = { 0 };
			int end = anchors[i] ? before : n;

			for (int k = upto; k < n && k < upto + limit; k++)
				add_word(&want, sorted[k]);
			OK(store_node_page(f->s, anchors[i], false, limit, add_node_name, &got));
			assert_rows(&got, want.p ? want.p : "");
			str_reset(&want);
			for (int k = end > limit ? end - limit : 0; k < end; k++)
				add_word(&want, sorted[k]);
			OK(store_node_page(f->s, anchors[i], true, limit, add_node_name, &got));
			assert_rows(&got, want.len ? want.p : "");
		}
	}
}

static void node_count__by_creator__his_own(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"x", .creator = (char *)"Owner@h" };
	int64_t id, count;

	OK(store_node_count(f->s, &count));
	assert_int_equal(count, 0);
	OK(store_begin(f->s));
	add_node(f->s, "a");
	add_node(f->s, "b");
	OK(store_node_create(f->s, &n, &id));
	OK(store_commit(f->s));
	OK(store_node_count(f->s, &count));
	assert_int_equal(count, 3);
	OK(store_node_count_by_creator(f->s, "owner@h", &count));
	assert_int_equal(count, 2);
	OK(store_node_count_by_creator(f->s, "nobody@h", &count));
	assert_int_equal(count, 0);
}

/* Affiliations */

static void affiliation_set__replace_and_none__last_one_holds(void **state)
{
	struct fixture *f = *state;
	enum affiliation a = AFF_MAX;
	AUTO_STR got = { 0 };
	int64_t node, other;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	OK(store_affiliation_get(f->s, node, "u@h", &a));
	assert_int_equal(a, AFF_NONE);
	OK(store_affiliation_set(f->s, node, "u@h", AFF_OWNER));
	OK(store_affiliation_set(f->s, node, "u@h", AFF_OUTCAST));
	OK(store_affiliation_set(f->s, node, "t@h", AFF_OWNER));
	OK(store_affiliation_set(f->s, node, "gone@h", AFF_OWNER));
	OK(store_affiliation_set(f->s, node, "gone@h", AFF_NONE));
	OK(store_affiliation_set(f->s, other, "u@h", AFF_OWNER));
	OK(store_commit(f->s));
	OK(store_affiliation_get(f->s, node, "u@h", &a));
	assert_int_equal(a, AFF_OUTCAST);
	OK(store_affiliation_each(f->s, node, add_affiliation, &got));
	assert_rows(&got, "t@h=owner u@h=outcast");
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM affiliation"), 3);
}

/* Subscriptions */

struct keys {
	int64_t key[8];
	size_t n;
};

static int note_key(const struct subscription *sub, void *data)
{
	struct keys *k = data;

	assert_int_equal(sub->state, SUB_SUBSCRIBED);
	assert_string_equal(sub->subid, "s");
	k->key[k->n++] = sub->key;
	return 0;
}

static void sub__find_page_count__in_order_of_keys(void **state)
{
	static const char *const jids[] = { "u@h/2", "u@h", "t@h", "u@h/2", "h/r" };
	struct fixture *f = *state;
	int64_t node, other, n, last;
	AUTO_STR got = { 0 };
	struct keys k = { .n = 0 }, twice = { .n = 0 };

	OK(store_sub_last_key(f->s, &last));
	assert_int_equal(last, 0);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	for (size_t i = 0; i < N_OF(jids); i++) {
		OK(store_sub_add(f->s, node, jids[i], "s", SUB_SUBSCRIBED, 1));
		OK(store_sub_add(f->s, other, "u@h/2", "s", SUB_SUBSCRIBED, 1));
	}
	OK(store_commit(f->s));

	OK(store_sub_page(f->s, node, 0, INT64_MAX, 100, note_key, &k));
	assert_int_equal(k.n, N_OF(jids));
	OK(store_sub_last_key(f->s, &last));
	assert_int_equal(last, k.key[4] + 1); /* the other node's */
	OK(store_sub_page(f->s, node, 0, INT64_MAX, INT64_MAX, add_sub, &got));
	assert_rows(&got, "u@h/2 u@h t@h u@h/2 h/r");
	OK(store_sub_page(f->s, node, k.key[0], k.key[3], 100, add_sub, &got));
	assert_rows(&got, "u@h t@h u@h/2");
	OK(store_sub_page(f->s, node, k.key[0], k.key[3], 2, add_sub, &got));
	assert_rows(&got, "u@h t@h");
	OK(store_sub_page(f->s, node, 0, INT64_MAX, 0, add_sub, &got));
	assert_rows(&got, "");
	OK(store_sub_find(f->s, node, "u@h/2", note_key, &twice));
	assert_int_equal(twice.n, 2);
	assert_int_equal(twice.key[0], k.key[0]);
	assert_int_equal(twice.key[1], k.key[3]);
	OK(store_sub_find(f->s, node, "U@h", add_sub, &got));
	assert_rows(&got, "");
	OK(store_sub_count(f->s, node, &n));
	assert_int_equal(n, 5);
	OK(store_sub_count_by_jid(f->s, "u@h", &n));
	assert_int_equal(n, 3 + 5);
	OK(store_sub_count_by_jid(f->s, "h", &n));
	assert_int_equal(n, 1);
}

static void sub_remove__newest__key_is_not_used_again(void **state)
{
	struct fixture *f = *state;
	struct keys k = { .n = 0 };
	int64_t node, last;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_sub_add(f->s, node, "u@h", "s", SUB_SUBSCRIBED, 1));
	OK(store_sub_last_key(f->s, &last));
	OK(store_sub_remove(f->s, last));
	OK(store_sub_remove(f->s, last));
	OK(store_commit(f->s));
	reopen(f);
	OK(store_begin(f->s));
	OK(store_sub_add(f->s, node, "v@h", "s", SUB_SUBSCRIBED, 1));
	OK(store_commit(f->s));
	OK(store_sub_page(f->s, node, 0, INT64_MAX, 10, note_key, &k));
	assert_int_equal(k.n, 1);
	assert_true(k.key[0] > last);
}

/* Plans: what is asked of one node must not cost more for what other nodes have */

static void use_everything(struct store *s)
{
	__attribute__((cleanup(node_release))) struct node n = { 0 };
	struct node open = { .name = (char *)"m",
			     .creator = (char *)"c",
			     .config = { PUBLISH_OPEN } };
	struct str out = { 0 };
	enum affiliation a;
	int64_t node, gone, x;

	OK(store_begin(s));
	OK(store_savepoint(s));
	OK(store_node_create(s, &open, &gone));
	OK(store_node_delete(s, gone));
	store_undo(s);
	OK(store_savepoint(s));
	node = add_node(s, "n");
	for (int i = 0; i < 6; i++)
		put(s, node, (char[]){ "abcdea"[i], '\0' });
	OK(store_item_delete(s, node, "b"));
	OK(store_item_trim(s, node, 3, add_item_id, &out));
	OK(store_sub_add(s, node, "u@h", "s", SUB_SUBSCRIBED, 1));
	OK(store_sub_remove(s, 77));
	OK(store_affiliation_set(s, node, "u@h", AFF_OWNER));
	OK(store_affiliation_set(s, node, "u@h", AFF_NONE));
	OK(store_release(s));
	OK(store_commit(s));
	OK(store_node_get(s, "n", &n));
	OK(store_node_count(s, &x));
	OK(store_node_count_by_creator(s, "c", &x));
	OK(store_node_position(s, "n", &x));
	OK(store_affiliation_get(s, node, "u@h", &a));
	OK(store_affiliation_each(s, node, add_affiliation, &out));
	OK(store_sub_find(s, node, "u@h", add_sub, &out));
	OK(store_sub_page(s, node, 0, 9, 9, add_sub, &out));
	OK(store_sub_count(s, node, &x));
	OK(store_sub_count_by_jid(s, "u@h", &x));
	OK(store_sub_last_key(s, &x));
	for (int i = 0; i < 2; i++) {
		OK(store_node_page(s, NULL, i, 9, add_node_name, &out));
		OK(store_item_page(s, node, 0, i, 9, add_item_id, &out));
		OK(store_item_at(s, node, i ? 2 : 0, &x));
		OK(store_item_position(s, node, x, &x));
	}
	OK(store_item_get(s, node, "e", add_item_id, &out));
	OK(store_begin(s));
	OK(store_item_purge(s, node));
	store_rollback(s);
	str_release(&out);
}

static bool may_scan(const char *sql)
{
	/* The number of all nodes, and the three rows in which AUTOINCREMENT remembers. */
	return !strcmp(sql, "SELECT count(*) FROM node") || strstr(sql, "sqlite_sequence");
}

static void check_plan(sqlite3 *db, const char *sql)
{
	AUTO_FREE char *explain = mem_printf("EXPLAIN QUERY PLAN %s", sql);
	AUTO(sqlite3_finalize) sqlite3_stmt *plan = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);

		if (!strcmp(step, "SCAN CONSTANT ROW"))
			continue;
		if (!strncmp(step, "SCAN ", 5) || strstr(step, "TEMP B-TREE"))
			fail_msg("%s: %s", sql, step);
		/* Along the primary key, the other nodes' rows lie in between. */
		if (strstr(sql, "node = ?1") && strstr(step, "INTEGER PRIMARY KEY"))
			fail_msg("%s: %s", sql, step);
	}
}

static void plans__all_statements__use_indexes(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt = NULL;
	AUTO_FREE char **all = NULL;
	size_t n = 0;

	use_everything(f->s);
	while ((stmt = sqlite3_next_stmt(f->s->db, stmt))) {
		all = mem_realloc(all, (n + 1) * sizeof(*all));
		all[n++] = mem_strdup(sqlite3_sql(stmt));
	}
	/* All that there are; a new one wants a line in use_everything(). */
	assert_int_equal(n, 47);
	for (size_t i = 0; i < n; i++) {
		if (!may_scan(all[i]))
			check_plan(f->s->db, all[i]);
		free(all[i]);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(node_create__then_get__same),
		TEST(node_create__same_name__exists),
		TEST(node_name__similar__others),
		TEST(node_delete__all_of_it__and_no_more),
		TEST(node_page__all_anchors__as_sorted),
		TEST(node_count__by_creator__his_own),
		TEST(affiliation_set__replace_and_none__last_one_holds),
		TEST(sub__find_page_count__in_order_of_keys),
		TEST(sub_remove__newest__key_is_not_used_again),
		TEST(plans__all_statements__use_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
