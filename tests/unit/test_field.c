/* SPDX-License-Identifier: MIT */
/* The two field tables, row by row, the kinds of fields, and the words they use. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/sub_fields.h"

AUTO_DEFINE(char **, strings_free);

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Room for the settings of either table. */
union settings {
	struct node_config node;
	struct sub_options sub;
};

static const struct field *const tables[] = { node_fields, sub_fields };

static void init(const struct field *table, union settings *s)
{
	*s = (union settings){ 0 };
	fields_init(table, s);
}

static void assert_prints(const struct field *f, const void *base, const char *want)
{
	AUTO(strings_free) char **values = field_print(f, base);
	AUTO_STR got = { 0 };

	for (char **v = values; v && *v; v++)
		str_printf(&got, "%s%s", got.len ? "|" : "", *v);
	if (strcmp(got.p ? got.p : "", want))
		fail_msg("%s is '%s', not '%s'", f->var, got.p ? got.p : "", want);
}

static int parse_one(const struct field *f, const char *value, void *base)
{
	return field_parse(f, &value, 1, base);
}

/* A kind's own examples: as sent, as written again; and what it refuses. */
static const struct example {
	const struct field_kind *kind;
	const char *in[3], *out;
	const char *bad[8];
} examples[] = {
	{ &field_bool, { "true" }, "1", { "yes", "2", " 1", "TRUE" } },
	{ &field_bool, { "0" }, "0", { "off" } },
	{ &field_text, { "a\n<b> \xc3\xa9" }, "a\n<b> \xc3\xa9", { NULL } },
	{ &field_lang,
	  { "de-CH-1901" },
	  "de-CH-1901",
	  { "d_e", "de-", "-de", "de--CH", "d e", "1a" } },
	{ &field_lines, { "a\nb", "c" }, "a|b|c", { NULL } },
	{ &field_words,
	  { "Friends", "Close friends", "Friends" },
	  "Friends|Close friends",
	  { "a\nb" } },
	{ &field_jids,
	  { "B@H.example/R", "a@h", "b@h.example/R" },
	  "b@h.example/R|a@h",
	  { "@h", "a@", "a b@h", "/r" } },
	{ &field_bares, { "B@H/r", "b@h", "c@h" }, "b@h|c@h", { "@h", "a@b@c" } },
	{ &field_time,
	  { "2030-01-02T03:04:05Z" },
	  "2030-01-02T03:04:05Z",
	  { "tomorrow", "2030-13-01T00:00:00Z", "5" } },
	{ &field_time,
	  { "2030-01-02T03:04:05.678+01:00" },
	  "2030-01-02T02:04:05.678Z",
	  { "2030-01-02" } },
};

/* Those of a field whose words, or numbers, are its own. */
static void own_examples(const struct field *f, struct example *ret, char *number)
{
	*ret = (struct example){ .kind = f->kind };
	if (f->kind == &field_uint) {
		ret->in[0] = f->min ? "1" : "0";
		ret->out = ret->in[0];
		ret->bad[0] = "-1";
		ret->bad[1] = "x";
		ret->bad[2] = "18446744073709551616";
		ret->bad[3] = "18446744073709551615"; /* that is what @top stands for */
		ret->bad[4] = f->top ? "maximum" : "max";
		ret->bad[5] = f->min ? "0" : number;
		sprintf(number, "%llu", (unsigned long long)f->max + 1);
	} else {
		ret->in[0] = f->choices[1];
		ret->out = f->choices[1];
		ret->bad[0] = "nonsense";
		ret->bad[1] = "Open";
	}
}

static void check_example(const struct field *f, const struct example *e, void *base)
{
	size_t n = 0;

	while (n < N_OF(e->in) && e->in[n])
		n++;
	if (field_parse(f, e->in, n, base))
		fail_msg("%s does not take '%s'", f->var, e->in[0]);
	assert_prints(f, base, e->out);
	for (size_t i = 0; i < N_OF(e->bad) && e->bad[i]; i++) {
		if (parse_one(f, e->bad[i], base) != -EINVAL)
			fail_msg("%s takes '%s'", f->var, e->bad[i]);
		assert_prints(f, base, e->out);
	}
}

/* Each row of a table: what it takes and refuses, then the way to the store and back. */
static void check_row(const struct field *table, const struct field *f, const struct example *e)
{
	union settings one, other, copy = { 0 };
	AUTO_STR saved = { 0 };

	init(table, &one);
	init(table, &other);
	check_example(f, e, &one);
	fields_copy(table, &one, &copy);
	fields_save(table, &copy, &saved);
	assert_int_equal(!saved.len, field_is_default(f, &one));
	assert_int_equal(fields_load(table, saved.p ? saved.p : "", &other), 0);
	for (const struct field *p = table; p->var; p++)
		if (!(p->flags & FIELD_LINK) && !field_same(p, &one, &other))
			fail_msg("%s: %s does not come back", f->var, p->var);
	assert_prints(f, &other, e->out);
	/* None, or an empty one, is the default (X0004-03). */
	assert_int_equal(field_parse(f, NULL, 0, &one), 0);
	assert_true(field_is_default(f, &one));
	assert_int_equal(parse_one(f, "", &other), 0);
	assert_true(field_is_default(f, &other));
	fields_release(table, &one);
	fields_release(table, &other);
	fields_release(table, &copy);
}

static void rows__each__taken_refused_saved_loaded(void **state)
{
	(void)state;
	for (size_t t = 0; t < N_OF(tables); t++)
		for (const struct field *f = tables[t]; f->var; f++) {
			unsigned checked = 0;

			if (f->flags & FIELD_LINK)
				continue;
			for (size_t i = 0; i < N_OF(examples); i++)
				if (examples[i].kind == f->kind) {
					check_row(tables[t], f, &examples[i]);
					checked++;
				}
			if (!checked) {
				struct example own;
				char number[24];

				own_examples(f, &own, number);
				check_row(tables[t], f, &own);
			}
		}
}

static void rows__each__complete_and_named_once(void **state)
{
	(void)state;
	for (size_t t = 0; t < N_OF(tables); t++)
		for (const struct field *f = tables[t]; f->var; f++) {
			const char *name = strchr(f->var, '#') ? strchr(f->var, '#') + 1 : f->var;

			assert_non_null(f->kind);
			assert_non_null(f->label);
			assert_ptr_equal(field_find(tables[t], f->var), f);
			assert_ptr_equal(field_find(tables[t], name), f);
			assert_int_equal(f->kind == &field_choice || f->kind == &field_set,
					 f->choices != NULL);
			for (size_t i = 0; f->choices && f->choices[i]; i++)
				assert_non_null(f->choice_labels[i]);
			/* No two share a place. */
			for (const struct field *p = f + 1; p->var; p++)
				assert_true((f->flags | p->flags) & FIELD_LINK ||
					    f->offset != p->offset);
		}
	assert_null(field_find(node_fields, "nonsense"));
	assert_null(field_find(node_fields, "pubsub#"));
	assert_null(field_find(node_fields, ""));
}

/* X0248-10: another word for the first of them is understood, and not written. */
static void choice__alias__the_first(void **state)
{
	const struct field *f = field_find(node_fields, "children_association_policy");
	const char *all = "all", *owner = "owner", *other = "owne";
	struct node_config config;

	(void)state;
	node_config_init(&config, NODE_COLLECTION);
	assert_int_equal(field_parse(f, &all, 1, &config), 0);
	assert_int_equal(field_parse(f, &other, 1, &config), -EINVAL);
	assert_prints(f, &config, "all");
	assert_int_equal(field_parse(f, &owner, 1, &config), 0);
	assert_prints(f, &config, "owners");
	node_config_release(&config);
}

/* What "nothing given" means, word for word. */
static void rows__defaults__as_in_the_table(void **state)
{
	/* clang-format off */
	static const struct { const char *var, *value; } node[] = {
		{ "node_type", "leaf" }, { "access_model", "open" }, { "publish_model", "publishers" },
		{ "persist_items", "1" }, { "max_items", "max" }, { "item_expire", "max" },
		{ "deliver_notifications", "1" }, { "deliver_payloads", "1" }, { "subscribe", "1" },
		{ "notification_type", "headline" }, { "send_last_published_item", "on_sub_and_presence" },
		{ "notify_config", "0" }, { "notify_delete", "1" }, { "notify_retract", "1" }, { "notify_sub", "0" },
		{ "itemreply", "publisher" }, { "publish_node_full", "retract-oldest" }, { "title", "" }, { "contact", "" },
		{ "children_association_policy", "owners" }, { "children_max", "max" }, { "max_payload_size", "max" },
	}, sub[] = {
		{ "deliver", "1" }, { "digest", "0" }, { "digest_frequency", "86400000" }, { "expire", "" },
		{ "include_body", "0" }, { "show-values", "online|chat|away|dnd|xa" }, { "subscription_type", "nodes" },
		{ "subscription_depth", "1" }, { "x-filter", "" },
	};
	/* clang-format on */
	struct node_config config;
	struct sub_options options;

	(void)state;
	node_config_init(&config, NODE_LEAF);
	sub_options_init(&options);
	for (size_t i = 0; i < N_OF(node); i++)
		assert_prints(field_find(node_fields, node[i].var), &config, node[i].value);
	for (size_t i = 0; i < N_OF(sub); i++)
		assert_prints(field_find(sub_fields, sub[i].var), &options, sub[i].value);
	for (const struct field *f = node_fields; f->var; f++)
		if (!(f->flags & FIELD_LINK))
			assert_true(field_is_default(f, &config));
	node_config_init(&config, NODE_COLLECTION);
	assert_prints(field_find(node_fields, "node_type"), &config, "collection");
	node_config_release(&config);
	sub_options_release(&options);
}

/* CFG-39: "max" where it is offered, and the numbers up to the limits. */
static void numbers__top_and_limits(void **state)
{
	/* clang-format off */
	static const struct { const struct field *table; const char *var, *good, *bad; } rows[] = {
		{ node_fields, "max_items", "max", "0" },
		{ node_fields, "max_items", "9223372036854775807", "9223372036854775808" },
		{ node_fields, "item_expire", "max", "" "-1" },
		{ node_fields, "children_max", "0", "1.5" },
		{ node_fields, "x-min_interval", "86400000", "86400001" },
		{ node_fields, "x-min_interval", "0", "max" },
		{ sub_fields, "subscription_depth", "all", "max" },
		{ sub_fields, "digest_frequency", "0", "all" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct field *f = field_find(rows[i].table, rows[i].var);
		union settings s;

		init(rows[i].table, &s);
		assert_int_equal(parse_one(f, rows[i].good, &s), 0);
		assert_prints(f, &s, rows[i].good);
		assert_int_equal(parse_one(f, rows[i].bad, &s), -EINVAL);
		assert_prints(f, &s, rows[i].good);
		fields_release(rows[i].table, &s);
	}
}

/* A moment long past is refused, or is one: it never stands for no end, or for going offline. */
static void times__before_1970__not_a_special_value(void **state)
{
	static const char *const moments[] = { "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z",
					       "1960-01-01T00:00:00Z" };
	const struct field *f = field_find(sub_fields, "expire");
	struct sub_options o;

	(void)state;
	sub_options_init(&o);
	assert_int_equal(parse_one(f, "presence", &o), 0);
	assert_int_equal(o.expire, EXPIRE_PRESENCE);
	assert_prints(f, &o, "presence");
	for (size_t i = 0; i < N_OF(moments); i++) {
		o.expire = 77;
		if (!parse_one(f, moments[i], &o) && o.expire <= 0)
			fail_msg("%s has become %lld", moments[i], (long long)o.expire);
	}
}

/* Lists are sets: their order says nothing (POPT-06). */
static void lists__compared__in_any_order(void **state)
{
	static const char *const one[] = { "a@h", "b@h" }, *const other[] = { "B@H", "a@h" };
	const struct field *f = field_find(node_fields, "contact");
	struct node_config a, b;

	(void)state;
	node_config_init(&a, NODE_LEAF);
	node_config_init(&b, NODE_LEAF);
	assert_int_equal(field_parse(f, one, 2, &a), 0);
	assert_false(field_same(f, &a, &b));
	assert_int_equal(field_parse(f, other, 1, &b), 0);
	assert_false(field_same(f, &a, &b));
	assert_int_equal(field_parse(f, other, 2, &b), 0);
	assert_true(field_same(f, &a, &b));
	node_config_release(&a);
	node_config_release(&b);
}

/* More than one value where there is but one; too much of anything. */
static void values__too_many_or_too_long__refused(void **state)
{
	static const char *const two[] = { "1", "1" };
	AUTO_FREE char *text = mem_zalloc(4098);
	const char *const lone[] = { text };
	struct node_config c;

	(void)state;
	node_config_init(&c, NODE_LEAF);
	for (const struct field *f = node_fields; f->var; f++)
		if (!(f->flags & FIELD_LINK) && !f->kind->multi)
			assert_int_equal(field_parse(f, two, 2, &c), -EINVAL);
	memset(text, 'x', 4097);
	assert_int_equal(field_parse(field_find(node_fields, "title"), lone, 1, &c), -EINVAL);
	assert_int_equal(field_parse(field_find(node_fields, "roster_groups_allowed"), lone, 1, &c),
			 -EINVAL);
	assert_int_equal(field_parse(field_find(sub_fields, "x-filter_ns"), lone, 1, &c), -EINVAL);
	text[4096] = '\0';
	assert_int_equal(field_parse(field_find(node_fields, "title"), lone, 1, &c), 0);
	assert_string_equal(c.title, text);
	node_config_release(&c);
}

static void load__what_is_not_known__passed_over(void **state)
{
	struct node_config c;

	(void)state;
	node_config_init(&c, NODE_LEAF);
	assert_int_equal(fields_load(node_fields,
				     "pubsub#gone\x1f"
				     "5\x1e"
				     "pubsub#title\x1fT\x1e"
				     "pubsub#collection\x1f"
				     "x\x1e",
				     &c),
			 0);
	assert_string_equal(c.title, "T");
	assert_int_equal(fields_load(node_fields, "pubsub#access_model\x1fmaybe\x1e", &c), -EINVAL);
	/* Nothing where there is a default. */
	assert_int_equal(fields_load(node_fields, "pubsub#title\x1e", &c), 0);
	assert_null(c.title);
	node_config_release(&c);
}

/* Leaf or collection: which settings a node has. */
static void node_field_applies__by_type(void **state)
{
	/* clang-format off */
	static const struct { const char *var; bool leaf, collection; } rows[] = {
		{ "access_model", true, true }, { "max_items", true, false }, { "publish_model", true, false },
		{ "children_max", false, true }, { "children", false, true }, { "collection", true, true },
		{ "notify_sub", true, true }, { "itemreply", true, false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct field *f = field_find(node_fields, rows[i].var);

		assert_int_equal(node_field_applies(f, NODE_LEAF), rows[i].leaf);
		assert_int_equal(node_field_applies(f, NODE_COLLECTION), rows[i].collection);
	}
}

/* Words */

static void vocab__each_table__complete_and_without_doubles(void **state)
{
	static const struct {
		const char *const *names;
		int n;
	} vocabs[] = {
		{ affiliation_names, AFF_MAX },		 { sub_state_names, SUB_MAX },
		{ access_model_names, ACCESS_MAX },	 { publish_model_names, PUBLISH_MAX },
		{ node_type_names, NODE_TYPE_MAX },	 { item_reply_names, REPLY_MAX },
		{ notification_type_names, NOTIFY_MAX }, { node_full_names, FULL_MAX },
		{ send_last_names, LAST_MAX },		 { children_policy_names, CHILDREN_MAX },
		{ sub_type_names, SUBTYPE_MAX },	 { show_names, SHOW_MAX },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(vocabs); i++) {
		for (int k = 0; k < vocabs[i].n; k++) {
			assert_non_null(vocabs[i].names[k]);
			assert_int_equal(vocab_find(vocabs[i].names, vocabs[i].names[k]), k);
		}
		assert_null(vocabs[i].names[vocabs[i].n]);
		assert_int_equal(vocab_find(vocabs[i].names, "nonsense"), -1);
		assert_int_equal(vocab_find(vocabs[i].names, ""), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows__each__complete_and_named_once),
		cmocka_unit_test(rows__each__taken_refused_saved_loaded),
		cmocka_unit_test(rows__defaults__as_in_the_table),
		cmocka_unit_test(numbers__top_and_limits),
		cmocka_unit_test(times__before_1970__not_a_special_value),
		cmocka_unit_test(lists__compared__in_any_order),
		cmocka_unit_test(choice__alias__the_first),
		cmocka_unit_test(values__too_many_or_too_long__refused),
		cmocka_unit_test(load__what_is_not_known__passed_over),
		cmocka_unit_test(node_field_applies__by_type),
		cmocka_unit_test(vocab__each_table__complete_and_without_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
