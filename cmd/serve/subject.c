/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subject.h"

#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/strings.h"
#include "common/xmpp/jid.h"

static int note_subscribed(const struct subscription *sub, void *data)
{
	bool *subscribed = data;

	*subscribed = sub->state == SUB_SUBSCRIBED;
	return *subscribed;
}

/* An entity is the JID of its subscription: this one, or all its resources together. */
static int find_subscribed(struct service *s, const struct node *node, const char *jid,
			   const char *bare, bool *ret)
{
	int e;

	*ret = false;
	e = store_sub_find(s->store, node->id, jid, note_subscribed, ret);
	if (!e && !*ret && jid_resource(jid))
		e = store_sub_find(s->store, node->id, bare, note_subscribed, ret);
	return e;
}

int subject_subscribed(struct service *s, const struct node *node, const char *jid, bool *ret)
{
	AUTO_FREE char *bare = jid_bare(jid);

	return find_subscribed(s, node, jid, bare, ret);
}

static bool is_in_group(const struct node *node, const struct contact *contact)
{
	for (char **group = contact->groups; group && *group; group++)
		if (strings_have(node->config.roster_groups, *group))
			return true;
	return false;
}

void subject_stand(const struct service *s, const struct node *node, const struct contact *contact,
		   struct subject *who)
{
	/* An account sees its own presence (XEP-0060 section 9.1.1). */
	bool own = !s->config->component && jid_same_bare(who->jid, s->config->jid);

	who->presence = own || contact->from;
	who->in_group = is_in_group(node, contact);
}

static int load_contact(struct service *s, const struct node *node, const char *bare,
			struct subject *who)
{
	AUTO_IN_PLACE(contact_release) struct contact contact = { 0 };
	int e = store_contact_get(s->store, bare, &contact);

	if (!e)
		subject_stand(s, node, &contact, who);
	return e;
}

static bool asks_presence(const struct node *node)
{
	return node->config.access == ACCESS_PRESENCE || node->config.access == ACCESS_ROSTER;
}

int subject_load(struct service *s, enum priv priv, const struct node *node, const char *jid,
		 struct subject *ret)
{
	AUTO_FREE char *bare = jid_bare(jid);
	struct subject who = { .jid = jid, .admin = config_is_admin(s->config, bare) };
	int e = store_affiliation_get(s->store, node->id, bare, &who.affiliation);

	if (!e && access_asks_subscription(priv, node))
		e = find_subscribed(s, node, jid, bare, &who.subscribed);
	if (!e && asks_presence(node))
		e = load_contact(s, node, bare, &who);
	if (!e)
		*ret = who;
	return e;
}

int subject_check(struct service *s, enum priv priv, const struct node *node, const char *jid)
{
	struct subject who;
	int e = subject_load(s, priv, node, jid, &who);

	return e ? e : access_check(priv, node, &who, &s->policy);
}
