/* SPDX-License-Identifier: MIT */
#include "oracle.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

/* clang-format off */
/* Each counts what must not be. */
static const char *const never[] = {
	"SELECT count(*) FROM node WHERE items <> (SELECT count(*) FROM item WHERE item.node = node.id)",
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

/*
 * Who may be told: of a node's items ("i"), of the node ("n"), of subscriptions ("o"). A subscription
 * to the root is one to all nodes.
 */
static const char known_sql[] =
	"WITH RECURSIVE above (node, up) AS (SELECT id, id FROM node UNION "
	"SELECT above.node, edge.parent FROM above JOIN edge ON edge.child = above.up), "
	"reach (name, jid, state) AS (SELECT node.name, jid, state FROM above JOIN node ON node.id = above.node "
	"JOIN subscription ON subscription.node IN (above.up, 0) "
	"UNION SELECT '', jid, state FROM subscription WHERE node = 0) "
	"SELECT 'i ' || name || ' ' || jid FROM reach WHERE state = 'subscribed' UNION "
	"SELECT 'n ' || name || ' ' || jid FROM reach UNION "
	"SELECT 'o ' || name || ' ' || jid FROM affiliation JOIN node ON node.id = affiliation.node "
	"WHERE affiliation = 'owner'";
/* clang-format on */

static const struct { /* in <event/>, what of */
	const char *element;
	char kind;
} kinds[] = {
	{ "items", 'i' },	  { "purge", 'i' },	 { "delete", 'n' },
	{ "configuration", 'n' }, { "collection", 'n' }, { "create", 'n' },
};

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

_Static_assert(N_OF(never) < ORACLE_STMTS, "a place for each statement");

void oracle_release(struct oracle *o)
{
	for (size_t i = 0; i < ORACLE_STMTS; i++)
		sqlite3_finalize(o->stmts[i]);
	strings_free(o->asked);
	strings_free(o->known);
	strings_free(o->present);
	*o = (struct oracle){ 0 };
}

/* The store */

/* They stay prepared until the end of the run. */
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

void oracle_look(struct oracle *o)
{
	int changes = sqlite3_total_changes(o->store->db);
	sqlite3_stmt *stmt;

	if (o->known && changes == o->changes)
		return;
	o->changes = changes;
	check_store(o);
	stmt = query(o, N_OF(never), known_sql);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *who = (const char *)sqlite3_column_text(stmt, 0);

		if (!strings_have(o->known, who))
			strings_add(&o->known, who);
	}
	sqlite3_reset(stmt);
}

/* Elements */

static const char *attr(const xmlNode *n, const char *name)
{
	for (const xmlAttr *a = n->properties; a; a = a->next)
		if (!strcmp((const char *)a->name, name))
			return a->children ? (const char *)a->children->content : "";
	return "";
}

static bool is(const xmlNode *n, const char *name, const char *ns)
{
	const char *own = n->ns ? (const char *)n->ns->href : "";

	return n->type == XML_ELEMENT_NODE && (!name || !strcmp((const char *)n->name, name)) &&
	       !strcmp(own, ns);
}

static const xmlNode *child(const xmlNode *n, const char *name, const char *ns)
{
	for (n = n->children; n; n = n->next)
		if (is(n, name, ns))
			return n;
	return NULL;
}

/* Answers */

static char *question(const char *who, const char *id)
{
	return mem_printf("%s %s", who, id ? id : "");
}

void oracle_ask(struct oracle *o, xmpp_stanza_t *iq)
{
	AUTO_FREE char *text = question(stanza_attr(iq, "from"), stanza_attr(iq, "id"));

	strings_add(&o->asked, text);
}

void oracle_meet(struct oracle *o, xmpp_stanza_t *presence)
{
	const char *from = stanza_attr(presence, "from");
	AUTO_FREE char *jid = from ? jid_prep(from) : NULL;

	if (jid && !stanza_attr(presence, "type") && !strings_have(o->present, jid))
		strings_add(&o->present, jid);
}

static bool is_error_of_ours(const xmlNode *error)
{
	const xmlNode *condition = child(error, NULL, NS_STANZAS);

	MUST(condition);
	for (int e = 1; e < PS_ERR_MAX; e++) {
		const struct ps_err_info *known = &ps_errs[e];
		const char *ns = known->ns ? known->ns : NS_PUBSUB_ERRORS;

		if (e != PS_INTERNAL && !strcmp(attr(error, "type"), known->type) &&
		    !strcmp((const char *)condition->name, known->condition) &&
		    (!known->special || child(error, known->special, ns)))
			return true;
	}
	return false;
}

static void take_answer(struct oracle *o, const xmlNode *iq)
{
	AUTO_FREE char *text = question(attr(iq, "to"), attr(iq, "id"));
	const xmlNode *error = child(iq, "error", "");
	char **at = o->asked;

	MUST(!strcmp(attr(iq, "type"), error ? "error" : "result"));
	MUST(!error || is_error_of_ours(error));
	while (at && *at && strcmp(*at, text))
		at++;
	MUST(at && *at);
	free(*at);
	do
		at[0] = at[1];
	while (*at++);
}

/* Events */

static bool knows(const struct oracle *o, char kind, const char *node, const char *jid)
{
	AUTO_FREE char *text = mem_printf("%c %s %s", kind, node, jid);

	return strings_have(o->known, text);
}

/* The subscriber, or a resource of it (XEP-0060 section 12.14). */
static bool concerns(const char *jid, const char *to)
{
	return !strcmp(jid, to) ||
	       (strlen(jid) == jid_bare_len(to) && !strncmp(jid, to, strlen(jid)));
}

static bool may_hear(const struct oracle *o, const xmlNode *what, const char *to)
{
	const char *node = attr(what, "node");

	if (!strcmp((const char *)what->name, "subscription"))
		return concerns(attr(what, "jid"), to) || knows(o, 'o', node, to);
	if (!strcmp((const char *)what->name, "items") && strings_have(o->present, to))
		return true;
	for (size_t i = 0; i < N_OF(kinds); i++)
		if (!strcmp((const char *)what->name, kinds[i].element))
			return knows(o, kinds[i].kind, node, to);
	return false;
}

static void check_message(const struct oracle *o, const xmlNode *message)
{
	const xmlNode *event = child(message, "event", NS_PUBSUB_EVENT);

	for (const xmlNode *n = event ? event->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !may_hear(o, n, attr(message, "to"))) {
			fprintf(stderr, "%s hears of <%s/> at '%s'\n", attr(message, "to"),
				(const char *)n->name, attr(n, "node"));
			abort();
		}
}

static void check_size(const struct oracle *o, xmlNode *n)
{
	xmlBuffer *buffer = xmlBufferCreate();

	MUST((size_t)xmlNodeDump(buffer, n->doc, n, 0, 0) <= o->max_stanza);
	xmlBufferFree(buffer);
}

void oracle_sent(struct oracle *o, const struct str *sent)
{
	AUTO_FREE char *text = mem_printf("<all>%s</all>", sent->p ? sent->p : "");
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, "UTF-8",
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					    XML_PARSE_HUGE);

	MUST(doc);
	for (xmlNode *n = xmlDocGetRootElement(doc)->children; n; n = n->next) {
		MUST(n->type == XML_ELEMENT_NODE);
		check_size(o, n);
		if (is(n, "iq", ""))
			take_answer(o, n);
		else if (is(n, "message", ""))
			check_message(o, n);
		else
			MUST(is(n, "presence", ""));
	}
	xmlFreeDoc(doc);
}

void oracle_forget(struct oracle *o)
{
	strings_free(o->known);
	o->known = NULL;
}

void oracle_end(const struct oracle *o)
{
	MUST(!strings_count(o->asked));
}
