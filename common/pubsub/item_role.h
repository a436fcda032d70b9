/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_ITEM_ROLE_H
#define PUBSUB_ITEM_ROLE_H

/* The grammar of the item stream (pubsub-items(5)): what an element is, by name and place. */
#include <stdbool.h>

enum item_role {
	ROLE_NONE, /* no element: the top level; or one that must not be there */
	/* These are handed out. */
	ROLE_ITEM,
	ROLE_RETRACT,
	ROLE_PURGE,
	ROLE_SKIPPED,
	ROLE_PAYLOAD,
	/* These are wrappers. */
	ROLE_PUBSUB,
	ROLE_EVENT,
	ROLE_ITEMS,    /* <items>, <publish> */
	ROLE_RETRACTS, /* <retract> round items; but where it has an id it is a ROLE_RETRACT */
};

static inline bool item_role_wraps(enum item_role role)
{
	return role >= ROLE_PUBSUB;
}

/* @place: the wrapper's role; ROLE_NONE: the top level. @uri: NULL for no namespace. */
enum item_role item_role(enum item_role place, const char *name, const char *uri);

#endif
