/* SPDX-License-Identifier: MIT */
/* The command get-pending: an owner asks for what waits for approval (XEP-0060 section 8.7). */
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/node_make.h"
#include "cmd/serve/op/command.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "cmd/serve/subs/approve.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"

static int note_owner(const char *name, enum affiliation affiliation, void *data)
{
	bool *owner = data;

	(void)name;
	*owner = affiliation == AFF_OWNER;
	return *owner;
}

/* PEND-07 */
static int check(struct request *r)
{
	bool owner = r->who.admin;
	int e = owner ? 0
		      : store_affiliation_by_jid(r->service->store, r->bare, note_owner, &owner);

	if (e)
		return e;
	return owner ? PS_OK : PS_FORBIDDEN_HERE;
}

/* As many nodes as fit an answer. */
struct names {
	char **list;
	size_t n, bytes;
};

static void names_release(struct names *names)
{
	strings_free(names->list);
}

static int add_name(const char *name, void *data)
{
	struct names *names = data;

	names->bytes += strlen(name) + sizeof("<option><value></value></option>");
	if (names->bytes > PAGE_BYTES || ++names->n > FORM_MAX_VALUES)
		return 1;
	strings_add(&names->list, name);
	return 0;
}

static int add_owned(const char *name, enum affiliation affiliation, void *data)
{
	return affiliation == AFF_OWNER ? add_name(name, data) : 0;
}

/* PEND-02: nodes at which something waits; where there are none, all that could have it. */
static int find_nodes(struct request *r, struct names *ret)
{
	struct store *store = r->service->store;
	int e = store_sub_pending_nodes(store, r->who.admin ? NULL : r->bare, add_name, ret);

	if (!e && !ret->n)
		e = store_affiliation_by_jid(store, r->bare, add_owned, ret);
	return e;
}

static void render(struct str *out, char *const *nodes)
{
	size_t n = strings_count(nodes);
	struct form_option *options = mem_zalloc((n + 1) * sizeof(*options));
	struct form_field_out field = { .var = "pubsub#node",
					.type = "list-single",
					.label = "Node",
					.flags = FORM_REQUIRED,
					.options = options,
					.n_options = n };

	for (size_t i = 0; i < n; i++)
		options[i].value = nodes[i];
	form_open(out, FORM_FORM, FORM_AUTHORIZE);
	form_title(out, "Pending subscription requests", "Requests for which node?");
	form_field(out, &field);
	form_close(out);
	free(options);
}

static int begin(struct request *r, struct str *out)
{
	AUTO_IN_PLACE(names_release) struct names names = { 0 };
	int e = find_nodes(r, &names);

	if (!e)
		render(out, names.list);
	return e;
}

/* PEND-03, PEND-04; a FORM_TYPE is not asked for, as the form of section 8.7.4 has none. */
static int complete(struct request *r, const struct form_in *form)
{
	const struct form_field_in *field = form_find(form, "pubsub#node");
	int e;

	if (!field || field->n != 1 || !*field->values[0])
		return PS_BAD_COMMAND_FORM;
	e = node_find(r->service, field->values[0], &r->node, NULL);
	if (e)
		return e == PS_GONE ? PS_ITEM_NOT_FOUND : e;
	e = subject_check(r->service, PRIV_OWNER, &r->node, r->who.jid);
	if (e)
		return e == PS_FORBIDDEN ? PS_FORBIDDEN_HERE : e;
	return approve_ask_again(r, &r->node, r->who.jid);
}

const struct command command_pending = {
	.node = NS_PUBSUB "#get-pending",
	.name = "Get pending subscription requests",
	.feature = "get-pending",
	.check = check,
	.begin = begin,
	.complete = complete,
};
