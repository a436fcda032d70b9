/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/print.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/field.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/markup.h"
#include "common/xmpp/xml.h"

#define PREFIX "pubsub#"

/* The command line */

int settings_of_args(char *const *args, struct settings *ret)
{
	AUTO_IN_PLACE(settings_release) struct settings s = { 0 };

	for (; args && *args; args++) {
		int e = settings_parse(&s, *args);

		if (e == -EILSEQ)
			return opts_usage_error("%.*s: the value is not UTF-8, or has control "
						"characters",
						(int)strcspn(*args, "="), *args);
		if (e)
			return opts_usage_error("'%s' is not of the form VAR=VALUE", *args);
	}
	*ret = s;
	s = (struct settings){ 0 };
	return 0;
}

/* Forms that are sent */

static int unknown(const struct field *table, const char *var)
{
	struct nearest near = { .word = setting_short(var) };

	for (const struct field *f = table; f->var; f++)
		nearest_consider(&near, setting_short(f->var));
	return opts_usage_error("there is no setting '%s'; did you mean '%s'? (One that only this "
				"service has is given in full, as in pubsub#%s)",
				var, nearest_found(&near), var);
}

int settings_submit(const struct settings *s, const struct field *table, const char *form_type,
		    struct str *out)
{
	form_open(out, FORM_SUBMIT, form_type);
	for (size_t i = 0; i < s->n; i++) {
		const struct setting *set = &s->all[i];
		const struct field *f = field_find(table, set->var);

		if (!f && !strchr(set->var, '#'))
			return unknown(table, set->var);
		setting_render(out, f ? f->var : set->var, set->values, f && f->kind->multi);
	}
	form_close(out);
	return 0;
}

/* Forms that have come */

static bool has_type(const struct form_field_in *f, const char *type)
{
	return f->type && !strcmp(f->type, type);
}

static bool is_multi(const struct form_field_in *f)
{
	return f->type && strstr(f->type, "-multi");
}

static const struct form_field_in *find_field(const struct form_in *form, const char *var)
{
	AUTO_FREE char *full = mem_printf(PREFIX "%s", setting_short(var));
	const struct form_field_in *f = form_find(form, var);

	return f ? f : form_find(form, full);
}

static int not_there(struct ctl *c, const struct field *table, const struct form_in *form,
		     const char *var)
{
	struct nearest near = { .word = setting_short(var) };

	if (field_find(table, var))
		return ctl_fail(c, EX_REFUSED, "the service has no setting '%s' here", var);
	for (size_t i = 0; i < form->n; i++)
		nearest_consider(&near, setting_short(form->fields[i].var));
	for (const struct field *f = table; f->var; f++)
		nearest_consider(&near, setting_short(f->var));
	return opts_usage_error("there is no setting '%s'; did you mean '%s'?", var,
				nearest_found(&near));
}

/* "open|presence|whitelist"; nothing where there are no options. */
static void add_options(struct str *out, const struct form_field_in *f)
{
	xmpp_stanza_t *o = stanza_child(f->element, "option", NS_DATA);
	const char *between = "";

	for (; o; o = stanza_next_like(o, "option", NS_DATA)) {
		const char *value = stanza_child_text(o, "value", NS_DATA);

		if (!value)
			continue;
		str_printf(out, "%s%s", between, value);
		between = "|";
	}
}

static bool offers(const struct form_field_in *f, const char *value)
{
	xmpp_stanza_t *o = stanza_child(f->element, "option", NS_DATA);

	for (; o; o = stanza_next_like(o, "option", NS_DATA)) {
		const char *offered = stanza_child_text(o, "value", NS_DATA);

		if (offered && !strcmp(offered, value))
			return true;
	}
	return false;
}

static int check_values(const struct form_field_in *f, const struct setting *set)
{
	AUTO_STR options = { 0 };
	bool b;

	if (!is_multi(f) && strings_count(set->values) > 1)
		return opts_usage_error("%s: it has one value, and %zu are given", set->var,
					strings_count(set->values));
	add_options(&options, f);
	for (char **v = set->values; v && *v; v++) {
		if (has_type(f, "boolean") && parse_bool(*v, &b))
			return opts_usage_error("%s: '%s' is none of 0, 1, false, true", set->var,
						*v);
		if (options.len && !offers(f, *v) &&
		    (has_type(f, "list-single") || has_type(f, "list-multi")))
			return opts_usage_error("%s: '%s' is none of %s", set->var, *v, options.p);
	}
	return 0;
}

static bool is_same_value(const struct form_field_in *f, const char *a, const char *b)
{
	bool x, y;

	if (has_type(f, "boolean") && !parse_bool(a, &x) && !parse_bool(b, &y))
		return x == y;
	return !strcmp(a, b);
}

static bool is_same(const struct form_field_in *f, const struct setting *set)
{
	size_t n = strings_count(set->values);

	if (!n)
		return !f->n || (f->n == 1 && !*f->values[0]);
	if (n != f->n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_same_value(f, set->values[i], f->values[i]))
			return false;
	return true;
}

int settings_read(struct ctl *c, xmpp_stanza_t *parent, struct form_in *ret)
{
	if (form_parse(parent, ret))
		return ctl_fail(c, EX_REFUSED, "the answer has no form, or one that is not valid");
	return 0;
}

int settings_change(struct ctl *c, const struct settings *s, const struct field *table,
		    const struct form_in *form, struct str *out)
{
	size_t changed = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct setting *set = &s->all[i];
		const struct form_field_in *f = find_field(form, set->var);
		int e;

		if (!f)
			return not_there(c, table, form, set->var);
		e = check_values(f, set);
		if (e)
			return e;
		if (is_same(f, set))
			continue;
		if (!changed++)
			form_open(out, FORM_SUBMIT, form->form_type);
		setting_render(out, f->var, set->values, is_multi(f));
	}
	if (changed)
		form_close(out);
	else
		log_info("nothing is to be changed");
	return 0;
}

static void print_field(struct ctl *c, const struct form_field_in *f)
{
	const char *label = stanza_attr(f->element, "label");
	AUTO_STR kind = { 0 };

	add_options(&kind, f);
	if (!kind.len)
		str_puts(&kind, f->type ? f->type : "text-single");
	if (!f->n)
		print_row(c, setting_short(f->var), NULL, kind.p, label);
	for (size_t i = 0; i < f->n; i++)
		print_row(c, setting_short(f->var), f->values[i], kind.p, label);
}

int settings_print(struct ctl *c, xmpp_stanza_t *parent)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	int code = settings_read(c, parent, &form);

	if (code)
		return code;
	if (c->o->xml) {
		AUTO_STR xml = { 0 };

		markup_render(&xml, stanza_child(parent, "x", NS_DATA));
		print_xml(c, xml.p, xml.len);
		return 0;
	}
	for (size_t i = 0; i < form.n; i++)
		if (!has_type(&form.fields[i], "fixed") && !has_type(&form.fields[i], "hidden"))
			print_field(c, &form.fields[i]);
	return 0;
}

/* Of a document */

void settings_compare(const struct settings *s, const struct form_in *form, setting_fn *fn,
		      void *data)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct form_field_in *f = find_field(form, s->all[i].var);

		if (!f || !is_same(f, &s->all[i]))
			fn(&s->all[i], f, data);
	}
}

void settings_take(struct settings *s, const struct form_in *form)
{
	for (size_t i = 0; i < form->n; i++) {
		const struct form_field_in *f = &form->fields[i];

		if (has_type(f, "fixed") || has_type(f, "hidden"))
			continue;
		settings_add(s, f->var, NULL);
		for (size_t k = 0; k < f->n; k++)
			settings_add(s, f->var, f->values[k]);
	}
}

void setting_submit(const struct setting *set, const struct form_field_in *f, struct str *out)
{
	setting_render(out, f->var, set->values, is_multi(f));
}
