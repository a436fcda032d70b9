/* SPDX-License-Identifier: MIT */
#include "cmd/serve/access.h"

#include <string.h>

#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"

bool access_is_owner(const struct subject *who)
{
	return who->admin || who->affiliation == AFF_OWNER;
}

const char *access_server(const struct access_policy *policy, size_t *ret_len)
{
	size_t len;
	const char *own = jid_domain(policy->service, &len);
	const char *dot = policy->component ? memchr(own, '.', len) : NULL;
	const char *server = dot ? dot + 1 : own;

	len -= (size_t)(server - own);
	if (!len || (policy->component && !dot))
		return NULL;
	*ret_len = len;
	return server;
}

bool access_of_domain(const char *jid, const struct access_policy *policy)
{
	size_t own_len, server_len;
	const char *own = jid_domain(policy->service, &own_len);
	const char *server = access_server(policy, &server_len);

	return jid_is_at(jid, own, own_len) || (server && jid_is_at(jid, server, server_len));
}

static bool may_create(const struct subject *who, const struct access_policy *policy)
{
	if (who->admin)
		return true;
	switch (policy->create) {
	case CREATE_ANYONE:
		return true;
	case CREATE_DOMAIN:
		return access_of_domain(who->jid, policy);
	case CREATE_ADMINS:
		break;
	}
	return false;
}

static bool is_banned(const struct subject *who)
{
	return who->affiliation == AFF_OUTCAST && !who->admin;
}

/* In every access model: owners and publishers (ACC-15), and those who have been let in. */
static bool is_known(const struct subject *who)
{
	return access_is_owner(who) || who->affiliation == AFF_PUBLISHER ||
	       who->affiliation == AFF_MEMBER;
}

bool access_must_wait(const struct node *node, const struct subject *who)
{
	return node->config.access == ACCESS_AUTHORIZE && !is_known(who);
}

bool access_asks_subscription(enum priv priv, const struct node *node)
{
	return (priv == PRIV_READ && node->config.access == ACCESS_AUTHORIZE) ||
	       ((priv == PRIV_PUBLISH || priv == PRIV_RETRACT) &&
		node->config.publish == PUBLISH_SUBSCRIBERS);
}

static int by_access_model(enum priv priv, const struct node *node, const struct subject *who)
{
	switch (node->config.access) {
	case ACCESS_OPEN:
		break;
	case ACCESS_PRESENCE:
		return who->presence ? PS_OK : PS_PRESENCE_REQUIRED;
	case ACCESS_ROSTER:
		/* Both, as the glossary says (ACC-07). */
		return who->presence && who->in_group ? PS_OK : PS_NOT_IN_GROUP;
	case ACCESS_AUTHORIZE:
		return priv == PRIV_SUBSCRIBE || who->subscribed ? PS_OK : PS_SUBSCRIBERS_ONLY;
	case ACCESS_WHITELIST:
		return PS_CLOSED_NODE;
	case ACCESS_MAX:
		return PS_FORBIDDEN;
	}
	return PS_OK;
}

static int may_read(enum priv priv, const struct node *node, const struct subject *who)
{
	if (is_known(who))
		return PS_OK;
	/* AFF-19, AFF-20, AFF-40, AFF-41; before the access model is looked at (SUB-15). */
	if (is_banned(who) || who->affiliation == AFF_PUBLISH_ONLY)
		return PS_FORBIDDEN;
	return by_access_model(priv, node, who);
}

static bool may_publish(const struct node *node, const struct subject *who)
{
	if (is_banned(who))
		return false;
	if (access_is_owner(who) || who->affiliation == AFF_PUBLISHER ||
	    who->affiliation == AFF_PUBLISH_ONLY)
		return true;
	switch (node->config.publish) {
	case PUBLISH_OPEN:
		return true;
	case PUBLISH_SUBSCRIBERS:
		return who->subscribed;
	case PUBLISH_PUBLISHERS:
	case PUBLISH_MAX:
		break;
	}
	return false;
}

int access_check(enum priv priv, const struct node *node, const struct subject *who,
		 const struct access_policy *policy)
{
	bool allowed = false;

	switch (priv) {
	case PRIV_NONE:
		return PS_OK;
	case PRIV_CREATE:
		allowed = may_create(who, policy);
		break;
	case PRIV_SUBSCRIBE:
	case PRIV_READ:
		return may_read(priv, node, who);
	case PRIV_PUBLISH:
	case PRIV_RETRACT:
		allowed = may_publish(node, who);
		break;
	case PRIV_OWNER:
		allowed = access_is_owner(who);
		break;
	case PRIV_MAX:
		break;
	}
	return allowed ? PS_OK : PS_FORBIDDEN;
}

int access_retract(const struct node *node, const struct subject *who, const char *publisher)
{
	if (access_is_owner(who))
		return PS_OK;
	return may_publish(node, who) && jid_same_bare(who->jid, publisher) ? PS_OK : PS_FORBIDDEN;
}

bool access_associate(const struct node *collection, const struct subject *who, const char *bare)
{
	if (access_is_owner(who))
		return true;
	if (is_banned(who))
		return false;
	switch (collection->config.children_policy) {
	case CHILDREN_ALL:
		return true;
	case CHILDREN_WHITELIST:
		return strings_have(collection->config.children_whitelist, bare);
	case CHILDREN_OWNERS:
	case CHILDREN_MAX:
		break;
	}
	return false;
}

bool access_transition(enum affiliation from, enum affiliation to)
{
	/* The chart of section 4.1; publish-only goes as publisher does (AFF-67). */
	static const bool chart[AFF_MAX][AFF_MAX] = {
		[AFF_OUTCAST] = { [AFF_NONE] = true,
				  [AFF_MEMBER] = true,
				  [AFF_PUBLISH_ONLY] = true,
				  [AFF_PUBLISHER] = true,
				  [AFF_OWNER] = true },
		[AFF_NONE] = { [AFF_OUTCAST] = true,
			       [AFF_MEMBER] = true,
			       [AFF_PUBLISH_ONLY] = true,
			       [AFF_PUBLISHER] = true,
			       [AFF_OWNER] = true },
		[AFF_MEMBER] = { [AFF_OUTCAST] = true,
				 [AFF_NONE] = true,
				 [AFF_PUBLISH_ONLY] = true,
				 [AFF_PUBLISHER] = true,
				 [AFF_OWNER] = true },
		[AFF_PUBLISH_ONLY] = { [AFF_OUTCAST] = true,
				       [AFF_NONE] = true,
				       [AFF_PUBLISHER] = true,
				       [AFF_OWNER] = true },
		[AFF_PUBLISHER] = { [AFF_OUTCAST] = true,
				    [AFF_NONE] = true,
				    [AFF_PUBLISH_ONLY] = true,
				    [AFF_OWNER] = true },
		[AFF_OWNER] = { [AFF_NONE] = true },
	};

	return from == to || chart[from][to];
}
