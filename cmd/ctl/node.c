/* SPDX-License-Identifier: MIT */
/*
 * Nodes: create, configure, defaults, delete, purge (XEP-0060 section 8).
 */
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/settings.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/request.h"
#include "common/pubsub/uri.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define NODE_CONFIG NS_PUBSUB "#node_config"

/* Asks for what has no answer but that it is done. */
static int set(struct ctl *c, const struct str *xml)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;

	return ctl_request(c, "set", xml, &reply);
}

/* create */

/* @out stays empty where nothing is set. */
static int create_form(struct ctl *c, struct str *out)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	int code = settings_of_args(c->args, &s);

	return code || !s.n ? code : settings_submit(&s, node_fields, NODE_CONFIG, out);
}

int verb_create_check(struct ctl *c)
{
	AUTO_STR form = { 0 };

	if (!c->node && !c->o->instant)
		return opts_usage_error("create: a NODE is missing, or --instant");
	return create_form(c, &form);
}

static void print_created(struct ctl *c, const char *node)
{
	AUTO_STR xml = { 0 };

	if (!c->o->xml) {
		print_row(c, node);
		return;
	}
	str_puts(&xml, "<create xmlns='" NS_PUBSUB "'");
	xml_attr(&xml, "node", node);
	str_puts(&xml, "/>");
	print_xml(c, xml.p, xml.len);
}

int verb_create(struct ctl *c)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };
	const char *name;
	int code = create_form(c, &form);

	if (code)
		return code;
	if (c->node)
		ctl_doing(c, "create '%s'", c->node);
	else
		ctl_doing(c, "create a node");
	request_create_with(&xml, c->node, form.p);
	code = ctl_request(c, "set", &xml, &reply);
	if (code)
		return code;
	name = stanza_attr(stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "create", NULL),
			   "node");
	if (c->node && name && strcmp(name, c->node) != 0)
		log_warn("the service has given the node another name: '%s'", name);
	if (c->node)
		return 0;
	if (!name)
		return ctl_fail(c, EX_REFUSED, "the answer does not say its name");
	print_created(c, name);
	return 0;
}

/* configure, defaults */

int verb_configure_check(struct ctl *c)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };

	return settings_of_args(c->args, &s);
}

static xmpp_stanza_t *owner_child(xmpp_stanza_t *reply, const char *name)
{
	return stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB_OWNER), name, NULL);
}

static int change(struct ctl *c, const struct settings *s, xmpp_stanza_t *configure)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_STR changes = { 0 };
	AUTO_STR xml = { 0 };
	int code = settings_read(c, configure, &form);

	if (!code)
		code = settings_change(c, s, node_fields, &form, &changes);
	if (code || !changes.len)
		return code;
	request_configure(&xml, c->node, changes.p);
	return set(c, &xml);
}

int verb_configure(struct ctl *c)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	int code = settings_of_args(c->args, &s);

	if (code)
		return code;
	ctl_doing(c, s.n ? "configure '%s'" : "read the configuration of '%s'", c->node);
	request_configure(&xml, c->node, NULL);
	code = ctl_request(c, "get", &xml, &reply);
	if (code)
		return code;
	return s.n ? change(c, &s, owner_child(reply, "configure"))
		   : settings_print(c, owner_child(reply, "configure"));
}

int verb_defaults(struct ctl *c)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(c, "read the default configuration of nodes");
	request_defaults(&xml);
	code = ctl_request(c, "get", &xml, &reply);
	return code ? code : settings_print(c, owner_child(reply, "default"));
}

/* delete, purge */

int verb_delete_check(struct ctl *c)
{
	AUTO_IN_PLACE(uri_release) struct pubsub_uri uri = { 0 };

	if (c->o->redirect && uri_parse(c->o->redirect, &uri))
		return opts_usage_error("--redirect: '%s' is not of the form "
					"xmpp:SERVICE?;node=NODE",
					c->o->redirect);
	return 0;
}

int verb_delete(struct ctl *c)
{
	AUTO_STR xml = { 0 };

	ctl_doing(c, "delete '%s'", c->node);
	request_delete(&xml, c->node, c->o->redirect);
	return set(c, &xml);
}

int verb_purge(struct ctl *c)
{
	AUTO_STR xml = { 0 };

	ctl_doing(c, "purge '%s'", c->node);
	request_purge(&xml, c->node);
	return set(c, &xml);
}
