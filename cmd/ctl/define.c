/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/define.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/changes.h"
#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/print.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/request.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define NODE_CONFIG NS_PUBSUB "#node_config"

struct define {
	struct ctl *c;
	const struct doc_node *n;
	unsigned flags;
	bool differs;
	const char *unknown;	      /* a setting that the service does not have; NULL: none */
	const struct setting **tries; /* not in the form, and to be tried */
	size_t n_tries;
	struct str form;	 /* what is to be submitted */
	struct doc_people there; /* affiliations */
};

static void define_release(struct define *d)
{
	struct doc_node people = { .affiliations = d->there };

	doc_node_release(&people);
	str_release(&d->form);
	free(d->tries);
}

/* Differences */

static void differ(struct define *d, const char *kind, const char *name, const char *have,
		   const char *want)
{
	AUTO_STR xml = { 0 };

	d->differs = true;
	if (!(d->flags & DEFINE_PRINT))
		return;
	if (!d->c->o->xml) {
		print_row(d->c, d->n->name, kind, name, have, want);
		return;
	}
	str_puts(&xml, "<difference xmlns='" NS_DOC "'");
	xml_attr(&xml, "node", d->n->name);
	xml_attr(&xml, "kind", kind);
	xml_attr(&xml, "name", name);
	xml_attr(&xml, "is", have);
	xml_attr(&xml, "wanted", want);
	str_puts(&xml, "/>");
	print_xml(d->c, xml.p, xml.len);
}

static void join_values(struct str *out, const char *const *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_printf(out, "%s%s", i ? "," : "", values[i]);
}

static void join(struct str *out, const struct setting *set)
{
	join_values(out, (const char *const *)set->values, strings_count(set->values));
}

static void add_to_form(struct define *d, const struct setting *set, const struct form_field_in *f)
{
	if (!d->form.len)
		form_open(&d->form, FORM_SUBMIT, NODE_CONFIG);
	setting_submit(set, f, &d->form);
}

/*
 * Children may not be there yet. Each of them names its collection, and comes behind it.
 */
static bool comes_later(const struct define *d, const struct setting *set)
{
	return d->flags & DEFINE_LENIENT && !strcmp(set->var, "pubsub#children");
}

static bool is_empty(const struct setting *set)
{
	return !set->values || (!*set->values[0] && !set->values[1]);
}

/* Some services have fields in their form only once they have a value: those are tried. */
static void on_absent(struct define *d, const struct setting *set)
{
	AUTO_STR wanted = { 0 };

	if (is_empty(set))
		return;
	if (field_find(node_fields, set->var)) {
		join(&wanted, set);
		differ(d, "setting", set->var, NULL, wanted.p);
		d->tries = mem_realloc(d->tries, (d->n_tries + 1) * sizeof(*d->tries));
		d->tries[d->n_tries++] = set;
	} else if (d->flags & DEFINE_LENIENT) {
		log_warn("%s has no setting '%s' at '%s': passed over", d->c->service, set->var,
			 d->n->name);
	} else {
		d->unknown = set->var;
	}
}

static void on_setting(const struct setting *set, const struct form_field_in *f, void *data)
{
	struct define *d = data;
	AUTO_STR have = { 0 };
	AUTO_STR wanted = { 0 };

	if (comes_later(d, set))
		return;
	if (!f) {
		on_absent(d, set);
		return;
	}
	join_values(&have, f->values, f->n);
	join(&wanted, set);
	differ(d, "setting", set->var, have.p, wanted.p);
	add_to_form(d, set, f);
}

/* A new node */

static void on_default(const struct setting *set, const struct form_field_in *f, void *data)
{
	if (f && !comes_later(data, set))
		add_to_form(data, set, f);
}

/* What differs from the defaults, so that a node is never open which should not be. */
static int default_changes(struct define *d)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };
	int code;

	if (!d->n->settings.n)
		return 0;
	request_defaults(&xml);
	code = ctl_ask(d->c, "get", d->c->service, &xml, &a);
	if (code || a.outcome != SESSION_RESULT ||
	    form_parse(stanza_child(stanza_child(a.stanza, "pubsub", NS_PUBSUB_OWNER), "default",
				    NULL),
		       &form))
		return code; /* it is configured later */
	settings_compare(&d->n->settings, &form, on_default, d);
	if (d->form.len)
		form_close(&d->form);
	return 0;
}

static int create(struct define *d, const char *form, struct answer *ret)
{
	AUTO_STR xml = { 0 };

	ctl_doing(d->c, "create '%s'", d->n->name);
	request_create_with(&xml, d->n->name, form);
	return ctl_ask(d->c, "set", d->c->service, &xml, ret);
}

static bool minds_settings(const struct answer *a)
{
	return answer_is_error(a, "not-acceptable") || answer_is_error(a, "bad-request") ||
	       answer_is_error(a, "feature-not-implemented");
}

static int create_node(struct define *d)
{
	AUTO_ANSWER a = { 0 };
	int code = default_changes(d);

	if (!code)
		code = create(d, d->form.p, &a);
	if (!code && d->form.len && d->flags & DEFINE_LENIENT && minds_settings(&a)) {
		answer_release(&a);
		code = create(d, NULL, &a);
	}
	str_reset(&d->form);
	if (!code && a.outcome != SESSION_RESULT && !answer_is_error(&a, "conflict"))
		code = ctl_refused(d->c, d->c->service, &a);
	return code; /* conflict: somebody else was faster */
}

/* Settings */

static int ask_configuration(struct define *d, struct answer *ret)
{
	AUTO_STR xml = { 0 };

	ctl_doing(d->c, "read the configuration of '%s'", d->n->name);
	request_configure(&xml, d->n->name, NULL);
	return ctl_ask(d->c, "get", d->c->service, &xml, ret);
}

static int submit(struct define *d)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };

	if (!d->form.len || !(d->flags & DEFINE_APPLY))
		return 0;
	form_close(&d->form);
	ctl_doing(d->c, "configure '%s'", d->n->name);
	request_configure(&xml, d->n->name, d->form.p);
	return ctl_request(d->c, "set", &xml, &reply);
}

static int try_one(struct define *d, const struct setting *set)
{
	const struct form_field_in f = { .var = field_find(node_fields, set->var)->var };
	AUTO_ANSWER a = { 0 };
	AUTO_STR form = { 0 };
	AUTO_STR xml = { 0 };
	int code;

	form_open(&form, FORM_SUBMIT, NODE_CONFIG);
	setting_submit(set, &f, &form);
	form_close(&form);
	ctl_doing(d->c, "configure %s of '%s'", set->var, d->n->name);
	request_configure(&xml, d->n->name, form.p);
	code = ctl_ask(d->c, "set", d->c->service, &xml, &a);
	if (code || a.outcome == SESSION_RESULT)
		return code;
	if (!(d->flags & DEFINE_LENIENT))
		return ctl_refused(d->c, d->c->service, &a);
	log_warn("%s has no setting '%s' at '%s': passed over", d->c->service, set->var,
		 d->n->name);
	return 0;
}

static int submit_tries(struct define *d)
{
	int code = 0;

	for (size_t i = 0; i < d->n_tries && d->flags & DEFINE_APPLY && !code; i++)
		code = try_one(d, d->tries[i]);
	return code;
}

static int define_settings(struct define *d, const struct answer *a)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	xmpp_stanza_t *owner;
	int code;

	if (!d->n->settings.n)
		return 0;
	if (a->outcome != SESSION_RESULT)
		return ctl_refused(d->c, d->c->service, a);
	owner = stanza_child(a->stanza, "pubsub", NS_PUBSUB_OWNER);
	code = settings_read(d->c, stanza_child(owner, "configure", NULL), &form);
	if (code)
		return code;
	settings_compare(&d->n->settings, &form, on_setting, d);
	if (d->unknown)
		return ctl_fail(d->c, EX_REFUSED, "the service has no setting '%s'", d->unknown);
	code = submit(d);
	return code ? code : submit_tries(d);
}

/* Affiliations */

static int note_affiliation(struct ctl *c, const struct entry *e, void *data)
{
	struct define *d = data;
	int i = e->value ? vocab_find(affiliation_names, e->value) : -1;

	(void)c;
	if (i > AFF_NONE)
		doc_people_add(&d->there, e->jid, affiliation_names[i]);
	return 0;
}

static void want(struct define *d, struct changes *to, const char *jid, const char *have,
		 const char *wanted)
{
	AUTO_FREE char *own = jid_bare(session_jid(d->c->session));

	if (!strcmp(have, wanted) || (!strcmp(jid, own) && !strcmp(have, "owner")))
		return;
	differ(d, "affiliation", jid, have, wanted);
	changes_add(to, jid, have, wanted);
}

static int define_affiliations(struct define *d)
{
	const struct doc_people *wanted = &d->n->affiliations;
	AUTO_IN_PLACE(changes_release) struct changes to = { 0 };
	int code;

	if (!wanted->given)
		return 0;
	ctl_doing(d->c, "list the affiliates of '%s'", d->n->name);
	code = entries_read(d->c, true, false, d->n->name, note_affiliation, d);
	if (code)
		return code;
	doc_people_sort(&d->there);
	for (size_t i = 0; i < wanted->n; i++) {
		const char *have = doc_people_find(&d->there, wanted->all[i].jid);

		want(d, &to, wanted->all[i].jid, have ? have : "none", wanted->all[i].value);
	}
	for (size_t i = 0; i < d->there.n; i++)
		if (!doc_people_find(wanted, d->there.all[i].jid))
			want(d, &to, d->there.all[i].jid, d->there.all[i].value, "none");
	if (!(d->flags & DEFINE_APPLY))
		return 0;
	ctl_doing(d->c, "change the affiliates of '%s'", d->n->name);
	return changes_send(d->c, d->n->name, false, &to);
}

int define_node(struct ctl *c, const struct doc_node *n, unsigned flags, bool *ret_differs)
{
	AUTO_IN_PLACE(define_release) struct define d = { .c = c, .n = n, .flags = flags };
	AUTO_ANSWER a = { 0 };
	int code = ask_configuration(&d, &a);
	bool missing = !code && answer_is_error(&a, "item-not-found");

	if (missing)
		differ(&d, "node", NULL, "absent", "present");
	if (missing && flags & DEFINE_APPLY) {
		answer_release(&a);
		code = create_node(&d);
		if (!code)
			code = ask_configuration(&d, &a);
	}
	if (!code && (!missing || flags & DEFINE_APPLY)) {
		code = define_settings(&d, &a);
		if (!code)
			code = define_affiliations(&d);
	}
	if (d.differs)
		*ret_differs = true;
	return code;
}
