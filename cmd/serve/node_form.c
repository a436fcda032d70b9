/* SPDX-License-Identifier: MIT */
#include "cmd/serve/node_form.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/serve/collection.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/ns.h"

AUTO_DEFINE(char **, strings_free);

#define OPTIONS_MAX 64
#define FIELD_PARENTS "pubsub#collection"
#define FIELD_CHILDREN "pubsub#children"

/* Is it offered for nodes of that type? */
static bool is_offered(const struct config *c, const struct field *f, enum node_type type)
{
	return node_field_applies(f, type) && feature_field(c, f);
}

/* Showing */

static const char *const languages[] = { "ar", "bn", "de", "en", "es", "fa", "fr", "hi", "id", "it",
					 "ja", "ko", "mr", "nl", "pl", "pt", "ru", "sw", "ta", "te",
					 "th", "tr", "uk", "ur", "vi", "zh" };

static bool is_choice_offered(const struct config *c, const struct field *f, int choice)
{
	if (f->choices == access_model_names)
		return feature_access(c, (enum access_model)choice);
	if (f->choices == node_type_names)
		return choice == NODE_LEAF || feature_on(c, "collections");
	return true;
}

/* The value of a list is one of its options (CONF-23). */
static size_t add_options(const struct config *c, const struct field *f, char *const *values,
			  struct form_option *ret)
{
	size_t n = 0;

	for (int i = 0; f->choices && f->choices[i]; i++)
		if (is_choice_offered(c, f, i))
			ret[n++] = (struct form_option){ .value = f->choices[i],
							 .label = f->choice_labels[i] };
	if (f->kind == &field_lang)
		for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
			ret[n++] = (struct form_option){ .value = languages[i] };
	if (f->choices || (f->kind != &field_lang && f->kind != &field_words))
		return n;
	for (; values && *values && n < OPTIONS_MAX; values++) {
		bool there = false;

		for (size_t i = 0; i < n; i++)
			there = there || !strcmp(ret[i].value, *values);
		if (!there)
			ret[n++] = (struct form_option){ .value = *values };
	}
	return n;
}

static bool is_top(const struct field *f, const char *const *values, size_t n)
{
	return f->top && n == 1 && !strcmp(values[0], f->top);
}

void node_form_field(const struct config *c, struct str *out, const struct field *f,
		     const void *base, bool full)
{
	AUTO(strings_free) char **values = field_print(f, base);
	struct form_option options[OPTIONS_MAX];
	AUTO_FREE char *min = NULL, *max = NULL;
	struct form_field_out field = {
		.var = f->var,
		.type = f->kind->form_type,
		.values = (const char *const *)values,
		.n_values = strings_count(values),
	};

	if (full) {
		field.label = f->label;
		field.options = options;
		field.n_options = add_options(c, f, values, options);
		field.datatype = f->kind->datatype;
	}
	if (full && f->kind == &field_uint) {
		/* CFG-39: "max" is no number, and has a datatype of its own. */
		if (f->top)
			field.datatype = strcmp(f->top, "max") ? NULL : "pubsub:integer-or-max";
		min = mem_printf("%" PRIu64, f->min);
		max = mem_printf("%" PRIu64, f->max);
		field.min = min;
		field.max = max;
	}
	/* DISCO-35: without the feature, the word is not known; no value means the same. */
	if (is_top(f, (const char *const *)values, field.n_values) &&
	    !feature_on(c, "config-node-max"))
		field.n_values = 0;
	form_field(out, &field);
}

static bool is_named(const struct field *f, const char *var)
{
	return !strcmp(f->var, var);
}

int node_form_render(struct service *s, struct str *out, enum form_type type,
		     const struct node *node, const struct node_config *config)
{
	AUTO_IN_PLACE(links_release) struct links links = { 0 };
	int e = node && feature_on(s->config, "collections") ? links_load(s->store, node, &links)
							      : 0;

	if (e)
		return e;
	form_open(out, type, FORM_NODE_CONFIG);
	for (const struct field *f = node_fields; f->var; f++) {
		const void *base = config;

		if (!is_offered(s->config, f, config->type))
			continue;
		if (type == FORM_RESULT && f->flags & FIELD_PRIVATE)
			continue;
		if (f->flags & FIELD_LINK)
			base = is_named(f, FIELD_PARENTS) ? &links.parents : &links.children;
		node_form_field(s->config, out, f, base, type == FORM_FORM);
	}
	form_close(out);
	return 0;
}

/* Submitting */

static int check_form_type(const struct form_in *form, const char *wanted, bool must)
{
	if (!form->form_type)
		return must ? PS_BAD_REQUEST : PS_OK;
	return !strcmp(form->form_type, wanted) ? PS_OK
	       : must			       ? PS_BAD_REQUEST
					       : PS_NOT_ACCEPTABLE; /* CONF-15 */
}

/* CFG-15: more than the service allows is not to be had. */
static bool is_within(const struct config *c, uint64_t max_items)
{
	if (max_items != UINT64_MAX && max_items > c->max_items)
		return false;
	return feature_on(c, "multi-items") || max_items <= 1;
}

static int refuse_value(const struct field *f)
{
	return f->choices == access_model_names ? PS_UNSUPPORTED_ACCESS_MODEL : PS_NOT_ACCEPTABLE;
}

/*
 * What the form leaves as it was is as it may be, though the service would not give it any more
 * (CONF-09).
 */
struct before {
	enum access_model access;
	uint64_t max_items;
};

static int check_choices(struct service *s, const struct before *was, const struct node_config *n,
			 char **ret_detail)
{
	if (n->access != was->access && !feature_access(s->config, n->access))
		return PS_UNSUPPORTED_ACCESS_MODEL;
	if (n->type == NODE_COLLECTION && !feature_on(s->config, "collections")) {
		*ret_detail = mem_strdup("collections");
		return PS_UNSUPPORTED;
	}
	if (n->max_items != was->max_items && !is_within(s->config, n->max_items))
		return PS_NOT_ACCEPTABLE;
	return PS_OK;
}

/*
 * Unknown fields are none of its business (X0004-01), unless @strict: then neither are those of
 * another type of node, as no node with them could be published to a second time (POPT-04).
 */
static int apply_fields(struct service *s, const struct form_in *form, bool strict,
			struct node_config *config, char **ret_detail)
{
	const struct before was = { .access = config->access, .max_items = config->max_items };

	for (size_t i = 0; i < form->n; i++) {
		const struct form_field_in *in = &form->fields[i];
		const struct field *f = field_find(node_fields, in->var);

		if (!f || !feature_field(s->config, f) || (f->flags & FIELD_LINK) ||
		    (strict && !node_field_applies(f, config->type))) {
			if (strict)
				return PS_PRECONDITION;
			continue;
		}
		if ((is_top(f, in->values, in->n) && !feature_on(s->config, "config-node-max")) ||
		    field_parse(f, in->values, in->n, config))
			return refuse_value(f);
	}
	return check_choices(s, &was, config, ret_detail);
}

static void replace(struct node_config *config, struct node_config *by)
{
	node_config_release(config);
	*config = *by;
	*by = (struct node_config){ 0 };
}

int node_form_apply(struct service *s, xmpp_stanza_t *parent, struct node_config *config,
		    bool *ret_given, char **ret_detail)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_IN_PLACE(node_config_release) struct node_config new = { 0 };
	int e = form_parse(parent, &form);

	if (ret_given)
		*ret_given = false;
	/* CONF-14 */
	if (e || (form.type != FORM_SUBMIT && form.type != FORM_CANCEL))
		return PS_BAD_REQUEST;
	if (form.type == FORM_CANCEL)
		return PS_OK;
	e = check_form_type(&form, FORM_NODE_CONFIG, false);
	if (e)
		return e;
	fields_copy(node_fields, config, &new);
	e = apply_fields(s, &form, false, &new, ret_detail);
	if (e)
		return e;
	replace(config, &new);
	if (ret_given)
		*ret_given = true;
	return PS_OK;
}

/* A collection to be made has a collection's defaults. */
static void choose_type(struct service *s, const struct form_in *form, struct node_config *config)
{
	const struct form_field_in *in = form_find(form, "pubsub#node_type");
	AUTO_IN_PLACE(node_config_release) struct node_config new = { 0 };

	if (!in || in->n != 1 || strcmp(in->values[0], node_type_names[NODE_COLLECTION]))
		return;
	fields_copy(node_fields, &s->config->defaults[NODE_COLLECTION], &new);
	replace(config, &new);
}

int node_form_create(struct service *s, xmpp_stanza_t *parent, const char *form_type,
		     struct node_config *config, char **ret_detail)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	bool strict = strcmp(form_type, FORM_NODE_CONFIG);
	int e = form_parse(parent, &form);

	if (e == -ENOENT)
		return strict ? PS_BAD_REQUEST : PS_OK;
	if (e || form.type != FORM_SUBMIT)
		return !e && form.type == FORM_CANCEL && !strict ? PS_OK : PS_BAD_REQUEST;
	e = check_form_type(&form, form_type, strict);
	if (e)
		return e;
	choose_type(s, &form, config);
	return apply_fields(s, &form, strict, config, ret_detail);
}

/* Links */

/* A single empty value is the root as a parent; as a child it is none. */
static void take_names(const struct form_in *form, const char *var, bool *ret_given, char ***ret)
{
	const struct form_field_in *in = form_find(form, var);

	*ret_given = in;
	for (size_t i = 0; in && i < in->n; i++)
		strings_add(ret, in->values[i]);
}

int node_form_links(struct service *s, xmpp_stanza_t *parent, struct links *ret)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	int e = parent ? form_parse(parent, &form) : -ENOENT;

	if (e || form.type != FORM_SUBMIT || !feature_on(s->config, "collections"))
		return e && e != -ENOENT ? PS_BAD_REQUEST : PS_OK;
	take_names(&form, FIELD_PARENTS, &ret->has_parents, &ret->parents);
	take_names(&form, FIELD_CHILDREN, &ret->has_children, &ret->children);
	return PS_OK;
}

/* Preconditions */

static bool meets(struct service *s, const struct node *node, const struct form_field_in *in)
{
	const struct field *f = field_find(node_fields, in->var);
	AUTO_IN_PLACE(node_config_release) struct node_config wanted = { 0 };

	/* POPT-04: what cannot be compared is not as it should be. */
	if (!f || f->flags & FIELD_LINK || !is_offered(s->config, f, node->config.type))
		return false;
	node_config_init(&wanted, node->config.type);
	return !field_parse(f, in->values, in->n, &wanted) &&
	       field_same(f, &wanted, &node->config);
}

int node_form_compare(struct service *s, xmpp_stanza_t *parent, const struct node *node)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	int e = form_parse(parent, &form);

	if (e || form.type != FORM_SUBMIT || check_form_type(&form, FORM_PUBLISH_OPTIONS, true))
		return PS_BAD_REQUEST;
	for (size_t i = 0; i < form.n; i++)
		if (!meets(s, node, &form.fields[i]))
			return PS_PRECONDITION;
	return PS_OK;
}
