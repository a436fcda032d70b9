/* SPDX-License-Identifier: MIT */
#include "common/xmpp/form.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

static const char *const types[] = {
	[FORM_FORM] = "form",
	[FORM_SUBMIT] = "submit",
	[FORM_CANCEL] = "cancel",
	[FORM_RESULT] = "result",
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))

#define FORM_TYPE "FORM_TYPE"

static int parse_type(xmpp_stanza_t *x, enum form_type *ret)
{
	const char *name = stanza_attr(x, "type");

	for (size_t i = 0; name && i < N_TYPES; i++)
		if (!strcmp(name, types[i])) {
			*ret = (enum form_type)i;
			return 0;
		}
	return -EINVAL;
}

static xmpp_stanza_t *first_field(xmpp_stanza_t *x)
{
	return stanza_child(x, "field", NS_DATA);
}

static xmpp_stanza_t *next_field(xmpp_stanza_t *field)
{
	return stanza_next_like(field, "field", NS_DATA);
}

static xmpp_stanza_t *first_value(xmpp_stanza_t *field)
{
	return stanza_child(field, "value", NS_DATA);
}

static xmpp_stanza_t *next_value(xmpp_stanza_t *value)
{
	return stanza_next_like(value, "value", NS_DATA);
}

/* Room for all fields and, in the same block behind them, for all values. */
static int reserve(xmpp_stanza_t *x, struct form_in *f, const char ***ret_values)
{
	size_t fields = 0, values = 0;

	for (xmpp_stanza_t *s = first_field(x); s; s = next_field(s)) {
		fields++;
		for (xmpp_stanza_t *v = first_value(s); v; v = next_value(v))
			values++;
		if (fields > FORM_MAX_FIELDS || values > FORM_MAX_VALUES)
			return -EINVAL;
	}
	f->fields = mem_alloc(fields * sizeof(*f->fields) + values * sizeof(**ret_values) + 1);
	*ret_values = (const char **)(f->fields + fields);
	return 0;
}

/* Without a value it is as if it were not there. */
static int read_form_type(xmpp_stanza_t *field, struct form_in *f)
{
	xmpp_stanza_t *value = first_value(field);
	const char *type = stanza_attr(field, "type"), *text;

	if (!value)
		return 0;
	text = stanza_text(value);
	while ((value = next_value(value)))
		if (strcmp(stanza_text(value), text) != 0)
			return -EINVAL;
	if (f->type == FORM_SUBMIT || f->type == FORM_CANCEL || (type && !strcmp(type, "hidden")))
		f->form_type = text;
	return 0;
}

static int read_field(xmpp_stanza_t *field, struct form_in *f, const char ***values)
{
	struct form_field_in in = { .var = stanza_attr(field, "var"),
				    .type = stanza_attr(field, "type"),
				    .values = *values,
				    .element = field };

	if (!in.var)
		return f->type != FORM_SUBMIT || (in.type && !strcmp(in.type, "fixed")) ? 0
											: -EINVAL;
	if (form_find(f, in.var))
		return -EINVAL;
	for (xmpp_stanza_t *v = first_value(field); v; v = next_value(v))
		in.values[in.n++] = stanza_text(v);
	*values += in.n;
	f->fields[f->n++] = in;
	return 0;
}

static int read_fields(xmpp_stanza_t *x, struct form_in *f, const char **values)
{
	bool typed = false;
	int r = 0;

	for (xmpp_stanza_t *s = first_field(x); s && !r; s = next_field(s)) {
		const char *var = stanza_attr(s, "var");

		if (var && !strcmp(var, FORM_TYPE)) {
			r = typed ? -EINVAL : read_form_type(s, f);
			typed = true;
		} else if (f->type != FORM_CANCEL) {
			r = read_field(s, f, &values);
		}
	}
	return r;
}

int form_read(xmpp_stanza_t *x, struct form_in *ret)
{
	struct form_in f = { 0 };
	const char **values;
	int r;

	r = parse_type(x, &f.type);
	if (r < 0)
		return r;
	r = reserve(x, &f, &values);
	if (r < 0)
		return r;
	r = read_fields(x, &f, values);
	if (r < 0)
		form_in_release(&f);
	else
		*ret = f;
	return r;
}

int form_parse(xmpp_stanza_t *parent, struct form_in *ret)
{
	xmpp_stanza_t *x = stanza_child(parent, "x", NS_DATA);

	if (!x)
		return -ENOENT;
	if (stanza_next_like(x, "x", NS_DATA))
		return -EINVAL;
	return form_read(x, ret);
}

void form_in_release(struct form_in *f)
{
	free(f->fields);
	*f = (struct form_in){ 0 };
}

const struct form_field_in *form_find(const struct form_in *f, const char *var)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->fields[i].var, var))
			return &f->fields[i];
	return NULL;
}

/* "<name>text</name>"; nothing where @text is NULL. */
static void add_element(struct str *out, const char *name, const char *text)
{
	if (!text)
		return;
	str_printf(out, "<%s>", name);
	xml_text(out, text, strlen(text));
	str_printf(out, "</%s>", name);
}

void form_open(struct str *out, enum form_type type, const char *form_type)
{
	str_puts(out, "<x xmlns='" NS_DATA "'");
	xml_attr(out, "type", types[type]);
	str_putc(out, '>');
	if (form_type)
		form_value(out, FORM_TYPE, "hidden", form_type);
}

void form_title(struct str *out, const char *title, const char *instructions)
{
	add_element(out, "title", title);
	add_element(out, "instructions", instructions);
}

static void add_validation(struct str *out, const struct form_field_out *f)
{
	str_puts(out, "<validate xmlns='" NS_VALIDATE "'");
	xml_attr(out, "datatype", f->datatype);
	if (f->min || f->max) {
		str_puts(out, "><range");
		xml_attr(out, "min", f->min);
		xml_attr(out, "max", f->max);
		str_puts(out, "/></validate>");
	} else {
		str_puts(out,
			 f->flags & FORM_OPEN ? "><open/></validate>" : "><basic/></validate>");
	}
}

static void add_option(struct str *out, const struct form_option *o)
{
	str_puts(out, "<option");
	xml_attr(out, "label", o->label);
	str_putc(out, '>');
	add_element(out, "value", o->value);
	str_puts(out, "</option>");
}

void form_field(struct str *out, const struct form_field_out *f)
{
	str_puts(out, "<field");
	xml_attr(out, "var", f->var);
	xml_attr(out, "type", f->type);
	xml_attr(out, "label", f->label);
	str_putc(out, '>');
	if (f->datatype)
		add_validation(out, f);
	add_element(out, "desc", f->desc);
	if (f->flags & FORM_REQUIRED)
		str_puts(out, "<required/>");
	for (size_t i = 0; i < f->n_values; i++)
		add_element(out, "value", f->values[i]);
	for (size_t i = 0; i < f->n_options; i++)
		add_option(out, &f->options[i]);
	str_puts(out, "</field>");
}

void form_value(struct str *out, const char *var, const char *type, const char *value)
{
	struct form_field_out f = {
		.var = var, .type = type, .values = &value, .n_values = !!value
	};

	form_field(out, &f);
}

void form_close(struct str *out)
{
	str_puts(out, "</x>");
}
