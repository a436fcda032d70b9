/* SPDX-License-Identifier: MIT */
/*
 * Nodes to a document: backup.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/list.h"
#include "cmd/ctl/names.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/read.h"
#include "cmd/ctl/verbs.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/progress.h"
#include "common/pubsub/event.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

struct backup {
	struct ctl *c;
	const char *node;
	bool has_items; /* it is a leaf that keeps them */
	bool collection;
	struct progress *progress;
	struct names names;
};

static void line(struct ctl *c, const char *xml)
{
	print_xml(c, xml, strlen(xml));
}

/* Settings */

static void print_setting(struct ctl *c, const struct setting *s)
{
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<field");
	xml_attr(&xml, "var", s->var);
	str_putc(&xml, '>');
	for (char **v = s->values; v && *v; v++) {
		str_puts(&xml, "<value>");
		xml_text(&xml, *v, strlen(*v));
		str_puts(&xml, "</value>");
	}
	str_puts(&xml, "</field>");
	print_xml(c, xml.p, xml.len);
}

static bool is_collection(const struct form_in *form)
{
	const struct form_field_in *f = form_find(form, "pubsub#node_type");

	return f && f->n && !strcmp(f->values[0], "collection");
}

static bool keeps_items(const struct form_in *form)
{
	const struct form_field_in *f = form_find(form, "pubsub#persist_items");
	bool keeps = true;

	if (f && f->n && parse_bool(f->values[0], &keeps))
		return true;
	return keeps;
}

static int print_settings(struct backup *b, xmpp_stanza_t *reply)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	struct ctl *c = b->c;
	xmpp_stanza_t *owner = stanza_child(reply, "pubsub", NS_PUBSUB_OWNER);
	int code = settings_read(c, stanza_child(owner, "configure", NULL), &form);

	if (code)
		return code;
	settings_take(&s, &form);
	b->collection = is_collection(&form);
	b->has_items = !b->collection && keeps_items(&form);
	line(c, "<configuration>");
	for (size_t i = 0; i < s.n; i++)
		print_setting(c, &s.all[i]);
	line(c, "</configuration>");
	return 0;
}

/* Affiliations, subscriptions */

struct person {
	char *jid, *value, *subid; /* @subid: NULL: none */
};

struct people {
	bool subscriptions, begun;
	size_t n;
	struct person *all;
};

static void people_release(struct people *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->all[i].jid);
		free(p->all[i].value);
		free(p->all[i].subid);
	}
	free(p->all);
}

static int note_person(struct ctl *c, const struct entry *e, void *data)
{
	struct people *p = data;

	(void)c;
	if (!e->jid || !e->value)
		return 0;
	p->all = mem_realloc(p->all, (p->n + 1) * sizeof(*p->all));
	p->all[p->n++] = (struct person){ mem_strdup(e->jid), mem_strdup(e->value),
					  mem_strdup(e->subid) };
	return 0;
}

static int people_page(struct ctl *c, xmpp_stanza_t *reply, void *data)
{
	struct people *p = data;

	p->begun = true;
	return entries_each(c, reply, true, p->subscriptions, note_person, p);
}

static int by_jid_and_subid(const void *a, const void *b)
{
	const struct person *x = a, *y = b;
	int order = strcmp(x->jid, y->jid);

	if (!order)
		order = strcmp(x->subid ? x->subid : "", y->subid ? y->subid : "");
	return order ? order : strcmp(x->value, y->value);
}

static void print_person(struct ctl *c, const struct person *p, const char *name)
{
	AUTO_STR xml = { 0 };

	str_printf(&xml, "<%s", name);
	xml_attr(&xml, "jid", p->jid);
	xml_attr(&xml, name, p->value);
	xml_attr(&xml, "subid", p->subid);
	str_puts(&xml, "/>");
	print_xml(c, xml.p, xml.len);
}

/* Some services tell them in another order each time; a backup of the same is the same. */
static void print_people(struct ctl *c, struct people *p)
{
	if (!p->begun)
		return;
	if (p->n)
		qsort(p->all, p->n, sizeof(*p->all), by_jid_and_subid);
	line(c, p->subscriptions ? "<subscriptions>" : "<affiliations>");
	for (size_t i = 0; i < p->n; i++)
		print_person(c, &p->all[i], p->subscriptions ? "subscription" : "affiliation");
	line(c, p->subscriptions ? "</subscriptions>" : "</affiliations>");
}

/* A service that has no such thing has nothing to be kept. */
static bool is_not_offered(const struct answer *a)
{
	return answer_is_error(a, "feature-not-implemented") ||
	       answer_is_error(a, "service-unavailable");
}

static int backup_people(struct backup *b, bool subscriptions)
{
	const char *name = subscriptions ? "subscriptions" : "affiliations";
	AUTO_IN_PLACE(people_release) struct people people = { .subscriptions = subscriptions };
	AUTO_ANSWER refusal = { 0 };
	int code;

	ctl_doing(b->c, "list the %s of '%s'", name, b->node);
	code = list_read(b->c, &(struct list){ .request = subscriptions ? request_subscribers
									: request_affiliates,
					       .node = b->node,
					       .page = people_page,
					       .data = &people,
					       .refusal = &refusal });
	print_people(b->c, &people);
	if (code != LIST_REFUSED)
		return code;
	if (!is_not_offered(&refusal))
		return ctl_refused(b->c, b->c->service, &refusal);
	log_info("%s does not tell the %s of '%s'", b->c->service, name, b->node);
	return 0;
}

/* Items */

static void add_item(struct ctl *c, const struct event *e, void *data)
{
	struct backup *b = data;

	if (!e->id)
		return; /* of a node that keeps none (XEP-0060 section 7.1.2) */
	print_item(c, e, NULL, NULL);
	progress_add(b->progress);
}

static int backup_items(struct backup *b)
{
	int code;

	line(b->c, "<items>");
	ctl_doing(b->c, "read the items of '%s'", b->node);
	code = read_items(b->c, b->node, add_item, b);
	line(b->c, "</items>");
	return code;
}

/* Nodes */

static int ask_configuration(struct backup *b, struct answer *ret)
{
	AUTO_STR xml = { 0 };

	ctl_doing(b->c, "read the configuration of '%s'", b->node);
	request_configure(&xml, b->node, NULL);
	return ctl_ask(b->c, "get", b->c->service, &xml, ret);
}

/* What only owners see. */
static int backup_owners_part(struct backup *b, const struct answer *a)
{
	int code;

	if (a->outcome != SESSION_RESULT)
		return is_not_offered(a) ? 0 : ctl_refused(b->c, b->c->service, a);
	code = print_settings(b, a->stanza);
	if (!code)
		code = backup_people(b, false);
	return code ? code : backup_people(b, true);
}

static bool can_go_on(const struct backup *b)
{
	return session_is_up(b->c->session) && !session_finishing(b->c->session) && !b->c->io_error;
}

static int backup_node(struct backup *b)
{
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };
	int code = ask_configuration(b, &a), e;

	if (code)
		return code;
	if (answer_is_error(&a, "item-not-found"))
		return ctl_refused(b->c, b->c->service, &a);
	b->collection = false;
	b->has_items = true; /* unless its owner is told otherwise */
	str_puts(&xml, "<node");
	xml_attr(&xml, "name", b->node);
	str_putc(&xml, '>');
	print_xml(b->c, xml.p, xml.len);
	code = backup_owners_part(b, &a);
	if (can_go_on(b) && b->has_items) {
		e = backup_items(b);
		code = code ? code : e;
	}
	if (can_go_on(b))
		line(b->c, "</node>");
	return code;
}

static int note_nodes(struct ctl *c, xmpp_stanza_t *reply, void *data)
{
	struct backup *b = data;
	xmpp_stanza_t *item =
		stanza_child(stanza_child(reply, "query", NS_DISCO_ITEMS), "item", NS_DISCO_ITEMS);

	for (; item; item = stanza_next_like(item, "item", NS_DISCO_ITEMS)) {
		const char *jid = stanza_attr(item, "jid"), *node = stanza_attr(item, "node");
		AUTO_FREE char *normal = jid ? jid_prep(jid) : NULL;

		if (node && (!normal || !strcmp(normal, c->service)))
			names_add(&b->names, node);
	}
	return 0;
}

/* @node: NULL: the service. In an order of ours, behind those that are known. */
static int find_nodes(struct backup *b, const char *node)
{
	size_t known = b->names.n;
	int code;

	if (node)
		ctl_doing(b->c, "list the nodes of '%s'", node);
	else
		ctl_doing(b->c, "list the nodes");
	code = list_read(b->c, &(struct list){ .request = request_disco_items,
					       .node = node,
					       .page = note_nodes,
					       .data = b });
	names_sort(&b->names, known);
	return code;
}

/* The first failure counts; other nodes are read nevertheless. */
static int backup_nodes(struct backup *b)
{
	int code = 0;

	for (size_t i = 0; i < b->names.n && can_go_on(b); i++) {
		int e;

		b->node = b->names.all[i];
		e = backup_node(b);
		if (!e && b->collection && b->c->o->all)
			e = find_nodes(b, b->node);
		code = code ? code : e;
	}
	return code;
}

static int backup(struct backup *b)
{
	AUTO_STR xml = { 0 };
	int code = 0;

	for (size_t i = 0; i < b->c->o->target.count; i++)
		names_add(&b->names, b->c->o->target.nodes[i]);
	if (b->c->o->all)
		code = find_nodes(b, NULL);
	if (code)
		return code;
	line(b->c, "<?xml version='1.0'?>");
	str_puts(&xml, "<nodes xmlns='" NS_DOC "'");
	xml_attr(&xml, "service", b->c->service);
	str_putc(&xml, '>');
	print_xml(b->c, xml.p, xml.len);
	code = backup_nodes(b);
	if (can_go_on(b)) /* what was cut off shall be seen to be */
		line(b->c, "</nodes>");
	return code;
}

int verb_backup(struct ctl *c)
{
	struct backup b = { .c = c, .progress = progress_new(session_loop(c->session)) };
	int code = backup(&b);

	progress_free(b.progress);
	names_release(&b.names);
	return code;
}

int verb_backup_check(struct ctl *c)
{
	if (c->o->all && c->o->target.count)
		return opts_usage_error("backup: either NODE or --all");
	if (!c->o->all && !c->o->target.count)
		return opts_usage_error("backup: a NODE is missing, or --all");
	return 0;
}
