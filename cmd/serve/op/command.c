/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/op/disco.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

static const struct command *const table[] = { &command_pending };
#define N_COMMANDS (sizeof(table) / sizeof(table[0]))

static const struct command *find_command(const char *node)
{
	for (size_t i = 0; i < N_COMMANDS && node; i++)
		if (!strcmp(table[i]->node, node))
			return table[i];
	return NULL;
}

/* Sessions */

static void free_session(struct command_session *session)
{
	free(session->jid);
	free(session);
}

void command_sessions_free(struct command_session *list)
{
	while (list) {
		struct command_session *next = list->next;

		free_session(list);
		list = next;
	}
}

/* Drops what is forgotten, and the oldest of @bare where it has too many. True: there is room. */
static bool make_room(struct service *s, const char *bare, int64_t now)
{
	struct command_session **p = &s->commands;
	size_t own = 0, all = 0;

	while (*p) {
		struct command_session *session = *p;
		bool is_own = jid_same_bare(session->jid, bare);

		own += is_own;
		if (now - session->begun > COMMAND_KEPT || (is_own && own >= COMMAND_EACH)) {
			*p = session->next;
			free_session(session);
		} else {
			all++;
			p = &session->next;
		}
	}
	return all < COMMAND_ALL;
}

static struct command_session *new_session(struct request *r, const struct command *c)
{
	struct service *s = r->service;
	struct command_session *session;

	if (!make_room(s, r->bare, r->now))
		return NULL;
	session = mem_zalloc(sizeof(*session));
	session->command = c;
	session->jid = mem_strdup(r->who.jid);
	session->begun = r->now;
	random_id(session->id);
	session->next = s->commands;
	s->commands = session;
	return session;
}

/* X0050-04, X0050-07, X0050-08 */
static int find_session(struct request *r, const struct command *c, const char *id,
			struct command_session **ret)
{
	struct command_session *p = r->service->commands;

	while (p && (strcmp(p->id, id) || strcmp(p->jid, r->who.jid) || p->command != c))
		p = p->next;
	if (!p)
		return PS_BAD_SESSIONID;
	if (p->done || r->now - p->begun > COMMAND_SESSION)
		return PS_SESSION_EXPIRED;
	*ret = p;
	return PS_OK;
}

/* Executing */

static void open_answer(struct request *r, const struct command_session *session,
			const char *status)
{
	str_puts(&r->result, "<command xmlns='" NS_COMMANDS "'");
	xml_attr(&r->result, "node", session->command->node);
	xml_attr(&r->result, "sessionid", session->id);
	xml_attr(&r->result, "status", status);
	str_putc(&r->result, '>');
}

static int begin(struct request *r, const struct command *c)
{
	AUTO_STR form = { 0 };
	struct command_session *session;
	int e = c->check(r);

	if (!e)
		e = c->begin(r, &form);
	if (e)
		return e;
	session = new_session(r, c);
	if (!session)
		return PS_RESOURCE_CONSTRAINT;
	open_answer(r, session, "executing");
	str_puts(&r->result, "<actions execute='complete'><complete/></actions>");
	str_add(&r->result, form.p, form.len);
	str_puts(&r->result, "</command>");
	return PS_OK;
}

static int end(struct request *r, struct command_session *session, const char *status)
{
	session->done = true;
	open_answer(r, session, status);
	str_puts(&r->result, "</command>");
	return PS_OK;
}

static int complete(struct request *r, struct command_session *session)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	int e = form_parse(r->action, &form);

	if (!e && form.type == FORM_CANCEL)
		return end(r, session, "canceled");
	if (e || form.type != FORM_SUBMIT)
		return PS_BAD_COMMAND_FORM;
	e = session->command->complete(r, &form);
	return e ? e : end(r, session, "completed");
}

enum action { EXECUTE, COMPLETE, CANCEL, NEXT, PREV };
static const char *const actions[] = { "execute", "complete", "cancel", "next", "prev", NULL };

static int go_on(struct request *r, struct command_session *session, enum action action)
{
	switch (action) {
	case EXECUTE: /* what the only stage says is executed: it is complete (PEND-03) */
	case COMPLETE:
		return complete(r, session);
	case CANCEL:
		return end(r, session, "canceled");
	case NEXT:
	case PREV:
		break;
	}
	return PS_BAD_ACTION; /* X0050-09 */
}

int command_execute(struct request *r)
{
	const struct command *c = find_command(stanza_attr(r->action, "node"));
	const char *id = stanza_attr(r->action, "sessionid");
	const char *name = stanza_attr(r->action, "action");
	int action = name ? vocab_find(actions, name) : EXECUTE;
	struct command_session *session;
	int e;

	if (!c)
		return PS_ITEM_NOT_FOUND;
	if (!feature_on(r->service->config, c->feature)) {
		r->detail = mem_strdup(c->feature);
		return PS_UNSUPPORTED;
	}
	if (action < 0)
		return PS_MALFORMED_ACTION;
	if (!id)
		return action == EXECUTE ? begin(r, c) : PS_BAD_ACTION;
	e = find_session(r, c, id, &session);
	return e ? e : go_on(r, session, action);
}

/* Service discovery */

static const char *asked_node(struct request *r)
{
	return feature_on(r->service->config, NS_COMMANDS) ? stanza_attr(r->action, "node") : NULL;
}

static const struct command *asked_command(struct request *r)
{
	const struct command *c = find_command(asked_node(r));

	return c && feature_on(r->service->config, c->feature) ? c : NULL;
}

static bool is_list(struct request *r)
{
	const char *node = asked_node(r);

	return node && !strcmp(node, NS_COMMANDS);
}

int command_disco_info(struct request *r)
{
	const struct command *c = asked_command(r);

	if (!c && !is_list(r))
		return -ENOMSG;
	disco_open_query(r, NS_DISCO_INFO);
	str_puts(&r->result, "<identity category='automation'");
	xml_attr(&r->result, "type", c ? "command-node" : "command-list");
	xml_attr(&r->result, "name", c ? c->name : "Commands");
	str_puts(&r->result,
		 "/><feature var='" NS_DISCO_INFO "'/><feature var='" NS_COMMANDS "'/>");
	if (c)
		str_puts(&r->result, "<feature var='" NS_DATA "'/>");
	str_puts(&r->result, "</query>");
	return PS_OK;
}

/* Those that the requester may execute. */
static int add_commands(struct request *r)
{
	const struct config *config = r->service->config;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *c = table[i];
		int e = feature_on(config, c->feature) ? c->check(r) : PS_UNSUPPORTED;

		if (e < 0)
			return e;
		if (e)
			continue;
		str_puts(&r->result, "<item");
		xml_attr(&r->result, "jid", config->jid);
		xml_attr(&r->result, "node", c->node);
		xml_attr(&r->result, "name", c->name);
		str_puts(&r->result, "/>");
	}
	return PS_OK;
}

int command_disco_items(struct request *r)
{
	bool list = is_list(r);
	int e;

	if (!list && !asked_command(r))
		return -ENOMSG;
	disco_open_query(r, NS_DISCO_ITEMS);
	e = list ? add_commands(r) : PS_OK;
	str_puts(&r->result, "</query>");
	return e;
}
