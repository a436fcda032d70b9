/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/sub_form.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/notify/filter.h"
#include "cmd/serve/notify/summary.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/sub_fields.h"

#define IS(field, member) ((field)->offset == offsetof(struct sub_options, member))

/* Showing */

static bool is_collection(const struct node *n)
{
	return n && (!n->id || n->config.type == NODE_COLLECTION);
}

static bool is_offered(const struct config *c, const struct field *f, const struct node *n)
{
	if (f->flags & (is_collection(n) ? FIELD_LEAF : FIELD_COLLECTION))
		return false;
	return feature_field(c, f);
}

int sub_form_render(struct request *r, struct str *out, enum form_type type, const struct node *n,
		    const struct sub_options *options)
{
	const struct config *c = r->service->config;
	bool bodies = false;
	int e = is_collection(n) ? 0 : summary_offered(r, n, &bodies);

	form_open(out, type, FORM_SUBSCRIBE_OPTIONS);
	for (const struct field *f = sub_fields; f->var && !e; f++)
		if (is_offered(c, f, n) && (bodies || !IS(f, include_body)))
			node_form_field(c, out, f, options, type == FORM_FORM);
	form_close(out);
	return e;
}

/* Submitting */

/* IMPL-03, IMPL-04, OPT-25 */
static int check_lease(const struct request *r, bool changed, struct sub_options *o)
{
	const struct config *c = r->service->config;
	int64_t most = r->now + (int64_t)c->max_lease * 1000;

	if (!changed)
		return PS_OK;
	if (o->expire == EXPIRE_PRESENCE)
		return feature_on(c, "presence-notifications") ? PS_OK : PS_INVALID_OPTIONS;
	if (o->expire && o->expire <= r->now)
		return PS_INVALID_OPTIONS;
	if (c->max_lease && o->expire > most)
		o->expire = most;
	return PS_OK;
}

static int check_filter(struct request *r, const struct sub_options *o)
{
	AUTO_STR why = { 0 };

	if (!filter_check(o, &why))
		return PS_OK;
	r->text = mem_printf("x-filter: %s", why.p ? why.p : "this is no XPath expression");
	return PS_INVALID_OPTIONS;
}

static int apply_fields(struct request *r, const struct form_in *form, struct sub_options *o)
{
	bool lease = false, filter = false;

	for (size_t i = 0; i < form->n; i++) {
		const struct form_field_in *in = &form->fields[i];
		const struct field *f = field_find(sub_fields, in->var);

		/* X0004-01: unknown fields are none of its business. */
		if (!f || !feature_field(r->service->config, f))
			continue;
		if (field_parse(f, in->values, in->n, o)) {
			r->text = mem_printf("'%s' cannot have this value", f->var);
			return PS_INVALID_OPTIONS;
		}
		lease = lease || IS(f, expire);
		filter = filter || IS(f, filter) || IS(f, filter_ns);
	}
	if (filter && check_filter(r, o))
		return PS_INVALID_OPTIONS;
	return check_lease(r, lease, o);
}

int sub_form_apply(struct request *r, xmpp_stanza_t *parent, struct sub_options *options,
		   bool *ret_given)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_IN_PLACE(sub_options_release) struct sub_options new = { 0 };
	int e = form_parse(parent, &form);

	*ret_given = false;
	if (e || (form.type != FORM_SUBMIT && form.type != FORM_CANCEL))
		return PS_BAD_REQUEST;
	if (form.type == FORM_CANCEL)
		return PS_OK;
	if (form.form_type && strcmp(form.form_type, FORM_SUBSCRIBE_OPTIONS))
		return PS_INVALID_OPTIONS;
	fields_copy(sub_fields, options, &new);
	e = apply_fields(r, &form, &new);
	if (e)
		return e;
	sub_options_release(options);
	*options = new;
	new = (struct sub_options){ 0 };
	*ret_given = true;
	return PS_OK;
}
