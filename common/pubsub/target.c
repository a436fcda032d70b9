/* SPDX-License-Identifier: MIT */
#include "common/pubsub/target.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/uri.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/xml.h"

void target_release(struct target *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->nodes[i]);
	free(t->nodes);
	free(t->service);
	free(t->item);
	*t = (struct target){ 0 };
}

static int take_service(struct target *t, const char *jid)
{
	AUTO_FREE char *service = jid_prep(jid);

	if (!service)
		return opts_usage_error("--service: '%s' is not a JID", jid);
	if (t->service && strcmp(t->service, service))
		return opts_usage_error("two services are named: '%s' and '%s'", t->service,
					service);
	free(t->service);
	t->service = steal(service);
	return 0;
}

static int add_node(struct target *t, const char *what, const char *node)
{
	if (!*node)
		return opts_usage_error("%s: the name is empty", what);
	if (!xml_valid(node, strlen(node)))
		return opts_usage_error("%s: the name is not UTF-8, or has control characters",
					what);
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->nodes[i], node))
			return 0;
	t->nodes = mem_realloc(t->nodes, (t->count + 1) * sizeof(*t->nodes));
	t->nodes[t->count++] = mem_strdup(node);
	return 0;
}

static int take_node(struct target *t, const char *what, const char *text)
{
	AUTO_IN_PLACE(uri_release) struct pubsub_uri uri = { 0 };
	int r;

	if (!uri_is_xmpp(text))
		return add_node(t, what, text);
	if (uri_parse(text, &uri) || !uri.node)
		return opts_usage_error("%s: '%s' is not of the form xmpp:SERVICE?;node=NODE", what,
					text);
	r = take_service(t, uri.service);
	if (!r)
		r = add_node(t, what, uri.node);
	if (!r && uri.item) {
		free(t->item);
		t->item = steal(uri.item);
	}
	return r;
}

static int resolve(const char *service, const char *what, const char *const *nodes,
		   struct target *ret)
{
	AUTO_IN_PLACE(target_release) struct target t = { 0 };
	/* A URI comes before the surroundings, and must not contradict the command line. */
	bool around = !service || opts_is_configured("service");
	const char *fallback = service ? service : getenv("PUBSUB_SERVICE");
	int r = around ? 0 : take_service(&t, service);

	for (; !r && nodes && *nodes; nodes++)
		r = take_node(&t, what, *nodes);
	if (!r && !t.service && fallback && *fallback)
		r = take_service(&t, fallback);
	if (r)
		return r;
	*ret = t;
	t = (struct target){ 0 };
	return 0;
}

int target_resolve(const char *service, const char *const *nodes, struct target *ret)
{
	return resolve(service, "--node", nodes, ret);
}

int target_resolve_argument(const char *service, const char *node, struct target *ret)
{
	const char *nodes[] = { node, NULL };

	return resolve(service, "NODE", nodes, ret);
}

int target_resolve_arguments(const char *service, const char *const *nodes, struct target *ret)
{
	return resolve(service, "NODE", nodes, ret);
}
