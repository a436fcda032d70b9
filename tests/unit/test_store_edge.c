/* SPDX-License-Identifier: MIT */
/* Nodes in collections, in the store. */
#include "store_fixture.h"

#include <errno.h>

static int add_name(int64_t node, const char *name, void *data)
{
	assert_int_equal(node == NODE_ROOT, !*name);
	add_word(data, *name ? name : "root");
	return 0;
}

/* name:depth; the root has no name. */
static int add_ancestor(int64_t node, unsigned depth, const char *name, void *data)
{
	assert_int_equal(!node, !*name);
	add_word(data, name);
	str_printf(data, ":%u", depth);
	return 0;
}

static void assert_ancestors(struct store *s, int64_t node, const char *all, const char *subscribed)
{
	AUTO_STR got = { 0 };

	OK(store_edge_ancestors(s, node, add_ancestor, &got));
	assert_rows(&got, all);
	OK(store_edge_subscribed_ancestors(s, node, add_ancestor, &got));
	assert_rows(&got, subscribed);
}

/*
 *	(root) - a - b - d - e - f (leaf)
 *	       \ c - d   |
 *	         c ------+
 *	(root) - l (leaf)
 */
enum { A, B, C, D, E, F, L, NAMES };

static void make_graph(struct store *s, int64_t *ids)
{
	static const char *const names[NAMES] = { "a", "b", "c", "d", "e", "f", "l" };
	static const int edges[][2] = {
		{ A, B }, { B, D }, { C, D }, { D, E }, { C, E }, { E, F }
	};

	for (int i = 0; i < NAMES; i++)
		ids[i] = add_node(s, names[i]);
	for (size_t i = 0; i < N_OF(edges); i++)
		OK(store_edge_add(s, ids[edges[i][0]], ids[edges[i][1]]));
}

static void edge__add_remove__parents_and_children(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t ids[NAMES], n;
	bool has;

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_edge_add(f->s, ids[C], ids[D])); /* is there already */
	OK(store_commit(f->s));
	reopen(f);
	OK(store_edge_parents(f->s, ids[D], add_name, &got));
	assert_rows(&got, "b c");
	OK(store_edge_parents(f->s, ids[A], add_name, &got));
	assert_rows(&got, "root");
	OK(store_edge_children(f->s, ids[C], add_name, &got));
	assert_rows(&got, "d e");
	OK(store_edge_children(f->s, ids[F], add_name, &got));
	assert_rows(&got, "");
	OK(store_edge_count_children(f->s, ids[C], &n));
	assert_int_equal(n, 2);
	OK(store_edge_count_children(f->s, ids[L], &n));
	assert_int_equal(n, 0);
	OK(store_edge_has(f->s, ids[C], ids[D], &has));
	assert_true(has);
	OK(store_edge_has(f->s, ids[D], ids[C], &has));
	assert_false(has);

	OK(store_begin(f->s));
	OK(store_edge_remove(f->s, ids[C], ids[D]));
	assert_int_equal(store_edge_remove(f->s, ids[C], ids[D]), -ENOENT);
	assert_int_equal(store_edge_remove(f->s, ids[D], ids[B]), -ENOENT);
	OK(store_commit(f->s));
	OK(store_edge_has(f->s, ids[C], ids[D], &has));
	assert_false(has);
	OK(store_edge_parents(f->s, ids[D], add_name, &got));
	assert_rows(&got, "b");
}

static void ancestors__several_ways__the_shortest_counts(void **state)
{
	struct fixture *f = *state;
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[A], ":1", "");
	assert_ancestors(f->s, ids[L], ":1", "");
	assert_ancestors(f->s, ids[B], "a:1 :2", "");
	/* By way of c the root is nearer than by way of a and b. */
	assert_ancestors(f->s, ids[D], "b:1 c:1 :2 a:2", "");
	assert_ancestors(f->s, ids[F], "e:1 c:2 d:2 :3 b:3 a:4", "");
}

static void ancestors__subscribed__those_alone(void **state)
{
	struct fixture *f = *state;
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	subscribe(f->s, ids[F], "u@h"); /* is not above itself */
	subscribe(f->s, ids[L], "u@h");
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[F], "e:1 c:2 d:2 :3 b:3 a:4", "");
	OK(store_begin(f->s));
	subscribe(f->s, ids[A], "u@h");
	subscribe(f->s, ids[C], "u@h");
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[F], "e:1 c:2 d:2 :3 b:3 a:4", "c:2 a:4");
	assert_ancestors(f->s, ids[A], ":1", "");
	OK(store_begin(f->s));
	subscribe(f->s, NODE_ROOT, "u@h");
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[F], "e:1 c:2 d:2 :3 b:3 a:4", "c:2 :3 a:4");
	assert_ancestors(f->s, ids[L], ":1", ":1");
}

/* Without any edge, too, the root is above everything. */
static void ancestors__no_collections__the_root(void **state)
{
	struct fixture *f = *state;
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_commit(f->s));
	assert_ancestors(f->s, node, ":1", "");
	OK(store_begin(f->s));
	subscribe(f->s, NODE_ROOT, "u@h");
	OK(store_commit(f->s));
	assert_ancestors(f->s, node, ":1", ":1");
}

/* What was in a collection that goes is in the root. */
static void node_delete__collection__its_edges_go(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_node_delete(f->s, ids[E]));
	OK(store_node_delete(f->s, ids[B]));
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[F], ":1", "");
	assert_ancestors(f->s, ids[D], "c:1 :2", "");
	OK(store_edge_children(f->s, ids[C], add_name, &got));
	assert_rows(&got, "d");
	OK(store_node_page(f->s, NODE_ROOT, NULL, NULL, false, 9, add_node_name, &got));
	assert_rows(&got, "a c f l");
}

static void root__edge_of_its_own__besides_others(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t ids[NAMES], n;
	bool has;

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_edge_has(f->s, NODE_ROOT, ids[L], &has));
	assert_true(has);
	OK(store_edge_has(f->s, NODE_ROOT, ids[D], &has));
	assert_false(has);
	OK(store_edge_add(f->s, NODE_ROOT, ids[D]));
	OK(store_edge_has(f->s, NODE_ROOT, ids[D], &has));
	assert_true(has);
	OK(store_edge_parents(f->s, ids[D], add_name, &got));
	assert_rows(&got, "root b c");
	OK(store_edge_count_parents(f->s, ids[D], &n));
	assert_int_equal(n, 3);
	OK(store_node_page(f->s, NODE_ROOT, NULL, NULL, false, 9, add_node_name, &got));
	assert_rows(&got, "a c d l");
	OK(store_node_count(f->s, NODE_ROOT, NULL, &n));
	assert_int_equal(n, 4);
	OK(store_node_position(f->s, NODE_ROOT, NULL, "l", &n));
	assert_int_equal(n, 3);
	OK(store_commit(f->s));
	assert_ancestors(f->s, ids[D], ":1 b:1 c:1 a:2", "");
	assert_ancestors(f->s, ids[F], "e:1 c:2 d:2 :3 b:3 a:4", "");
}

static void levels__the_longest_way(void **state)
{
	static const int above[NAMES] = { 0, 1, 0, 2, 3, 4, 0 }, below[NAMES] = { 4, 3, 3, 2, 1, 0, 0 };
	struct fixture *f = *state;
	int64_t ids[NAMES], up, down;

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_edge_add(f->s, NODE_ROOT, ids[F]));
	for (int i = 0; i < NAMES; i++) {
		OK(store_edge_levels(f->s, ids[i], &up, &down));
		assert_int_equal(up, above[i]);
		assert_int_equal(down, below[i]);
	}
	OK(store_commit(f->s));
}

static void is_above__each_pair__as_in_the_graph(void **state)
{
	static const char *const below[NAMES] = { [A] = "bdef", [B] = "def", [C] = "def", [D] = "ef", [E] = "f" };
	struct fixture *f = *state;
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_edge_add(f->s, NODE_ROOT, ids[F])); /* which is above all, and asked for by nobody */
	OK(store_commit(f->s));
	for (int i = 0; i < NAMES; i++)
		for (int j = 0; j < NAMES; j++) {
			bool above;

			OK(store_edge_is_above(f->s, ids[i], ids[j], &above));
			assert_int_equal(above, below[i] && strchr(below[i], "abcdefl"[j]));
		}
}

static void only_children__in_nothing_else(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_edge_only_children(f->s, ids[C], add_name, &got));
	assert_rows(&got, "");
	OK(store_edge_add(f->s, ids[C], ids[L]));
	OK(store_edge_only_children(f->s, ids[C], add_name, &got));
	assert_rows(&got, "l");
	OK(store_edge_add(f->s, NODE_ROOT, ids[L]));
	OK(store_edge_only_children(f->s, ids[C], add_name, &got));
	assert_rows(&got, "");
	OK(store_commit(f->s));
}

static int stop_name(int64_t node, const char *name, void *data)
{
	add_name(node, name, data);
	return 1;
}

static int fail_ancestor(int64_t node, unsigned depth, const char *name, void *data)
{
	add_ancestor(node, depth, name, data);
	return -ECANCELED;
}

static void callback__stops__no_more_rows(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t ids[NAMES];

	OK(store_begin(f->s));
	make_graph(f->s, ids);
	OK(store_commit(f->s));
	OK(store_edge_parents(f->s, ids[D], stop_name, &got));
	assert_rows(&got, "b");
	OK(store_edge_children(f->s, ids[C], stop_name, &got));
	assert_rows(&got, "d");
	assert_int_equal(store_edge_ancestors(f->s, ids[D], fail_ancestor, &got), -ECANCELED);
	assert_rows(&got, "b:1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(edge__add_remove__parents_and_children),
		TEST(ancestors__several_ways__the_shortest_counts),
		TEST(ancestors__subscribed__those_alone),
		TEST(ancestors__no_collections__the_root),
		TEST(node_delete__collection__its_edges_go),
		TEST(root__edge_of_its_own__besides_others),
		TEST(levels__the_longest_way),
		TEST(is_above__each_pair__as_in_the_graph),
		TEST(only_children__in_nothing_else),
		TEST(callback__stops__no_more_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
