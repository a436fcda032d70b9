/* SPDX-License-Identifier: MIT */
#include "oracle.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "cmd/serve/config.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "fuzz.h"

#define SUBSCRIBERS "urn:xmpp:pps:subscribers:0/"

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

/* That of a query to the archive. */
static char *with_id(const char *question, const char *queryid)
{
	return mem_printf("%s\n%s", question, queryid ? queryid : "");
}

void oracle_ask(struct oracle *o, xmpp_stanza_t *iq)
{
	AUTO_FREE char *text = question(stanza_attr(iq, "from"), stanza_attr(iq, "id"));
	xmpp_stanza_t *query = stanza_child(iq, "query", NS_MAM);
	AUTO_FREE char *queried = query ? with_id(text, stanza_attr(query, "queryid")) : NULL;

	strings_add(&o->asked, text);
	if (queried)
		strings_add(&o->queried, queried);
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

/* What is in its <items/>: items of a node, or whom it has as public subscribers. */
static bool may_see(const struct oracle *o, const xmlNode *items, const char *who)
{
	AUTO_FREE char *name = jid_prep_resource(attr(items, "node"));
	bool people = !strncmp(name, SUBSCRIBERS, strlen(SUBSCRIBERS));
	const char *node = people ? name + strlen(SUBSCRIBERS) : name;

	for (const xmlNode *n = items->children; people && n; n = n->next)
		if (!oracle_knows(o, 'p', node, attr(n, "id")))
			return false;
	return !items->children || oracle_knows(o, 'r', node, who);
}

static void check_items(const struct oracle *o, const xmlNode *iq)
{
	const xmlNode *pubsub = child(iq, "pubsub", NS_PUBSUB);
	AUTO_FREE char *who = jid_prep(attr(iq, "to"));

	for (const xmlNode *n = pubsub ? pubsub->children : NULL; n; n = n->next)
		if (is(n, "items", NS_PUBSUB) && !(who && may_see(o, n, who))) {
			fprintf(stderr, "%s retrieves what is at '%s'\n", attr(iq, "to"),
				attr(n, "node"));
			abort();
		}
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
	if (!error)
		check_items(o, iq);
}

/* The archive's results */

/* The answer that they stand ahead of; NULL: there is none. */
static const xmlNode *answer_behind(const xmlNode *message)
{
	const char *to = attr(message, "to");
	const xmlNode *n = message;
	AUTO_FREE char *who = NULL;

	while (n && is(n, "message", "") && child(n, "result", NS_MAM) &&
	       !strcmp(attr(n, "to"), to))
		n = n->next;
	if (!n || !is(n, "iq", "") || !child(n, "fin", NS_MAM))
		return NULL;
	who = jid_prep(attr(n, "to"));
	return who && !strcmp(who, to) ? n : NULL;
}

/* NULL: it is so large that nothing but its place is told. */
static const xmlNode *items_in(const xmlNode *result)
{
	const xmlNode *forwarded = child(result, "forwarded", NS_FORWARD);
	const xmlNode *message = forwarded ? child(forwarded, "message", "jabber:client") : NULL;
	const xmlNode *event = message ? child(message, "event", NS_PUBSUB_EVENT) : NULL;

	MUST(forwarded && (!message || (event && child(event, "items", NS_PUBSUB_EVENT))));
	return message ? child(event, "items", NS_PUBSUB_EVENT) : NULL;
}

static void check_result(const struct oracle *o, const xmlNode *message, const xmlNode *result)
{
	const xmlNode *answer = answer_behind(message), *items = items_in(result);
	AUTO_FREE char *text = answer ? question(attr(answer, "to"), attr(answer, "id")) : NULL;
	AUTO_FREE char *queried = text ? with_id(text, attr(result, "queryid")) : NULL;

	MUST(queried && strings_have(o->queried, queried));
	if (items && !oracle_knows(o, 'r', attr(items, "node"), attr(message, "to"))) {
		fprintf(stderr, "%s is shown the archive of '%s'\n", attr(message, "to"),
			attr(items, "node"));
		abort();
	}
}

/* Events */

/* The subscriber, or a resource of it (XEP-0060 section 12.14). */
static bool concerns(const char *jid, const char *to)
{
	return !strcmp(jid, to) ||
	       (strlen(jid) == jid_bare_len(to) && !strncmp(jid, to, strlen(jid)));
}

/*
 * Whoever is available hears as one that has subscribed what it wishes to be told of; and the last
 * items of what its bare JID has subscribed to.
 */
static bool hears_present(const struct oracle *o, const char *node, const char *to, bool items)
{
	AUTO_FREE char *bare = jid_bare(to);

	if (!here_has(&o->here, to))
		return false;
	return (items && oracle_knows(o, 's', node, bare)) ||
	       (here_wishes(&o->here, to, node) && oracle_knows(o, 'r', node, to));
}

static bool may_hear(const struct oracle *o, const xmlNode *what, const char *to)
{
	static const char *const news[] = { "items",	     "purge",	   "delete",
					    "configuration", "collection", "create" };
	const char *node = attr(what, "node"), *name = (const char *)what->name;

	if (!strcmp(name, "subscription"))
		return concerns(attr(what, "jid"), to) || oracle_knows(o, 'o', node, to);
	if (!strcmp(name, "delete") && oracle_knows(o, 'w', node, to))
		return true;
	for (size_t i = 0; i < sizeof(news) / sizeof(news[0]); i++)
		if (!strcmp(name, news[i]))
			return oracle_knows(o, 's', node, to) || hears_present(o, node, to, !i);
	return false;
}

static void check_event(const struct oracle *o, const xmlNode *event, const xmlNode *message)
{
	const char *to = attr(message, "to");
	bool id = child(message, "stanza-id", NS_SID);

	for (const xmlNode *n = event->children; n; n = n->next) {
		const char *node = attr(n, "node");

		if (!may_hear(o, n, to)) {
			fprintf(stderr, "%s hears of <%s/> at '%s'\n", to, (const char *)n->name,
				node);
			abort();
		}
		MUST(!id || oracle_knows(o, 'r', node, to) || oracle_knows(o, 's', node, to));
	}
}

static void check_message(const struct oracle *o, const xmlNode *message)
{
	const xmlNode *event = child(message, "event", NS_PUBSUB_EVENT);
	const xmlNode *result = child(message, "result", NS_MAM);

	if (event)
		check_event(o, event, message);
	if (result)
		check_result(o, message, result);
}

static void check_size(const struct oracle *o, xmlNode *n)
{
	xmlBuffer *buffer = xmlBufferCreate();

	MUST((size_t)xmlNodeDump(buffer, n->doc, n, 0, 0) <= o->config->max_stanza);
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
