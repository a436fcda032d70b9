/* SPDX-License-Identifier: MIT */
/* Contacts, in the store. */
#include "store_fixture.h"

#include <string.h>

#include "common/base/strings.h"
#include "common/pubsub/sub_fields.h"

static const struct {
	bool from, to, asked;
	const char *groups[3];
} kinds[] = {
	{ true, false, false, { NULL } },
	{ false, true, false, { NULL } },
	{ true, true, false, { "Friends", "Kin & kith", NULL } },
	{ false, false, true, { NULL } },
	{ false, false, false, { "Foes", NULL } },
};

static struct contact contact_of(size_t i)
{
	struct contact c = { .from = kinds[i].from, .to = kinds[i].to, .asked = kinds[i].asked };

	for (const char *const *group = kinds[i].groups; *group; group++)
		strings_add(&c.groups, *group);
	return c;
}

static void contact__each_kind__comes_back(void **state)
{
	struct fixture *f = *state;

	OK(store_begin(f->s));
	for (size_t i = 0; i < N_OF(kinds); i++) {
		struct contact c = contact_of(i), got = { 0 };

		OK(store_contact_set(f->s, "u@h", &c));
		OK(store_contact_get(f->s, "u@h", &got));
		assert_int_equal(got.from, c.from);
		assert_int_equal(got.to, c.to);
		assert_int_equal(got.asked, c.asked);
		assert_int_equal(strings_count(got.groups), strings_count(c.groups));
		assert_true(strings_same_set(got.groups, c.groups));
		contact_release(&got);
		contact_release(&c);
	}
	OK(store_commit(f->s));
}

static int add_jid(const char *bare_jid, const struct contact *c, void *data)
{
	(void)c;
	add_word(data, bare_jid);
	return 0;
}

static void contact__shares_nothing__not_kept(void **state)
{
	const struct contact from = { .from = true }, none = { 0 };
	struct fixture *f = *state;
	struct contact got;
	AUTO_STR all = { 0 };
	int64_t n;

	OK(store_begin(f->s));
	OK(store_contact_set(f->s, "u@h", &from));
	OK(store_contact_set(f->s, "t@h", &from));
	OK(store_contact_set(f->s, "v@h", &none));
	OK(store_contact_each(f->s, add_jid, &all));
	assert_rows(&all, "t@h u@h");
	OK(store_contact_set(f->s, "u@h", &none));
	OK(store_contact_count(f->s, &n));
	assert_int_equal(n, 1);
	OK(store_contact_get(f->s, "u@h", &got));
	assert_false(got.from || got.to || got.asked || got.groups);
	OK(store_commit(f->s));
}

/* Those at a node with tempsub, and those that say so themselves. */
static void sub_fleeting__by_node_or_by_options(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"t", .creator = (char *)"owner@h" };
	int64_t plain, first;
	AUTO_STR got = { 0 };

	OK(store_begin(f->s));
	plain = add_node(f->s, "n");
	node_config_init(&n.config, NODE_LEAF);
	n.config.tempsub = true;
	OK(store_node_create(f->s, &n, &n.id));
	subscribe(f->s, plain, "a@h");
	first = subscribe(f->s, n.id, "b@h");
	{
		struct sub_options options;

		sub_options_init(&options);
		options.expire = EXPIRE_PRESENCE;
		OK(store_sub_set_options(f->s, subscribe(f->s, plain, "c@h"), &options));
		sub_options_release(&options);
	}
	OK(store_sub_fleeting(f->s, 0, 9, add_sub, &got));
	assert_rows(&got, "b@h c@h");
	OK(store_sub_fleeting(f->s, first, 9, add_sub, &got));
	assert_rows(&got, "c@h");
	OK(store_sub_fleeting(f->s, 0, 1, add_sub, &got));
	assert_rows(&got, "b@h");
	OK(store_commit(f->s));
}

static int add_node_id(int64_t node, void *data)
{
	str_printf(data, "%d;", (int)node);
	return 0;
}

static void node_purging__those_alone(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"t", .creator = (char *)"owner@h" };
	AUTO_FREE char *want = NULL;
	AUTO_STR got = { 0 };

	OK(store_begin(f->s));
	add_node(f->s, "n");
	node_config_init(&n.config, NODE_LEAF);
	n.config.purge_offline = true;
	OK(store_node_create(f->s, &n, &n.id));
	want = mem_printf("%d;", (int)n.id);
	OK(store_node_purging(f->s, add_node_id, &got));
	assert_rows(&got, want);
	n.config.purge_offline = false;
	OK(store_node_configure(f->s, n.id, &n.config));
	OK(store_node_purging(f->s, add_node_id, &got));
	assert_rows(&got, "");
	OK(store_commit(f->s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(contact__each_kind__comes_back),
		TEST(contact__shares_nothing__not_kept),
		TEST(sub_fleeting__by_node_or_by_options),
		TEST(node_purging__those_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
