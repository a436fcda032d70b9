/* SPDX-License-Identifier: MIT */
/* Subscriptions in the store. */
#include "store_fixture.h"

#include <errno.h>

#include "common/pubsub/sub_fields.h"

struct keys {
	int64_t key[16];
	size_t n;
};

static int note_key(const struct subscription *sub, void *data)
{
	struct keys *k = data;

	assert_int_equal(sub->state, SUB_SUBSCRIBED);
	assert_string_equal(sub->subid, "s");
	assert_true(k->n < N_OF(k->key));
	k->key[k->n++] = sub->key;
	return 0;
}

/* Two nodes' subscriptions in turn; what one of them has, in the order of (JID, key). */
static const char *const jids[] = { "u@h/2", "u@h", "t@h", "u@h/2", "h/r", "u@h-x", "u@h/2" };
static const size_t sorted[] = { 4, 2, 1, 5, 0, 3, 6 };
#define SORTED "h/r t@h u@h u@h-x u@h/2 u@h/2 u@h/2"

static int64_t mixed(struct store *s, int64_t *keys)
{
	int64_t node, other;

	OK(store_begin(s));
	node = add_node(s, "n");
	other = add_node(s, "m");
	for (size_t i = 0; i < N_OF(jids); i++) {
		keys[i] = subscribe(s, node, jids[i]);
		subscribe(s, other, "u@h/2");
	}
	OK(store_commit(s));
	return node;
}

static void sub_page__all_places__by_jid_then_key(void **state)
{
	const size_t n = N_OF(jids);
	struct fixture *f = *state;
	struct sub_place start = { .jid = NULL };
	AUTO_STR names = { 0 };
	int64_t keys[N_OF(jids)];
	int64_t node = mixed(f->s, keys);

	OK(store_sub_page(f->s, node, &start, INT64_MAX, INT64_MAX, add_sub, &names));
	assert_rows(&names, SORTED);
	/* Behind the first k of them, of those up to each key, so many at a time. */
	for (size_t k = 0; k <= n; k++)
		for (size_t last = 0; last < n; last++)
			for (size_t limit = 0; limit <= n; limit++) {
				struct sub_place after = { .jid = k ? jids[sorted[k - 1]] : NULL,
							   .key = k ? keys[sorted[k - 1]] : 0 };
				struct keys got = { .n = 0 };
				size_t found = 0;

				OK(store_sub_page(f->s, node, &after, keys[last], (int64_t)limit,
						  note_key, &got));
				for (size_t i = k; i < n && found < limit; i++)
					if (sorted[i] <= last)
						assert_int_equal(got.key[found++], keys[sorted[i]]);
				assert_int_equal(got.n, found);
			}
}

static void sub_page_set__options_all_default__passed_over(void **state)
{
	struct fixture *f = *state;
	int64_t keys[N_OF(jids)];
	int64_t node = mixed(f->s, keys);
	struct sub_place start = { .jid = NULL };
	struct sub_options options;
	struct keys got = { .n = 0 };

	OK(store_sub_page_set(f->s, node, &start, INT64_MAX, 9, note_key, &got));
	assert_int_equal(got.n, 0);
	sub_options_init(&options);
	options.deliver = false;
	OK(store_begin(f->s));
	OK(store_sub_set_options(f->s, keys[sorted[2]], &options));
	OK(store_sub_set_options(f->s, keys[sorted[0]], &options));
	OK(store_commit(f->s));
	OK(store_sub_page_set(f->s, node, &start, INT64_MAX, 9, note_key, &got));
	assert_int_equal(got.n, 2);
	assert_int_equal(got.key[0], keys[sorted[0]]);
	assert_int_equal(got.key[1], keys[sorted[2]]);
	start.jid = jids[sorted[0]];
	start.key = keys[sorted[0]];
	got.n = 0;
	OK(store_sub_page_set(f->s, node, &start, INT64_MAX, 9, note_key, &got));
	assert_int_equal(got.n, 1);
	options.deliver = true;
	OK(store_begin(f->s));
	OK(store_sub_set_options(f->s, keys[sorted[2]], &options));
	OK(store_commit(f->s));
	got.n = 0;
	OK(store_sub_page_set(f->s, node, &start, INT64_MAX, 9, note_key, &got));
	assert_int_equal(got.n, 0);
}

/* What was there when the walk began may go while it lasts. */
static void sub_page__place_is_gone__goes_on_behind_it(void **state)
{
	struct fixture *f = *state;
	int64_t keys[N_OF(jids)];
	int64_t node = mixed(f->s, keys);
	struct sub_place after = { .jid = "u@h/2", .key = keys[0] };
	struct keys got = { .n = 0 };

	OK(store_begin(f->s));
	OK(store_sub_remove(f->s, keys[0]));
	OK(store_commit(f->s));
	OK(store_sub_page(f->s, node, &after, INT64_MAX, 9, note_key, &got));
	assert_int_equal(got.n, 2);
	assert_int_equal(got.key[0], keys[3]);
	assert_int_equal(got.key[1], keys[6]);
}

static void sub_each_and_find__in_order_of_keys(void **state)
{
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	struct keys twice = { .n = 0 };
	int64_t keys[N_OF(jids)], last, n;
	int64_t node;

	OK(store_sub_last_key(f->s, &last));
	assert_int_equal(last, 0);
	node = mixed(f->s, keys);
	OK(store_sub_last_key(f->s, &last));
	assert_int_equal(last, keys[N_OF(keys) - 1] + 1); /* the other node's */
	OK(store_sub_each(f->s, node, add_sub, &got));
	assert_rows(&got, "u@h/2 u@h t@h u@h/2 h/r u@h-x u@h/2");
	OK(store_sub_find(f->s, node, "u@h/2", note_key, &twice));
	assert_int_equal(twice.n, 3);
	assert_int_equal(twice.key[0], keys[0]);
	assert_int_equal(twice.key[1], keys[3]);
	assert_int_equal(twice.key[2], keys[6]);
	OK(store_sub_find(f->s, node, "U@h", add_sub, &got));
	assert_rows(&got, "");
	OK(store_sub_find_bare(f->s, node, "u@h", add_sub, &got));
	assert_rows(&got, "u@h/2 u@h u@h/2 u@h/2");
	OK(store_sub_find_bare(f->s, node, "u@h-x", add_sub, &got));
	assert_rows(&got, "u@h-x");
	OK(store_sub_find_bare(f->s, node, "h", add_sub, &got));
	assert_rows(&got, "h/r");
	OK(store_sub_by_bare(f->s, "u@h", add_sub, &got));
	assert_rows(&got, "u@h/2 u@h/2 u@h u@h/2 u@h/2 u@h/2 u@h/2 u@h/2 u@h/2 u@h/2 u@h/2");
	OK(store_sub_count(f->s, node, &n));
	assert_int_equal(n, 7);
	OK(store_sub_count_by_jid(f->s, "u@h", &n));
	assert_int_equal(n, 4 + 7);
	OK(store_sub_count_by_jid(f->s, "h", &n));
	assert_int_equal(n, 1);
}

/* DISCO-22 counts those that are subscribed, limits count all. */
static void sub_count__other_states__only_towards_the_limit(void **state)
{
	struct fixture *f = *state;
	int64_t node, key, n;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	key = subscribe(f->s, node, "u@h");
	subscribe(f->s, node, "u@h/2");
	OK(store_sub_set_state(f->s, key, SUB_PENDING));
	OK(store_commit(f->s));
	OK(store_sub_count(f->s, node, &n));
	assert_int_equal(n, 1);
	OK(store_sub_count_by_jid(f->s, "u@h", &n));
	assert_int_equal(n, 2);
	OK(store_sub_count_all(f->s, node, &n));
	assert_int_equal(n, 2);
}

/* With each change, undone ones included; at the root collection, too. */
static void sub_count_all__comings_and_goings__exact(void **state)
{
	struct fixture *f = *state;
	int64_t node, other, key, n;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	other = add_node(f->s, "o");
	key = subscribe(f->s, node, "u@h");
	subscribe(f->s, node, "v@h");
	subscribe(f->s, other, "u@h");
	subscribe(f->s, NODE_ROOT, "u@h");
	OK(store_savepoint(f->s));
	subscribe(f->s, node, "w@h");
	OK(store_sub_remove(f->s, key));
	OK(store_sub_count_all(f->s, node, &n));
	assert_int_equal(n, 2);
	store_undo(f->s);
	OK(store_sub_remove(f->s, key));
	OK(store_sub_remove(f->s, key));
	OK(store_sub_count_all(f->s, node, &n));
	assert_int_equal(n, 1);
	OK(store_sub_count_all(f->s, NODE_ROOT, &n));
	assert_int_equal(n, 1);
	OK(store_node_delete(f->s, other));
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

static void sub_bounced__forgiven__those_of_the_entity_alone(void **state)
{
	static const struct bounces some = { 2, 100, 200 };
	struct fixture *f = *state;
	int64_t node, n;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_sub_set_bounces(f->s, subscribe(f->s, node, "u@h"), &some));
	OK(store_sub_set_bounces(f->s, subscribe(f->s, node, "u@h/2"), &some));
	subscribe(f->s, node, "u@h/3");
	OK(store_sub_set_bounces(f->s, subscribe(f->s, node, "v@h"), &some));
	OK(store_sub_bounced(f->s, "u@h", &n));
	assert_int_equal(n, 2);
	OK(store_sub_forgive(f->s, "u@h"));
	OK(store_commit(f->s));
	OK(store_sub_bounced(f->s, "u@h", &n));
	assert_int_equal(n, 0);
	OK(store_sub_bounced(f->s, "v@h", &n));
	assert_int_equal(n, 1);
}

static void sub_remove__newest__key_is_not_used_again(void **state)
{
	struct fixture *f = *state;
	struct sub_place start = { .jid = NULL };
	struct keys k = { .n = 0 };
	int64_t node, last, key;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	key = subscribe(f->s, node, "u@h");
	OK(store_sub_last_key(f->s, &last));
	assert_int_equal(key, last);
	OK(store_sub_remove(f->s, last));
	OK(store_sub_remove(f->s, last));
	OK(store_commit(f->s));
	reopen(f);
	OK(store_begin(f->s));
	subscribe(f->s, node, "v@h");
	OK(store_commit(f->s));
	OK(store_sub_page(f->s, node, &start, INT64_MAX, 10, note_key, &k));
	assert_int_equal(k.n, 1);
	assert_true(k.key[0] > last);
}

static int same(const struct subscription *sub, void *data)
{
	const struct subscription *want = data;

	assert_int_equal(sub->key, want->key);
	assert_int_equal(sub->node, want->node);
	assert_string_equal(sub->jid, want->jid);
	assert_string_equal(sub->subid, want->subid);
	assert_int_equal(sub->state, want->state);
	assert_string_equal(sub->options, want->options);
	assert_int_equal(sub->expires, want->expires);
	assert_int_equal(sub->warning, want->warning);
	assert_int_equal(sub->is_public, want->is_public);
	assert_memory_equal(&sub->bounces, &want->bounces, sizeof(sub->bounces));
	return 1;
}

static void assert_sub(struct store *s, struct subscription *want)
{
	AUTO_STR none = { 0 };

	OK(store_sub_get(s, want->key, same, want));
	OK(store_sub_find(s, want->node, want->jid, same, want));
	OK(store_sub_get(s, want->key + 1, add_sub, &none));
	assert_rows(&none, "");
}

static void sub__all_of_it__comes_back(void **state)
{
	struct fixture *f = *state;
	AUTO_STR text = { 0 };
	struct sub_options options;
	struct new_subscription new = { .jid = "u@h/r",
					.subid = "id",
					.state = SUB_UNCONFIGURED,
					.options = &options,
					.is_public = true };
	struct subscription want = { .jid = "u@h/r",
				     .subid = "id",
				     .state = SUB_UNCONFIGURED,
				     .expires = 5000,
				     .is_public = true };

	sub_options_init(&options);
	options.deliver = false;
	options.expire = 5000;
	fields_save(sub_fields, &options, &text);
	want.options = text.p;
	OK(store_begin(f->s));
	want.node = new.node = add_node(f->s, "n");
	OK(store_sub_add(f->s, &new, &want.key));
	assert_sub(f->s, &want);

	OK(store_sub_set_state(f->s, want.key, want.state = SUB_PENDING));
	want.bounces = (struct bounces){ 3, 100, 200 };
	OK(store_sub_set_bounces(f->s, want.key, &want.bounces));
	OK(store_sub_set_public(f->s, want.key, want.is_public = false));
	OK(store_sub_set_warning(f->s, want.key, want.warning = 4500));
	OK(store_commit(f->s));
	reopen(f);
	assert_sub(f->s, &want);

	/* With another end, there is no warning of it; with none, it has none. */
	OK(store_begin(f->s));
	options.expire = 6000;
	str_reset(&text);
	fields_save(sub_fields, &options, &text);
	OK(store_sub_set_options(f->s, want.key, &options));
	want.options = text.p;
	want.expires = 6000;
	want.warning = 0;
	assert_sub(f->s, &want);
	sub_options_init(&options);
	OK(store_sub_set_options(f->s, want.key, &options));
	want.options = "";
	want.expires = 0;
	assert_sub(f->s, &want);
	/* Offline is no time. */
	options.expire = EXPIRE_PRESENCE;
	str_reset(&text);
	fields_save(sub_fields, &options, &text);
	OK(store_sub_set_options(f->s, want.key, &options));
	want.options = text.p;
	assert_sub(f->s, &want);
	OK(store_commit(f->s));
}

static void sub_ending__first_to_end_first(void **state)
{
	static const int64_t ends[] = { 300, 0, 100, EXPIRE_PRESENCE, 200 };
	struct fixture *f = *state;
	AUTO_STR got = { 0 };
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	for (size_t i = 0; i < N_OF(ends); i++) {
		AUTO_FREE char *jid = mem_printf("%d@h", (int)ends[i]);
		struct sub_options options;

		sub_options_init(&options);
		options.expire = ends[i];
		OK(store_sub_set_options(f->s, subscribe(f->s, node, jid), &options));
	}
	OK(store_commit(f->s));
	OK(store_sub_ending(f->s, 99, 9, add_sub, &got));
	assert_rows(&got, "");
	OK(store_sub_ending(f->s, 200, 9, add_sub, &got));
	assert_rows(&got, "100@h 200@h");
	OK(store_sub_ending(f->s, 1000, 2, add_sub, &got));
	assert_rows(&got, "100@h 200@h");
	OK(store_sub_ending(f->s, 1000, 9, add_sub, &got));
	assert_rows(&got, "100@h 200@h 300@h");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sub_page__all_places__by_jid_then_key),
		TEST(sub_page__place_is_gone__goes_on_behind_it),
		TEST(sub_page_set__options_all_default__passed_over),
		TEST(sub_each_and_find__in_order_of_keys),
		TEST(sub_count__other_states__only_towards_the_limit),
		TEST(sub_count_all__comings_and_goings__exact),
		TEST(sub_bounced__forgiven__those_of_the_entity_alone),
		TEST(sub_remove__newest__key_is_not_used_again),
		TEST(sub__all_of_it__comes_back),
		TEST(sub_ending__first_to_end_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
