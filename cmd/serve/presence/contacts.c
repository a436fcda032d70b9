/* SPDX-License-Identifier: MIT */
#include "cmd/serve/presence/contacts.h"

#include <errno.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/own_caps.h"
#include "cmd/serve/presence/entitle.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subs/sub_list.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/presence.h"
#include "common/xmpp/xml.h"

/* So many bytes of stanzas together, where all contacts are sent something. */
#define TOGETHER (16 * 1024)

/* NULL @type: available, with our capabilities. What an account sends, its server signs. */
static void add_presence(struct service *s, struct str *out, const char *type, const char *to)
{
	str_puts(out, "<presence");
	xml_attr(out, "type", type);
	if (s->config->component)
		xml_attr(out, "from", s->config->jid);
	xml_attr(out, "to", to);
	if (type) {
		str_puts(out, "/>");
		return;
	}
	str_putc(out, '>');
	own_caps_render(s, out);
	str_puts(out, "</presence>");
}

static void send(struct request *r, const char *type, const char *to)
{
	AUTO_STR xml = { 0 };

	add_presence(r->service, &xml, type, to);
	event_stanza(&r->events, &xml);
}

/* Changes */

int contact_change(struct request *r, const char *bare_jid, const struct contact *now)
{
	AUTO_IN_PLACE(contact_release) struct contact before = { 0 };
	struct store *store = r->service->store;
	int e = store_contact_get(store, bare_jid, &before);

	if (!e)
		e = store_contact_set(store, bare_jid, now);
	if (e || (before.from == now->from && strings_same_set(before.groups, now->groups)))
		return e;
	return entitle_contact(r, bare_jid, &before);
}

/* *ret: there are as many as may be, and @c is none of them yet. */
static int check_room(struct request *r, const struct contact *c, bool *ret_full)
{
	int64_t count;
	int e = store_contact_count(r->service->store, &count);

	*ret_full = !e && !c->from && !c->to && !c->asked &&
		    (uint64_t)count >= r->service->config->max_contacts;
	return e;
}

/* Asking for presence */

static int ask(struct request *r, const char *jid)
{
	AUTO_IN_PLACE(contact_release) struct contact c = { 0 };
	AUTO_FREE char *bare = jid_bare(jid);
	bool full = false;
	int e;

	/* An account sees its own presence. */
	if (!r->service->config->component && jid_same_bare(bare, r->service->config->jid))
		return 0;
	e = store_contact_get(r->service->store, bare, &c);
	if (!e && !c.to && !c.asked)
		e = check_room(r, &c, &full);
	if (e || c.to || c.asked || full)
		return e;
	c.asked = true;
	e = contact_change(r, bare, &c);
	if (!e)
		send(r, "subscribe", bare);
	return e;
}

static bool matters(const struct node_config *n)
{
	return n->presence_based || n->tempsub;
}

int contact_follow(struct request *r, const struct node *n, const struct sub_options *options,
		   const char *jid)
{
	if (matters(&n->config) ||
	    (options && (options->expire == EXPIRE_PRESENCE || options->shows != SHOW_ALL)))
		return ask(r, jid);
	return 0;
}

int contact_follow_all(struct request *r, const struct node_config *before)
{
	AUTO_IN_PLACE(sub_list_release) struct sub_list subs = { 0 };
	int e = 0;

	if (matters(&r->node.config) && !matters(before))
		e = store_sub_each(r->service->store, r->node.id, sub_list_add, &subs);
	for (size_t i = 0; i < subs.n && !e; i++)
		e = ask(r, subs.list[i].ref.jid);
	return e;
}

int contact_follow_publisher(struct request *r)
{
	return r->node.config.purge_offline ? ask(r, r->bare) : 0;
}

/* Being asked */

static bool is_welcome(const struct service *s, const char *bare)
{
	if (config_is_anonymous(s->config, bare))
		return false;
	switch (s->config->presence) {
	case PRESENCE_ANYONE:
		return true;
	case PRESENCE_DOMAIN:
		return access_of_domain(bare, &s->policy) || config_is_admin(s->config, bare);
	case PRESENCE_ADMINS:
		return config_is_admin(s->config, bare);
	case PRESENCE_NOBODY:
		break;
	}
	return false;
}

/* Who is approved is asked the same (PRES-04). */
static int approve(struct request *r, const char *bare, struct contact *c)
{
	struct service *s = r->service;
	bool ask_back = !c->to && !c->asked;
	int e = 0;

	send(r, "subscribed", bare);
	if (s->config->component) {
		c->from = true;
		c->asked = !c->to;
		e = contact_change(r, bare, c);
		send(r, NULL, bare);
	}
	if (ask_back)
		send(r, "subscribe", bare);
	return e;
}

static int on_subscribe(struct request *r, const char *bare, struct contact *c)
{
	bool full = false;
	int e = check_room(r, c, &full);

	if (e)
		return e;
	if (!full && is_welcome(r->service, bare))
		return approve(r, bare, c);
	/* Another client of the account's may see to it. */
	if (r->service->config->component || r->service->config->presence != PRESENCE_NOBODY)
		send(r, "unsubscribed", bare);
	return 0;
}

static int on_subscribed(struct request *r, const char *bare, struct contact *c)
{
	if (!c->asked)
		return 0;
	c->to = true;
	c->asked = false;
	return contact_change(r, bare, c);
}

static int on_unsubscribe(struct request *r, const char *bare, struct contact *c)
{
	if (!c->from)
		return 0;
	c->from = false;
	send(r, "unavailable", bare);
	send(r, "unsubscribed", bare);
	return contact_change(r, bare, c);
}

static int on_unsubscribed(struct request *r, const char *bare, struct contact *c)
{
	c->to = c->asked = false;
	return contact_change(r, bare, c);
}

/* RFC 6121 section 4.3.2 */
static int on_probe(struct request *r, const char *bare, struct contact *c)
{
	send(r, c->from ? NULL : "unsubscribed", bare);
	return 0;
}

typedef int contact_fn(struct request *r, const char *bare, struct contact *c);

/* clang-format off */
static const struct {
	bool component_only;	/* an account's server does it */
	contact_fn *fn;
} reactions[] = {
	[PRESENCE_SUBSCRIBE] = { false, on_subscribe },
	[PRESENCE_SUBSCRIBED] = { true, on_subscribed },
	[PRESENCE_UNSUBSCRIBE] = { true, on_unsubscribe },
	[PRESENCE_UNSUBSCRIBED] = { true, on_unsubscribed },
	[PRESENCE_PROBE] = { true, on_probe },
	[PRESENCE_ERROR] = { true, NULL },
};
/* clang-format on */

struct incoming {
	const char *bare;
	contact_fn *fn;
};

static int react(struct request *r, void *data)
{
	AUTO_IN_PLACE(contact_release) struct contact c = { 0 };
	const struct incoming *in = data;
	int e = store_contact_get(r->service->store, in->bare, &c);

	return e ? e : in->fn(r, in->bare, &c);
}

void contacts_take(struct service *s, const char *bare_jid, const struct presence_in *p)
{
	struct incoming in = { .bare = bare_jid, .fn = reactions[p->type].fn };
	int e = 0;

	if (in.fn && (s->config->component || !reactions[p->type].component_only))
		e = service_change(s, react, &in);
	if (e)
		log_error("cannot keep who shares presence: %s", strerror(-e));
}

/* All of them */

struct round {
	struct request *r;
	bool leaving;
	struct str xml;
};

static void flush(struct round *w)
{
	if (w->xml.len)
		event_stanza(&w->r->events, &w->xml);
}

static int address(const char *bare_jid, const struct contact *c, void *data)
{
	struct round *w = data;
	struct service *s = w->r->service;

	if (c->from)
		add_presence(s, &w->xml, w->leaving ? "unavailable" : NULL, bare_jid);
	if (c->to && !w->leaving)
		add_presence(s, &w->xml, "probe", bare_jid);
	if (w->xml.len >= TOGETHER)
		flush(w);
	return 0;
}

static int go_round(struct request *r, void *data)
{
	struct round w = { .r = r, .leaving = *(bool *)data };
	int e = store_contact_each(r->service->store, address, &w);

	flush(&w);
	str_release(&w.xml);
	return e;
}

static void tell_all(struct service *s, bool leaving)
{
	int e = s->config->component ? service_change(s, go_round, &leaving) : 0;

	if (e)
		log_error("cannot tell contacts of the service's presence: %s", strerror(-e));
}

void contacts_greet(struct service *s)
{
	tell_all(s, false);
}

void contacts_leave(struct service *s)
{
	tell_all(s, true);
}
