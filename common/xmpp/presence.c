/* SPDX-License-Identifier: MIT */
#include "common/xmpp/presence.h"

#include <errno.h>
#include <string.h>

#include "common/base/parse.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

static const char *const types[] = {
	[PRESENCE_UNAVAILABLE] = "unavailable",
	[PRESENCE_PROBE] = "probe",
	[PRESENCE_SUBSCRIBE] = "subscribe",
	[PRESENCE_SUBSCRIBED] = "subscribed",
	[PRESENCE_UNSUBSCRIBE] = "unsubscribe",
	[PRESENCE_UNSUBSCRIBED] = "unsubscribed",
	[PRESENCE_ERROR] = "error",
};

static const char *const shows[] = {
	[PRESENCE_ONLINE] = "online", [PRESENCE_AWAY] = "away", [PRESENCE_CHAT] = "chat",
	[PRESENCE_DND] = "dnd",	  [PRESENCE_XA] = "xa",
};

static int parse_type(const char *text, enum presence_type *ret)
{
	if (!text) {
		*ret = PRESENCE_AVAILABLE;
		return 0;
	}
	for (size_t i = PRESENCE_UNAVAILABLE; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(text, types[i])) {
			*ret = (enum presence_type)i;
			return 0;
		}
	return -EINVAL;
}

/* Children of a stanza's own kind are in its namespace, whatever that is. */
static const char *own_child(xmpp_stanza_t *stanza, const char *name)
{
	return stanza_child_text(stanza, name, stanza_ns(stanza));
}

static enum presence_show parse_show(const char *text)
{
	for (size_t i = 0; text && i < sizeof(shows) / sizeof(shows[0]); i++)
		if (!strcmp(text, shows[i]))
			return (enum presence_show)i;
	return PRESENCE_ONLINE;
}

/* An xs:byte. */
static int8_t parse_priority(const char *text)
{
	bool minus = text && *text == '-';
	uint64_t n;

	if (!text || parse_uint(text + (minus || *text == '+'), 0, minus ? 128 : 127, &n) < 0)
		return 0;
	return (int8_t)(minus ? -(int)n : (int)n);
}

static void parse_caps(xmpp_stanza_t *c, struct presence_in *p)
{
	const char *hash = stanza_attr(c, "hash"), *node = stanza_attr(c, "node"),
		   *ver = stanza_attr(c, "ver");

	if (!hash || !node || !ver)
		return;
	p->caps_hash = hash;
	p->caps_node = node;
	p->caps_ver = ver;
}

static void parse_ago(xmpp_stanza_t *ago, struct presence_in *p)
{
	const char *secs = stanza_attr(ago, "secs");
	int r = secs ? parse_uint(secs, 0, UINT64_MAX, &p->ago) : -EINVAL;

	if (r == -ERANGE)
		p->ago = UINT64_MAX;
	p->has_ago = !r || r == -ERANGE;
}

int presence_parse(xmpp_stanza_t *stanza, struct presence_in *ret)
{
	struct presence_in p = { 0 };
	int r;

	if (!stanza_is(stanza, "presence", NULL))
		return -EINVAL;
	r = parse_type(stanza_attr(stanza, "type"), &p.type);
	if (r < 0)
		return r;
	if (p.type == PRESENCE_AVAILABLE) {
		p.show = parse_show(own_child(stanza, "show"));
		p.priority = parse_priority(own_child(stanza, "priority"));
		parse_caps(stanza_child(stanza, "c", NS_CAPS), &p);
		parse_ago(stanza_child(stanza, "ago", NS_AGO), &p);
	}
	*ret = p;
	return 0;
}

const char *presence_show_name(enum presence_show show)
{
	return shows[show];
}
