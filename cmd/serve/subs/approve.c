/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subs/approve.h"

#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/subscribe.h"
#include "common/base/auto.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Asking */

static void add_field(struct str *out, const char *var, const char *type, const char *label,
		      const char *value)
{
	const struct form_field_out field = {
		.var = var, .type = type, .label = label, .values = &value, .n_values = 1
	};

	form_field(out, &field);
}

/* For those whose client knows no forms (SREQ-03). */
static void add_body(struct str *out, const struct node *n, const char *subscriber)
{
	str_puts(out, "<body>");
	xml_text(out, subscriber, strlen(subscriber));
	str_puts(out, " asks to subscribe to the node ");
	xml_text(out, n->name, strlen(n->name));
	str_puts(out, "</body>");
}

/* SubIDs only where they are in use. */
static void render_question(const struct service *s, struct str *out, const struct node *n,
			    const char *subscriber, const char *subid)
{
	add_body(out, n, subscriber);
	form_open(out, FORM_FORM, FORM_AUTHORIZE);
	form_title(out, "Subscription request", "May this entity subscribe to the node?");
	if (s->config->multi_subscribe)
		add_field(out, "pubsub#subid", "text-single", "Subscription ID", subid);
	add_field(out, "pubsub#node", "text-single", "Node", n->name);
	add_field(out, "pubsub#subscriber_jid", "jid-single", "Subscriber", subscriber);
	add_field(out, "pubsub#allow", "boolean", "Allow the subscription", "false");
	form_close(out);
}

struct owners {
	struct request *r;
	const char *question;
};

static int ask_owner(const char *jid, enum affiliation affiliation, void *data)
{
	const struct owners *o = data;

	if (affiliation == AFF_OWNER)
		tell_message(o->r, jid, o->question);
	return 0;
}

int approve_ask(struct request *r, const struct node *n, const struct sub_ref *sub)
{
	AUTO_STR question = { 0 };
	struct owners owners = { .r = r };

	render_question(r->service, &question, n, sub->jid, sub->subid);
	owners.question = question.p;
	return store_affiliation_each(r->service->store, n->id, ask_owner, &owners);
}

struct again {
	struct request *r;
	const struct node *n;
	const char *jid;
};

static int ask_again(const struct subscription *sub, void *data)
{
	const struct again *a = data;
	AUTO_STR question = { 0 };

	render_question(a->r->service, &question, a->n, sub->jid, sub->subid);
	tell_message(a->r, a->jid, question.p);
	return 0;
}

int approve_ask_again(struct request *r, const struct node *n, const char *jid)
{
	struct again again = { .r = r, .n = n, .jid = jid };

	return store_sub_pending(r->service->store, n->id, ask_again, &again);
}

/* Answers */

struct answer {
	char *jid;
	const char *subid; /* NULL: not given, or not in use */
	bool allow;
	size_t n; /* that wait, as far as the answer names them */
	struct sub_ref found;
};

static void answer_release(struct answer *a)
{
	free(a->jid);
	sub_ref_release(&a->found);
}

bool approve_is_answer(const struct service *s, xmpp_stanza_t *message)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	const char *type = stanza_attr(message, "type");

	(void)s;
	if (type && (!strcmp(type, "error") || !strcmp(type, "groupchat")))
		return false;
	return !form_parse(message, &form) && form.type == FORM_SUBMIT && form.form_type &&
	       !strcmp(form.form_type, FORM_AUTHORIZE);
}

/* NULL: not given, or not once. */
static const char *value_of(const struct form_in *form, const char *var)
{
	const struct form_field_in *field = form_find(form, var);

	return field && field->n == 1 ? field->values[0] : NULL;
}

/* SREQ-12: nothing is approved but by a clear answer. */
static int read_answer(struct request *r, const struct form_in *form, struct answer *ret)
{
	const char *allow = value_of(form, "pubsub#allow");

	ret->jid = jid_prep(value_of(form, "pubsub#subscriber_jid"));
	if (r->service->config->multi_subscribe)
		ret->subid = value_of(form, "pubsub#subid");
	if (!ret->jid || !allow || parse_bool(allow, &ret->allow))
		return PS_BAD_REQUEST;
	return PS_OK;
}

/* Whoever answers must be one of those who decide (SREQ-09). */
static int find_node(struct request *r, const struct form_in *form)
{
	const char *name = value_of(form, "pubsub#node");
	int e = name ? node_find(r->service, name, &r->node, NULL) : PS_BAD_REQUEST;

	if (e)
		return e == PS_GONE ? PS_ITEM_NOT_FOUND : e;
	return subject_check(r->service, PRIV_OWNER, &r->node, r->who.jid);
}

static int consider(const struct subscription *row, void *data)
{
	struct answer *a = data;

	if (row->state != SUB_PENDING || (a->subid && strcmp(a->subid, row->subid)))
		return 0;
	if (!a->n++)
		a->found = sub_ref_of(row);
	return 0;
}

static int decide(struct request *r, struct answer *a)
{
	int e = store_sub_find(r->service->store, r->node.id, a->jid, consider, a);

	if (e)
		return e;
	if (!a->n)
		return PS_NOT_ACCEPTABLE; /* SREQ-11 */
	if (a->n > 1)
		return PS_SUBID_REQUIRED;
	return sub_enter(r, &r->node, &a->found, a->allow ? SUB_SUBSCRIBED : SUB_NONE, true);
}

int approve_take_answer(struct request *r, xmpp_stanza_t *message)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_IN_PLACE(answer_release) struct answer answer = { 0 };
	int e = form_parse(message, &form) ? PS_BAD_REQUEST : find_node(r, &form);

	if (!e)
		e = read_answer(r, &form, &answer);
	return e ? e : decide(r, &answer);
}
