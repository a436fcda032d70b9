/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/type_filter.h"

#include <string.h>

#include "cmd/serve/features.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

void type_filter_release(struct type_filter *f)
{
	str_release(&f->list);
}

static void take(struct type_filter *f, const struct form_field_in *field, bool exclude)
{
	str_puts(&f->list, NODE_TYPES_MARK);
	for (size_t i = 0; i < field->n; i++) {
		str_puts(&f->list, field->values[i]);
		str_puts(&f->list, NODE_TYPES_MARK);
	}
	/* No type at all is not a node without type, between two marks. */
	f->types = (struct node_types){ .list = f->list.p, .exclude = exclude };
	f->given = true;
}

static int take_form(struct type_filter *f, const struct form_in *form)
{
	const struct form_field_in *included = form_find(form, "included-types");
	const struct form_field_in *excluded = form_find(form, "excluded-types");

	if (form->type != FORM_SUBMIT || !form->form_type ||
	    strcmp(form->form_type, NS_PUBSUB_FILTER) || (included && excluded))
		return PS_BAD_REQUEST; /* X0462-04 */
	if (included || excluded)
		take(f, included ? included : excluded, excluded);
	return PS_OK;
}

int type_filter_parse(const struct config *c, xmpp_stanza_t *parent, struct type_filter *ret)
{
	xmpp_stanza_t *filter = stanza_child(parent, "filter", NS_PUBSUB_FILTER);
	struct form_in form;
	int e;

	*ret = (struct type_filter){ .given = false };
	if (!filter || !feature_on(c, NS_PUBSUB_FILTER))
		return PS_OK;
	if (form_parse(filter, &form))
		return PS_BAD_REQUEST;
	e = take_form(ret, &form);
	form_in_release(&form);
	return e;
}
