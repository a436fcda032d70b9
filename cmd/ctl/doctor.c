/* SPDX-License-Identifier: MIT */
/*
 * Which features of a service really work: doctor. Each is tried at a node that is made for it and
 * removed afterwards, and compared with what disco#info says (XEP-0060 section 10).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/names.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/probe.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(char **, strings_free);

#define PREFIX NS_PUBSUB "#"
#define NODE_CONFIG PREFIX "node_config"
#define PUBLISH_OPTIONS PREFIX "publish-options"
#define PAYLOAD "<x xmlns='urn:x-pubsub:doctor'/>"
#define PATIENCE 5. /* seconds for a notification */

struct doctor {
	struct ctl *c;
	struct probe probe;
	struct names advertised;
	char *jid;	/* bare: it is subscribed */
	char **missing; /* of those required */
	int code;	/* the session has ended */
};

/* Requests */

/* A result? *ret_reply (NULL: not wanted) is set only then. */
static bool done(struct doctor *d, const char *type, const struct str *xml,
		 xmpp_stanza_t **ret_reply)
{
	AUTO_ANSWER a = { 0 };

	if (d->code)
		return false;
	d->code = ctl_ask(d->c, type, d->c->service, xml, &a);
	if (d->code || a.outcome != SESSION_RESULT)
		return false;
	if (ret_reply)
		*ret_reply = steal(a.stanza);
	return true;
}

static bool arrives(struct doctor *d)
{
	if (!d->code)
		d->code = probe_wait(&d->probe, PATIENCE);
	return !d->code && d->probe.seen;
}

static bool publish(struct doctor *d, const char *node, const char *options, const char *id,
		    const char *id2)
{
	AUTO_STR xml = { 0 };

	request_publish_begin(&xml, node);
	request_publish_item(&xml, id, PAYLOAD, strlen(PAYLOAD));
	if (id2)
		request_publish_item(&xml, id2, PAYLOAD, strlen(PAYLOAD));
	request_publish_end_with(&xml, options);
	return done(d, "set", &xml, NULL);
}

static void note_id(const struct event *e, void *data)
{
	if (e->id && e->payload)
		strings_add(data, e->id);
}

/* The ids of the items that are stored, each with its payload. */
static char **items(struct doctor *d, unsigned page, bool *ret_paged)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	struct items_page p = { 0 };
	char **ids = NULL;

	request_items(&xml, &(struct items_query){ .node = d->probe.node, .max = page });
	if (done(d, "get", &xml, &reply))
		items_parse(reply, d->probe.node, note_id, &ids, &p);
	if (ret_paged)
		*ret_paged = p.paged;
	return ids;
}

static bool has_item(struct doctor *d, const char *id)
{
	AUTO(strings_free) char **ids = items(d, 0, NULL);

	return strings_have(ids, id);
}

static bool delete_node(struct doctor *d, const char *node)
{
	AUTO_STR xml = { 0 };

	request_delete(&xml, node, NULL);
	return done(d, "set", &xml, NULL);
}

/* A form of one field. */
static void one_field(struct str *out, const char *form_type, const char *var, const char *value)
{
	form_open(out, FORM_SUBMIT, form_type);
	form_value(out, var, NULL, value);
	form_close(out);
}

static bool configure(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };

	one_field(&form, NODE_CONFIG, var, value);
	request_configure(&xml, node, form.p);
	return done(d, "set", &xml, NULL);
}

static bool is_configured(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_STR xml = { 0 };
	const struct form_field_in *f;

	request_configure(&xml, node, NULL);
	if (!done(d, "get", &xml, &reply) ||
	    form_parse(
		    stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB_OWNER), "configure", NULL),
		    &form))
		return false;
	f = form_find(&form, var);
	return f && f->n && !strcmp(f->values[0], value);
}

/* A node beside the one of the probe, for the time of @fn: it goes, whatever comes. */
static bool at_other_node(struct doctor *d, const char *var, const char *value,
			  bool (*create)(struct doctor *d, const char *node, const char *var,
					 const char *value))
{
	AUTO_FREE char *node = mem_printf("%s-2", d->probe.node);
	bool works = create(d, node, var, value);
	bool removed = delete_node(d, node);

	return works && removed;
}

/* Trials */

static bool try_instant_nodes(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	const char *node;

	(void)arg;
	request_create(&xml, NULL);
	if (!done(d, "set", &xml, &reply))
		return false;
	node = stanza_attr(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "create", NULL),
			   "node");
	return node && delete_node(d, node);
}

static bool create_with(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };

	one_field(&form, NODE_CONFIG, var, value);
	request_create_with(&xml, node, form.p);
	return done(d, "set", &xml, NULL) && is_configured(d, node, var, value);
}

static bool try_create_and_configure(struct doctor *d, const char *arg)
{
	(void)arg;
	return at_other_node(d, "pubsub#title", "doctor", create_with);
}

static bool try_collections(struct doctor *d, const char *arg)
{
	(void)arg;
	return at_other_node(d, "pubsub#node_type", "collection", create_with);
}

static bool create_by_publish(struct doctor *d, const char *node, const char *var,
			      const char *value)
{
	(void)var;
	(void)value;
	return publish(d, node, NULL, "a", NULL);
}

static bool try_auto_create(struct doctor *d, const char *arg)
{
	(void)arg;
	return at_other_node(d, NULL, NULL, create_by_publish);
}

static bool try_retrieve_default(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	request_defaults(&xml);
	return done(d, "get", &xml, &reply) &&
	       stanza_child(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB_OWNER), "default",
					 NULL),
			    "x", NS_DATA);
}

static bool try_config_node(struct doctor *d, const char *arg)
{
	(void)arg;
	return configure(d, d->probe.node, "pubsub#title", "doctor") &&
	       is_configured(d, d->probe.node, "pubsub#title", "doctor");
}

/* The features are about what a new node has. */
static bool try_access(struct doctor *d, const char *model)
{
	return is_configured(d, d->probe.node, "pubsub#access_model", model);
}

static bool try_meta_data(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	request_disco_info(&xml, d->probe.node);
	return done(d, "get", &xml, &reply) &&
	       stanza_child(stanza_child(reply, "query", NS_DISCO_INFO), "x", NS_DATA);
}

static bool subscribe(struct doctor *d)
{
	AUTO_STR xml = { 0 };

	request_subscribe(&xml, d->probe.node, session_jid(d->c->session));
	return done(d, "set", &xml, NULL);
}

static bool unsubscribe(struct doctor *d)
{
	AUTO_STR xml = { 0 };

	request_unsubscribe(&xml, d->probe.node, session_jid(d->c->session), NULL);
	return done(d, "set", &xml, NULL);
}

/* It works where what is published then arrives. */
static bool try_subscribe(struct doctor *d, const char *arg)
{
	(void)arg;
	if (!subscribe(d))
		return false;
	probe_expect(&d->probe, EVENT_ITEM, "n");
	return publish(d, d->probe.node, NULL, "n", NULL) && arrives(d);
}

static bool try_publish(struct doctor *d, const char *arg)
{
	(void)arg;
	return publish(d, d->probe.node, NULL, "a", NULL);
}

static bool try_items(struct doctor *d, const char *arg)
{
	(void)arg;
	return has_item(d, "a");
}

static bool try_multi_items(struct doctor *d, const char *arg)
{
	(void)arg;
	return publish(d, d->probe.node, NULL, "b", "c") && has_item(d, "b") && has_item(d, "c");
}

static bool try_rsm(struct doctor *d, const char *arg)
{
	AUTO(strings_free) char **ids = NULL;
	bool paged;

	(void)arg;
	if (!publish(d, d->probe.node, NULL, "d", NULL) ||
	    !publish(d, d->probe.node, NULL, "e", NULL))
		return false;
	ids = items(d, 1, &paged);
	return paged && strings_count(ids) == 1;
}

/* A precondition that is not met has to be refused, or it means nothing. */
static bool try_publish_options(struct doctor *d, const char *arg)
{
	AUTO_STR met = { 0 };
	AUTO_STR not_met = { 0 };

	(void)arg;
	if (!configure(d, d->probe.node, "pubsub#access_model", "open"))
		return false;
	one_field(&met, PUBLISH_OPTIONS, "pubsub#access_model", "open");
	one_field(&not_met, PUBLISH_OPTIONS, "pubsub#access_model", "whitelist");
	return publish(d, d->probe.node, met.p, "f", NULL) &&
	       !publish(d, d->probe.node, not_met.p, "g", NULL) && !has_item(d, "g");
}

static bool try_retract(struct doctor *d, const char *arg)
{
	AUTO_STR xml = { 0 };

	(void)arg;
	if (!publish(d, d->probe.node, NULL, "a", NULL))
		return false;
	request_retract(&xml, d->probe.node, "a", true);
	return done(d, "set", &xml, NULL) && !has_item(d, "a") && !d->code;
}

static bool try_last_published(struct doctor *d, const char *arg)
{
	(void)arg;
	if (!configure(d, d->probe.node, "pubsub#send_last_published_item", "on_sub") ||
	    !publish(d, d->probe.node, NULL, "last", NULL))
		return false;
	if (!unsubscribe(d))
		return false;
	probe_expect(&d->probe, EVENT_ITEM, "last");
	return subscribe(d) && arrives(d);
}

static bool try_purge(struct doctor *d, const char *arg)
{
	AUTO(strings_free) char **ids = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	if (!publish(d, d->probe.node, NULL, "a", NULL))
		return false;
	request_purge(&xml, d->probe.node);
	if (!done(d, "set", &xml, NULL))
		return false;
	ids = items(d, 0, NULL);
	return !ids && !d->code;
}

/* Lists */

struct search {
	const char *node, *jid, *value; /* @jid: the bare one; NULL: any */
	bool found;
};

static int look_at(struct ctl *c, const struct entry *e, void *data)
{
	struct search *s = data;
	AUTO_FREE char *jid = e->jid ? jid_prep(e->jid) : NULL;

	(void)c;
	if ((!e->node || !strcmp(e->node, s->node)) && e->value && !strcmp(e->value, s->value) &&
	    (!s->jid || (jid && jid_same_bare(jid, s->jid))))
		s->found = true;
	return 0;
}

static bool lists(struct doctor *d, bool owner, bool subscriptions, const char *jid,
		  const char *value)
{
	struct search s = { d->probe.node, jid, value, false };
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	const struct list_query q = { .node = owner ? d->probe.node : NULL };
	AUTO_STR xml = { 0 };

	if (owner)
		(subscriptions ? request_subscribers : request_affiliates)(&xml, &q);
	else
		(subscriptions ? request_subscriptions : request_affiliations)(&xml, &q);
	if (done(d, "get", &xml, &reply))
		entries_each(d->c, reply, owner, subscriptions, look_at, &s);
	return s.found;
}

static bool try_retrieve_subscriptions(struct doctor *d, const char *arg)
{
	(void)arg;
	return lists(d, false, true, d->jid, "subscribed");
}

static bool try_manage_subscriptions(struct doctor *d, const char *arg)
{
	(void)arg;
	return lists(d, true, true, d->jid, "subscribed");
}

static bool try_retrieve_affiliations(struct doctor *d, const char *arg)
{
	(void)arg;
	return lists(d, false, false, NULL, "owner");
}

static bool try_options(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	request_options(&xml, d->probe.node, session_jid(d->c->session), NULL, NULL);
	return done(d, "get", &xml, &reply) &&
	       stanza_child(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "options", NULL),
			    "x", NS_DATA);
}

/* Somebody who need not exist, at the account's own server. */
static bool try_affiliation(struct doctor *d, const char *affiliation)
{
	AUTO_FREE char *jid = NULL;
	AUTO_STR xml = { 0 };
	size_t len;
	const char *domain = jid_domain(d->jid, &len);

	jid = mem_printf("%s@%.*s", d->probe.node, (int)len, domain);
	request_affiliates_begin(&xml, d->probe.node);
	request_affiliate(&xml, jid, affiliation);
	request_affiliates_end(&xml);
	return done(d, "set", &xml, NULL) && lists(d, true, false, jid, affiliation);
}

static bool try_get_pending(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	const char *id;

	(void)arg;
	request_get_pending(&xml);
	if (!done(d, "set", &xml, &reply))
		return false;
	id = stanza_attr(stanza_child(reply, "command", NS_COMMANDS), "sessionid");
	str_reset(&xml);
	if (id)
		request_get_pending_end(&xml, id);
	if (id)
		done(d, "set", &xml, NULL);
	return true;
}

/*
 * Prosody (0.12) does not forget the subscriptions to a node that is deleted, and then breaks off
 * each time it shall list ours: nothing may be left behind.
 */
static bool try_delete(struct doctor *d, const char *arg)
{
	(void)arg;
	unsubscribe(d);
	if (!delete_node(d, d->probe.node))
		return false;
	d->probe.made = false;
	return true;
}

static bool try_create(struct doctor *d, const char *arg)
{
	AUTO_STR xml = { 0 };

	(void)arg;
	request_delete(&d->c->will, d->probe.node, NULL);
	request_create(&xml, d->probe.node);
	d->probe.made = done(d, "set", &xml, NULL);
	return d->probe.made;
}

/* clang-format off */
static const struct trial { /* in this order, as they build on each other */
	const char *feature; /* with NS_PUBSUB# before it, but for URIs */
	bool (*try)(struct doctor *d, const char *arg);
	const char *arg;
} trials[] = {
	{ "create-nodes", try_create },
	{ "access-open", try_access, "open" },
	{ "access-authorize", try_access, "authorize" },
	{ "access-presence", try_access, "presence" },
	{ "access-roster", try_access, "roster" },
	{ "access-whitelist", try_access, "whitelist" },
	{ "instant-nodes", try_instant_nodes },
	{ "create-and-configure", try_create_and_configure },
	{ "collections", try_collections },
	{ "auto-create", try_auto_create },
	{ "retrieve-default", try_retrieve_default },
	{ "config-node", try_config_node },
	{ "meta-data", try_meta_data },
	{ "publish", try_publish },
	{ "subscribe", try_subscribe },
	{ "retrieve-subscriptions", try_retrieve_subscriptions },
	{ "manage-subscriptions", try_manage_subscriptions },
	{ "subscription-options", try_options },
	{ "retrieve-items", try_items },
	{ "persistent-items", try_items },
	{ "item-ids", try_items },
	{ "multi-items", try_multi_items },
	{ NS_RSM, try_rsm },
	{ "publish-options", try_publish_options },
	{ "last-published", try_last_published },
	{ "retract-items", try_retract },
	{ "delete-items", try_retract },
	{ "purge-nodes", try_purge },
	{ "retrieve-affiliations", try_retrieve_affiliations },
	/* From one to the next, as the chart of section 4.1 allows it. */
	{ "member-affiliation", try_affiliation, "member" },
	{ "publish-only-affiliation", try_affiliation, "publish-only" },
	{ "publisher-affiliation", try_affiliation, "publisher" },
	{ "modify-affiliations", try_affiliation, "publisher" },
	{ "outcast-affiliation", try_affiliation, "outcast" },
	{ "get-pending", try_get_pending },
	{ "delete-nodes", try_delete },
	{ NULL }
};
/* clang-format on */

/* What is required */

static const char *short_name(const char *feature)
{
	return strncmp(feature, PREFIX, strlen(PREFIX)) ? feature : feature + strlen(PREFIX);
}

static char **required(const struct ctl *c)
{
	AUTO_FREE char *list = mem_strdup(c->o->require);
	char **names = NULL, *rest = list, *word;

	while (rest && (word = strsep(&rest, ",")))
		if (*word)
			strings_add(&names, short_name(word));
	return names;
}

int verb_doctor_check(struct ctl *c)
{
	AUTO(strings_free) char **names = required(c);

	for (char **name = names; name && *name; name++) {
		struct nearest near = { .word = *name };
		const struct trial *t = trials;

		for (; t->feature && strcmp(t->feature, *name) != 0; t++)
			nearest_consider(&near, t->feature);
		if (!t->feature)
			return opts_usage_error("--require: '%s' is not tried; did you mean '%s'?",
						*name, nearest_found(&near));
	}
	return 0;
}

/* The table */

static void print_feature(struct doctor *d, const char *feature, bool advertised, const char *works)
{
	AUTO_STR xml = { 0 };

	if (!d->c->o->xml) {
		print_row(d->c, feature, advertised ? "yes" : "no", works);
		return;
	}
	str_puts(&xml, "<feature xmlns='" NS_DOC "'");
	xml_attr(&xml, "name", feature);
	xml_attr(&xml, "advertised", advertised ? "yes" : "no");
	xml_attr(&xml, "works", works);
	str_puts(&xml, "/>");
	print_xml(d->c, xml.p, xml.len);
}

static bool is_advertised(const struct doctor *d, const char *feature)
{
	for (size_t i = 0; i < d->advertised.n; i++)
		if (!strcmp(short_name(d->advertised.all[i]), feature))
			return true;
	return false;
}

static bool is_tried(const char *feature)
{
	for (const struct trial *t = trials; t->feature; t++)
		if (!strcmp(t->feature, feature))
			return true;
	return false;
}

static void print_untried(struct doctor *d)
{
	for (size_t i = 0; i < d->advertised.n; i++) {
		const char *feature = short_name(d->advertised.all[i]);

		if (feature != d->advertised.all[i] && !is_tried(feature))
			print_feature(d, feature, true, "-");
	}
}

/* Without a node there is nothing to try: what then does not work is not known. */
static void try_all(struct doctor *d)
{
	AUTO(strings_free) char **names = required(d->c);

	for (const struct trial *t = trials; t->feature && !d->code; t++) {
		bool can = d->probe.made || t == trials;
		bool works = can && t->try(d, t->arg);

		if (d->code)
			break;
		print_feature(d, t->feature, is_advertised(d, t->feature),
			      !can    ? "-"
			      : works ? "yes"
				      : "no");
		if (!works && strings_have(names, t->feature))
			strings_add(&d->missing, t->feature);
	}
}

static int read_features(struct doctor *d)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *f;
	int code;

	ctl_doing(d->c, "ask what there is");
	request_disco_info(&xml, NULL);
	code = ctl_request(d->c, "get", &xml, &reply);
	f = code ? NULL
		 : stanza_child(stanza_child(reply, "query", NS_DISCO_INFO), "feature",
				NS_DISCO_INFO);
	for (; f; f = stanza_next_like(f, "feature", NS_DISCO_INFO))
		if (stanza_attr(f, "var"))
			names_add(&d->advertised, stanza_attr(f, "var"));
	return code;
}

static int examine(struct doctor *d)
{
	int code = read_features(d);

	if (code)
		return code;
	ctl_doing(d->c, "try the features");
	try_all(d);
	if (!d->code)
		print_untried(d);
	for (char **name = d->missing; name && *name && !d->code; name++)
		log_error("%s: '%s' does not work", d->c->service, *name);
	return d->code ? d->code : d->missing ? EXIT_DIFFERS : 0;
}

int verb_doctor(struct ctl *c)
{
	struct doctor d = { .c = c, .jid = jid_bare(session_jid(c->session)) };
	int code, e;

	probe_init(&d.probe, c, NULL);
	code = examine(&d);
	e = probe_end(&d.probe);
	names_release(&d.advertised);
	strings_free(d.missing);
	free(d.jid);
	return code ? code : e;
}
