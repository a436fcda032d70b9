/* SPDX-License-Identifier: MIT */
/*
 * The account's own subscriptions and affiliations (XEP-0060 sections 5.6, 5.7, 6.1 to 6.3).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/settings.h"
#include "cmd/ctl/verbs.h"
#include "common/base/log.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

AUTO_DEFINE(char **, strings_free);

/* subscribe */

static void explain(const struct ctl *c, const char *state)
{
	if (!strcmp(state, "pending"))
		log_note("the subscription to '%s' waits for an owner's approval", c->node);
	else if (!strcmp(state, "unconfigured"))
		log_note("the subscription to '%s' waits for its options: pubsub-ctl options",
			 c->node);
}

int verb_subscribe(struct ctl *c)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_FREE char *jid = jid_bare(session_jid(c->session));
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *s;
	struct entry e = { .subscription = true, .node = c->node, .jid = jid };
	int code;

	ctl_doing(c, "subscribe to '%s'", c->node);
	request_subscribe(&xml, c->node, jid);
	code = ctl_request(c, "set", &xml, &reply);
	if (code)
		return code;
	s = stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "subscription", NS_PUBSUB);
	/* A service need not say so (section 6.1.2). */
	e.value = stanza_attr(s, "subscription") ? stanza_attr(s, "subscription") : "subscribed";
	e.subid = stanza_attr(s, "subid");
	entry_print(c, &e, NULL);
	explain(c, e.value);
	return 0;
}

/* unsubscribe */

struct subids {
	const char *jid;
	char **list;
};

static int note_subid(struct ctl *c, const struct entry *e, void *data)
{
	struct subids *s = data;
	AUTO_FREE char *jid = e->jid ? jid_prep(e->jid) : NULL;

	if (jid && !strcmp(jid, s->jid) && e->subid && e->node && !strcmp(e->node, c->node))
		strings_add(&s->list, e->subid);
	return 0;
}

static int unsubscribe(struct ctl *c, const char *jid, const char *subid, struct answer *ret)
{
	AUTO_STR xml = { 0 };

	ctl_doing(c, "unsubscribe from '%s'", c->node);
	request_unsubscribe(&xml, c->node, jid, subid);
	return ctl_ask(c, "set", c->service, &xml, ret);
}

/* There are several: each by its subid (section 6.2.3.1). */
static int unsubscribe_each(struct ctl *c, const char *jid)
{
	struct subids s = { .jid = jid };
	int code = entries_read(c, false, true, c->node, note_subid, &s);
	AUTO(strings_free) char **list = s.list;

	for (char **subid = list; !code && subid && *subid; subid++) {
		AUTO_ANSWER a = { 0 };

		code = unsubscribe(c, jid, *subid, &a);
		if (!code && a.outcome != SESSION_RESULT)
			code = ctl_refused(c, c->service, &a);
	}
	return code;
}

int verb_unsubscribe(struct ctl *c)
{
	AUTO_FREE char *jid = jid_bare(session_jid(c->session));
	AUTO_ANSWER a = { 0 };
	int code = unsubscribe(c, jid, c->o->subid, &a);

	if (code || a.outcome == SESSION_RESULT)
		return code;
	if (!c->o->subid && answer_is_error(&a, "subid-required"))
		return unsubscribe_each(c, jid);
	return ctl_refused(c, c->service, &a);
}

/* options */

int verb_options_check(struct ctl *c)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };

	return settings_of_args(c->args, &s);
}

static int change(struct ctl *c, const char *jid, const struct settings *s, xmpp_stanza_t *options)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_STR changes = { 0 };
	AUTO_STR xml = { 0 };
	int code = settings_read(c, options, &form);

	if (!code)
		code = settings_change(c, s, sub_fields, &form, &changes);
	if (code || !changes.len)
		return code;
	request_options(&xml, c->node, jid, c->o->subid, changes.p);
	return ctl_request(c, "set", &xml, &reply);
}

int verb_options(struct ctl *c)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_FREE char *jid = jid_bare(session_jid(c->session));
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *options;
	int code = settings_of_args(c->args, &s);

	if (code)
		return code;
	ctl_doing(c, "%s the subscription to '%s'", s.n ? "change" : "read the options of",
		  c->node);
	request_options(&xml, c->node, jid, c->o->subid, NULL);
	code = ctl_request(c, "get", &xml, &reply);
	if (code)
		return code;
	options = stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "options", NS_PUBSUB);
	return s.n ? change(c, jid, &s, options) : settings_print(c, options);
}

/* subscriptions, affiliations */

int verb_subscriptions(struct ctl *c)
{
	ctl_doing(c, "list the own subscriptions");
	return entries_read(c, false, true, c->node, entry_print, NULL);
}

int verb_affiliations(struct ctl *c)
{
	ctl_doing(c, "list the own affiliations");
	return entries_read(c, false, false, c->node, entry_print, NULL);
}
