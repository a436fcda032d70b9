/* SPDX-License-Identifier: MIT */
#include "oracle_here.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

void here_release(struct here *h)
{
	strings_free(h->who);
	strings_free(h->present);
	strings_free(h->left);
	strings_free(h->caps);
	strings_free(h->wishes);
	*h = (struct here){ 0 };
}

void here_forget(struct here *h)
{
	strings_free(h->left);
	h->left = NULL;
}

/* False: it was there before. */
static bool add(char ***list, const char *text)
{
	if (strings_have(*list, text))
		return false;
	strings_add(list, text);
	return true;
}

static bool add_pair(char ***list, const char *a, const char *b)
{
	AUTO_FREE char *text = mem_printf("%s %s", a, b);

	return add(list, text);
}

/* Presence */

static void leave(struct here *h, const char *jid)
{
	char **kept = NULL;

	for (char **p = h->present; p && *p; p++)
		strings_add(strcmp(*p, jid) ? &kept : &h->left, *p);
	strings_free(h->present);
	h->present = kept;
}

static void take_presence(struct here *h, const char *jid, xmpp_stanza_t *presence)
{
	const char *type = stanza_attr(presence, "type");
	const char *ver = stanza_attr(stanza_child(presence, "c", NS_CAPS), "ver");

	/* What a bare JID says may be its server's word (presence.c): that is not relied upon. */
	if (type && !strcmp(type, "unavailable") && jid_resource(jid))
		leave(h, jid);
	if (type)
		return;
	add(&h->present, jid);
	if (ver)
		add_pair(&h->caps, jid, ver);
}

bool here_take(struct here *h, xmpp_stanza_t *stanza)
{
	const char *from = stanza_attr(stanza, "from");
	AUTO_FREE char *jid = from ? jid_prep(from) : NULL;

	if (!jid)
		return false;
	if (stanza_is(stanza, "presence", NULL))
		take_presence(h, jid, stanza);
	return add(&h->who, jid);
}

bool here_has(const struct here *h, const char *jid)
{
	return strings_have(h->present, jid) || strings_have(h->left, jid);
}

/* Wishes */

struct wish {
	struct here *here;
	const char *jid, *ver; /* NULL ver: the hash is not right */
};

static int add_wish(const char *node, size_t len, void *data)
{
	AUTO_FREE char *name = mem_strndup(node, len);
	struct wish *w = data;

	add_pair(&w->here->wishes, w->jid, name);
	if (w->ver)
		add_pair(&w->here->wishes, w->ver, name);
	return 0;
}

void here_answer(struct here *h, const char *jid, xmpp_stanza_t *answer)
{
	xmpp_stanza_t *query = stanza_child(answer, "query", NS_DISCO_INFO);
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	struct wish wish = { .here = h, .jid = jid };
	char ver[CAPS_VER_SIZE];

	if (!query || caps_parse(query, &info))
		return;
	caps_ver(&info, ver);
	if (caps_verify(&info, CAPS_HASH, ver))
		wish.ver = ver;
	caps_each_notify(&info, add_wish, &wish);
}

bool here_wishes(const struct here *h, const char *jid, const char *node)
{
	AUTO_FREE char *own = mem_printf("%s %s", jid, node);
	AUTO_FREE char *prefix = mem_printf("%s ", jid);

	if (strings_have(h->wishes, own))
		return true;
	for (char **p = h->caps; p && *p; p++) {
		AUTO_FREE char *shared = NULL;

		if (strncmp(*p, prefix, strlen(prefix)))
			continue;
		shared = mem_printf("%s %s", *p + strlen(prefix), node);
		if (strings_have(h->wishes, shared))
			return true;
	}
	return false;
}
