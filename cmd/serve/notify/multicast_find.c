/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/multicast.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/strings.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

#define CANDIDATES 32 /* services of a server that are asked */
/* Where a service does not tell: ejabberd's limits for its own accounts, and for all others. */
#define LIMIT_ACCOUNT 100
#define LIMIT_OTHERS 20
#define LIMIT_MOST 1000 /* wherever it takes more */

/* The domain is asked, what services it has, and then all of them at once: some never answer. */
struct search {
	size_t limit; /* the domain is one itself; 0: it is not */
	char **candidates;
	size_t left; /* of them have not answered */
};

void multicast_look_no_more(struct service *s)
{
	struct search *f = s->multicast.search;

	s->multicast.search = NULL;
	if (f)
		strings_free(f->candidates);
	free(f);
}

/* XEP-0128; "infinite" is no number. */
static size_t read_limit(const struct form_in *form, size_t otherwise)
{
	const struct form_field_in *field = form_find(form, "message");
	uint64_t n;

	if (strcmp(form->form_type, NS_ADDRESS) != 0 || !field || field->n != 1)
		return otherwise;
	if (!strcmp(field->values[0], "infinite") || !strcmp(field->values[0], "infinity"))
		return LIMIT_MOST;
	if (parse_uint(field->values[0], 0, UINT64_MAX, &n))
		return otherwise;
	return n < LIMIT_MOST ? (size_t)n : LIMIT_MOST;
}

bool multicast_read(const struct service *s, xmpp_stanza_t *answer, size_t *ret_limit)
{
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	size_t limit = s->config->component ? LIMIT_OTHERS : LIMIT_ACCOUNT;

	if (!stanza_is_result(answer) ||
	    caps_parse(stanza_child(answer, "query", NS_DISCO_INFO), &info) ||
	    !caps_has(&info, NS_ADDRESS))
		return false;
	for (size_t i = 0; i < info.n_forms; i++)
		limit = read_limit(&info.forms[i], limit);
	*ret_limit = limit;
	return true;
}

/* Nothing more is asked. */
static void end(struct service *s, const char *address, size_t limit)
{
	char **services = s->multicast.search->candidates;

	s->multicast.search->candidates = NULL;
	multicast_found(s, address, limit, services);
	multicast_look_no_more(s);
}

static bool ask(struct service *s, const char *to, const char *ns, ask_fn *reply)
{
	void *round = (void *)(uintptr_t)s->multicast.round;
	AUTO_STR xml = { 0 };

	str_printf(&xml, "<query xmlns='%s'/>", ns);
	return service_ask(s, "get", to, xml.p, xml.len, reply, round);
}

static struct search *search_of(struct service *s, const void *round)
{
	return s->multicast.round == (unsigned)(uintptr_t)round ? s->multicast.search : NULL;
}

/* One that has answered, or could not even be asked, is none. */
static void pass_over(struct service *s)
{
	if (!--s->multicast.search->left)
		end(s, NULL, 0);
}

/* The first one will do. */
static void on_service(struct service *s, xmpp_stanza_t *answer, void *data)
{
	struct search *f = search_of(s, data);
	AUTO_FREE char *from = NULL;
	size_t limit = 0;

	if (!f)
		return;
	from = jid_prep(stanza_attr(answer, "from"));
	if (multicast_read(s, answer, &limit) && from && strings_have(f->candidates, from))
		end(s, from, limit);
	else
		pass_over(s);
}

static void ask_all(struct service *s, struct search *f)
{
	size_t n = strings_count(f->candidates);

	f->left = n;
	if (!n)
		end(s, NULL, 0);
	for (size_t i = 0; i < n; i++)
		if (!ask(s, f->candidates[i], NS_DISCO_INFO, on_service))
			pass_over(s);
}

/* All services that the server has, but ourselves. */
static void on_items(struct service *s, xmpp_stanza_t *answer, void *data)
{
	struct search *f = search_of(s, data);
	xmpp_stanza_t *query = stanza_child(answer, "query", NS_DISCO_ITEMS);

	if (!f)
		return;
	for (xmpp_stanza_t *i = stanza_child(query, "item", NS_DISCO_ITEMS); i;
	     i = stanza_next_like(i, "item", NS_DISCO_ITEMS)) {
		AUTO_FREE char *jid = jid_prep(stanza_attr(i, "jid"));

		if (jid && !jid_has_local(jid) && !jid_resource(jid) && !stanza_attr(i, "node") &&
		    strcmp(jid, s->config->jid) != 0 && strings_count(f->candidates) < CANDIDATES)
			strings_add(&f->candidates, jid);
	}
	if (f->limit)
		end(s, s->multicast.domain, f->limit);
	else
		ask_all(s, f);
}

static void on_domain(struct service *s, xmpp_stanza_t *answer, void *data)
{
	struct search *f = search_of(s, data);

	if (!f)
		return;
	multicast_read(s, answer, &f->limit);
	if (!ask(s, s->multicast.domain, NS_DISCO_ITEMS, on_items))
		end(s, NULL, 0);
}

void multicast_look(struct service *s)
{
	s->multicast.search = mem_zalloc(sizeof(*s->multicast.search));
	if (!ask(s, s->multicast.domain, NS_DISCO_INFO, on_domain))
		end(s, NULL, 0);
}
