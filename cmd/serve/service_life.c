/* SPDX-License-Identifier: MIT */
/* Start, connection, other settings, end. */
#include "cmd/serve/service.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/archive.h"
#include "cmd/serve/archive_id.h"
#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/audience.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/filter.h"
#include "cmd/serve/notify/implicit.h"
#include "cmd/serve/notify/interest.h"
#include "cmd/serve/notify/notify.h"
#include "cmd/serve/op/command.h"
#include "cmd/serve/own_caps.h"
#include "cmd/serve/presence/contacts.h"
#include "cmd/serve/presence/roster.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/time.h"

/* How long after the login those who are available must have said so: milliseconds. */
#define SWEEP_DELAY 60000

/* Connected, and not any more */

/* An account's roster is known (ACCT-03). */
static void announce(struct service *s)
{
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<presence>");
	own_caps_render(s, &xml);
	str_puts(&xml, "</presence>");
	if (s->sink->send(xml.p, xml.len, s->sink->data) && s->sink->settled)
		s->sink->settled(s->sink->data);
}

void service_up(struct service *s)
{
	s->away = false;
	available_clear(s->available);
	s->sweep_at = time_now() + SWEEP_DELAY;
	s->sweep_after = 0;
	s->changed = true;
	if (!s->config->component) {
		roster_fetch(s, announce);
	} else {
		contacts_greet(s);
		service_turn(s);
		if (s->sink->settled)
			s->sink->settled(s->sink->data);
	}
	multicast_up(s);
}

void service_down(struct service *s)
{
	s->away = true;
	service_turn(s);
	multicast_down(s);
	outbox_down(s);
}

void service_leave(struct service *s)
{
	s->outbox.leaving = true;
	contacts_leave(s);
}

/* Start and end */

static int make_node(struct service *s, const char *given)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	AUTO_IN_PLACE(node_config_release) struct node_config config = { 0 };
	AUTO_FREE char *name = jid_prep_resource(given);
	int e = store_node_get(s->store, name, &n);

	if (e != -ENOENT)
		return e;
	fields_copy(node_fields, &s->config->defaults[NODE_LEAF], &config);
	config.access = ACCESS_OPEN;
	config.publish = PUBLISH_OPEN;
	return node_make(s, name, s->config->owner, &config, time_now(), &n);
}

static int make_nodes(struct service *s)
{
	int e = 0;

	for (char **node = s->config->given.nodes; node && *node && !e; node++)
		e = make_node(s, *node);
	return e > 0 ? -EDQUOT : e;
}

/* What must be in the store before anybody is served. */
static int prepare(struct service *s)
{
	int e = store_begin(s->store);

	if (e)
		return e;
	e = notify_init(s);
	if (!e)
		e = archive_init(s);
	if (!e)
		e = outbox_init(s);
	if (!e)
		e = make_nodes(s);
	if (!e)
		return store_commit(s->store);
	store_rollback(s->store);
	return e;
}

int service_new(const struct config *config, struct store *store, const struct sink *sink,
		struct service **ret)
{
	struct service *s = mem_zalloc(sizeof(*s));
	int e;

	s->config = config;
	s->store = store;
	s->sink = sink;
	s->policy = (struct access_policy){ .create = config->create,
					    .service = config->jid,
					    .component = config->component };
	s->filters = filters_new();
	s->audiences = audiences_new(store);
	s->available = available_new(config->max_contacts, interest_unref);
	s->interests = interests_new(implicit_welcome);
	s->changed = s->due.unknown = true;
	e = prepare(s);
	if (e) {
		service_free(s);
		return e;
	}
	*ret = s;
	return 0;
}

static void forget_sender(struct service *s)
{
	free(s->sender.raw);
	free(s->sender.jid);
	free(s->sender.bare);
	s->sender = (struct sender){ 0 };
}

static int make_named(struct request *r, void *data)
{
	(void)data;
	return make_nodes(r->service);
}

static void say_anew(struct service *s)
{
	if (s->config->component)
		contacts_greet(s);
	else
		announce(s);
}

void service_reconfigured(struct service *s)
{
	int e;

	service_turn(s);
	s->policy.create = s->config->create;
	s->due.unknown = true;
	forget_sender(s); /* an administrator or not */
	e = service_change(s, make_named, NULL);
	if (e)
		log_error("cannot make the nodes that --node names: %s",
			  e == -EDQUOT ? "--max-nodes is less" : store_error(s->store));
	if (own_caps_renew(s))
		say_anew(s);
	multicast_up(s);
	service_turn(s);
}

void service_free(struct service *s)
{
	if (!s)
		return;
	if (s->batch_writes)
		store_rollback(s->store);
	multicast_release(s);
	outbox_release(s);
	outq_release(&s->batch);
	outq_release(&s->out);
	audiences_free(s->audiences);
	available_free(s->available);
	interests_free(s->interests);
	free(s->caps_ver);
	forget_sender(s);
	rate_release(&s->rate);
	str_release(&s->buffer);
	str_release(&s->message_start);
	free(s->message_prefix);
	archive_ids_free(s->archive_ids);
	command_sessions_free(s->commands);
	filters_free(s->filters);
	free(s);
}
