/* SPDX-License-Identifier: MIT */
/* What the store tells the oracle. */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/jid.h"
#include "fuzz.h"

/* clang-format off */
/* Each counts what must not be. */
static const char *const never[] = {
	"SELECT count(*) FROM node WHERE items + fuzz_items_to_come(id) <> "
		"(SELECT count(*) FROM item WHERE item.node = node.id)",
	"SELECT count(*) FROM creator WHERE items <> "
		"(SELECT ifnull(sum(items), -1) FROM node WHERE creator = creator.jid)",
	"SELECT count(*) FROM node WHERE NOT EXISTS "
		"(SELECT 1 FROM affiliation WHERE node = node.id AND affiliation = 'owner')",
	"SELECT count(*) FROM item WHERE node NOT IN (SELECT id FROM node)",
	"SELECT count(*) FROM past WHERE node NOT IN (SELECT id FROM node)",
	"SELECT count(*) FROM affiliation WHERE node NOT IN (SELECT id FROM node)",
	"SELECT count(*) FROM subscription WHERE node <> 0 AND node NOT IN (SELECT id FROM node)",
	"SELECT count(*) FROM digest WHERE subscription NOT IN (SELECT key FROM subscription)",
	"SELECT count(*) FROM edge WHERE child NOT IN (SELECT id FROM node) "
		"OR parent NOT IN (SELECT id FROM node)",
	/* No node is above itself. */
	"WITH RECURSIVE above (up, down) AS (SELECT parent, child FROM edge UNION "
		"SELECT above.up, edge.child FROM above JOIN edge ON edge.parent = above.down) "
		"SELECT count(*) FROM above WHERE up = down",
};


/* May x.jid read the row of node? */
#define BARE "substr(x.jid, 1, instr(x.jid || '/', '/') - 1)"
#define MAY_READ "fuzz_may_read(node.config, " BARE ", " \
	"(SELECT affiliation FROM affiliation WHERE node = node.id AND jid = " BARE "), " \
	"EXISTS (SELECT 1 FROM subscription WHERE node = node.id AND state = 'subscribed' " \
		"AND jid IN (x.jid, " BARE ")), " \
	"(SELECT subscription FROM contact WHERE jid = " BARE "), " \
	"(SELECT groups FROM contact WHERE jid = " BARE "))"

/* oracle_knows(). A subscription to the root is one to all nodes. */
static const char known_sql[] =
	"WITH RECURSIVE above (node, up) AS (SELECT id, id FROM node UNION "
	"SELECT above.node, edge.parent FROM above JOIN edge ON edge.child = above.up), "
	"x (node, jid, state, own) AS (SELECT DISTINCT above.node, jid, state, above.node = subscription.node "
	"FROM above JOIN subscription ON subscription.node IN (above.up, 0)) "
	"SELECT 's ' || name || ' ' || jid FROM x JOIN node ON node.id = x.node "
		"WHERE state = 'subscribed' AND " MAY_READ " UNION ALL "
	"SELECT 'w ' || name || ' ' || jid FROM x JOIN node ON node.id = x.node WHERE own UNION ALL "
	"SELECT 's  ' || jid FROM subscription WHERE node = 0 AND state = 'subscribed' UNION ALL "
	"SELECT 'p ' || name || ' ' || jid FROM subscription JOIN node ON node.id = node "
		"WHERE public AND state = 'subscribed' UNION ALL "
	"SELECT 'o ' || name || ' ' || jid FROM affiliation JOIN node ON node.id = affiliation.node "
	"WHERE affiliation = 'owner'";
static const char readers_sql[] =
	"SELECT 'r ' || name || ' ' || x.jid FROM node, (SELECT ?1 AS jid) AS x WHERE " MAY_READ;
/* clang-format on */

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

_Static_assert(N_OF(never) + 2 <= ORACLE_STMTS, "a place for each statement");

/* Reading, in other words than the service's own (cmd/serve/access.c) */

/* The values of a setting, as the store has them. @var ends with their separator. */
static const char *setting(const char *config, const char *var, size_t *ret_len)
{
	const char *at = strstr(config, var);

	while (at && at > config && at[-1] != '\x1e')
		at = strstr(at + 1, var);
	at = at ? at + strlen(var) : "";
	*ret_len = strcspn(at, "\x1e");
	return at;
}

static bool have_common(const char *a, size_t a_len, const char *b)
{
	AUTO_FREE char *others = mem_printf("\x1f%s\x1f", b);
	AUTO_FREE char *list = mem_strndup(a, a_len);
	char *rest = list, *word;

	while ((word = strsep(&rest, "\x1f"))) {
		AUTO_FREE char *wanted = mem_printf("\x1f%s\x1f", word);

		if (*word && strstr(others, wanted))
			return true;
	}
	return false;
}

struct reader {
	const char *config, *bare, *affiliation, *contact, *groups;
	bool subscribed;
};

static bool shares_presence(const struct config *c, const struct reader *r)
{
	return !strcmp(r->contact, "from") || !strcmp(r->contact, "both") ||
	       (!c->component && jid_same_bare(c->jid, r->bare));
}

static bool is_in_group(const struct reader *r)
{
	size_t len;
	const char *groups = setting(r->config, "pubsub#roster_groups_allowed\x1f", &len);

	return have_common(groups, len, r->groups);
}

static bool is_let_in(const struct config *c, const struct reader *r)
{
	size_t len;
	const char *model = setting(r->config, "pubsub#access_model\x1f", &len);

#define IS(name) (len == strlen(name) && !memcmp(model, name, len))
	if (IS("presence"))
		return shares_presence(c, r);
	if (IS("roster"))
		return shares_presence(c, r) && is_in_group(r);
	if (IS("authorize"))
		return r->subscribed;
	return IS("") || IS("open");
#undef IS
}

static bool may_read(const struct config *c, const struct reader *r)
{
	if (strings_have(c->admins, r->bare) || !strcmp(r->affiliation, "owner") ||
	    !strcmp(r->affiliation, "publisher") || !strcmp(r->affiliation, "member"))
		return true;
	return !*r->affiliation && is_let_in(c, r);
}

static const char *text_of(sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);

	return text ? text : "";
}

static void answer_may_read(sqlite3_context *context, int n, sqlite3_value **args)
{
	const struct oracle *o = sqlite3_user_data(context);
	const struct reader r = {
		.config = text_of(args[0]),
		.bare = text_of(args[1]),
		.affiliation = text_of(args[2]),
		.subscribed = sqlite3_value_int(args[3]),
		.contact = text_of(args[4]),
		.groups = text_of(args[5]),
	};

	MUST(n == 6);
	sqlite3_result_int(context, may_read(o->config, &r));
}

/* What is counted at a node, and not in its row yet. */
static void answer_items_to_come(sqlite3_context *context, int n, sqlite3_value **args)
{
	const struct oracle *o = sqlite3_user_data(context);

	MUST(n == 1);
	sqlite3_result_int64(context, counts_items(o->store, sqlite3_value_int64(args[0])));
}

/* A run */

void oracle_init(struct oracle *o, struct store *store)
{
	*o = (struct oracle){ .store = store };
	MUST(sqlite3_create_function(store->db, "fuzz_may_read", 6, SQLITE_UTF8, o, answer_may_read,
				     NULL, NULL) == SQLITE_OK);
	MUST(sqlite3_create_function(store->db, "fuzz_items_to_come", 1, SQLITE_UTF8, o,
				     answer_items_to_come, NULL, NULL) == SQLITE_OK);
}

void oracle_begin(struct oracle *o, const struct config *config)
{
	o->config = config;
	oracle_look(o);
}

void oracle_end(struct oracle *o)
{
	MUST(!strings_count(o->asked));
	strings_free(o->asked);
	strings_free(o->queried);
	o->asked = o->queried = NULL;
	str_release(&o->known);
	o->looked = false;
	here_release(&o->here);
}

static sqlite3_stmt *query(struct oracle *o, size_t i, const char *sql)
{
	sqlite3_stmt **at = &o->stmts[i];

	MUST(*at || sqlite3_prepare_v2(o->store->db, sql, -1, at, NULL) == SQLITE_OK);
	sqlite3_reset(*at);
	return *at;
}

static void check_store(struct oracle *o)
{
	for (size_t i = 0; i < N_OF(never); i++) {
		sqlite3_stmt *stmt = query(o, i, never[i]);

		MUST(sqlite3_step(stmt) == SQLITE_ROW);
		if (sqlite3_column_int64(stmt, 0))
			fprintf(stderr, "there are: %s\n", never[i]);
		MUST(!sqlite3_column_int64(stmt, 0));
		sqlite3_reset(stmt);
	}
}

static void note(struct oracle *o, sqlite3_stmt *stmt)
{
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		str_puts(&o->known, (const char *)sqlite3_column_text(stmt, 0));
		str_putc(&o->known, '\n');
	}
	sqlite3_reset(stmt);
}

void oracle_meet(struct oracle *o, xmpp_stanza_t *stanza)
{
	if (here_take(&o->here, stanza))
		o->looked = false;
	oracle_look(o);
}

void oracle_look(struct oracle *o)
{
	int changes = sqlite3_total_changes(o->store->db);

	if (o->looked && changes == o->changes)
		return;
	o->looked = true;
	o->changes = changes;
	check_store(o);
	o->latest = o->known.len;
	str_putc(&o->known, '\n');
	note(o, query(o, N_OF(never), known_sql));
	for (char **p = o->here.who; p && *p; p++) {
		sqlite3_stmt *stmt = query(o, N_OF(never) + 1, readers_sql);

		MUST(sqlite3_bind_text(stmt, 1, *p, -1, SQLITE_STATIC) == SQLITE_OK);
		note(o, stmt);
	}
}

bool oracle_knows(const struct oracle *o, char what, const char *node, const char *jid)
{
	AUTO_FREE char *line = mem_printf("\n%c %s %s\n", what, node, jid);

	return strstr(o->known.p, line);
}

void oracle_forget(struct oracle *o)
{
	AUTO_FREE char *latest = mem_strdup(o->known.p + o->latest);

	str_reset(&o->known);
	str_puts(&o->known, latest);
	o->latest = 0;
	here_forget(&o->here);
}
