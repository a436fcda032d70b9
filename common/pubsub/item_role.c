/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_role.h"

#include <stddef.h>
#include <string.h>

#include "common/xmpp/ns.h"

#define IN(name) (1U << ROLE_##name)
#define TOP IN(NONE)

/* Namespaces: none, XEP-0060's, any other. */
enum { BARE = 1 << 0, BASE = 1 << 1, EVENTS = 1 << 2, OWNER = 1 << 3, OTHER = 1 << 4, ANY = 0x1f };
#define OURS (BARE | BASE | EVENTS)

/* The first row that fits. */
static const struct rule {
	const char *name; /* NULL: every one */
	unsigned places, spaces;
	enum item_role role;
} rules[] = {
	/* clang-format off */
	{ "item",	TOP | IN(PUBSUB) | IN(EVENT) | IN(ITEMS),	OURS,		ROLE_ITEM },
	{ "item",	IN(RETRACTS),					OURS,		ROLE_RETRACT },
	{ "retract",	IN(PUBSUB),					OURS,		ROLE_RETRACTS },
	{ "retract",	TOP | IN(EVENT) | IN(ITEMS),			OURS,		ROLE_RETRACT },
	{ "purge",	TOP | IN(PUBSUB) | IN(EVENT),			OURS | OWNER,	ROLE_PURGE },
	{ "items",	TOP | IN(PUBSUB) | IN(EVENT),			OURS,		ROLE_ITEMS },
	{ "publish",	IN(PUBSUB),					BARE | BASE,	ROLE_ITEMS },
	{ "pubsub",	TOP,						BARE | BASE,	ROLE_PUBSUB },
	{ "event",	TOP,						BARE | EVENTS,	ROLE_EVENT },
	{ NULL,		TOP,						EVENTS,		ROLE_SKIPPED },
	{ NULL,		IN(PUBSUB) | IN(EVENT),				ANY,		ROLE_SKIPPED },
	{ NULL,		TOP,						ANY,		ROLE_PAYLOAD },
	/* clang-format on */
};

static unsigned space_of(const char *uri)
{
	if (!uri)
		return BARE;
	if (strcmp(uri, NS_PUBSUB) == 0)
		return BASE;
	if (strcmp(uri, NS_PUBSUB_EVENT) == 0)
		return EVENTS;
	return strcmp(uri, NS_PUBSUB_OWNER) == 0 ? OWNER : OTHER;
}

enum item_role item_role(enum item_role place, const char *name, const char *uri)
{
	unsigned space = space_of(uri);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];

		if ((rule->places & 1U << place) && (rule->spaces & space) &&
		    (!rule->name || strcmp(rule->name, name) == 0))
			return rule->role;
	}
	return ROLE_NONE;
}
