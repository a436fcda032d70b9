/* SPDX-License-Identifier: MIT */
#include "cmd/serve/presence/roster.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(char **, strings_free);

/* An <item/>; *ret_jid is NULL where it is none. */
static void read_item(xmpp_stanza_t *item, char **ret_jid, struct contact *ret)
{
	const char *sub = stanza_attr(item, "subscription"), *ask = stanza_attr(item, "ask");
	AUTO_FREE char *jid = jid_prep(stanza_attr(item, "jid"));
	bool both = sub && !strcmp(sub, "both");

	*ret_jid = jid ? jid_bare(jid) : NULL;
	*ret = (struct contact){ .from = both || (sub && !strcmp(sub, "from")),
				 .to = both || (sub && !strcmp(sub, "to")),
				 .asked = ask && !strcmp(ask, "subscribe") };
	if (sub && !strcmp(sub, "remove"))
		return;
	for (xmpp_stanza_t *g = stanza_child(item, "group", NS_ROSTER); g;
	     g = stanza_next_like(g, "group", NS_ROSTER))
		if (!strings_have(ret->groups, stanza_text(g)) && *stanza_text(g))
			strings_add(&ret->groups, stanza_text(g));
}

static int apply(struct request *r, xmpp_stanza_t *item, char ***seen)
{
	AUTO_IN_PLACE(contact_release) struct contact now = { 0 };
	AUTO_FREE char *jid = NULL;

	read_item(item, &jid, &now);
	if (!jid)
		return 0;
	if (seen)
		strings_add(seen, jid);
	return contact_change(r, jid, &now);
}

static int apply_all(struct request *r, xmpp_stanza_t *query, char ***seen)
{
	int e = 0;

	for (xmpp_stanza_t *item = stanza_child(query, "item", NS_ROSTER); item && !e;
	     item = stanza_next_like(item, "item", NS_ROSTER))
		e = apply(r, item, seen);
	return e;
}

/* All of it */

static int add_jid(const char *bare_jid, const struct contact *c, void *data)
{
	(void)c;
	strings_add(data, bare_jid);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Those who are in it no longer share nothing any more. */
static int replace(struct request *r, void *data)
{
	AUTO(strings_free) char **seen = NULL, **kept = NULL;
	const struct contact nothing = { 0 };
	int e = apply_all(r, data, &seen);
	size_t n = strings_count(seen);

	if (seen)
		qsort(seen, n, sizeof(char *), by_name);
	if (!e)
		e = store_contact_each(r->service->store, add_jid, &kept);
	for (char **jid = kept; jid && *jid && !e; jid++)
		if (!seen || !bsearch(jid, seen, n, sizeof(char *), by_name))
			e = contact_change(r, *jid, &nothing);
	return e;
}

struct fetch {
	void (*done)(struct service *s);
};

static void on_roster(struct service *s, xmpp_stanza_t *answer, void *data)
{
	AUTO_FREE struct fetch *f = data;
	xmpp_stanza_t *query = stanza_child(answer, "query", NS_ROSTER);
	int e = 0;

	if (stanza_is_result(answer) && query)
		e = service_change(s, replace, query);
	else if (answer)
		log_warn("the server does not tell the roster: it stays as it was last known");
	if (e)
		log_error("cannot keep the roster: %s", strerror(-e));
	f->done(s);
}

void roster_fetch(struct service *s, void (*done)(struct service *s))
{
	static const char xml[] = "<query xmlns='" NS_ROSTER "'/>";
	struct fetch *f = mem_alloc(sizeof(*f));

	f->done = done;
	if (service_ask(s, "get", NULL, xml, sizeof(xml) - 1, on_roster, f))
		return;
	free(f);
}

/* Pushes */

static bool is_own(const struct service *s, const char *from)
{
	AUTO_FREE char *jid = from ? jid_prep(from) : NULL;

	return !from || (jid && !strcmp(jid, s->config->owner));
}

static int push(struct request *r, void *data)
{
	xmpp_stanza_t *iq = data;
	AUTO_STR xml = { 0 };
	int e = apply_all(r, stanza_child(iq, "query", NS_ROSTER), NULL);

	str_puts(&xml, "<iq type='result'");
	xml_attr(&xml, "id", stanza_attr(iq, "id"));
	str_puts(&xml, "/>");
	event_stanza(&r->events, &xml);
	return e;
}

bool roster_take(struct service *s, xmpp_stanza_t *iq)
{
	const char *type = stanza_attr(iq, "type");
	int e;

	if (s->config->component || !stanza_is(iq, "iq", NULL) || !type || strcmp(type, "set") ||
	    !stanza_child(iq, "query", NS_ROSTER) || !is_own(s, stanza_attr(iq, "from")))
		return false;
	e = service_change(s, push, iq);
	if (e)
		log_error("cannot keep the roster: %s", strerror(-e));
	return true;
}
