/* SPDX-License-Identifier: MIT */
#include "cmd/serve/access.h"

#include <string.h>

#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"

static bool is_owner(const struct subject *who)
{
	return who->admin || who->affiliation == AFF_OWNER;
}

static bool same_host(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && !memcmp(a, b, b_len);
}

static bool of_domain(const char *jid, const struct access_policy *policy)
{
	size_t host_len, own_len;
	const char *host = jid_domain(jid, &host_len);
	const char *own = jid_domain(policy->service, &own_len);
	const char *dot = memchr(own, '.', own_len);

	if (same_host(host, host_len, own, own_len))
		return true;
	return policy->component && dot &&
	       same_host(host, host_len, dot + 1, own_len - (size_t)(dot + 1 - own));
}

static bool may_create(const struct subject *who, const struct access_policy *policy)
{
	if (who->admin)
		return true;
	switch (policy->create) {
	case CREATE_ANYONE:
		return true;
	case CREATE_DOMAIN:
		return of_domain(who->jid, policy);
	case CREATE_ADMINS:
		break;
	}
	return false;
}

static bool may_publish(const struct node *node, const struct subject *who)
{
	return node->config.publish_model == PUBLISH_OPEN || is_owner(who);
}

static bool allowed(enum priv priv, const struct node *node, const struct subject *who,
		    const struct access_policy *policy)
{
	bool banned = who->affiliation == AFF_OUTCAST && !who->admin;

	switch (priv) {
	case PRIV_NONE:
		return true;
	case PRIV_CREATE:
		return may_create(who, policy);
	case PRIV_SUBSCRIBE:
	case PRIV_READ:
		return !banned;
	case PRIV_PUBLISH:
		return !banned && may_publish(node, who);
	case PRIV_OWNER:
		return is_owner(who);
	case PRIV_MAX:
		break;
	}
	return false;
}

int access_check(enum priv priv, const struct node *node, const struct subject *who,
		 const struct access_policy *policy)
{
	return allowed(priv, node, who, policy) ? PS_OK : PS_FORBIDDEN;
}

int access_retract(const struct node *node, const struct subject *who, const char *publisher)
{
	if (is_owner(who))
		return PS_OK;
	return allowed(PRIV_PUBLISH, node, who, NULL) && jid_same_bare(who->jid, publisher)
		       ? PS_OK
		       : PS_FORBIDDEN;
}
