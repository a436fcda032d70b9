/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/list.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"

/* Entries of a page; where that many are too large for us, a quarter of it, and so on. */
#define PAGE 512
#define PAGE_LEAST 8

static xmpp_stanza_t *find_set(xmpp_stanza_t *reply)
{
	return stanza_child(stanza_first(reply), "set", NS_RSM);
}

/* <query>ENTRY...<set/></query>, or <pubsub><LIST>ENTRY...</LIST><set/></pubsub> */
static size_t count_entries(xmpp_stanza_t *reply)
{
	xmpp_stanza_t *top = stanza_first(reply);

	return stanza_is(top, "query", NULL) ? stanza_count(top) - 1
					     : stanza_count(stanza_first(top));
}

static bool is_last(xmpp_stanza_t *reply, xmpp_stanza_t *set)
{
	const char *count = stanza_child_text(set, "count", NS_RSM),
		   *index = stanza_attr(stanza_child(set, "first", NS_RSM), "index");
	uint64_t total, first;

	return count && index && !parse_uint(count, 0, UINT32_MAX, &total) &&
	       !parse_uint(index, 0, UINT32_MAX, &first) && first + count_entries(reply) >= total;
}

/* Where the next page begins; NULL: there is none. */
static char *next_page(xmpp_stanza_t *reply, const char *after)
{
	xmpp_stanza_t *set = find_set(reply);
	const char *last = stanza_child_text(set, "last", NS_RSM);

	if (!last || !*last || is_last(reply, set))
		return NULL;
	/* A service that takes no notice of <after/> would go on for ever. */
	return after && !strcmp(after, last) ? NULL : mem_strdup(last);
}

static int ask_once(struct ctl *c, const struct list *l, unsigned max, const char *after,
		    struct answer *ret)
{
	AUTO_STR xml = { 0 };

	l->request(&xml, &(struct list_query){ .node = l->node, .max = max, .after = after });
	return ctl_ask(c, "get", c->service, &xml, ret);
}

/* A service that does not know pages may not know such a request at all (ejabberd's). */
static bool minds_pages(const struct answer *a)
{
	return answer_is_error(a, "feature-not-implemented") || answer_is_error(a, "bad-request");
}

static int ask(struct ctl *c, const struct list *l, unsigned max, const char *after,
	       struct answer *ret)
{
	AUTO_ANSWER a = { 0 };
	int code = ask_once(c, l, max, after, &a);

	if (!code && !after && minds_pages(&a)) {
		answer_release(&a);
		code = ask_once(c, l, 0, NULL, &a);
	}
	if (code)
		return code;
	if (a.outcome != SESSION_RESULT && !l->refusal)
		return ctl_refused(c, c->service, &a);
	if (a.outcome != SESSION_RESULT) {
		*l->refusal = a;
		a.stanza = NULL;
		return LIST_REFUSED;
	}
	*ret = a;
	a.stanza = NULL;
	return 0;
}

int list_read(struct ctl *c, const struct list *l)
{
	AUTO_FREE char *after = NULL;
	unsigned max = PAGE;

	for (;;) {
		AUTO_ANSWER a = { 0 };
		int code = ask(c, l, max, after, &a);
		char *next;

		if (code)
			return code;
		if (tap_cut(a.stanza) && max > PAGE_LEAST) {
			max /= 4;
			continue;
		}
		if (tap_cut(a.stanza))
			return ctl_fail(c, EX_REFUSED,
					"the answer is larger than can be taken (%s)",
					tap_cut(a.stanza));
		code = l->page(c, a.stanza, l->data);
		if (code || c->io_error)
			return code;
		next = next_page(a.stanza, after);
		free(after);
		after = next;
		if (!after)
			return 0;
	}
}
