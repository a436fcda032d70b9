/* SPDX-License-Identifier: MIT */

/*
 * Lines into the service, which has some nodes, items, affiliations and subscriptions. A line is a
 * stanza, or one of:
 *
 *  service N       which service it is, where it is the first line: N-th of setups[]
 *  run N           N milliseconds pass, and what is due is done
 *  batch, turn     stanzas from here on come together; until there
 *  block, drain    nothing can be sent; it can again
 *
 * grammar.h and mutate.c make such inputs, oracle.h tells what must hold. Ids and the time are the
 * same in each run.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/strings.h"
#include "common/xmpp/own.h"
#include "common/xmpp/stanza.h"
#include "fuzz.h"
#include "grammar.h"
#include "oracle.h"

#define MAX_ASKED 16

int LLVMFuzzerInitialize(int *argc, char ***argv);
/* The linker puts these in the place of time_now(), random_id() and random_id_at(). */
int64_t __wrap_time_now(void);
void __wrap_random_id(char ret[static RANDOM_ID_LEN + 1]);
void __wrap_random_id_at(int64_t ms, char ret[static RANDOM_ID_LEN + 1]);

/* clang-format off */
static const struct { /* address, whether a component, several subscriptions, defaults */
	const char *jid;
	bool component, multi;
	const char *defaults[6];
} setups[] = {
	{ FUZZ_SERVICE, true, false, { NULL } },
	{ "svc@example.com/serve", false, true,
	  { "notify_sub=1", "notify_config=1", "notification_type=normal", "max_items=2", NULL } },
	{ FUZZ_SERVICE, true, false, { "access_model=authorize", "item_expire=60", "itemreply=owner", NULL } },
};
/* clang-format on */

#define N_SETUPS (sizeof(setups) / sizeof(setups[0]))

struct asked {
	char *to;
	void (*reply)(xmpp_stanza_t *answer, void *data);
	void *data;
};

static xmpp_ctx_t *ctx;
static struct config configs[N_SETUPS];
static struct store *store;
static struct sink sink;
static struct oracle oracle;

/* Of one run. */
static struct run {
	struct service *service;
	struct str sent;
	bool blocked, batch;
	int64_t time;
	unsigned ids;
	size_t n_asked;
	struct asked asked[MAX_ASKED];
} run;

int64_t __wrap_time_now(void)
{
	return run.time;
}

void __wrap_random_id(char ret[static RANDOM_ID_LEN + 1])
{
	snprintf(ret, RANDOM_ID_LEN + 1, FUZZ_ID, ++run.ids);
}

void __wrap_random_id_at(int64_t ms, char ret[static RANDOM_ID_LEN + 1])
{
	(void)ms;
	__wrap_random_id(ret);
}

/* The service's side */

static bool take_text(const char *xml, size_t len, void *data)
{
	(void)data;
	if (!run.blocked)
		str_add(&run.sent, xml, len);
	return !run.blocked;
}

static size_t count_queued(void *data)
{
	(void)data;
	return 0;
}

static bool ask(const char *type, const char *to, const char *xml, size_t len,
		void (*reply)(xmpp_stanza_t *answer, void *data), void *reply_data, void *data)
{
	(void)data;
	MUST(type && to && *to && xml && len == strlen(xml));
	if (run.n_asked == MAX_ASKED)
		return false;
	run.asked[run.n_asked++] = (struct asked){ mem_strdup(to), reply, reply_data };
	return true;
}

/* The oldest question gets this answer; NULL: none comes. */
static void reply(xmpp_stanza_t *answer)
{
	struct asked a = run.asked[0];

	if (!run.n_asked)
		return;
	run.n_asked--;
	memmove(run.asked, run.asked + 1, run.n_asked * sizeof(a));
	here_answer(&oracle.here, a.to, answer);
	free(a.to);
	a.reply(answer, a.data);
}

static void set_up(struct config *c, size_t i)
{
	config_init(c);
	c->given.store = mem_strdup("memory:");
	c->given.max_items = mem_strdup("5");
	c->given.max_subscriptions = mem_strdup("20");
	c->given.multi_subscribe = setups[i].multi;
	strings_add(&c->given.admins, "admin@example.com");
	for (const char *const *p = setups[i].defaults; *p; p++)
		strings_add(&c->given.defaults, *p);
	MUST(!config_resolve(c, setups[i].jid, setups[i].component));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *why = NULL;

	(void)argc;
	(void)argv;
	log_set_level(LOG_ERROR);
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	for (size_t i = 0; i < N_SETUPS; i++)
		set_up(&configs[i], i);
	MUST(!store_open("memory:", &store, &why));
	oracle_init(&oracle, store);
	sink = (struct sink){ .send = take_text, .queued = count_queued, .high = 1, .ask = ask };
	return 0;
}

/* The beginning: the same for every input, so that a finding can be repeated */

/* Every table that there is, also those that nobody here has heard of. */
static void empty_store(void)
{
	AUTO_STR sql = { 0 };
	sqlite3_stmt *stmt;

	MUST(sqlite3_prepare_v2(store->db, "SELECT name FROM sqlite_master WHERE type = 'table'",
				-1, &stmt, NULL) == SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		str_printf(&sql, "DELETE FROM %s;", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	MUST(sqlite3_exec(store->db, sql.p, NULL, NULL, NULL) == SQLITE_OK);
}

static void put_item(int64_t node, const char *id, const char *publisher)
{
	static const char payload[] = "<x xmlns='urn:x'/>";
	struct item item = {
		.id = id, .publisher = publisher, .payload = payload, .payload_len = strlen(payload)
	};
	bool replaced;
	int64_t seq;

	MUST(!store_item_put(store, node, &item, FUZZ_TIME, &seq, &replaced));
}

static int64_t make_node(const char *name, enum node_type type, enum access_model access)
{
	struct node n = { .name = (char *)name,
			  .creator = (char *)"u@example.com",
			  .created = FUZZ_TIME };
	int64_t id;

	node_config_init(&n.config, type);
	n.config.access = access;
	n.config.publish = access == ACCESS_OPEN ? PUBLISH_OPEN : PUBLISH_PUBLISHERS;
	MUST(!store_node_create(store, &n, &id));
	MUST(!store_affiliation_set(store, id, "u@example.com", AFF_OWNER));
	return id;
}

static void subscribe(int64_t node, const char *jid, enum sub_state state)
{
	struct new_subscription sub = {
		.node = node, .jid = jid, .state = state, .created = FUZZ_TIME
	};
	char subid[RANDOM_ID_LEN + 1];

	__wrap_random_id(subid);
	sub.subid = subid;
	MUST(!store_sub_add(store, &sub, NULL));
}

static void fill_store(void)
{
	int64_t n = make_node("n", NODE_LEAF, ACCESS_OPEN);
	int64_t w = make_node("w", NODE_LEAF, ACCESS_WHITELIST);
	int64_t a = make_node("a", NODE_LEAF, ACCESS_AUTHORIZE);
	int64_t c = make_node("c", NODE_COLLECTION, ACCESS_OPEN);
	int64_t b = make_node("b", NODE_LEAF, ACCESS_PRESENCE);

	MUST(!store_affiliation_set(store, n, "o@example.com", AFF_OUTCAST));
	MUST(!store_affiliation_set(store, w, "p@example.com", AFF_PUBLISHER));
	MUST(!store_affiliation_set(store, w, "m@example.com", AFF_MEMBER));
	subscribe(n, "s@example.com/r", SUB_SUBSCRIBED);
	subscribe(w, "m@example.com", SUB_SUBSCRIBED);
	subscribe(a, "v@example.com", SUB_PENDING);
	MUST(!store_edge_add(store, c, n));
	MUST(!store_edge_add(store, c, w));
	MUST(!store_edge_add(store, c, b));
	put_item(n, "1", "u@example.com");
	put_item(n, "2", "v@example.com");
	put_item(w, "1", "p@example.com");
	put_item(b, "1", "u@example.com");
}

static void begin(size_t setup)
{
	run = (struct run){ .time = FUZZ_TIME };
	MUST(!store_begin(store));
	empty_store();
	fill_store();
	MUST(!store_commit(store));
	MUST(!service_new(&configs[setup], store, &sink, &run.service));
	oracle_begin(&oracle, &configs[setup]);
}

/* Lines */

static void check(void)
{
	oracle_look(&oracle);
	oracle_sent(&oracle, &run.sent);
	str_reset(&run.sent);
	if (run.blocked)
		return;
	MUST(service_idle(run.service));
	oracle_forget(&oracle);
	oracle_look(&oracle);
}

static void turn(void)
{
	service_turn(run.service);
	MUST(!store_in_transaction(store));
	check();
}

static bool is_request(xmpp_stanza_t *s)
{
	const char *type = stanza_attr(s, "type");

	return stanza_is(s, "iq", NULL) &&
	       (!type || (strcmp(type, "result") && strcmp(type, "error")));
}

static void take_stanza(const char *line)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, line);

	if (!s || !xmpp_stanza_is_tag(s))
		return;
	oracle_meet(&oracle, s);
	if (stanza_is(s, "iq", NULL) && !is_request(s))
		reply(s);
	else if (service_take(run.service, s) && is_request(s))
		oracle_ask(&oracle, s);
	oracle_look(&oracle);
	if (!run.batch)
		turn();
}

static void pass_time(const char *line)
{
	uint64_t span = strtoull(line + strlen("run "), NULL, 10);
	int64_t due;

	run.time += (int64_t)(span % (400ull * 86400000));
	service_turn(run.service);
	check();
	if (service_due(run.service, &due))
		MUST(due >= 0);
	service_run(run.service);
	check();
}

static void take_line(const char *line)
{
	if (*line == '<')
		take_stanza(line);
	else if (!strncmp(line, "run ", 4))
		pass_time(line);
	else if (!strcmp(line, "batch"))
		run.batch = true;
	else if (!strcmp(line, "turn"))
		run.batch = false, turn();
	else if (!strcmp(line, "block"))
		run.blocked = true;
	else if (!strcmp(line, "drain"))
		run.blocked = false, service_resume(run.service);
}

static void finish(void)
{
	while (run.n_asked)
		reply(NULL);
	service_turn(run.service);
	run.blocked = false;
	service_resume(run.service);
	turn();
	/* As a session that ends: what is open has no answer, and nothing is asked any more. */
	while (run.n_asked)
		reply(NULL);
	service_free(run.service);
	MUST(!run.n_asked);
	oracle_end(&oracle);
	str_release(&run.sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "service ";
	AUTO_FREE char *text = mem_strndup((const char *)data, size);
	size_t setup =
		strncmp(text, first, strlen(first)) ? 0 : strtoul(text + strlen(first), NULL, 10);
	char *rest = NULL;

	begin(setup % N_SETUPS);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		take_line(line);
	finish();
	return 0;
}
