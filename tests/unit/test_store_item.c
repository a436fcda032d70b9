/* SPDX-License-Identifier: MIT */
/* Items in the store, and callbacks. */
#include "store_fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static void assert_items(struct store *s, int64_t node, const char *want)
{
	AUTO_STR got = { 0 };

	OK(store_item_page(s, node, ORDER_MODIFICATION, 0, false, INT64_MAX, add_item_id, &got));
	assert_rows(&got, want);
}

/* Items */

static int same_item(const struct item *item, void *data)
{
	const struct item *want = data;

	assert_string_equal(item->id, want->id);
	assert_string_equal(item->publisher, want->publisher);
	assert_int_equal(item->created, want->created);
	assert_int_equal(item->published, want->published);
	assert_int_equal(item->payload_len, want->payload_len);
	assert_int_equal(!item->payload, !want->payload);
	if (want->payload) {
		assert_memory_equal(item->payload, want->payload, want->payload_len);
		assert_int_equal(item->payload[item->payload_len], '\0');
	}
	return 0;
}

static void item_put__payloads__come_back(void **state)
{
	struct fixture *f = *state;
	size_t large = 1 << 20;
	AUTO_FREE char *text = mem_alloc(large);
	struct item items[] = {
		{ .id = "none" },
		{ .id = "empty", .payload = "", .payload_len = 0 },
		{ .id = "\xc3\xa9",
		  .payload = "<a b='\"'>\xf0\x9f\x98\x80\n</a>",
		  .payload_len = 18 },
		{ .id = "part", .payload = "<a/><b/>", .payload_len = 4 },
		{ .id = "large", .payload = text, .payload_len = large },
	};
	bool replaced = true;
	int64_t node, seq, last = 0;

	memset(text, 'x', large);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	for (size_t i = 0; i < N_OF(items); i++) {
		items[i].publisher = "p@h";
		OK(store_item_put(f->s, node, &items[i], 40, &seq, &replaced));
		assert_false(replaced);
		assert_true(seq > last);
		last = seq;
	}
	OK(store_commit(f->s));
	reopen(f);
	for (size_t i = 0; i < N_OF(items); i++) {
		items[i].created = items[i].published = 40;
		OK(store_item_get(f->s, node, items[i].id, same_item, &items[i]));
	}
	assert_int_equal(store_item_get(f->s, node, "missing", same_item, NULL), -ENOENT);
	assert_int_equal(store_item_get(f->s, node + 1, "none", same_item, NULL), -ENOENT);
}

/* PUB-09, PUB-10 */
static void item_put__same_id__newest_and_created_stays(void **state)
{
	struct fixture *f = *state;
	struct item item = { .id = "a", .publisher = "q@h", .payload = "<b/>", .payload_len = 4 };
	int64_t node, before, after, seq;
	bool replaced = false;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	put(f->s, node, "b");
	OK(store_item_seq(f->s, node, "b", &before));
	OK(store_item_put(f->s, node, &item, 9, &seq, &replaced));
	OK(store_commit(f->s));
	assert_true(replaced);
	OK(store_item_seq(f->s, node, "a", &after));
	assert_int_equal(after, seq);
	assert_true(after > before);
	item.created = 7;
	item.published = 9;
	OK(store_item_get(f->s, node, "a", same_item, &item));
	assert_int_equal(count_items(f->s, node), 2);
	assert_items(f->s, node, "b a");
}

static void item_put__no_node__not_found(void **state)
{
	struct fixture *f = *state;
	struct item item = { .id = "a", .publisher = "q@h" };
	bool replaced;
	int64_t n, seq;

	OK(store_begin(f->s));
	assert_int_equal(store_item_put(f->s, 77, &item, 9, &seq, &replaced), -ENOENT);
	OK(store_commit(f->s));
	assert_int_equal(store_item_count(f->s, 77, &n), -ENOENT);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM item"), 0);
}

static void item_delete__and_purge__counts_follow(void **state)
{
	struct fixture *f = *state;
	int64_t node, other, seq, newest;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	put(f->s, other, "a");
	put(f->s, node, "a");
	put(f->s, node, "b");
	OK(store_item_seq(f->s, node, "b", &newest));
	OK(store_item_delete(f->s, node, "b"));
	assert_int_equal(store_item_delete(f->s, node, "b"), -ENOENT);
	assert_int_equal(store_item_seq(f->s, node, "b", &seq), -ENOENT);
	assert_int_equal(count_items(f->s, node), 1);
	put(f->s, node, "c");
	OK(store_item_seq(f->s, node, "c", &seq));
	assert_true(seq > newest);
	OK(store_item_purge(f->s, node));
	OK(store_commit(f->s));
	assert_int_equal(count_items(f->s, node), 0);
	assert_items(f->s, node, "");
	assert_items(f->s, other, "a");
	assert_consistent(f->s);
}

/* Two nodes' items in turn, some gone, some published again: what is left of one node, oldest
 * first. */
static int64_t mixed_items(struct store *s, int64_t *seqs, size_t *ret_n)
{
	int64_t node, other;

	OK(store_begin(s));
	node = add_node(s, "n");
	other = add_node(s, "m");
	for (int i = 0; i < 12; i++) {
		char id[] = { (char)('a' + i), '\0' };

		put(s, i % 4 ? node : other, id);
	}
	OK(store_item_delete(s, node, "g"));
	put(s, node, "c");
	OK(store_commit(s));
	assert_items(s, node, "b d f h j k l c");
	*ret_n = 8;
	for (size_t i = 0; i < *ret_n; i++) {
		char id[] = { "bdfhjklc"[i], '\0' };

		OK(store_item_seq(s, node, id, &seqs[i]));
	}
	return node;
}

static void item_page__all_anchors__as_published(void **state)
{
	static const char ids[] = "bdfhjklc";
	struct fixture *f = *state;
	int64_t seqs[8];
	size_t n;
	int64_t node = mixed_items(f->s, seqs, &n);

	for (int64_t anchor = 0; anchor <= seqs[n - 1] + 1; anchor++) {
		size_t before = 0, upto = 0;

		while (before < n && seqs[before] < anchor)
			before++;
		while (upto < n && seqs[upto] <= anchor)
			upto++;
		for (size_t limit = 0; limit < n + 2; limit++) {
			AUTO_STR want = { 0 }, got = { 0 };
			size_t end = anchor ? before : n;

			for (size_t k = upto; k < n && k < upto + limit; k++)
				add_word(&want, (char[]){ ids[k], '\0' });
			OK(store_item_page(f->s, node, ORDER_MODIFICATION, anchor, false, (int64_t)limit, add_item_id,
					   &got));
			assert_rows(&got, want.p ? want.p : "");
			str_reset(&want);
			for (size_t k = end > limit ? end - limit : 0; k < end; k++)
				add_word(&want, (char[]){ ids[k], '\0' });
			OK(store_item_page(f->s, node, ORDER_MODIFICATION, anchor, true, (int64_t)limit, add_item_id,
					   &got));
			assert_rows(&got, want.len ? want.p : "");
		}
	}
}

static void item_position_and_at__all__inverse(void **state)
{
	struct fixture *f = *state;
	int64_t seqs[8], got;
	size_t n, before = 0;
	int64_t node = mixed_items(f->s, seqs, &n);

	for (int64_t seq = 0; seq <= seqs[n - 1] + 1; seq++) {
		while (before < n && seqs[before] < seq)
			before++;
		OK(store_item_position(f->s, node, ORDER_MODIFICATION, seq, &got));
		assert_int_equal(got, before);
	}
	for (size_t i = 0; i < n; i++) {
		OK(store_item_at(f->s, node, ORDER_MODIFICATION, (int64_t)i, &got));
		assert_int_equal(got, seqs[i]);
	}
	assert_int_equal(store_item_at(f->s, node, ORDER_MODIFICATION, (int64_t)n, &got), -ENOENT);
	assert_int_equal(store_item_at(f->s, node, ORDER_MODIFICATION, -1, &got), -ENOENT);
	OK(store_begin(f->s));
	OK(store_item_purge(f->s, node));
	OK(store_item_position(f->s, node, ORDER_MODIFICATION, 3, &got));
	assert_int_equal(got, 0);
	assert_int_equal(store_item_at(f->s, node, ORDER_MODIFICATION, 0, &got), -ENOENT);
	OK(store_commit(f->s));
}

/* What was counted once is the way to what is asked next: it must move with what leaves. */

static int64_t count_below(struct store *s, int64_t node, enum item_order order, int64_t key)
{
	AUTO_FREE char *sql =
		mem_printf("SELECT count(*) FROM item WHERE node = %" PRId64 " AND %s < %" PRId64, node,
			   order == ORDER_CREATION ? "ifnull(first, seq)" : "seq", key);

	return sql_number(s->db, sql);
}

static void check_places(struct store *s, int64_t node)
{
	int64_t count = count_items(s, node), key, position;

	for (int i = 0; i < 40; i++) {
		enum item_order order = (enum item_order)(i % ORDER_MAX);
		int64_t index = count * ((i * 17) % 40) / 40;

		if (!count)
			continue;
		OK(store_item_at(s, node, order, index, &key));
		assert_int_equal(count_below(s, node, order, key), index);
		OK(store_item_position(s, node, order, key + 100, &position));
		assert_int_equal(position, count_below(s, node, order, key + 100));
	}
}

static int keep_on(const struct item *item, void *data)
{
	(void)item;
	(void)data;
	return 0;
}

static void put_many(struct store *s, int64_t node, int first, int last)
{
	for (int i = first; i <= last; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		put(s, node, id);
	}
}

static void item_position__what_leaves__moves_the_rest(void **state)
{
	struct fixture *f = *state;
	struct store *s = f->s;
	int64_t node, other;
	sqlite3 *db;

	OK(store_begin(s));
	node = add_node(s, "n");
	other = add_node(s, "o");
	put_many(s, node, 1, 8000);
	put_many(s, other, 1, 3000);
	OK(store_commit(s));
	check_places(s, node);
	check_places(s, other);
	OK(store_begin(s));
	OK(store_item_delete(s, node, "2500"));
	OK(store_item_drop(s, node, "4500"));
	put_many(s, node, 1000, 1001); /* the same ids: they move, or stay, as the order is */
	check_places(s, node);
	OK(store_item_trim(s, node, 7000, keep_on, NULL));
	put_many(s, node, 8001, 9500);
	check_places(s, node);
	check_places(s, other);
	OK(store_savepoint(s));
	for (int i = 5000; i < 5100; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d", i);
		OK(store_item_delete(s, node, id));
	}
	check_places(s, node);
	store_undo(s);
	check_places(s, node);
	OK(store_commit(s));
	OK(store_begin(s));
	OK(store_item_purge(s, node));
	put_many(s, node, 1, 3000);
	check_places(s, node);
	store_rollback(s);
	check_places(s, node);
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sql_run(db, "DELETE FROM item WHERE seq % 3 = 0; UPDATE node SET items = "
		    "(SELECT count(*) FROM item WHERE node = node.id)");
	sqlite3_close(db);
	check_places(s, node);
	check_places(s, other);
}

static size_t count_marks(const struct store *s)
{
	size_t n = 0;

	for (size_t i = 0; i < PLACE_MARKS; i++)
		n += s->marks[i].node != 0;
	return n;
}

static void item_position__refused_or_written_by_others__found_once(void **state)
{
	struct fixture *f = *state;
	struct store *s = f->s;
	int64_t node, position;
	size_t marks;
	sqlite3 *db;

	OK(store_begin(s));
	node = add_node(s, "n");
	put_many(s, node, 1, 8000);
	OK(store_commit(s));
	OK(store_item_position(s, node, ORDER_MODIFICATION, 4000, &position));
	marks = count_marks(s);
	assert_in_range(marks, 1, PLACE_MARKS / 2);
	OK(store_begin(s));
	OK(store_savepoint(s));
	store_undo(s);
	OK(store_commit(s));
	assert_int_equal(count_marks(s), marks);
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sql_run(db, "DELETE FROM item WHERE id = '1'; UPDATE node SET items = items - 1");
	sqlite3_close(db);
	for (int i = 0; i < 2; i++) {
		OK(store_item_position(s, node, ORDER_MODIFICATION, 4000, &position));
		assert_int_equal(position, 3998);
		assert_int_equal(count_marks(s), marks);
	}
}

static int add_trimmed(const struct item *item, void *data)
{
	assert_null(item->payload);
	add_word(data, item->id);
	return *item->id == 'd'; /* enough */
}

static void item_trim__oldest_first__until_kept_or_stopped(void **state)
{
	struct fixture *f = *state;
	AUTO_STR gone = { 0 };
	int64_t seqs[8];
	size_t n;
	int64_t node = mixed_items(f->s, seqs, &n);

	OK(store_begin(f->s));
	OK(store_item_trim(f->s, node, 8, add_trimmed, &gone));
	assert_rows(&gone, "");
	OK(store_item_trim(f->s, node, 2, add_trimmed, &gone));
	assert_rows(&gone, "b d");
	assert_int_equal(count_items(f->s, node), 6);
	OK(store_item_trim(f->s, node, 2, add_trimmed, &gone));
	assert_rows(&gone, "f h j k");
	assert_int_equal(count_items(f->s, node), 2);
	OK(store_item_trim(f->s, node, 0, add_trimmed, &gone));
	assert_rows(&gone, "l c");
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

/* What is no longer there */

static void assert_past(struct store *s, const char *want)
{
	AUTO_FREE char *sql = mem_printf("SELECT ifnull(group_concat(id, ''), '') = '%s' FROM "
					 "(SELECT id FROM past ORDER BY seq)",
					 want);

	assert_int_equal(sql_number(s->db, sql), 1);
}

/* The archive has what was replaced, dropped or trimmed, and nothing of what was retracted. */
static void past__kept__but_for_what_was_retracted(void **state)
{
	struct fixture *f = *state;
	AUTO_STR gone = { 0 };
	int64_t node, other;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	put(f->s, node, "a");
	put(f->s, node, "a");
	assert_past(f->s, "");
	store_keep_past(f->s, 100);
	put(f->s, node, "a");
	put(f->s, node, "b");
	put(f->s, node, "c");
	put(f->s, other, "a");
	put(f->s, other, "a");
	put(f->s, node, "a");
	assert_past(f->s, "aaa");
	OK(store_item_drop(f->s, node, "c"));
	assert_int_equal(store_item_drop(f->s, node, "c"), -ENOENT);
	assert_past(f->s, "aaca");
	OK(store_item_trim(f->s, node, 1, add_item_id, &gone));
	assert_rows(&gone, "b");
	assert_past(f->s, "aabca");
	assert_items(f->s, node, "a");
	OK(store_item_delete(f->s, node, "a"));
	assert_past(f->s, "bca");
	OK(store_item_purge(f->s, node));
	assert_past(f->s, "a");
	assert_items(f->s, other, "a");
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

static int note_first(const struct item *item, void *data)
{
	*(int64_t *)data = item->first;
	return 0;
}

/* Under which number an id began is known as long as it stays. */
static void item_put__again_and_again__first_stays(void **state)
{
	struct fixture *f = *state;
	int64_t node, begin, first;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	OK(store_item_seq(f->s, node, "a", &begin));
	for (int i = 0; i < 3; i++) {
		put(f->s, node, "b");
		put(f->s, node, "a");
		OK(store_item_get(f->s, node, "a", note_first, &first));
		assert_int_equal(first, begin);
	}
	OK(store_item_delete(f->s, node, "a"));
	put(f->s, node, "a");
	OK(store_item_get(f->s, node, "a", note_first, &first));
	assert_true(first > begin);
	OK(store_commit(f->s));
}

static void item_last__newest_published(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t node, other;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "m");
	assert_int_equal(store_item_last(f->s, node, add_item_id, &got), -ENOENT);
	put(f->s, node, "a");
	put(f->s, node, "b");
	put(f->s, node, "a");
	put(f->s, other, "c");
	OK(store_item_last(f->s, node, add_item_id, &got));
	assert_rows(&got, "a");
	OK(store_item_delete(f->s, node, "a"));
	OK(store_item_last(f->s, node, add_item_id, &got));
	assert_rows(&got, "b");
	OK(store_item_purge(f->s, node));
	assert_int_equal(store_item_last(f->s, node, add_item_id, &got), -ENOENT);
	OK(store_commit(f->s));
}

static void item_by_publisher__bare_jid__and_its_resources(void **state)
{
	static const char *const publishers[] = { "p@h", "p@h/r", "p@h-x", "P@h", "p@h.example" };
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	for (size_t i = 0; i < N_OF(publishers); i++) {
		struct item item = { .id = (char[]){ (char)('a' + i), '\0' },
				     .publisher = publishers[i] };
		bool replaced;
		int64_t seq;

		OK(store_item_put(f->s, node, &item, 7, &seq, &replaced));
	}
	put(f->s, add_node(f->s, "m"), "z");
	OK(store_commit(f->s));
	OK(store_item_by_publisher(f->s, node, "p@h", add_item_id, &got));
	assert_rows(&got, "a b");
}

/* Expiry */

static int add_expired(int64_t node, const struct item *item, void *data)
{
	assert_null(item->payload);
	add_word(data, item->id);
	str_printf(data, "@%d", (int)node);
	return 0;
}

static void put_at(struct store *s, int64_t node, const char *id, int64_t now, int64_t expires)
{
	struct item item = { .id = id,
			     .publisher = "p@h",
			     .payload = "<a/>",
			     .payload_len = 4,
			     .expires = expires };
	bool replaced;
	int64_t seq;

	OK(store_item_put(s, node, &item, now, &seq, &replaced));
}

static void assert_expired(struct store *s, int64_t now, int64_t limit, const char *want)
{
	AUTO_STR got = { 0 };

	OK(store_item_expired(s, now, limit, add_expired, &got));
	assert_rows(&got, want);
}

static void item_expiry__first_to_end_first(void **state)
{
	struct fixture *f = *state;
	int64_t next = -1;

	OK(store_begin(f->s));
	assert_int_equal(add_node(f->s, "n"), 1);
	assert_int_equal(add_node(f->s, "m"), 2);
	assert_int_equal(store_item_next_expiry(f->s, &next), -ENOENT);
	put_at(f->s, 1, "never", 10, 0);
	assert_int_equal(store_item_next_expiry(f->s, &next), -ENOENT);
	put_at(f->s, 1, "a", 10, 300);
	put_at(f->s, 2, "b", 10, 100);
	put_at(f->s, 1, "c", 10, 200);
	OK(store_item_next_expiry(f->s, &next));
	assert_int_equal(next, 100);
	assert_expired(f->s, 99, 9, "");
	assert_expired(f->s, 100, 9, "b@2");
	assert_expired(f->s, 1000, 2, "b@2 c@1");
	assert_expired(f->s, 1000, 9, "b@2 c@1 a@1");
	/* Published again, it lives on. */
	put_at(f->s, 2, "b", 20, 400);
	assert_expired(f->s, 200, 9, "c@1");
	put_at(f->s, 2, "b", 30, 0);
	assert_expired(f->s, 1000, 9, "c@1 a@1");
	OK(store_item_drop(f->s, 1, "c"));
	assert_expired(f->s, 1000, 9, "a@1");
	OK(store_commit(f->s));
	assert_int_equal(count_items(f->s, 1), 2);
	assert_consistent(f->s);
}

/* Another limit counts from when an item was published, for those of the node alone. */
static void item_set_expiry__all_of_the_node(void **state)
{
	struct fixture *f = *state;
	int64_t next;

	OK(store_begin(f->s));
	assert_int_equal(add_node(f->s, "n"), 1);
	assert_int_equal(add_node(f->s, "m"), 2);
	put_at(f->s, 1, "a", 10, 0);
	put_at(f->s, 1, "b", 20, 0);
	put_at(f->s, 1, "a", 30, 0);
	put_at(f->s, 2, "c", 10, 5000);
	OK(store_item_set_expiry(f->s, 1, 100));
	assert_expired(f->s, 10000, 9, "b@1 a@1 c@2");
	OK(store_item_next_expiry(f->s, &next));
	assert_int_equal(next, 120);
	OK(store_item_set_expiry(f->s, 1, 0));
	assert_expired(f->s, 10000, 9, "c@2");
	OK(store_commit(f->s));
}

/* Callbacks */

struct asking {
	struct store *s;
	int64_t node;
	struct str got;
};

/* Asks the very question that it is being told the answer to, and others. */
static int ask_again(const struct item *item, void *data)
{
	struct asking *a = data;
	int64_t position;

	OK(store_item_position(a->s, a->node, ORDER_MODIFICATION, item->seq, &position));
	str_printf(&a->got, "[%d", (int)position);
	OK(store_item_page(a->s, a->node, ORDER_MODIFICATION, item->seq, false, 2, add_item_id, &a->got));
	OK(store_item_get(a->s, a->node, item->id, add_item_id, &a->got));
	str_putc(&a->got, ']');
	return 0;
}

static void callback__asks_the_same__outer_rows_go_on(void **state)
{
	struct fixture *f = *state;
	struct asking a = { .s = f->s };

	OK(store_begin(f->s));
	a.node = add_node(f->s, "n");
	put(f->s, a.node, "a");
	put(f->s, a.node, "b");
	put(f->s, a.node, "c");
	OK(store_commit(f->s));
	for (int i = 0; i < 2; i++) {
		OK(store_item_page(f->s, a.node, ORDER_MODIFICATION, 0, false, 10, ask_again, &a));
		assert_rows(&a.got, "[0 b c a][1 c b][2 c]");
	}
	str_release(&a.got);
}

static int calls, answer;

static int node_stops(const struct node *n, void *data)
{
	(void)n, (void)data;
	calls++;
	return answer;
}

static int item_stops(const struct item *item, void *data)
{
	(void)item, (void)data;
	calls++;
	return answer;
}

static int sub_stops(const struct subscription *sub, void *data)
{
	(void)sub, (void)data;
	calls++;
	return answer;
}

static int affiliation_stops(const char *jid, enum affiliation affiliation, void *data)
{
	(void)jid, (void)affiliation, (void)data;
	calls++;
	return answer;
}

static void callback__stops__positive_is_no_error(void **state)
{
	struct fixture *f = *state;
	struct sub_place start = { .jid = NULL };
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	add_node(f->s, "m");
	for (int i = 0; i < 2; i++) {
		put(f->s, node, i ? "a" : "b");
		subscribe(f->s, node, "u@h");
		OK(store_affiliation_set(f->s, node, i ? "u@h" : "v@h", AFF_OWNER));
	}
	OK(store_commit(f->s));
	for (answer = 1; answer >= -ECANCELED; answer -= 1 + ECANCELED) {
		int want = answer > 0 ? 0 : answer;

		calls = 0;
		assert_int_equal(
			store_node_page(f->s, STORE_ALL_NODES, NULL, NULL, false, 9, node_stops, NULL),
			want);
		assert_int_equal(store_item_page(f->s, node, ORDER_MODIFICATION, 0, false, 9, item_stops, NULL), want);
		assert_int_equal(store_item_get(f->s, node, "a", item_stops, NULL), want);
		assert_int_equal(store_sub_page(f->s, node, &start, 9, 9, sub_stops, NULL), want);
		assert_int_equal(store_sub_find(f->s, node, "u@h", sub_stops, NULL), want);
		assert_int_equal(store_affiliation_each(f->s, node, affiliation_stops, NULL), want);
		assert_int_equal(calls, 6);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(item_put__payloads__come_back),
		TEST(item_put__same_id__newest_and_created_stays),
		TEST(item_put__no_node__not_found),
		TEST(item_delete__and_purge__counts_follow),
		TEST(item_page__all_anchors__as_published),
		TEST(item_position_and_at__all__inverse),
		TEST(item_position__what_leaves__moves_the_rest),
		TEST(item_position__refused_or_written_by_others__found_once),
		TEST(item_trim__oldest_first__until_kept_or_stopped),
		TEST(past__kept__but_for_what_was_retracted),
		TEST(item_put__again_and_again__first_stays),
		TEST(item_last__newest_published),
		TEST(item_by_publisher__bare_jid__and_its_resources),
		TEST(item_expiry__first_to_end_first),
		TEST(item_set_expiry__all_of_the_node),
		TEST(callback__asks_the_same__outer_rows_go_on),
		TEST(callback__stops__positive_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
