/* SPDX-License-Identifier: MIT */
/* What the store keeps of nodes and of who stands how to them; and how it finds everything. */
#include "store_fixture.h"

#include <errno.h>

#include "cmd/serve/store/store_news.h"
#include "common/pubsub/sub_fields.h"

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

	node_config_init(&in.config, NODE_LEAF);
	OK(store_begin(f->s));
	for (int model = 0; model < PUBLISH_MAX; model++) {
		AUTO_FREE char *name = mem_printf("n%d", model);

		in.name = name;
		in.config.publish = (enum publish_model)model;
		OK(store_node_create(f->s, &in, &id));
		OK(store_node_get(f->s, name, &out));
		assert_int_equal(out.id, id);
		assert_string_equal(out.name, name);
		assert_string_equal(out.creator, "c@h");
		assert_int_equal(out.created, 1700000000123);
		assert_int_equal(out.items, 0);
		assert_int_equal(out.config.publish, model);
		node_release(&out);
		OK(store_node_get_by_id(f->s, id, &out));
		assert_string_equal(out.name, name);
		node_release(&out);
	}
	OK(store_commit(f->s));
	/* Of all models, one is the default and is not written. */
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node WHERE config <> ''"),
			 PUBLISH_MAX - 1);
	assert_int_equal(store_node_get(f->s, "none", &out), -ENOENT);
	assert_int_equal(store_node_get_by_id(f->s, id + 1, &out), -ENOENT);
	assert_int_equal(store_node_get_by_id(f->s, NODE_ROOT, &out), -ENOENT);
	assert_null(out.name);
}

/* Every setting, also what is on the heap; the node's type is where SQL can see it. */
static void node_configure__all_settings__replaced(void **state)
{
	static const char *const people[] = { "b@h", "a@h/r" };
	static const char *const type[] = { "urn:x" };
	struct fixture *f = *state;
	struct node out = { 0 };
	struct node_config config;
	int64_t node;

	node_config_init(&config, NODE_LEAF);
	OK(field_parse(field_find(node_fields, "contact"), people, 2, &config));
	OK(field_parse(field_find(node_fields, "type"), type, 1, &config));
	config.max_items = 7;
	config.notify_retract = false;
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_node_configure(f->s, node, &config));
	OK(store_commit(f->s));
	reopen(f);
	OK(store_node_get(f->s, "n", &out));
	for (const struct field *p = node_fields; p->var; p++)
		if (!(p->flags & FIELD_LINK) && !field_same(p, &config, &out.config))
			fail_msg("%s has changed", p->var);
	assert_string_equal(out.config.contact[0], "b@h");
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node WHERE type = 'urn:x'"), 1);
	node_release(&out);
	node_config_release(&config);

	/* Back to what is default. */
	node_config_init(&config, NODE_LEAF);
	OK(store_begin(f->s));
	OK(store_node_configure(f->s, node, &config));
	OK(store_commit(f->s));
	OK(store_node_get(f->s, "n", &out));
	assert_null(out.config.contact);
	assert_null(out.config.semantic);
	assert_true(out.config.notify_retract);
	assert_int_equal(sql_number(f->s->db, "SELECT config = '' AND type = '' FROM node"), 1);
	node_release(&out);
}

static void node_create__same_name__exists(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"n", .creator = (char *)"c@h" };
	int64_t id = -1, count;

	node_config_init(&n.config, NODE_LEAF);
	OK(store_begin(f->s));
	add_node(f->s, "n");
	assert_int_equal(store_node_create(f->s, &n, &id), -EEXIST);
	assert_int_equal(id, -1);
	/* Nothing has happened to the transaction. */
	add_node(f->s, "m");
	OK(store_commit(f->s));
	OK(store_node_count(f->s, STORE_ALL_NODES, NULL, &count));
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

/* One row at least in each table. */
static void furnish(struct store *s, int64_t node)
{
	const struct news news = { .id = "i", .xml = "<item/>", .len = 7 };
	const struct pace pace = { .told = 5, .due = 9 };
	bool any;

	OK(store_digest_set(s, subscribe(s, node, "u@h"), node, 5, 5));
	OK(store_digest_note(s, node, &news, 5, &any));
	assert_true(any);
	OK(store_held_add(s, node, &news, false));
	OK(store_pace_set(s, node, &pace));
	put(s, node, "i");
	put(s, node, "i"); /* what was before is in the archive */
	OK(store_affiliation_set(s, node, "u@h", AFF_OUTCAST));
	OK(store_edge_add(s, 1000 + node, node));
	OK(store_edge_add(s, node, 2000 + node));
}

static void node_delete__all_of_it__and_no_more(void **state)
{
	static const char *const tables[] = { "item", "past", "subscription", "affiliation",
					      "news", "held", "pace", "digest" };
	struct fixture *f = *state;
	int64_t a, b, again;

	store_keep_past(f->s, 100);
	OK(store_begin(f->s));
	a = add_node(f->s, "a");
	b = add_node(f->s, "b");
	furnish(f->s, a);
	furnish(f->s, b);
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
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM edge"), 2);
	assert_int_equal(
		sql_number(f->s->db, "SELECT count(*) FROM edge WHERE parent = 1 OR child = 1"), 2);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM digest"), 1);
	assert_int_equal(
		sql_number(f->s->db,
			   "SELECT count(*) FROM digest JOIN subscription ON key = subscription"),
		1);
}

/* All anchors, directions and sizes, against what an array says. */
static void check_pages(struct store *s, int64_t collection, const char *const *sorted, int n)
{
	static const char *const anchors[] = { NULL, "A",  "B", "C",  "a", "a ",   "a b",
					       "aa", "ab", "b", "b0", "c", "coll", "d" };
	int64_t count;

	OK(store_node_count(s, collection, NULL, &count));
	assert_int_equal(count, n);
	for (size_t i = 0; i < N_OF(anchors); i++) {
		int before = 0, upto = 0;
		int64_t position;

		while (anchors[i] && before < n && strcmp(sorted[before], anchors[i]) < 0)
			before++;
		while (anchors[i] && upto < n && strcmp(sorted[upto], anchors[i]) <= 0)
			upto++;
		if (anchors[i]) {
			OK(store_node_position(s, collection, NULL, anchors[i], &position));
			assert_int_equal(position, before);
		}
		for (int limit = 0; limit < n + 2; limit++) {
			AUTO_STR want = { 0 }, got = { 0 };
			int end = anchors[i] ? before : n;

			for (int k = upto; k < n && k < upto + limit; k++)
				add_word(&want, sorted[k]);
			OK(store_node_page(s, collection, NULL, anchors[i], false, limit, add_node_name,
					   &got));
			assert_rows(&got, want.p ? want.p : "");
			str_reset(&want);
			for (int k = end > limit ? end - limit : 0; k < end; k++)
				add_word(&want, sorted[k]);
			OK(store_node_page(s, collection, NULL, anchors[i], true, limit, add_node_name,
					   &got));
			assert_rows(&got, want.len ? want.p : "");
		}
	}
}

static void node_page__all_anchors__as_sorted(void **state)
{
	static const char *const all[] = { "A", "B", "a", "a b", "aa", "b", "bb", "c", "coll" };
	static const char *const root[] = { "B", "a", "a b", "b", "c", "coll" };
	static const char *const inside[] = { "A", "aa", "bb" };
	const int n = N_OF(all);
	struct fixture *f = *state;
	int64_t ids[N_OF(all)];

	OK(store_begin(f->s));
	for (int i = 0; i < n; i++)
		ids[(i * 5 + 1) % n] = add_node(f->s, all[(i * 5 + 1) % n]);
	OK(store_edge_add(f->s, ids[8], ids[0]));
	OK(store_edge_add(f->s, ids[8], ids[4]));
	OK(store_edge_add(f->s, ids[8], ids[6]));
	OK(store_commit(f->s));
	check_pages(f->s, STORE_ALL_NODES, all, n);
	check_pages(f->s, NODE_ROOT, root, N_OF(root));
	check_pages(f->s, ids[8], inside, N_OF(inside));
	check_pages(f->s, ids[0], NULL, 0);
}

static void node_count__by_creator__his_own(void **state)
{
	struct fixture *f = *state;
	struct node n = { .name = (char *)"x", .creator = (char *)"Owner@h" };
	int64_t id, count;

	node_config_init(&n.config, NODE_LEAF);
	OK(store_node_count(f->s, STORE_ALL_NODES, NULL, &count));
	assert_int_equal(count, 0);
	OK(store_begin(f->s));
	add_node(f->s, "a");
	add_node(f->s, "b");
	OK(store_node_create(f->s, &n, &id));
	OK(store_commit(f->s));
	OK(store_node_count(f->s, STORE_ALL_NODES, NULL, &count));
	assert_int_equal(count, 3);
	OK(store_node_count_by_creator(f->s, "owner@h", &count));
	assert_int_equal(count, 2);
	OK(store_node_count_by_creator(f->s, "nobody@h", &count));
	assert_int_equal(count, 0);
}

/* Nodes that have gone, and settings of the store */

static void gone(struct store *s, const char *creator, const char *name, const char *uri)
{
	const struct node n = { .name = (char *)name, .creator = (char *)creator };

	OK(store_gone_set(s, &n, uri, 2));
}

/* DEL-06: a tombstone, until a node of that name comes back. */
static void gone__set__until_the_name_is_used_again(void **state)
{
	struct fixture *f = *state;
	char *uri = NULL;

	assert_int_equal(store_gone_get(f->s, "n", &uri), -ENOENT);
	assert_null(uri);
	OK(store_begin(f->s));
	gone(f->s, "c@h", "n", "xmpp:a@b?;node=1");
	gone(f->s, "c@h", "n", "xmpp:a@b?;node=2");
	gone(f->s, "c@h", "m", "xmpp:m");
	OK(store_commit(f->s));
	reopen(f);
	OK(store_gone_get(f->s, "n", &uri));
	assert_string_equal(uri, "xmpp:a@b?;node=2");
	free(uri);
	uri = NULL;
	OK(store_begin(f->s));
	add_node(f->s, "n");
	OK(store_commit(f->s));
	assert_int_equal(store_gone_get(f->s, "n", &uri), -ENOENT);
	assert_null(uri);
	OK(store_gone_get(f->s, "m", &uri));
	free(uri);
}

/* Nobody fills the store with what is not there any more. */
static void gone__more_than_are_kept__the_oldest_of_the_creator_go(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *b = NULL, *c = NULL, *x = NULL;
	char *a = NULL;

	OK(store_begin(f->s));
	gone(f->s, "d@h", "x", "xmpp:x");
	gone(f->s, "c@h", "a", "xmpp:a");
	gone(f->s, "c@h", "b", "xmpp:b");
	gone(f->s, "c@h", "c", "xmpp:c");
	OK(store_commit(f->s));
	assert_int_equal(store_gone_get(f->s, "a", &a), -ENOENT);
	OK(store_gone_get(f->s, "b", &b));
	OK(store_gone_get(f->s, "c", &c));
	OK(store_gone_get(f->s, "x", &x));
}

static void setting__set__last_value_is_kept(void **state)
{
	struct fixture *f = *state;
	char *value = NULL;

	assert_int_equal(store_setting_get(f->s, "a", &value), -ENOENT);
	assert_null(value);
	OK(store_begin(f->s));
	OK(store_setting_set(f->s, "a", "1"));
	OK(store_setting_set(f->s, "a", ""));
	OK(store_setting_set(f->s, "b", "2"));
	OK(store_commit(f->s));
	reopen(f);
	OK(store_setting_get(f->s, "a", &value));
	assert_string_equal(value, "");
	free(value);
	OK(store_setting_get(f->s, "b", &value));
	assert_string_equal(value, "2");
	free(value);
}

/* Affiliations */

static void affiliation_set__replace_and_none__last_one_holds(void **state)
{
	struct fixture *f = *state;
	enum affiliation a = AFF_MAX;
	AUTO_STR got = { 0 };
	int64_t node, other, n;

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
	OK(store_affiliation_by_jid(f->s, "u@h", add_affiliation, &got));
	assert_rows(&got, "m=owner n=outcast");
	OK(store_affiliation_by_jid(f->s, "gone@h", add_affiliation, &got));
	assert_rows(&got, "");
	OK(store_affiliation_count(f->s, node, AFF_OWNER, &n));
	assert_int_equal(n, 1);
	OK(store_affiliation_count(f->s, node, AFF_MEMBER, &n));
	assert_int_equal(n, 0);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM affiliation"), 3);
}

/* Plans: what is asked of one node must not cost more for what other nodes have */

static int add_edge(int64_t node, const char *name, void *data)
{
	(void)node;
	add_word(data, name);
	return 0;
}

static int add_ancestor(int64_t node, unsigned depth, const char *name, void *data)
{
	(void)node, (void)depth;
	add_word(data, name);
	return 0;
}

static int add_expired(int64_t node, const struct item *item, void *data)
{
	(void)node;
	add_word(data, item->id);
	return 0;
}

static void change_nodes(struct store *s)
{
	struct node_config config;

	node_config_init(&config, NODE_LEAF);
	OK(store_savepoint(s));
	OK(store_node_delete(s, add_node(s, "m")));
	gone(s, "c@h", "m", "xmpp:x");
	OK(store_setting_set(s, "a", "b"));
	OK(store_node_configure(s, 77, &config));
	store_undo(s);
}

static void change_items(struct store *s, int64_t node, struct str *out)
{
	for (int i = 0; i < 6; i++)
		put(s, node, (char[]){ "abcdea"[i], '\0' });
	put(s, node, "b");
	OK(store_item_delete(s, node, "b"));
	OK(store_item_trim(s, node, 3, add_item_id, out));
	OK(store_item_set_expiry(s, node, 1000));
	put(s, node, "f");
	OK(store_item_drop(s, node, "f"));
}

static void change_subscriptions(struct store *s, int64_t node)
{
	int64_t key = subscribe(s, node, "u@h"), bounced;
	struct sub_options options;

	sub_options_init(&options);
	OK(store_sub_set_state(s, key, SUB_PENDING));
	OK(store_sub_set_options(s, key, &options));
	OK(store_sub_set_public(s, key, true));
	OK(store_sub_set_warning(s, key, 5));
	OK(store_sub_set_bounces(s, key, &(struct bounces){ 1, 2, 2 }));
	OK(store_sub_bounced(s, "u@h", &bounced));
	OK(store_sub_forgive(s, "u@h"));
	OK(store_sub_remove(s, 77));
	OK(store_affiliation_set(s, node, "u@h", AFF_OWNER));
	OK(store_affiliation_set(s, node, "u@h", AFF_NONE));
	OK(store_edge_add(s, node, 77));
	OK(store_edge_remove(s, node, 77));
	subscribe(s, NODE_ROOT, "u@h");
}

static int stop(const struct digest *d, void *data)
{
	(void)d;
	(void)data;
	return 1;
}

static int pass_news(int64_t seq, int64_t node, const struct news *news, void *data)
{
	(void)seq;
	(void)node;
	(void)news;
	(void)data;
	return 0;
}

static void change_news(struct store *s, int64_t node)
{
	const struct news news = { .id = "i", .xml = "<item/>", .len = 7 };
	struct pace pace;
	int64_t x, key = subscribe(s, node, "d@h");
	bool any;

	OK(store_pace_get(s, node, &pace));
	OK(store_pace_set(s, node, &pace));
	assert_int_equal(store_pace_next(s, &x, &x), -ENOENT);
	OK(store_held_add(s, node, &news, true));
	OK(store_held_each(s, node, 9, pass_news, NULL));
	OK(store_held_remove(s, node, 9, &any));
	OK(store_digest_set(s, key, node, 5, 5));
	for (int i = 0; i < 256; i++)
		OK(store_digest_note(s, node, &news, 5, &any));
	OK(store_digest_next(s, &x));
	OK(store_digest_due(s, 99, 9, stop, NULL));
	OK(store_news_after(s, node, 0, pass_news, NULL));
	OK(store_news_after(s, STORE_ALL_NODES, 0, pass_news, NULL));
	OK(store_digest_told(s, key, 3, 0));
	OK(store_digest_end(s, key, 5));
	OK(store_news_trim(s, node));
	OK(store_news_drop(s, node));
	OK(store_digest_remove(s, key));
}

static void ask_for_nodes(struct store *s, int64_t node, struct str *out)
{
	__attribute__((cleanup(node_release))) struct node n = { 0 };
	__attribute__((cleanup(node_release))) struct node again = { 0 };
	AUTO_FREE char *text = NULL;
	enum affiliation a;
	int64_t x;
	bool has;

	OK(store_node_get(s, "n", &n));
	OK(store_node_get_by_id(s, node, &again));
	OK(store_node_count(s, STORE_ALL_NODES, NULL, &x));
	OK(store_node_count_by_creator(s, "c", &x));
	OK(store_node_items_by_creator(s, "c", &x));
	OK(store_node_position(s, STORE_ALL_NODES, NULL, "n", &x));
	OK(store_node_page(s, STORE_ALL_NODES, NULL, NULL, false, 9, add_node_name, out));
	OK(store_node_page(s, STORE_ALL_NODES, NULL, NULL, true, 9, add_node_name, out));
	assert_int_equal(store_gone_get(s, "n", &text), -ENOENT);
	assert_int_equal(store_setting_get(s, "n", &text), -ENOENT);
	OK(store_edge_has(s, node, 1, &has));
	OK(store_edge_parents(s, node, add_edge, out));
	OK(store_edge_children(s, node, add_edge, out));
	OK(store_edge_only_children(s, node, add_edge, out));
	OK(store_edge_count_children(s, node, &x));
	OK(store_edge_count_parents(s, node, &x));
	OK(store_edge_levels(s, node, &x, &x));
	OK(store_edge_is_above(s, node, 1, &has));
	OK(store_edge_ancestors(s, node, add_ancestor, out));
	OK(store_edge_subscribed_ancestors(s, node, add_ancestor, out));
	OK(store_affiliation_get(s, node, "u@h", &a));
	OK(store_affiliation_each(s, node, add_affiliation, out));
	OK(store_affiliation_by_jid(s, "u@h", add_affiliation, out));
	OK(store_affiliation_count(s, node, AFF_OWNER, &x));
	OK(store_affiliation_count_all(s, node, &x));
	OK(store_affiliation_publish_only(s, node, &has));
}

static int add_jid(const char *jid, void *data)
{
	add_word(data, jid);
	return 0;
}

static void ask_for_subscriptions(struct store *s, int64_t node, struct str *out)
{
	struct sub_place start = { .jid = NULL };
	int64_t x;

	OK(store_sub_get(s, 1, add_sub, out));
	OK(store_sub_find(s, node, "u@h", add_sub, out));
	OK(store_sub_find_bare(s, node, "u@h", add_sub, out));
	OK(store_sub_page(s, node, &start, 9, 9, add_sub, out));
	OK(store_sub_page_set(s, node, &start, 9, 9, add_sub, out));
	OK(store_sub_each(s, node, add_sub, out));
	OK(store_sub_by_bare(s, "u@h", add_sub, out));
	OK(store_sub_ending(s, 9, 9, add_sub, out));
	OK(store_sub_warning(s, 9, 9, add_sub, out));
	store_sub_next_end(s, &x);
	OK(store_sub_count(s, node, &x));
	OK(store_sub_count_all(s, node, &x));
	OK(store_sub_count_by_jid(s, "u@h", &x));
	OK(store_sub_bounced(s, "u@h", &x));
	for (int i = 0; i < 2; i++) {
		OK(store_sub_public_page(s, node, NULL, i, 0, 9, add_jid, out));
		OK(store_sub_public_count(s, node, i ? "u" : NULL, &x));
	}
	OK(store_sub_last_key(s, &x));
}

static int add_id(int64_t node, void *data)
{
	(void)node;
	(void)data;
	return 0;
}

static int add_contact(const char *bare_jid, const struct contact *c, void *data)
{
	(void)c;
	add_word(data, bare_jid);
	return 0;
}

static void use_contacts(struct store *s, struct str *out)
{
	const struct contact from = { .from = true }, none = { 0 };
	struct contact c;
	int64_t x;

	OK(store_begin(s));
	OK(store_contact_set(s, "u@h", &from));
	OK(store_contact_get(s, "u@h", &c));
	OK(store_contact_each(s, add_contact, out));
	OK(store_contact_count(s, &x));
	OK(store_contact_set(s, "u@h", &none));
	OK(store_commit(s));
	OK(store_node_purging(s, add_id, NULL));
	OK(store_sub_fleeting(s, 0, 9, add_sub, out));
}

static void ask_for_items(struct store *s, int64_t node, struct str *out)
{
	int64_t x;

	for (int i = 0; i < 2 * ORDER_MAX; i++) {
		enum item_order order = (enum item_order)(i / 2);

		OK(store_item_page(s, node, order, 0, i % 2, 9, add_item_id, out));
		OK(store_item_at(s, node, order, i % 2 ? 2 : 0, &x));
		OK(store_item_position(s, node, order, x, &x));
	}
	OK(store_item_get(s, node, "e", add_item_id, out));
	OK(store_item_last(s, node, add_item_id, out));
	OK(store_item_by_publisher(s, node, "p@h", add_item_id, out));
	OK(store_item_next_expiry(s, &x));
	OK(store_item_expired(s, 9, 9, add_expired, out));
}

static void ask_archive(struct store *s, int64_t node, struct str *out)
{
	const struct archive_filter all = { .start = INT64_MIN, .end = INT64_MAX };
	const struct archive_place start = { 0 };
	int64_t x;

	for (int i = 0; i < 4; i++)
		OK(store_archive_page(s, node, &all, i & 1 ? ORDER_CREATION : ORDER_MODIFICATION, i & 2,
				      &start, 9, add_item_id, out));
	OK(store_archive_count(s, node, &all, &x));
	OK(store_archive_total(s, node, &x));
	assert_int_equal(store_archive_get(s, node, 7777, add_item_id, out), -ENOENT);
	OK(store_archive_oldest(s, &x));
}

static void use_everything(struct store *s)
{
	AUTO_STR out = { 0 };
	int64_t node;

	store_keep_past(s, 2);
	OK(store_begin(s));
	change_nodes(s);
	OK(store_savepoint(s));
	node = add_node(s, "n");
	change_items(s, node, &out);
	change_subscriptions(s, node);
	change_news(s, node);
	OK(store_release(s));
	OK(store_commit(s));
	ask_for_nodes(s, node, &out);
	ask_for_subscriptions(s, node, &out);
	ask_for_items(s, node, &out);
	use_contacts(s, &out);
	ask_archive(s, node, &out);
	OK(store_begin(s));
	OK(store_archive_prune(s, 9, 1));
	OK(store_item_purge(s, node));
	store_rollback(s);
}

/* Steps that cost no more with more rows, or cannot cost less. */
static bool may_scan(const char *sql, const char *step)
{
	/* The three rows in which AUTOINCREMENT remembers; what has been collected, not a table. */
	if (!strcmp(step, "SCAN CONSTANT ROW") || !strcmp(step, "SCAN sqlite_sequence"))
		return true;
	/* The number of nodes, and a place among them. */
	if (!strncmp(sql, "SELECT count(*) FROM node WHERE ", 32))
		return !strncmp(step, "SCAN node", 9) || !strncmp(step, "SCAN edge", 9);
	if (!strncmp(sql, "SELECT CASE WHEN EXISTS (SELECT 1 FROM digest)", 46) &&
	    !strncmp(step, "SCAN digest", 11))
		return true; /* is there any? */
	/* What is above or below a node is collected, and sorted, first. */
	if (strstr(sql, "WITH RECURSIVE "))
		return !strcmp(step, "SCAN up") || !strcmp(step, "SCAN down") || strstr(step, "TEMP B-TREE");
	/* The oldest in the archive of all nodes. */
	if (strstr(sql, "FROM past ORDER BY seq LIMIT 1"))
		return !strcmp(step, "SCAN past");
	/* What belongs to a node or a JID, in the order of the names of others. */
	if (strstr(sql, " JOIN node ON node.id = ") && strstr(sql, " ORDER BY name"))
		return strstr(step, "TEMP B-TREE FOR ORDER BY");
	/* All of them, or how many there are. */
	if (strstr(sql, " FROM contact"))
		return !strncmp(step, "SCAN contact", 12);
	/* Once after a login; the index has no others. */
	if (strstr(sql, "instr(config, "))
		return strstr(step, " USING INDEX node_by_");
	/* Is there any? */
	return !strncmp(sql, "SELECT EXISTS (SELECT 1 FROM edge)", 34) &&
	       !strncmp(step, "SCAN edge", 9);
}

static void check_plan(sqlite3 *db, const char *sql, struct str *complaints)
{
	AUTO_FREE char *explain = mem_printf("EXPLAIN QUERY PLAN %s", sql);
	AUTO(sqlite3_finalize) sqlite3_stmt *plan = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);

		if (may_scan(sql, step))
			continue;
		if (!strncmp(step, "SCAN ", 5) || strstr(step, "TEMP B-TREE"))
			str_printf(complaints, "%s: %s\n", sql, step);
		/* Nor may one of a node's subscribers cost more for the others. */
		if (strstr(sql, "FROM subscription") && strstr(sql, "jid = ?2") &&
		    !strstr(step, "subscription_by_jid") && !strstr(step, "subscription_by_bare"))
			str_printf(complaints, "%s: %s\n", sql, step);
		/* Along the primary key, the other nodes' rows lie in between. */
		if (strstr(sql, "node = ?1") && strstr(step, "INTEGER PRIMARY KEY") &&
		    !strstr(step, "SEARCH digest") && !strstr(step, "SEARCH pace") &&
		    !strstr(step, "SEARCH node "))
			str_printf(complaints, "%s: %s\n", sql, step);
	}
}

static void plans__all_statements__use_indexes(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt = NULL;
	AUTO_FREE char **all = NULL;
	AUTO_STR complaints = { 0 };
	size_t n = 0;

	use_everything(f->s);
	while ((stmt = sqlite3_next_stmt(f->s->db, stmt))) {
		all = mem_realloc(all, (n + 1) * sizeof(*all));
		all[n++] = mem_strdup(sqlite3_sql(stmt));
	}
	/* All that there are; a new one wants a line in use_everything(). */
	assert_int_equal(n, 156);
	for (size_t i = 0; i < n; i++) {
		check_plan(f->s->db, all[i], &complaints);
		free(all[i]);
	}
	assert_rows(&complaints, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(node_create__then_get__same),
		TEST(node_configure__all_settings__replaced),
		TEST(node_create__same_name__exists),
		TEST(node_name__similar__others),
		TEST(node_delete__all_of_it__and_no_more),
		TEST(node_page__all_anchors__as_sorted),
		TEST(node_count__by_creator__his_own),
		TEST(affiliation_set__replace_and_none__last_one_holds),
		TEST(gone__more_than_are_kept__the_oldest_of_the_creator_go),
		TEST(gone__set__until_the_name_is_used_again),
		TEST(setting__set__last_value_is_kept),
		TEST(plans__all_statements__use_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
