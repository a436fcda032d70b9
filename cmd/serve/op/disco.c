/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/disco.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_form.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/deliver.h"
#include "cmd/serve/op/command.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/own_caps.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/node_fields.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

#define IDENTITY "<identity category='pubsub' type='service' name='pubsub-serve'/>"

static void add_feature(const char *var, void *data)
{
	str_puts(data, "<feature");
	xml_attr(data, "var", var);
	str_puts(data, "/>");
}

int disco_find_node(struct request *r, bool *ret_named)
{
	const char *name = stanza_attr(r->action, "node");

	*ret_named = name && *name && !own_caps_node(r->service, name);
	return *ret_named ? node_find(r->service, name, &r->node, &r->detail) : PS_OK;
}

void disco_open_query(struct request *r, const char *ns)
{
	str_printf(&r->result, "<query xmlns='%s'", ns);
	xml_attr(&r->result, "node", stanza_attr(r->action, "node"));
	str_putc(&r->result, '>');
}

void disco_render_service(const struct service *s, struct str *out)
{
	str_puts(out, IDENTITY);
	features_each(s->config, add_feature, out);
}

/* Metadata: what is set, and what the service knows by itself (section 5.4) */

/* Of one affiliation, in the order of JIDs: as many as fit beside the rest. */
struct jids {
	char **list;
	size_t bytes;
};

struct people {
	struct jids owners, publishers;
};

static void people_release(struct people *p)
{
	strings_free(p->owners.list);
	strings_free(p->publishers.list);
}

static void add_jid(struct jids *l, const char *jid)
{
	l->bytes += strlen(jid) + strlen("<value></value>");
	if (l->bytes <= PAGE_BYTES / 4)
		strings_add(&l->list, jid);
}

static int add_person(const char *jid, enum affiliation affiliation, void *data)
{
	struct people *p = data;

	if (affiliation == AFF_OWNER)
		add_jid(&p->owners, jid);
	else if (affiliation == AFF_PUBLISHER || affiliation == AFF_PUBLISH_ONLY)
		add_jid(&p->publishers, jid);
	return 0;
}

static void add_people(struct str *out, const char *var, const struct jids *jids)
{
	const struct form_field_out field = { .var = var,
					      .type = "jid-multi",
					      .values = (const char *const *)jids->list,
					      .n_values = strings_count(jids->list) };

	form_field(out, &field);
}

static void add_automatic(struct str *out, const struct node *n, const struct people *people,
			  int64_t subscribers)
{
	char created[TIME_TEXT_MAX];
	AUTO_FREE char *count = mem_printf("%" PRId64, subscribers);

	time_format(n->created, created);
	form_value(out, "pubsub#creator", "jid-single", n->creator);
	form_value(out, "pubsub#creation_date", "text-single", created);
	add_people(out, "pubsub#owner", &people->owners);
	add_people(out, "pubsub#publisher", &people->publishers);
	form_value(out, "pubsub#num_subscribers", "text-single", count);
}

static int add_metadata(struct request *r)
{
	AUTO_IN_PLACE(people_release) struct people people = { 0 };
	const struct config *c = r->service->config;
	struct store *store = r->service->store;
	const struct node *n = &r->node;
	int64_t subscribers;
	int e = store_affiliation_each(store, n->id, add_person, &people);

	if (!e)
		e = store_sub_count(store, n->id, &subscribers);
	if (e)
		return e;
	form_open(&r->result, FORM_RESULT, FORM_META_DATA);
	for (const struct field *f = node_fields; f->var; f++)
		if (f->flags & FIELD_META && node_field_applies(f, n->config.type) &&
		    feature_field(c, f))
			node_form_field(c, &r->result, f, &n->config, false);
	add_automatic(&r->result, n, &people, subscribers);
	form_close(&r->result);
	return PS_OK;
}

/* X0313-01 */
static void add_archive_features(const struct config *c, struct str *out)
{
	if (feature_on(c, NS_MAM))
		add_feature(NS_MAM, out);
	if (feature_on(c, NS_MAM_EXTENDED))
		add_feature(NS_MAM_EXTENDED, out);
}

static int describe_node(struct request *r)
{
	const struct node *n = &r->node;

	str_puts(&r->result, "<identity category='pubsub'");
	xml_attr(&r->result, "type", node_type_names[n->config.type]);
	xml_attr(&r->result, "name", n->config.title);
	str_puts(&r->result, "/>");
	add_feature(NS_DISCO_INFO, &r->result);
	add_feature(NS_DISCO_ITEMS, &r->result);
	add_feature(NS_PUBSUB, &r->result);
	if (n->config.type == NODE_LEAF)
		add_archive_features(r->service->config, &r->result);
	return feature_on(r->service->config, "meta-data") ? add_metadata(r) : PS_OK;
}

/* X0131-02: a disco node that is no node of the service's. */
static int describe_headers(struct request *r)
{
	disco_open_query(r, NS_DISCO_INFO);
	str_puts(&r->result, IDENTITY);
	add_feature(NS_DISCO_INFO, &r->result);
	for (const char *const *name = delivery_headers; *name; name++) {
		AUTO_FREE char *var = mem_printf(NS_SHIM "#%s", *name);

		add_feature(var, &r->result);
	}
	str_puts(&r->result, "</query>");
	return PS_OK;
}

int disco_info(struct request *r)
{
	const char *name = stanza_attr(r->action, "node");
	bool named;
	int e;

	if (name && !strcmp(name, NS_SHIM))
		return describe_headers(r);
	e = command_disco_info(r);
	if (e != -ENOMSG)
		return e;
	e = disco_find_node(r, &named);
	if (e)
		return e;
	disco_open_query(r, NS_DISCO_INFO);
	if (named)
		e = describe_node(r);
	else
		disco_render_service(r->service, &r->result);
	str_puts(&r->result, "</query>");
	return e;
}
