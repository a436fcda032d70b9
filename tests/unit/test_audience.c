/* SPDX-License-Identifier: MIT */
/*
 * Subscriptions kept in memory: each kind of change is seen, and what is sent is the same as if
 * they were read from the store each time.
 */
#include "store_fixture.h"

#include <stdbool.h>
#include <sys/wait.h>

#include "cmd/serve/notify/audience.h"
#include "common/base/sqlite.h"
#include "common/pubsub/sub_fields.h"
#include "serve_bench.h"

/* Rows */

static int add_row(const struct subscription *sub, void *data)
{
	str_printf(data, "%lld %s %s %d [%s]\n", (long long)sub->key, sub->jid, sub->subid,
		   sub->state, sub->options);
	return 0;
}

static void read_store(struct store *s, int64_t node, struct str *out)
{
	const struct sub_place start = { 0 };

	OK(store_sub_page(s, node, &start, INT64_MAX, INT64_MAX, add_row, out));
}

static void read_audience(const struct audience *a, struct str *out)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct member *m = &a->members[i];
		const struct subscription sub = { .key = m->key,
						  .jid = member_text(a, m->jid),
						  .subid = member_text(a, m->subid),
						  .state = m->state,
						  .options = member_text(a, m->options) };

		add_row(&sub, out);
	}
}

static void assert_same(struct audiences *all, struct store *s, int64_t node)
{
	AUTO(audience_unref) struct audience *a = audience_get(all, node);
	AUTO_STR kept = { 0 };
	AUTO_STR stored = { 0 };

	assert_non_null(a);
	assert_true(a->current);
	read_audience(a, &kept);
	read_store(s, node, &stored);
	assert_string_equal(kept.p ? kept.p : "", stored.p ? stored.p : "");
}

/* Changes */

enum { NODE = 1, OTHER = 2, FIRST = 1, SECOND = 2 }; /* nodes, and keys at the first one */

static int add_one(struct store *s)
{
	const struct new_subscription sub = {
		.node = NODE, .jid = "new@h", .subid = "n", .state = SUB_PENDING, .created = 1
	};

	return store_sub_add(s, &sub, NULL);
}

static int change_state(struct store *s)
{
	return store_sub_set_state(s, FIRST, SUB_PENDING);
}

static int change_options(struct store *s)
{
	struct sub_options o;

	sub_options_init(&o);
	o.deliver = false;
	return store_sub_set_options(s, FIRST, &o);
}

static int remove_one(struct store *s)
{
	return store_sub_remove(s, SECOND);
}

static int delete_node(struct store *s)
{
	return store_node_delete(s, NODE);
}

static int change_warning(struct store *s)
{
	return store_sub_set_warning(s, FIRST, 7);
}

static int change_public(struct store *s)
{
	return store_sub_set_public(s, FIRST, true);
}

static int change_bounces(struct store *s)
{
	return store_sub_set_bounces(s, FIRST, &(struct bounces){ 1, 2, 3 });
}

static int change_item(struct store *s)
{
	put(s, NODE, "i");
	return 0;
}

static int change_other(struct store *s)
{
	subscribe(s, OTHER, "c@h");
	return 0;
}

static int remove_unknown(struct store *s)
{
	return store_sub_remove(s, 777);
}

static const struct change {
	int (*change)(struct store *s);
	bool matters;
} changes[] = {
	{ add_one, true },	  { change_state, true },    { change_options, true },
	{ remove_one, true },	  { delete_node, true },     { change_warning, false },
	{ change_public, false }, { change_bounces, false }, { change_item, false },
	{ change_other, false },  { remove_unknown, false },
};

enum ending { COMMIT, ROLLBACK, UNDO, ENDINGS };

static void end(struct store *s, enum ending how)
{
	if (how == UNDO)
		store_undo(s);
	else
		OK(store_release(s));
	if (how == ROLLBACK)
		store_rollback(s);
	else
		OK(store_commit(s));
}

/* The audience is looked at before, in between, and afterwards. */
static void check_change(const struct change *c, enum ending how)
{
	struct store *s = open_store("memory:");
	struct audiences *all = audiences_new(s);
	struct audience *before, *between, *again;

	OK(store_begin(s));
	assert_int_equal(add_node(s, "n"), NODE);
	assert_int_equal(add_node(s, "m"), OTHER);
	assert_int_equal(subscribe(s, NODE, "b@h"), FIRST);
	assert_int_equal(subscribe(s, NODE, "a@h"), SECOND);
	OK(store_commit(s));
	before = audience_get(all, NODE);
	assert_true(before->current);
	OK(store_begin(s));
	OK(store_savepoint(s));
	OK(c->change(s));
	assert_int_equal(before->current, !c->matters);
	assert_same(all, s, NODE);
	between = audience_get(all, NODE);
	end(s, how);
	/* What is undone may have been about others; that is not looked into. */
	assert_true(between->current || how != COMMIT);
	assert_false(between->current && c->matters && how != COMMIT);
	assert_same(all, s, NODE);
	again = audience_get(all, NODE);
	assert_true(again == before || c->matters || how != COMMIT);
	audience_unref(before);
	audience_unref(between);
	audience_unref(again);
	audiences_free(all);
	store_close(s);
}

static void change__of_any_kind__seen_where_it_matters(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(changes); i++)
		for (int how = 0; how < ENDINGS; how++)
			check_change(&changes[i], (enum ending)how);
}

/* Another process, as an administrator's shell is one. It waits until it is told to write. */
static pid_t start_other(const char *path, int *ret_go)
{
	int go[2];
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		sqlite3 *db;
		char c;

		if (read(go[0], &c, 1) != 1 ||
		    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL))
			_exit(1);
		sqlite3_busy_timeout(db, 10000);
		_exit(sqlite3_exec(db, "UPDATE subscription SET state = 'pending'", NULL, NULL,
				   NULL));
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

static void change__by_another_process__seen_at_the_next_transaction(void **state)
{
	struct fixture *f = *state;
	struct audiences *all;
	struct audience *a;
	int go, status;
	pid_t pid;

	OK(store_begin(f->s));
	add_node(f->s, "n");
	subscribe(f->s, NODE, "a@h");
	OK(store_commit(f->s));
	close_store(f);
	pid = start_other(f->path, &go);
	f->s = open_store(f->path);
	all = audiences_new(f->s);
	OK(store_begin(f->s));
	OK(store_commit(f->s));
	a = audience_get(all, NODE);
	OK(store_begin(f->s));
	put(f->s, NODE, "i");
	OK(store_commit(f->s));
	assert_true(a->current);
	assert_int_equal(write(go, "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	OK(store_begin(f->s));
	assert_false(a->current);
	assert_same(all, f->s, NODE);
	OK(store_commit(f->s));
	audience_unref(a);
	audiences_free(all);
	close(go);
}

/* What each member says */

static void members__plain__only_with_nothing_of_their_own(void **state)
{
	struct fixture *f = *state;
	struct audiences *all = audiences_new(f->s);
	AUTO(audience_unref) struct audience *a = NULL;
	static const char to[] = "' to='a@h/it&apos;s'>";
	const char *address;
	struct sub_options o;

	sub_options_init(&o);
	o.include_body = true;
	OK(store_begin(f->s));
	add_node(f->s, "n");
	subscribe(f->s, NODE, "a@h/it's");
	subscribe(f->s, NODE, "b@h");
	subscribe(f->s, NODE, "b@h");
	OK(store_sub_set_options(f->s, subscribe(f->s, NODE, "c@h"), &o));
	OK(store_sub_set_state(f->s, subscribe(f->s, NODE, "d@h"), SUB_UNCONFIGURED));
	subscribe(f->s, NODE, "e@h");
	OK(store_commit(f->s));
	a = audience_get(all, NODE);
	assert_int_equal(a->n, 6);
	for (size_t i = 0; i < a->n; i++)
		assert_int_equal(a->members[i].plain, i == 0 || i == 5);
	address = member_text(a, a->members[0].address);
	assert_int_equal(a->members[0].address_len, a->members[0].whose_len + strlen(to));
	assert_memory_equal(address + a->members[0].whose_len, to, strlen(to));
	assert_int_equal(audience_count(a, 1, 5), 1);
	assert_int_equal(audience_count(a, 1, 0), 0);
	assert_int_equal(audience_count(a, 0, 5), 0);
	assert_int_equal(audience_behind(a, &(struct sub_place){ .jid = "b@h", .key = 2 }), 2);
	assert_int_equal(audience_behind(a, &(struct sub_place){ .jid = "b@h", .key = INT64_MAX }),
			 3);
	assert_int_equal(audience_behind(a, &(struct sub_place){ .jid = "z" }), 6);
	assert_int_equal(audience_behind(a, &(struct sub_place){ 0 }), 0);
	audiences_free(all);
	assert_false(a->current);
}

/* Memory */

static void fill(struct store *s, int64_t node, size_t n)
{
	char jid[1200];

	for (size_t i = 0; i < n; i++) {
		memset(jid, 'x', sizeof(jid));
		snprintf(jid, sizeof(jid), "%04zu@h/", i);
		jid[strlen(jid)] = 'x';
		jid[1000] = '\0';
		subscribe(s, node, jid);
	}
}

#define NODES 12

/* Bytes of those that are still kept, of all that have been had; the latter are let go. */
static size_t bytes_kept(struct audience **had, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		bytes += had[i]->current ? had[i]->bytes : 0;
		audience_unref(had[i]);
	}
	return bytes;
}

static void memory__many_subscribers__bounded(void **state)
{
	struct fixture *f = *state;
	struct audiences *all = audiences_new(f->s);
	AUTO(audience_unref) struct audience *a = NULL;
	struct audience *had[NODES];

	OK(store_begin(f->s));
	for (int64_t node = 1; node <= NODES; node++) {
		add_node(f->s, (char[]){ (char)('a' + node), '\0' });
		fill(f->s, node, 100);
	}
	fill(f->s, 1, 900);
	OK(store_commit(f->s));
	assert_null(audience_get(all, 1));
	assert_null(audience_get(all, 1));
	for (int round = 0; round < 3; round++) {
		size_t n = 0;

		for (int64_t node = 2; node <= NODES; node++) {
			assert_same(all, f->s, node);
			had[n++] = audience_get(all, node);
		}
		assert_in_range(bytes_kept(had, n), AUDIENCES_MAX / 2, AUDIENCES_MAX);
	}
	/* It is still in use. */
	a = audience_get(all, 2);
	for (int64_t node = 3; node <= NODES; node++)
		assert_same(all, f->s, node);
	assert_int_equal(a->n, 100);
	/* With fewer it is kept. */
	OK(store_begin(f->s));
	for (int64_t key = 1201; key <= 2000; key++)
		OK(store_sub_remove(f->s, key));
	OK(store_commit(f->s));
	assert_same(all, f->s, 1);
	audiences_free(all);
}

static void memory__nodes_in_each_others_place__both_right(void **state)
{
	struct fixture *f = *state;
	struct audiences *all = audiences_new(f->s);

	OK(store_begin(f->s));
	for (int i = 0; i < 300; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%d", i);
		subscribe(f->s, add_node(f->s, name), name);
	}
	OK(store_commit(f->s));
	for (int round = 0; round < 2; round++)
		for (int64_t node = 1; node <= 300; node++)
			assert_same(all, f->s, node);
	audiences_free(all);
}

/* What is sent, with and without */

#define U "@example.com"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define FORM(type, fields)                                                                         \
	"<x xmlns='jabber:x:data' type='submit'>" FIELD("FORM_TYPE", NS "#" type) fields "</x>"
#define OPTIONS(user, fields)                                                                      \
	SET("u" user U "/r", PS("<options node='n' jid='u" user U                                  \
				"'>" FORM("subscribe_options", fields) "</options>"))
#define CONFIGURE(node, fields)                                                                    \
	SET(OWNER, OWN("<configure node='" node "'>" FORM("node_config", fields) "</configure>"))
#define STATE(user, state)                                                                         \
	SET(OWNER, OWN("<subscriptions node='n'><subscription jid='u" user U                       \
		       "' subscription='" state "'/></subscriptions>"))
#define PRESENCE(user, attrs)                                                                      \
	"<presence xmlns='jabber:client' from='u" user U "/r' to='" SVC "'" attrs "/>"
#define JOIN(user)                                                                                 \
	SET("u" user U "/r", PS("<subscribe node='n' jid='u" user U "'/>")),                       \
		SET("u" user U "/r", PS("<subscribe node='n' jid='u" user U "/r'/>")),             \
		SET("u" user U "/r", PS("<unsubscribe node='n' jid='u" user U "'/>")),             \
		SET("u" user U "/r", PS("<subscribe node='c' jid='u" user U "'/>"))

static const char *const requests[] = {
	JOIN("1"),
	JOIN("2"),
	JOIN("3"),
	JOIN("4&apos;"),
	OPTIONS("1", FIELD("pubsub#deliver", "0")),
	OPTIONS("1", FIELD("pubsub#deliver", "1")),
	OPTIONS("2", FIELD("pubsub#include_body", "1")),
	OPTIONS("2", FIELD("pubsub#show-values", "away")),
	OPTIONS("3", FIELD("x-filter", "/*[local-name() = 'x']")),
	OPTIONS("3", FIELD("pubsub#digest", "1")),
	OPTIONS("3", ""),
	STATE("1", "none"),
	STATE("2", "pending"),
	STATE("2", "subscribed"),
	STATE("5", "subscribed"),
	STATE("5", "unconfigured"),
	PRESENCE("1", " type='subscribe'"),
	PRESENCE("1", ""),
	PRESENCE("1", " type='unavailable'"),
	PUBLISH(OWNER, "1"),
	PUBLISH(OWNER, "2"),
	PUBLISH(OWNER, "3"),
	PUBLISH(EVE, "4"),
	PUBLISH(OWNER, "5"),
	PUBLISH(OWNER, "6"),
	SET(OWNER, PS("<retract node='n' notify='1'><item id='1'/></retract>")),
	SET(OWNER, OWN("<purge node='n'/>")),
	CONFIGURE("n", FIELD("pubsub#presence_based_delivery", "1")),
	CONFIGURE("n", FIELD("pubsub#presence_based_delivery", "0")),
	CONFIGURE("n", FIELD("pubsub#notification_type", "normal")),
	CONFIGURE("n", FIELD("pubsub#access_model", "whitelist")),
	CONFIGURE("n", FIELD("pubsub#access_model", "open")),
	CONFIGURE("n", FIELD("pubsub#collection", "c")),
	CONFIGURE("n", FIELD("pubsub#collection", "")),
	SET(OWNER, OWN("<affiliations node='n'><affiliation jid='u2" U
		       "' affiliation='outcast'/></affiliations>")),
	SET(OWNER, OWN("<affiliations node='n'><affiliation jid='u2" U
		       "' affiliation='none'/></affiliations>")),
	SET(OWNER, OWN("<delete node='n'/>")),
	SET(OWNER, PS("<create node='n'/>")),
	SET(OWNER, PS("<create node='n'/>")),
};

#define ASKED "<iq type='get' id='ask'"

/*
 * But for what differs each time: ids of messages, when an item was published, and when the server
 * is asked what it has.
 */
static void add_plainly(struct str *out, const char *sent)
{
	while (sent && *sent) {
		if (!strncmp(sent, ASKED, strlen(ASKED))) {
			sent = strstr(sent, "</iq>") + strlen("</iq>");
			continue;
		}
		const char *end = strchr(sent, '>'), *at;
		const char *differs = !strncmp(sent, "<message", 8) ? " id='" : " stamp='";

		end = end ? end + 1 : sent + strlen(sent);
		at = memmem(sent, (size_t)(end - sent), differs, strlen(differs));
		if (at) {
			str_add(out, sent, (size_t)(at - sent));
			sent = strchr(at + strlen(differs), '\'') + 1;
		}
		str_add(out, sent, (size_t)(end - sent));
		str_putc(out, '\n');
		sent = end;
	}
}

static void start(struct bench *b, const char *outbox)
{
	bench_init(b);
	bench_outbox(b, outbox);
	free(b->config.given.create);
	b->config.given.create = mem_strdup("anyone");
	bench_start(b, SVC, false);
	TAKE(b, SET(OWNER, PS("<create node='n'/>")),
	     CONFIGURE("n", FIELD("pubsub#publish_model", "open")),
	     SET(OWNER,
		 PS("<create node='c'/><configure>" FORM(
			 "node_config", FIELD("pubsub#node_type", "collection")) "</configure>")));
	str_reset(&b->sent);
}

/* Some requests come in before those before them are committed. */
static void take(struct bench *b, const char *xml, bool turn)
{
	bench_take(b, xml);
	if (turn)
		service_turn(b->service);
}

/* Does an audience stand for those at 'n', and has it any in it? */
static bool has_audience(struct bench *b)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	AUTO(audience_unref) struct audience *a = NULL;

	if (!store_node_get(b->service->store, "n", &n))
		a = audience_get(b->service->audiences, n.id);
	return a && a->n;
}

static void compare(const char *outbox, unsigned seed)
{
	struct bench with, without;
	unsigned messages = 0, kept = 0;

	start(&with, outbox);
	start(&without, outbox);
	audiences_free(without.service->audiences);
	without.service->audiences = NULL;
	for (int i = 0; i < 4000; i++) {
		AUTO_STR a = { 0 };
		AUTO_STR b = { 0 };
		const char *xml;

		seed = seed * 1664525 + 1013904223;
		xml = requests[(seed >> 8) % N_OF(requests)];
		take(&with, xml, seed >> 30);
		take(&without, xml, seed >> 30);
		add_plainly(&a, with.sent.p);
		add_plainly(&b, without.sent.p);
		assert_string_equal(a.p ? a.p : "", b.p ? b.p : "");
		for (const char *m = a.p; m && (m = strstr(m, "<message")); m++)
			messages++;
		str_reset(&with.sent);
		str_reset(&without.sent);
		kept += has_audience(&with);
	}
	assert_in_range(messages, 500, 1000000);
	assert_true(kept > 100);
	bench_stop(&with);
	bench_stop(&without);
}

static void sent__any_requests__same_as_without_audiences(void **state)
{
	(void)state;
	compare("off", 1);
	compare("on", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(change__of_any_kind__seen_where_it_matters),
		cmocka_unit_test_setup_teardown(
			change__by_another_process__seen_at_the_next_transaction, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(members__plain__only_with_nothing_of_their_own,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(memory__many_subscribers__bounded, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(memory__nodes_in_each_others_place__both_right,
						set_up, tear_down),
		cmocka_unit_test(sent__any_requests__same_as_without_audiences),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
