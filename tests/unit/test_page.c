/* SPDX-License-Identifier: MIT */
/* Pages of items, against lists that are cut by hand. */
#include "store_fixture.h"

#include "cmd/serve/op/page.h"
#include "common/pubsub/errors.h"

/* Published one behind the other; the order of creation is a b c d e f, of modification b d c f a e. */
static const char *const published[] = { "a", "b", "c", "d", "c", "e", "f", "a", "e" };
static const char *const orders[ORDER_MAX] = { "bdcfae", "abcdef" };
#define N 6

static void fill(struct store *s, struct node *ret_node)
{
	OK(store_begin(s));
	add_node(s, "m");
	put(s, 1, "a");
	add_node(s, "n");
	for (size_t i = 0; i < N_OF(published); i++) {
		put(s, 2, published[i]);
		put(s, 1, published[i]);
	}
	OK(store_commit(s));
	OK(store_node_get(s, "n", ret_node));
}

static void write_id(struct str *out, const struct item *item, const void *data)
{
	(void)data;
	str_puts(out, item->id);
}

struct want {
	char set[N + 1]; /* all of it, in the order asked for */
	size_t from, to;
};

/* With @at a place in the whole: what of the set is on the page. */
static void cut(struct want *w, const char *whole, const char *at, bool backwards, size_t max)
{
	size_t n = strlen(w->set), place = 0, skipped = 0;

	if (at) {
		place = (size_t)(strchr(whole, *at) - whole);
		for (size_t i = 0; i < n; i++) {
			size_t of = (size_t)(strchr(whole, w->set[i]) - whole);

			skipped += backwards ? of < place : of <= place;
		}
	} else {
		skipped = backwards ? n : 0;
	}
	w->from = backwards ? (skipped > max ? skipped - max : 0) : skipped;
	w->to = backwards ? skipped : (n - skipped > max ? skipped + max : n);
}

static void check(struct store *s, const struct node *node, const struct page *ask,
		  const struct want *want)
{
	AUTO_STR out = { 0 };
	struct page p = *ask;
	size_t n = want->to - want->from;

	OK(page_items(s, node, &p, write_id, NULL, &out));
	if (out.len != n || strncmp(out.p ? out.p : "", want->set + want->from, n))
		fail_msg("by %d, %s, newest %d, max %d, after %s, before %s, index %d: %s, not %.*s of %s", p.order.by,
			 p.order.descending ? "down" : "up", (int)p.newest, (int)p.rsm->max, p.rsm->after,
			 p.rsm->before, (int)p.rsm->index, out.p, (int)n, want->set + want->from, want->set);
	assert_int_equal(p.n, n);
	assert_int_equal(p.count, strlen(want->set));
	if (n)
		assert_int_equal(p.index, want->from);
}

/* All places to begin at, in both directions, on a set of which @ask says the rest. */
static void check_places(struct store *s, const struct node *node, struct page ask, const char *whole,
			 struct want want)
{
	for (size_t max = 0; max <= N + 1; max++) {
		struct rsm_request rsm = { .present = true, .has_max = true, .max = max };

		ask.rsm = &rsm;
		cut(&want, whole, NULL, false, max);
		check(s, node, &ask, &want);
		for (size_t i = 0; i < strlen(want.set); i++) {
			rsm.has_index = true;
			rsm.index = i;
			want.from = i;
			want.to = strlen(want.set) - i > max ? i + max : strlen(want.set);
			check(s, node, &ask, &want);
		}
		rsm.has_index = false;
		rsm.before = "";
		cut(&want, whole, NULL, true, max);
		check(s, node, &ask, &want);
		for (size_t i = 0; i < N; i++) {
			const char id[] = { whole[i], '\0' };

			rsm.before = id;
			rsm.after = NULL;
			cut(&want, whole, id, true, max);
			check(s, node, &ask, &want);
			rsm.before = NULL;
			rsm.after = id;
			cut(&want, whole, id, false, max);
			check(s, node, &ask, &want);
		}
	}
}

/* X0413-02 to X0413-05, X0059-01 to X0059-08, X0059-12 */
static void page_items__all_orders_and_places__as_cut_by_hand(void **state)
{
	struct fixture *f = *state;
	struct node node = { 0 };

	fill(f->s, &node);
	for (int how = 0; how < 4; how++)
		for (uint64_t newest = 0; newest <= N + 1; newest++) {
			struct page ask = { .newest = newest,
					    .order = { .by = (enum item_order)(how / 2), .descending = how % 2 } };
			size_t n = newest && newest < N ? (size_t)newest : N;
			const char *up = orders[how / 2];
			char whole[N + 1] = "";
			struct want want = { .set = "" };

			for (size_t i = 0; i < N; i++)
				whole[i] = up[how % 2 ? N - 1 - i : i];
			memcpy(want.set, how % 2 ? whole : whole + N - n, n);
			check_places(f->s, &node, ask, whole, want);
		}
	node_release(&node);
}

/* X0413-05: what an answer names as a place is one, in that order alone. */
static void page_items__places_of_answers__of_their_order(void **state)
{
	struct fixture *f = *state;
	struct node node = { 0 };

	fill(f->s, &node);
	for (int how = 0; how < 4; how++) {
		struct rsm_request rsm = { .present = true, .has_max = true, .max = 1 };
		struct page p = { .rsm = &rsm, .order = { .by = (enum item_order)(how / 2), .descending = how % 2 } };
		AUTO_STR got = { 0 };
		AUTO_STR set = { 0 };
		char place[32];

		for (int i = 0; i < N; i++) {
			OK(page_items(f->s, &node, &p, write_id, NULL, &got));
			str_reset(&set);
			page_finish(&p, &set);
			assert_int_equal(sscanf(strstr(set.p, "<last>"), "<last>%31[^<]", place), 1);
			rsm.after = place;
		}
		for (int i = 0; i < N; i++)
			assert_int_equal(got.p[i], orders[how / 2][how % 2 ? N - 1 - i : i]);
		p.order.by = 1 - p.order.by;
		if (how / 2)
			assert_int_equal(page_items(f->s, &node, &p, write_id, NULL, &got), PS_ITEM_NOT_FOUND);
		rsm.after = "@x";
		assert_int_equal(page_items(f->s, &node, &p, write_id, NULL, &got), PS_ITEM_NOT_FOUND);
	}
	node_release(&node);
}

/* Pages stay where they are while items behind the reader are replaced and retracted. */
static void page_items__items_change_meanwhile__none_twice_or_missed(void **state)
{
	struct fixture *f = *state;
	struct rsm_request rsm = { .present = true, .has_max = true, .max = 2 };
	struct page p = { .rsm = &rsm };
	struct node node = { 0 };
	AUTO_STR got = { 0 };
	char place[32];

	fill(f->s, &node);
	OK(page_items(f->s, &node, &p, write_id, NULL, &got));
	assert_string_equal(got.p, "bd");
	snprintf(place, sizeof(place), "@%d", (int)p.last);
	OK(store_begin(f->s));
	OK(store_item_delete(f->s, node.id, "d"));
	put(f->s, node.id, "b");
	OK(store_commit(f->s));
	node.items--;
	rsm.after = place;
	rsm.max = 9;
	OK(page_items(f->s, &node, &p, write_id, NULL, &got));
	assert_string_equal(got.p, "bdcfaeb"); /* b is new again */
	assert_int_equal(p.index, 0);
	assert_int_equal(p.count, 5);
	node_release(&node);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(page_items__all_orders_and_places__as_cut_by_hand),
		TEST(page_items__places_of_answers__of_their_order),
		TEST(page_items__items_change_meanwhile__none_twice_or_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
