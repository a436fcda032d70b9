/* SPDX-License-Identifier: MIT */
/* What is counted at nodes within a transaction, and what of it there is when it ends. */
#include "store_fixture.h"

#include <errno.h>

#define NODES 300 /* more than are kept in memory at once */
#define CREATORS 3

static struct node named(int i)
{
	static char name[16], creator[16];

	snprintf(name, sizeof(name), "n%d", i);
	snprintf(creator, sizeof(creator), "c%d@h", i % CREATORS);
	return (struct node){ .name = name, .creator = creator, .created = 5 };
}

/* What should be there. */
struct model {
	int64_t id[NODES], items[NODES], events[NODES];
	int next; /* item, so that each has an id of its own */
};

static void add_nodes(struct store *s, struct model *m)
{
	OK(store_begin(s));
	for (int i = 0; i < NODES; i++) {
		struct node n = named(i);

		node_config_init(&n.config, NODE_LEAF);
		OK(store_node_create(s, &n, &m->id[i]));
	}
	OK(store_commit(s));
}

static void check(struct store *s, const struct model *m)
{
	int64_t of[CREATORS] = { 0 }, got;

	for (int i = 0; i < NODES; i++) {
		struct node n;

		of[i % CREATORS] += m->items[i];
		assert_int_equal(count_items(s, m->id[i]), m->items[i]);
		OK(store_node_events(s, m->id[i], &got));
		assert_int_equal(got, m->events[i]);
		OK(store_node_get_by_id(s, m->id[i], &n));
		assert_int_equal(n.items, m->items[i]);
		node_release(&n);
		OK(store_archive_total(s, m->id[i], &got));
		assert_int_equal(got, m->items[i]);
	}
	for (int i = 0; i < CREATORS; i++) {
		struct node n = named(i);

		OK(store_node_items_by_creator(s, n.creator, &got));
		assert_int_equal(got, of[i]);
	}
}

static void publish(struct store *s, struct model *m, int i)
{
	AUTO_FREE char *id = mem_printf("i%d", m->next++);
	int64_t number;

	put(s, m->id[i], id);
	m->items[i]++;
	OK(store_node_count_event(s, m->id[i], &number));
	assert_int_equal(number, ++m->events[i]);
}

static void purge(struct store *s, struct model *m, int i)
{
	OK(store_item_purge(s, m->id[i]));
	m->items[i] = 0;
}

/* Requests of some changes each, at nodes of which some come often: taken, or undone. */
static void one_request(struct store *s, struct model *m, unsigned *chance)
{
	struct model before = *m;
	int changes = 1 + rand_r(chance) % (rand_r(chance) % 8 ? 3 : NODES);

	OK(store_savepoint(s));
	for (int i = 0; i < changes; i++) {
		int node = rand_r(chance) % (rand_r(chance) % 2 ? 4 : NODES);

		if (rand_r(chance) % 16)
			publish(s, m, node);
		else
			purge(s, m, node);
	}
	if (rand_r(chance) % 3) {
		OK(store_release(s));
		return;
	}
	store_undo(s);
	before.next = m->next;
	*m = before;
}

static void counts__requests_taken_and_undone__as_if_written_at_once(void **state)
{
	struct fixture *f = *state;
	struct model m = { 0 };
	unsigned chance = 1;

	add_nodes(f->s, &m);
	for (int round = 0; round < 60; round++) {
		struct model before = m;

		OK(store_begin(f->s));
		for (int i = rand_r(&chance) % 12; i >= 0; i--) {
			one_request(f->s, &m, &chance);
			check(f->s, &m);
		}
		if (rand_r(&chance) % 4) {
			OK(store_commit(f->s));
		} else {
			store_rollback(f->s);
			before.next = m.next;
			m = before;
		}
		check(f->s, &m);
		assert_consistent(f->s);
	}
	reopen(f);
	check(f->s, &m);
}

/* A node that is made anew does not begin with what the one before has had to come. */
static void counts__node_deleted__nothing_stays(void **state)
{
	struct fixture *f = *state;
	int64_t node, number;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	OK(store_node_count_event(f->s, node, &number));
	OK(store_savepoint(f->s));
	put(f->s, node, "b");
	OK(store_node_delete(f->s, node));
	assert_int_equal(store_item_count(f->s, node, &number), -ENOENT);
	assert_int_equal(store_node_count_event(f->s, node, &number), -ENOENT);
	OK(store_node_items_by_creator(f->s, "owner@h", &number));
	assert_int_equal(number, 0);
	store_undo(f->s);
	assert_int_equal(count_items(f->s, node), 1);
	OK(store_node_items_by_creator(f->s, "owner@h", &number));
	assert_int_equal(number, 1);
	OK(store_node_delete(f->s, node));
	node = add_node(f->s, "n");
	OK(store_commit(f->s));
	assert_int_equal(count_items(f->s, node), 0);
	OK(store_node_events(f->s, node, &number));
	assert_int_equal(number, 0);
	assert_consistent(f->s);
}

/* What could not be written in between is not forgotten, or other requests' items would not be counted. */
static void counts__cannot_be_written__still_there(void **state)
{
	struct fixture *f = *state;
	struct model m = { 0 };

	add_nodes(f->s, &m);
	OK(store_begin(f->s));
	for (int i = 0; i <= COUNTS / 2; i++) {
		OK(store_savepoint(f->s));
		publish(f->s, &m, i);
		OK(store_release(f->s));
	}
	sql_run(f->s->db, "CREATE TEMP TRIGGER t BEFORE UPDATE ON main.node WHEN old.id % 2 "
			  "BEGIN SELECT raise(ABORT, 'no'); END");
	assert_true(store_savepoint(f->s) < 0);
	check(f->s, &m);
	sql_run(f->s->db, "DROP TRIGGER temp.t");
	OK(store_savepoint(f->s));
	publish(f->s, &m, 0);
	OK(store_release(f->s));
	OK(store_commit(f->s));
	check(f->s, &m);
	assert_consistent(f->s);
}

/* With one row written for all of them. */
static void counts__many_at_one_node__written_once(void **state)
{
	struct fixture *f = *state;
	int64_t node, number;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_commit(f->s));
	sql_run(f->s->db, "CREATE TEMP TABLE written (n); CREATE TEMP TRIGGER t AFTER UPDATE ON main.node "
			  "BEGIN INSERT INTO written VALUES (1); END");
	OK(store_begin(f->s));
	for (int i = 0; i < 100; i++) {
		AUTO_FREE char *id = mem_printf("i%d", i);

		put(f->s, node, id);
		OK(store_node_count_event(f->s, node, &number));
	}
	OK(store_commit(f->s));
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM written"), 1);
	assert_int_equal(count_items(f->s, node), 100);
	assert_consistent(f->s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(counts__requests_taken_and_undone__as_if_written_at_once),
		TEST(counts__node_deleted__nothing_stays),
		TEST(counts__cannot_be_written__still_there),
		TEST(counts__many_at_one_node__written_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
