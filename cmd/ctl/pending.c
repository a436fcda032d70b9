/* SPDX-License-Identifier: MIT */
/*
 * Who waits for an owner's approval, and the answers (XEP-0060 sections 8.6, 8.7).
 *
 * A service sends what waits as a message each, once it was asked for by the command get-pending.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define FORM_AUTHORIZE NS_PUBSUB "#subscribe_authorization"
#define ID "decision" /* of the message with it */

AUTO_DEFINE(char **, strings_free);

/* pending */

static const char *value_of(const struct form_in *form, const char *var)
{
	const struct form_field_in *field = form_find(form, var);

	return field && field->n == 1 ? field->values[0] : NULL;
}

static void print_pending(struct ctl *c, const struct entry *e)
{
	if (c->o->xml)
		entry_print(c, e, NULL);
	else
		print_row(c, e->node, e->jid, e->subid);
}

/* One that waits. */
static void on_request(struct ctl *c, xmpp_stanza_t *message, void *data)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	const char **node = data; /* that was asked about */
	struct entry e = { .owner = true, .subscription = true, .value = "pending" };

	if (form_parse(message, &form) || !form.form_type ||
	    strcmp(form.form_type, FORM_AUTHORIZE) != 0)
		return;
	e.node = value_of(&form, "pubsub#node");
	e.jid = value_of(&form, "pubsub#subscriber_jid");
	e.subid = value_of(&form, "pubsub#subid");
	if (*node && e.jid && e.node && !strcmp(e.node, *node))
		print_pending(c, &e);
}

/* The nodes are the options of the form's one field. */
static void add_offered(xmpp_stanza_t *command, char ***nodes)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	const struct form_field_in *field;
	xmpp_stanza_t *o;

	if (form_parse(command, &form))
		return;
	field = form_find(&form, "pubsub#node");
	o = field ? stanza_child(field->element, "option", NS_DATA) : NULL;
	for (; o; o = stanza_next_like(o, "option", NS_DATA)) {
		const char *node = stanza_child_text(o, "value", NS_DATA);

		if (node)
			strings_add(nodes, node);
	}
}

/* *ret_session: where the service waits for a choice; NULL: it does not. @nodes: NULL: not asked.
 */
static int begin(struct ctl *c, char ***nodes, char **ret_session)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *command;
	const char *status;
	int code;

	request_get_pending(&xml);
	code = ctl_request(c, "set", &xml, &reply);
	if (code)
		return code;
	command = stanza_child(reply, "command", NS_COMMANDS);
	status = stanza_attr(command, "status");
	if (nodes)
		add_offered(command, nodes);
	*ret_session = status && !strcmp(status, "executing")
			       ? mem_strdup(stanza_attr(command, "sessionid"))
			       : NULL;
	return 0;
}

static int find_nodes(struct ctl *c, char ***nodes)
{
	AUTO_FREE char *session = NULL;
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(c, "list the nodes at which somebody waits for approval");
	code = begin(c, nodes, &session);
	if (code || !session)
		return code;
	request_get_pending_end(&xml, session);
	return ctl_ask(c, "set", c->service, &xml, &a);
}

static int pending_at(struct ctl *c, const char *node)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_FREE char *session = NULL;
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(c, "list who waits for approval at '%s'", node);
	code = begin(c, NULL, &session);
	if (code || !session)
		return code;
	request_get_pending_at(&xml, session, node);
	code = ctl_request(c, "set", &xml, &reply);
	return code ? code : ctl_sync(c);
}

int verb_pending(struct ctl *c)
{
	AUTO(strings_free) char **nodes = NULL;
	const char *asked = NULL;
	int code;

	c->message = on_request;
	c->message_data = &asked;
	if (c->node)
		strings_add(&nodes, c->node);
	code = c->node ? 0 : find_nodes(c, &nodes);
	for (char **node = nodes; node && *node && !c->io_error && session_is_up(c->session);
	     node++) {
		int e;

		asked = *node;
		e = pending_at(c, *node);
		if (e && !c->node) /* it was offered: somebody waits there, if not who */
			print_pending(c, &(struct entry){ .owner = true,
							  .subscription = true,
							  .value = "pending",
							  .node = *node });
		code = code ? code : e;
	}
	c->message = NULL;
	c->message_data = NULL;
	return code;
}

/* approve, deny */

int verb_decide_check(struct ctl *c)
{
	AUTO_FREE char *jid = jid_prep(c->args[0]);

	return jid ? 0 : opts_usage_error("'%s' is not a JID", c->args[0]);
}

/* Nothing comes where it was right. */
static void on_error(struct ctl *c, xmpp_stanza_t *message, void *data)
{
	const char *id = stanza_attr(message, "id"), *type = stanza_attr(message, "type");
	xmpp_stanza_t **ret = data;

	(void)c;
	if (!*ret && id && !strcmp(id, ID) && type && !strcmp(type, "error"))
		*ret = xmpp_stanza_clone(message);
}

static int report(struct ctl *c, xmpp_stanza_t *message)
{
	struct answer a = { SESSION_ERROR, message };

	if (answer_is_error(&a, "not-acceptable") || answer_is_error(&a, "unexpected-request"))
		return ctl_fail(c, EX_NOTFOUND,
				"nobody of that name waits there (see pubsub-ctl pending)");
	return ctl_refused(c, c->service, &a);
}

static int decide(struct ctl *c, bool allow)
{
	AUTO_STANZA xmpp_stanza_t *error = NULL;
	AUTO_FREE char *jid = jid_prep(c->args[0]);
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(c, "%s '%s' for '%s'", allow ? "approve" : "deny", jid, c->node);
	c->message = on_error;
	c->message_data = &error;
	str_puts(&xml, "<message id='" ID "'");
	xml_attr(&xml, "to", c->service);
	str_putc(&xml, '>');
	request_decide(&xml, c->node, jid, c->o->subid, allow);
	str_puts(&xml, "</message>");
	session_send(c->session, xml.p, xml.len);
	code = ctl_sync(c);
	c->message = NULL;
	c->message_data = NULL;
	if (code)
		return code;
	return error ? report(c, error) : 0;
}

int verb_approve(struct ctl *c)
{
	return decide(c, true);
}

int verb_deny(struct ctl *c)
{
	return decide(c, false);
}
