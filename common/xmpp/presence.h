/* SPDX-License-Identifier: MIT */
#ifndef XMPP_PRESENCE_H
#define XMPP_PRESENCE_H

/*
 * Presence that has arrived (RFC 6121 section 4.7), with capabilities (XEP-0115) and the time since
 * the last logout (XEP-0312).
 */
#include <stdbool.h>
#include <stdint.h>

#include <strophe.h>

enum presence_type {
	PRESENCE_AVAILABLE,
	PRESENCE_UNAVAILABLE,
	PRESENCE_PROBE,
	PRESENCE_SUBSCRIBE,
	PRESENCE_SUBSCRIBED,
	PRESENCE_UNSUBSCRIBE,
	PRESENCE_UNSUBSCRIBED,
	PRESENCE_ERROR,
};

enum presence_show {
	PRESENCE_ONLINE,
	PRESENCE_AWAY,
	PRESENCE_CHAT,
	PRESENCE_DND,
	PRESENCE_XA,
};

/* Strings are borrowed from the stanza. Only available presence has more than its type. */
struct presence_in {
	enum presence_type type;
	enum presence_show show;	/* PRESENCE_ONLINE where it is missing or unknown */
	int8_t priority;		/* 0 where it is missing or no such number */
	/* All NULL where one is missing: the legacy format of capabilities is ignored. */
	const char *caps_hash, *caps_node, *caps_ver;
	bool has_ago;
	uint64_t ago;			/* seconds */
};

/* 0, or -EINVAL: no presence, or of an unknown type. */
int presence_parse(xmpp_stanza_t *stanza, struct presence_in *ret);
/* "online", "away" etc., as pubsub#show-values has them. */
const char *presence_show_name(enum presence_show show);

#endif
