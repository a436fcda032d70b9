/* SPDX-License-Identifier: MIT */
/* The subscription: how it begins, how it is configured, and how it ends. */
#include "cmd/sub/follow_internal.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/sub/seen.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/event.h"
#include "common/pubsub/request.h"
#include "common/pubsub/sequence.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

static void not_subscribed(struct follow *f, const char *why, int code)
{
	log_error("cannot subscribe to '%s' at %s: %s", f->p.node, f->service, why);
	follow_fail(f, code);
}

static void configure(struct follow *f);

static void take_state(struct follow *f, const char *state)
{
	enum fetch_what what;

	if (!state || !strcmp(state, "subscribed")) {
		log_info("subscribed to '%s'", f->p.node);
		f->established = true;
		if (f->p.baseline && !follow_choose(f, &what)) {
			f->state = BASING;
			follow_take_baseline(f);
		} else {
			follow_settle(f);
		}
	} else if (!strcmp(state, "pending")) {
		log_note("the subscription to '%s' waits for the approval of its owner", f->p.node);
		f->state = PENDING;
		f->handler->settled(f, f->data);
	} else if (!strcmp(state, "unconfigured") && f->p.options) {
		configure(f);
	} else if (!strcmp(state, "unconfigured")) {
		not_subscribed(f, "the service wants subscription options", EX_REFUSED);
	} else {
		not_subscribed(f, "the owner has refused it", EX_DENIED);
	}
}

void follow_on_subscription(struct follow *f, const struct event *e)
{
	AUTO_FREE char *jid = e->jid ? jid_prep(e->jid) : NULL;

	if (!jid || !f->jid || strcmp(jid, f->jid) || !e->state)
		return;
	if (f->state == PENDING && strcmp(e->state, "pending"))
		take_state(f, e->state);
	else if (f->state > PENDING && strcmp(e->state, "subscribed"))
		not_subscribed(f, "the owner has ended the subscription", EX_DENIED);
}

static void on_configured(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			  void *data)
{
	struct follow *f = data;

	(void)s;
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_RESULT)
		take_state(f, "subscribed");
	else
		follow_refuse(f, "set the options of the subscription to", outcome, reply);
}

static void configure(struct follow *f)
{
	AUTO_STR xml = { 0 };

	request_options(&xml, f->p.node, f->jid, f->subid, f->p.options);
	session_request(f->session, "set", f->service, xml.p, xml.len, on_configured, f);
}

/* A service that does not know options within a subscribe request says no to them, not to us. */
static bool wants_options_apart(struct follow *f, enum session_outcome outcome,
				xmpp_stanza_t *reply)
{
	struct stanza_error e;

	if (!f->p.options || f->apart || outcome != SESSION_ERROR)
		return false;
	stanza_error_parse(reply, &e);
	f->apart = !strcmp(e.condition, "feature-not-implemented") ||
		   (!strcmp(e.condition, "bad-request") && !e.pubsub);
	stanza_error_release(&e);
	return f->apart;
}

static void subscribe(struct follow *f);

static void on_subscribe(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			 void *data)
{
	struct follow *f = data;
	xmpp_stanza_t *subscription;
	const char *state;

	(void)s;
	if (outcome == SESSION_LOST)
		return;
	if (wants_options_apart(f, outcome, reply)) {
		subscribe(f);
		return;
	}
	if (outcome != SESSION_RESULT) {
		free(f->jid);
		f->jid = NULL;
		follow_refuse(f, "subscribe to", outcome, reply);
		return;
	}
	subscription =
		stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "subscription", NS_PUBSUB);
	free(f->subid);
	f->subid = mem_strdup(stanza_attr(subscription, "subid"));
	state = stanza_attr(subscription, "subscription");
	if (f->apart && (!state || !strcmp(state, "subscribed")))
		configure(f);
	else
		take_state(f, state);
}

static void subscribe(struct follow *f)
{
	AUTO_STR xml = { 0 };

	if (f->p.options && !f->apart)
		request_subscribe_with(&xml, f->p.node, f->jid, f->p.options);
	else
		request_subscribe(&xml, f->p.node, f->jid);
	session_request(f->session, "set", f->service, xml.p, xml.len, on_subscribe, f);
}

void follow_up(struct follow *f, struct session *s, const char *service)
{
	f->session = s;
	f->service = service;
	if (f->state == GONE)
		return;
	if (!f->p.subscribe) {
		f->state = SUBSCRIBED;
		return;
	}
	free(f->jid);
	f->jid = f->p.durable ? jid_bare(session_jid(s)) : mem_strdup(session_jid(s));
	f->state = SUBSCRIBING;
	f->current = false;
	sequence_open(&f->sequence);
	f->expected.id = f->seen.newest;
	f->expected.place = f->newest_place;
	f->expected.until = ev_time() + SEEN_ECHO;
	subscribe(f);
}

static void on_unsubscribe(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			   void *data)
{
	struct follow *f = data;

	(void)s;
	(void)reply;
	if (outcome != SESSION_RESULT && outcome != SESSION_LOST)
		log_info("'%s': the service did not end the subscription", f->p.node);
	f->handler->unsubscribed(f, f->data);
}

bool follow_unsubscribe(struct follow *f)
{
	AUTO_STR xml = { 0 };

	if (!f->jid || f->p.durable || f->state == GONE)
		return false;
	request_unsubscribe(&xml, f->p.node, f->jid, f->subid);
	return session_request(f->session, "set", f->service, xml.p, xml.len, on_unsubscribe, f);
}
