/* SPDX-License-Identifier: MIT */
/* The archive in the store. */
#include "store_fixture.h"

#include <errno.h>

static const struct archive_filter all = { .start = INT64_MIN, .end = INT64_MAX };
static const struct archive_place start;

static int64_t put_at(struct store *s, int64_t node, const char *id, const char *publisher,
		      int64_t now)
{
	struct item item = { .id = id, .publisher = publisher, .payload = "<a/>", .payload_len = 4 };
	bool replaced;
	int64_t seq;

	OK(store_item_put(s, node, &item, now, &seq, &replaced));
	return seq;
}

/* What was published, one behind the other, to one of two nodes; which are not told apart by name. */
#define N 12
static const char *const ids[N] = { "a", "b", "c", "a", "d", "b", "a", "e", "c", "f", "a", "g" };
static int64_t seqs[N];

static int64_t fill(struct store *s)
{
	int64_t node, other;

	store_keep_past(s, 100);
	OK(store_begin(s));
	other = add_node(s, "m");
	node = add_node(s, "n");
	for (int i = 0; i < N; i++) {
		seqs[i] = put_at(s, node, ids[i], i % 3 ? "p@h" : "q@h", 10 * i);
		put(s, other, ids[i]);
	}
	OK(store_commit(s));
	return node;
}

/* Which of the versions above. */
static int index_of(int64_t seq)
{
	for (int i = 0; i < N; i++)
		if (seqs[i] == seq)
			return i;
	return -1;
}

static int first_of(int i)
{
	for (int j = 0; j < N; j++)
		if (!strcmp(ids[j], ids[i]))
			return j;
	return -1;
}

static int add_version(const struct item *item, void *data)
{
	int i = index_of(item->seq);

	assert_true(i >= 0);
	assert_string_equal(item->id, ids[i]);
	assert_int_equal(item->published, 10 * i);
	assert_int_equal(item->first, seqs[first_of(i)]);
	assert_int_equal(item->payload_len, 4);
	assert_memory_equal(item->payload, "<a/>", 5);
	str_printf(data, "%d ", i);
	return 0;
}

static bool passes(const struct archive_filter *f, int i)
{
	return seqs[i] > f->after && (!f->before || seqs[i] < f->before) && 10 * i >= f->start &&
	       10 * i <= f->end && (!f->publisher || !strcmp(f->publisher, i % 3 ? "p@h" : "q@h"));
}

static int by_creation(const void *a, const void *b)
{
	int i = *(const int *)a, j = *(const int *)b;

	return first_of(i) != first_of(j) ? first_of(i) - first_of(j) : i - j;
}

/* The same without SQL. */
static void expect_page(const struct archive_filter *f, enum item_order order, bool descending,
			int from, int limit, struct str *out)
{
	int list[N];
	bool open = from < 0;

	for (int i = 0; i < N; i++)
		list[i] = i;
	if (order == ORDER_CREATION)
		qsort(list, N, sizeof(list[0]), by_creation);
	for (int k = 0; k < N; k++) {
		int i = list[descending ? N - 1 - k : k];

		if (open && passes(f, i) && limit-- > 0)
			str_printf(out, "%d ", i);
		open = open || i == from;
	}
}

static void check_pages(struct store *s, int64_t node, const struct archive_filter *f)
{
	AUTO_STR got = { 0 };
	AUTO_STR want = { 0 };

	for (int how = 0; how < 4; how++)
		for (int from = -1; from < N; from++)
			for (int limit = 0; limit <= N; limit += limit < 3 ? 1 : 9) {
				enum item_order order = how & 1 ? ORDER_CREATION : ORDER_MODIFICATION;
				struct archive_place place = { 0 };

				if (from >= 0)
					place = (struct archive_place){ .first = seqs[first_of(from)],
									.seq = seqs[from] };
				OK(store_archive_page(s, node, f, order, how & 2, &place, limit,
						      add_version, &got));
				expect_page(f, order, how & 2, from, limit, &want);
				assert_string_equal(got.p ? got.p : "", want.p ? want.p : "");
				str_reset(&got);
				str_reset(&want);
			}
}

static void archive_page__all_places_and_filters__as_counted_by_hand(void **state)
{
	struct fixture *f = *state;
	int64_t node = fill(f->s), count, expected;

	for (int i = 0; i < 64; i++) {
		struct archive_filter filter = all;

		if (i & 1)
			filter.after = seqs[3];
		if (i & 2)
			filter.before = seqs[9];
		if (i & 4)
			filter.start = 20;
		if (i & 8)
			filter.end = 80;
		if (i & 48)
			filter.publisher = i & 16 ? i & 32 ? "x@h" : "p@h" : "q@h";
		check_pages(f->s, node, &filter);
		expected = 0;
		for (int k = 0; k < N; k++)
			expected += passes(&filter, k);
		OK(store_archive_count(f->s, node, &filter, &count));
		assert_int_equal(count, expected);
	}
	OK(store_archive_total(f->s, node, &count));
	assert_int_equal(count, N);
	assert_int_equal(store_archive_total(f->s, 77, &count), -ENOENT);
	assert_consistent(f->s);
}

static void archive_get__past_and_present__of_this_node(void **state)
{
	struct fixture *f = *state;
	int64_t node = fill(f->s);
	AUTO_STR got = { 0 };

	for (int i = 0; i < N; i++) {
		str_reset(&got);
		OK(store_archive_get(f->s, node, seqs[i], add_version, &got));
		assert_int_equal(atoi(got.p), i);
		assert_int_equal(store_archive_get(f->s, node - 1, seqs[i], add_version, &got), -ENOENT);
	}
	assert_int_equal(store_archive_get(f->s, node, 9999, add_version, &got), -ENOENT);
}

static void assert_archive(struct store *s, int64_t node, const char *want)
{
	AUTO_STR got = { 0 };
	int64_t total, count;

	OK(store_archive_page(s, node, &all, ORDER_MODIFICATION, false, &start, INT64_MAX, add_item_id, &got));
	assert_rows(&got, want);
	OK(store_archive_total(s, node, &total));
	OK(store_archive_count(s, node, &all, &count));
	assert_int_equal(total, count);
}

/* Retracted or purged: nothing of it is left. Dropped for lack of room: all of it is. */
static void archive__retract_purge_drop__what_is_left(void **state)
{
	struct fixture *f = *state;
	int64_t node = fill(f->s), pruned;
	AUTO_STR gone = { 0 };

	OK(store_begin(f->s));
	OK(store_item_trim(f->s, node, 5, add_item_id, &gone));
	OK(store_item_drop(f->s, node, "f"));
	assert_archive(f->s, node, "a b c a d b a e c f a g");
	OK(store_item_delete(f->s, node, "a"));
	assert_archive(f->s, node, "b c d b e c f g");
	OK(store_archive_pruned(f->s, node, &pruned));
	assert_int_equal(pruned, 0);
	OK(store_item_purge(f->s, node));
	assert_archive(f->s, node, "");
	assert_archive(f->s, node - 1, "a b c a d b a e c f a g");
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

static void archive_keep__more_than_it_may__the_oldest_go(void **state)
{
	struct fixture *f = *state;
	int64_t node, pruned, first;

	store_keep_past(f->s, 2);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	first = put_at(f->s, node, "a", "p@h", 1);
	put_at(f->s, node, "b", "p@h", 2);
	for (int i = 0; i < 3; i++)
		put_at(f->s, node, "a", "p@h", 3 + i);
	assert_archive(f->s, node, "b a a a");
	OK(store_archive_pruned(f->s, node, &pruned));
	assert_int_equal(pruned, first);
	/* With a lower limit they get fewer. */
	store_keep_past(f->s, 1);
	put_at(f->s, node, "a", "p@h", 7);
	assert_archive(f->s, node, "b a a");
	store_keep_past(f->s, 0);
	put_at(f->s, node, "a", "p@h", 8);
	assert_archive(f->s, node, "b a a");
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

static void archive_prune__by_age__past_versions_alone(void **state)
{
	struct fixture *f = *state;
	int64_t node, other, time, pruned, last;

	store_keep_past(f->s, 100);
	OK(store_begin(f->s));
	assert_int_equal(store_archive_oldest(f->s, &time), -ENOENT);
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	put_at(f->s, node, "old", "p@h", 1);
	put_at(f->s, node, "a", "p@h", 2);
	last = put_at(f->s, node, "a", "p@h", 3);
	put_at(f->s, other, "a", "p@h", 4);
	put_at(f->s, other, "a", "p@h", 5);
	put_at(f->s, node, "a", "p@h", 6);
	OK(store_archive_oldest(f->s, &time));
	assert_int_equal(time, 2);
	OK(store_archive_prune(f->s, 1, 9));
	assert_archive(f->s, node, "old a a a");
	OK(store_archive_prune(f->s, 3, 1));
	assert_archive(f->s, node, "old a a");
	OK(store_archive_prune(f->s, 3, 9));
	assert_archive(f->s, node, "old a");
	assert_archive(f->s, other, "a a");
	OK(store_archive_pruned(f->s, node, &pruned));
	assert_int_equal(pruned, last);
	OK(store_archive_pruned(f->s, other, &pruned));
	assert_int_equal(pruned, 0);
	OK(store_archive_oldest(f->s, &time));
	assert_int_equal(time, 4);
	OK(store_archive_prune(f->s, 9, 9));
	assert_int_equal(store_archive_oldest(f->s, &time), -ENOENT);
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(archive_page__all_places_and_filters__as_counted_by_hand),
		TEST(archive_get__past_and_present__of_this_node),
		TEST(archive__retract_purge_drop__what_is_left),
		TEST(archive_keep__more_than_it_may__the_oldest_go),
		TEST(archive_prune__by_age__past_versions_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
