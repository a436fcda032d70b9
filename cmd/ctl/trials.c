/* SPDX-License-Identifier: MIT */
/*
 * The features that doctor tries: each is true if it works.
 */
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doctor.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/trial_ask.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

AUTO_DEFINE(char **, strings_free);

#define PUBLISH_OPTIONS NS_PUBSUB "#publish-options"

static bool try_instant_nodes(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	const char *node;

	(void)arg;
	request_create(&xml, NULL);
	if (!trial_done(d, "set", &xml, &reply))
		return false;
	node = stanza_attr(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "create", NULL),
			   "node");
	return node && trial_delete_node(d, node);
}

static bool create_with(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };

	trial_form(&form, NODE_CONFIG, var, value);
	request_create_with(&xml, node, form.p);
	return trial_done(d, "set", &xml, NULL) && trial_is_configured(d, node, var, value);
}

static bool try_create_and_configure(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_at_other_node(d, "pubsub#title", "doctor", create_with);
}

static bool try_collections(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_at_other_node(d, "pubsub#node_type", "collection", create_with);
}

static bool create_by_publish(struct doctor *d, const char *node, const char *var,
			      const char *value)
{
	(void)var;
	(void)value;
	return trial_publish(d, node, NULL, "a", NULL);
}

static bool try_auto_create(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_at_other_node(d, NULL, NULL, create_by_publish);
}

static bool try_retrieve_default(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	request_defaults(&xml);
	return trial_done(d, "get", &xml, &reply) &&
	       stanza_child(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB_OWNER), "default",
					 NULL),
			    "x", NS_DATA);
}

static bool try_config_node(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_configure(d, d->probe.node, "pubsub#title", "doctor") &&
	       trial_is_configured(d, d->probe.node, "pubsub#title", "doctor");
}

/* The features are about what a new node has. */
static bool try_access(struct doctor *d, const char *model)
{
	return trial_is_configured(d, d->probe.node, "pubsub#access_model", model);
}

static bool try_meta_data(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	request_disco_info(&xml, d->probe.node);
	return trial_done(d, "get", &xml, &reply) &&
	       stanza_child(stanza_child(reply, "query", NS_DISCO_INFO), "x", NS_DATA);
}

static bool subscribe(struct doctor *d)
{
	AUTO_STR xml = { 0 };

	request_subscribe(&xml, d->probe.node, session_jid(d->c->session));
	return trial_done(d, "set", &xml, NULL);
}

static bool unsubscribe(struct doctor *d)
{
	AUTO_STR xml = { 0 };

	request_unsubscribe(&xml, d->probe.node, session_jid(d->c->session), NULL);
	return trial_done(d, "set", &xml, NULL);
}

/* It works where what is published then arrives. */
static bool try_subscribe(struct doctor *d, const char *arg)
{
	(void)arg;
	if (!subscribe(d))
		return false;
	probe_expect(&d->probe, EVENT_ITEM, "n");
	return trial_publish(d, d->probe.node, NULL, "n", NULL) && trial_arrives(d);
}

static bool try_publish(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_publish(d, d->probe.node, NULL, "a", NULL);
}

static bool try_items(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_has_item(d, "a");
}

static bool try_multi_items(struct doctor *d, const char *arg)
{
	(void)arg;
	return trial_publish(d, d->probe.node, NULL, "b", "c") && trial_has_item(d, "b") &&
	       trial_has_item(d, "c");
}

static bool try_rsm(struct doctor *d, const char *arg)
{
	AUTO(strings_free) char **ids = NULL;
	bool paged;

	(void)arg;
	if (!trial_publish(d, d->probe.node, NULL, "d", NULL) ||
	    !trial_publish(d, d->probe.node, NULL, "e", NULL))
		return false;
	ids = trial_items(d, 1, &paged);
	return paged && strings_count(ids) == 1;
}

/* A precondition that is not met has to be refused, or it means nothing. */
static bool try_publish_options(struct doctor *d, const char *arg)
{
	AUTO_STR met = { 0 };
	AUTO_STR not_met = { 0 };

	(void)arg;
	if (!trial_configure(d, d->probe.node, "pubsub#access_model", "open"))
		return false;
	trial_form(&met, PUBLISH_OPTIONS, "pubsub#access_model", "open");
	trial_form(&not_met, PUBLISH_OPTIONS, "pubsub#access_model", "whitelist");
	return trial_publish(d, d->probe.node, met.p, "f", NULL) &&
	       !trial_publish(d, d->probe.node, not_met.p, "g", NULL) && !trial_has_item(d, "g");
}

static bool try_retract(struct doctor *d, const char *arg)
{
	AUTO_STR xml = { 0 };

	(void)arg;
	if (!trial_publish(d, d->probe.node, NULL, "a", NULL))
		return false;
	request_retract(&xml, d->probe.node, "a", true);
	return trial_done(d, "set", &xml, NULL) && !trial_has_item(d, "a") && !d->code;
}

static bool try_last_published(struct doctor *d, const char *arg)
{
	(void)arg;
	if (!trial_configure(d, d->probe.node, "pubsub#send_last_published_item", "on_sub") ||
	    !trial_publish(d, d->probe.node, NULL, "last", NULL))
		return false;
	if (!unsubscribe(d))
		return false;
	probe_expect(&d->probe, EVENT_ITEM, "last");
	return subscribe(d) && trial_arrives(d);
}

static bool try_purge(struct doctor *d, const char *arg)
{
	AUTO(strings_free) char **ids = NULL;
	AUTO_STR xml = { 0 };

	(void)arg;
	if (!trial_publish(d, d->probe.node, NULL, "a", NULL))
		return false;
	request_purge(&xml, d->probe.node);
	if (!trial_done(d, "set", &xml, NULL))
		return false;
	ids = trial_items(d, 0, NULL);
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
	if (trial_done(d, "get", &xml, &reply))
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
	return trial_done(d, "get", &xml, &reply) &&
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
	return trial_done(d, "set", &xml, NULL) && lists(d, true, false, jid, affiliation);
}

static bool try_get_pending(struct doctor *d, const char *arg)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	const char *id;

	(void)arg;
	request_get_pending(&xml);
	if (!trial_done(d, "set", &xml, &reply))
		return false;
	id = stanza_attr(stanza_child(reply, "command", NS_COMMANDS), "sessionid");
	str_reset(&xml);
	if (id)
		request_get_pending_end(&xml, id);
	if (id)
		trial_done(d, "set", &xml, NULL);
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
	if (!trial_delete_node(d, d->probe.node))
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
	d->probe.made = trial_done(d, "set", &xml, NULL);
	return d->probe.made;
}

/* clang-format off */
const struct trial trials[] = {
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
