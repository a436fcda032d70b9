/* SPDX-License-Identifier: MIT */
#include "common/pubsub/discover.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

#define ENTITIES_MAX 100 /* looked at; servers have a handful */

struct entity {
	struct discovery *discovery;
	char *jid;
	bool is_service;
};

struct discovery {
	struct session *session;
	discover_fn *fn;
	void *data;
	char *server;
	struct entity entities[ENTITIES_MAX];
	size_t count, pending;
	bool lost;
};

void discover_free(struct discovery *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->count; i++)
		free(d->entities[i].jid);
	free(d->server);
	free(d);
}

static void report(struct discovery *d)
{
	AUTO_STR list = { 0 };
	size_t found = 0;
	const char *service = NULL;

	for (size_t i = 0; i < d->count; i++) {
		if (!d->entities[i].is_service)
			continue;
		service = d->entities[i].jid;
		str_printf(&list, "%s%s", found++ ? ", " : "", service);
	}
	if (found == 1) {
		log_info("the pubsub service of %s is %s", d->server, service);
		d->fn(service, 0, d->data);
	} else if (found) {
		log_error("%s has several pubsub services: %s; choose one with --service",
			  d->server, list.p);
		d->fn(NULL, EX_USAGE, d->data);
	} else {
		for (size_t i = 0; i < d->count; i++)
			str_printf(&list, "%s%s", i ? ", " : "", d->entities[i].jid);
		log_error("%s has no pubsub service (it lists: %s); name one with --service",
			  d->server, d->count ? list.p : "nothing");
		d->fn(NULL, EX_NOTFOUND, d->data);
	}
}

static bool has_service_identity(xmpp_stanza_t *query)
{
	xmpp_stanza_t *s = stanza_child(query, "identity", NS_DISCO_INFO);

	for (; s; s = stanza_next_like(s, "identity", NS_DISCO_INFO)) {
		const char *category = stanza_attr(s, "category"), *type = stanza_attr(s, "type");

		if (category && type && !strcmp(category, "pubsub") && !strcmp(type, "service"))
			return true;
	}
	return false;
}

/* Entities that refuse to say what they are, or do not answer, are none for us. */
static void on_info(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	struct entity *e = data;
	struct discovery *d = e->discovery;

	(void)s;
	d->lost |= outcome == SESSION_LOST;
	e->is_service = outcome == SESSION_RESULT &&
			has_service_identity(stanza_child(reply, "query", NS_DISCO_INFO));
	if (!--d->pending && !d->lost)
		report(d);
}

static void ask(struct discovery *d, xmpp_stanza_t *item)
{
	static const char query[] = "<query xmlns='" NS_DISCO_INFO "'/>";
	struct entity *e = &d->entities[d->count];
	AUTO_FREE char *jid = stanza_attr(item, "jid") ? jid_prep(stanza_attr(item, "jid")) : NULL;

	if (!jid || stanza_attr(item, "node") || d->count == ENTITIES_MAX)
		return;
	e->discovery = d;
	e->jid = steal(jid);
	d->count++;
	if (session_request(d->session, "get", e->jid, query, sizeof(query) - 1, on_info, e))
		d->pending++;
}

static void refused(struct discovery *d, enum session_outcome outcome, xmpp_stanza_t *reply)
{
	struct stanza_error error;
	AUTO_STR text = { 0 };
	int code = EX_TEMPFAIL;

	if (outcome == SESSION_ERROR) {
		stanza_error_parse(reply, &error);
		stanza_error_describe(&text, &error);
		code = stanza_error_exit(&error);
		stanza_error_release(&error);
	}
	log_error("cannot ask %s for its pubsub service: %s", d->server,
		  text.len ? text.p : NO_ANSWER);
	d->fn(NULL, code, d->data);
}

static void on_items(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	struct discovery *d = data;
	xmpp_stanza_t *item;

	(void)s;
	if (outcome == SESSION_LOST)
		return;
	if (outcome != SESSION_RESULT) {
		refused(d, outcome, reply);
		return;
	}
	item = stanza_child(stanza_child(reply, "query", NS_DISCO_ITEMS), "item", NS_DISCO_ITEMS);
	for (; item; item = stanza_next_like(item, "item", NS_DISCO_ITEMS))
		ask(d, item);
	if (!d->pending)
		report(d);
}

struct discovery *discover_start(struct session *s, discover_fn *fn, void *data)
{
	static const char query[] = "<query xmlns='" NS_DISCO_ITEMS "'/>";
	struct discovery *d = mem_zalloc(sizeof(*d));
	size_t len;
	const char *domain = jid_domain(session_jid(s), &len);

	d->session = s;
	d->fn = fn;
	d->data = data;
	d->server = mem_strndup(domain, len);
	session_request(s, "get", d->server, query, sizeof(query) - 1, on_items, d);
	return d;
}
