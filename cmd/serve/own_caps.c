/* SPDX-License-Identifier: MIT */
#include "cmd/serve/own_caps.h"

#include <string.h>

#include "cmd/serve/op/disco.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"

/* What the program is; versions are told apart by their hash. */
#define CAPS_NODE "urn:x-pubsub:serve"

AUTO_DEFINE(xmpp_ctx_t *, xmpp_ctx_free);

/* From what is sent, so that the two cannot differ. */
static void compute(const struct service *s, char ret_ver[static CAPS_VER_SIZE])
{
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	AUTO(xmpp_ctx_free) xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	AUTO_STANZA xmpp_stanza_t *query = NULL;
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<query xmlns='" NS_DISCO_INFO "'>");
	disco_render_service(s, &xml);
	str_puts(&xml, "</query>");
	query = xmpp_stanza_new_from_string(ctx, xml.p);
	caps_parse(query, &info);
	caps_ver(&info, ret_ver);
}

static const char *own_ver(struct service *s)
{
	char ver[CAPS_VER_SIZE];

	if (!s->caps_ver) {
		compute(s, ver);
		s->caps_ver = mem_strdup(ver);
	}
	return s->caps_ver;
}

void own_caps_render(struct service *s, struct str *out)
{
	caps_render(out, CAPS_NODE, own_ver(s));
}

bool own_caps_node(struct service *s, const char *node)
{
	static const char prefix[] = CAPS_NODE "#";

	return !strncmp(node, prefix, strlen(prefix)) && !strcmp(node + strlen(prefix), own_ver(s));
}

bool own_caps_renew(struct service *s)
{
	AUTO_FREE char *before = steal(s->caps_ver);

	return before && strcmp(before, own_ver(s)) != 0;
}
