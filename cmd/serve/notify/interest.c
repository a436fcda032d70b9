/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/interest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "cmd/serve/notify/available.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/presence.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Kinds of clients that are known at a time. Those that nobody uses make room. */
#define KEPT_MAX 1024
/* Bytes: longer names of capabilities are none; of all NodeIDs that one client may wish for. */
#define CAPS_NAME_MAX 512
#define WISHES_MAX 16384

struct interest {
	LIST_ENTRY(interest) link; /* of all that there are */
	struct interests *list;
	unsigned refs; /* resources, and who waits for an answer */
	bool shared;   /* verified, or to be: @ver is what it says */
	bool known, asked;
	char *ver;
	size_t n, bytes;
	char **nodes; /* by name */
};

struct interests {
	size_t n;
	LIST_HEAD(, interest) all;
	interest_known_fn *known;
};

struct interests *interests_new(interest_known_fn *known)
{
	struct interests *list = mem_zalloc(sizeof(*list));

	list->known = known;
	LIST_INIT(&list->all);
	return list;
}

static void forget(struct interest *i)
{
	LIST_REMOVE(i, link);
	i->list->n--;
	for (size_t k = 0; k < i->n; k++)
		free(i->nodes[k]);
	free(i->nodes);
	free(i->ver);
	free(i);
}

void interests_free(struct interests *list)
{
	if (!list)
		return;
	while (!LIST_EMPTY(&list->all))
		forget(LIST_FIRST(&list->all));
	free(list);
}

static struct interest *interest_new(struct interests *list, const char *ver)
{
	struct interest *i = mem_zalloc(sizeof(*i));

	i->list = list;
	i->shared = ver;
	i->ver = mem_strdup(ver);
	LIST_INSERT_HEAD(&list->all, i, link);
	list->n++;
	return i;
}

static struct interest *interest_ref(struct interest *i)
{
	i->refs++;
	return i;
}

/* What has been verified stays without users, for the next who comes. */
void interest_unref(struct interest *i)
{
	if (i && !--i->refs && !(i->shared && i->known))
		forget(i);
}

/* The one that has been there longest goes first. */
static void make_room(struct interests *list)
{
	struct interest *i, *last = NULL;

	if (list->n < KEPT_MAX)
		return;
	LIST_FOREACH(i, &list->all, link)
	last = i->refs ? last : i;
	if (last)
		forget(last);
}

static struct interest *find_shared(struct interests *list, const char *ver)
{
	struct interest *i;

	LIST_FOREACH(i, &list->all, link)
	if (i->shared && !strcmp(i->ver, ver))
		return interest_ref(i);
	make_room(list);
	return interest_ref(interest_new(list, ver));
}

/* What they wish */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *const *interest_nodes(const struct interest *i, size_t *ret_n)
{
	*ret_n = i && i->known ? i->n : 0;
	return i ? i->nodes : NULL;
}

bool interest_has(const struct interest *i, const char *node)
{
	return i && i->known && i->n && bsearch(&node, i->nodes, i->n, sizeof(char *), by_name);
}

bool interests_any(const struct interests *list, const char *node)
{
	const struct interest *i;

	LIST_FOREACH(i, &list->all, link)
	if (i->refs && interest_has(i, node))
		return true;
	return false;
}

static int add_node(const char *node, size_t len, void *data)
{
	struct interest *i = data;

	i->bytes += len + sizeof(char *);
	if (i->bytes > WISHES_MAX)
		return 1;
	i->nodes[i->n++] = mem_strndup(node, len);
	return 0;
}

static void learn(struct interest *i, const struct caps_info *info)
{
	i->nodes = mem_alloc(info->n_features * sizeof(char *) + 1);
	caps_each_notify(info, add_node, i);
	qsort(i->nodes, i->n, sizeof(char *), by_name);
	i->known = true;
}

/* Asking */

struct inquiry {
	struct interest *interest;
	char *jid;
};

static void replace(struct resource *res, struct interest *by)
{
	interest_unref(res->interest);
	res->interest = by;
}

static void on_info(struct service *s, xmpp_stanza_t *answer, void *data);

static void ask(struct service *s, struct resource *res)
{
	struct inquiry *q = mem_alloc(sizeof(*q));
	AUTO_FREE char *node = mem_printf("%s#%s", res->caps_node, res->caps_ver);
	AUTO_STR xml = { 0 };

	*q = (struct inquiry){ .interest = interest_ref(res->interest),
			       .jid = mem_strdup(res->jid) };
	q->interest->asked = true;
	str_puts(&xml, "<query xmlns='" NS_DISCO_INFO "'");
	xml_attr(&xml, "node", node);
	str_puts(&xml, "/>");
	if (service_ask(s, "get", res->jid, xml.p, xml.len, on_info, q))
		return;
	q->interest->asked = false;
	interest_unref(q->interest);
	free(q->jid);
	free(q);
}

static void welcome_all(struct service *s, const struct interest *i)
{
	for (size_t at = 0; at < available_count(s->available); at++) {
		struct resource *res = available_at(s->available, at);

		if (res->interest == i)
			s->interests->known(s, res, NULL);
	}
}

/* The others who have named the same hash are asked, one at a time, until one tells the truth. */
static void ask_next(struct service *s, const struct interest *i)
{
	for (size_t at = 0; at < available_count(s->available); at++) {
		struct resource *res = available_at(s->available, at);

		if (res->interest == i) {
			ask(s, res);
			return;
		}
	}
}

/* It stands for nobody but @res. */
static void keep_apart(struct service *s, struct resource *res, const struct caps_info *info)
{
	replace(res, interest_ref(interest_new(s->interests, NULL)));
	learn(res->interest, info);
	s->interests->known(s, res, NULL);
}

static void take_info(struct service *s, struct interest *i, struct resource *res,
		      const struct caps_info *info)
{
	bool right = res && caps_verify(info, res->caps_hash, res->caps_ver);

	if (i->known)
		return;
	if (i->shared && !right) {
		if (res)
			keep_apart(s, res, info);
		ask_next(s, i);
		return;
	}
	learn(i, info);
	welcome_all(s, i);
}

static void on_info(struct service *s, xmpp_stanza_t *answer, void *data)
{
	AUTO_FREE struct inquiry *q = data;
	AUTO_FREE char *jid = q->jid;
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	struct resource *res = available_find(s->available, jid);
	struct interest *i = q->interest;

	if (res && res->interest != i)
		res = NULL; /* it has gone, or become another since */
	i->asked = false;
	/* Who says nothing wishes nothing. */
	if (stanza_is_result(answer))
		caps_parse(stanza_child(answer, "query", NS_DISCO_INFO), &info);
	if (answer)
		take_info(s, i, res, &info);
	interest_unref(i);
}

/* Presence */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void set(char **at, const char *value)
{
	free(*at);
	*at = mem_strdup(value);
}

static bool is_usable(const struct presence_in *p)
{
	return p->caps_hash && strlen(p->caps_hash) <= CAPS_NAME_MAX &&
	       strlen(p->caps_node) <= CAPS_NAME_MAX && strlen(p->caps_ver) <= CAPS_NAME_MAX;
}

void interest_note(struct service *s, struct resource *res, const struct presence_in *presence)
{
	static const struct presence_in none;
	const struct presence_in *p = is_usable(presence) ? presence : &none;
	struct interest *before;

	if (same(res->caps_hash, p->caps_hash) && same(res->caps_node, p->caps_node) &&
	    same(res->caps_ver, p->caps_ver))
		return;
	set(&res->caps_hash, p->caps_hash);
	set(&res->caps_node, p->caps_node);
	set(&res->caps_ver, p->caps_ver);
	before = steal(res->interest);
	if (p->caps_hash)
		res->interest = strcmp(p->caps_hash, CAPS_HASH)
					? interest_ref(interest_new(s->interests, NULL))
					: find_shared(s->interests, p->caps_ver);
	if (res->interest && res->interest->known)
		s->interests->known(s, res, before);
	else if (res->interest && !res->interest->asked)
		ask(s, res);
	interest_unref(before);
}
