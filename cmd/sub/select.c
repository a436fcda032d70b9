/* SPDX-License-Identifier: MIT */
#include "cmd/sub/select.h"

#include <errno.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/event.h"
#include "common/pubsub/xpath.h"
#include "common/xmpp/ns.h"

static bool binds(char *const *given, const char *ns)
{
	size_t prefix = strcspn(ns, "=") + 1;

	for (; given && *given; given++)
		if (!strncmp(*given, ns, prefix))
			return true;
	return false;
}

char **select_namespaces(char *const *given)
{
	static const char *const own[] = { "atom=" NS_ATOM, "p=" };
	char **all = strings_copy(given);

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!binds(given, own[i]))
			strings_add(&all, own[i]);
	return all;
}

void select_item_release(struct select_item *i)
{
	xpath_doc_free(i->doc);
}

/* @r: what an evaluation gave. */
static void complain(struct select_item *i, int r)
{
	const char *id = i->event->id ? i->event->id : "";

	if (r == -E2BIG && !*i->warned)
		log_warn("an expression costs too much on the payload of item '%s' of '%s', and "
			 "counts as false, or empty; of others only --verbose tells",
			 id, i->event->node);
	else if (r < 0)
		log_info("an expression cannot be evaluated on item '%s' of '%s': %s", id,
			 i->event->node, r == -E2BIG ? "it costs too much" : strerror(-r));
	*i->warned |= r == -E2BIG;
}

/* NULL: there is none. */
static struct xpath_doc *doc_of(struct select_item *i)
{
	if (!i->tried && i->event->payload)
		complain(i, xpath_doc_new(i->event->payload, i->event->payload_len, &i->doc));
	i->tried = true;
	return i->doc;
}

bool select_test(struct select_item *i, const struct xpath *x)
{
	struct xpath_doc *doc = doc_of(i);
	int r = doc ? xpath_test(x, doc) : 0;

	complain(i, r);
	return r > 0;
}

void select_value(struct select_item *i, const struct xpath *x, const char *feed, struct str *out)
{
	struct xpath_doc *doc = doc_of(i);
	AUTO_STR value = { 0 };

	if (doc)
		complain(i, xpath_string(x, doc, &value));
	str_add_lines(out, value.p, value.len, feed);
}
