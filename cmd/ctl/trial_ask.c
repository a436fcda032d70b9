/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/trial_ask.h"

#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doctor.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

AUTO_DEFINE(char **, strings_free);

#define PAYLOAD "<x xmlns='urn:x-pubsub:doctor'/>"
#define PATIENCE 5. /* seconds for a notification */

bool trial_done(struct doctor *d, const char *type, const struct str *xml,
		xmpp_stanza_t **ret_reply)
{
	AUTO_ANSWER a = { 0 };

	if (d->code)
		return false;
	d->code = ctl_ask(d->c, type, d->c->service, xml, &a);
	if (d->code || a.outcome != SESSION_RESULT)
		return false;
	if (ret_reply)
		*ret_reply = steal(a.stanza);
	return true;
}

bool trial_arrives(struct doctor *d)
{
	if (!d->code)
		d->code = probe_wait(&d->probe, PATIENCE);
	return !d->code && d->probe.seen;
}

bool trial_publish(struct doctor *d, const char *node, const char *options, const char *id,
		   const char *id2)
{
	AUTO_STR xml = { 0 };

	request_publish_begin(&xml, node);
	request_publish_item(&xml, id, PAYLOAD, strlen(PAYLOAD));
	if (id2)
		request_publish_item(&xml, id2, PAYLOAD, strlen(PAYLOAD));
	request_publish_end_with(&xml, options);
	return trial_done(d, "set", &xml, NULL);
}

static void note_id(const struct event *e, void *data)
{
	if (e->id && e->payload)
		strings_add(data, e->id);
}

char **trial_items(struct doctor *d, unsigned page, bool *ret_paged)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	struct items_page p = { 0 };
	char **ids = NULL;

	request_items(&xml, &(struct items_query){ .node = d->probe.node, .max = page });
	if (trial_done(d, "get", &xml, &reply))
		items_parse(reply, d->probe.node, note_id, &ids, &p);
	if (ret_paged)
		*ret_paged = p.paged;
	return ids;
}

bool trial_has_item(struct doctor *d, const char *id)
{
	AUTO(strings_free) char **ids = trial_items(d, 0, NULL);

	return strings_have(ids, id);
}

bool trial_delete_node(struct doctor *d, const char *node)
{
	AUTO_STR xml = { 0 };

	request_delete(&xml, node, NULL);
	return trial_done(d, "set", &xml, NULL);
}

void trial_form(struct str *out, const char *form_type, const char *var, const char *value)
{
	form_open(out, FORM_SUBMIT, form_type);
	form_value(out, var, NULL, value);
	form_close(out);
}

bool trial_configure(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };

	trial_form(&form, NODE_CONFIG, var, value);
	request_configure(&xml, node, form.p);
	return trial_done(d, "set", &xml, NULL);
}

bool trial_is_configured(struct doctor *d, const char *node, const char *var, const char *value)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_STR xml = { 0 };
	const struct form_field_in *f;

	request_configure(&xml, node, NULL);
	if (!trial_done(d, "get", &xml, &reply) ||
	    form_parse(
		    stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB_OWNER), "configure", NULL),
		    &form))
		return false;
	f = form_find(&form, var);
	return f && f->n && !strcmp(f->values[0], value);
}

bool trial_at_other_node(struct doctor *d, const char *var, const char *value,
			 bool (*create)(struct doctor *d, const char *node, const char *var,
					const char *value))
{
	AUTO_FREE char *node = mem_printf("%s-2", d->probe.node);
	bool works = create(d, node, var, value);
	bool removed = trial_delete_node(d, node);

	return works && removed;
}
