/* SPDX-License-Identifier: MIT */
/*
 * Whom an owner deals with: subscribers and affiliates (XEP-0060 sections 8.8, 8.9).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/verbs.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/pubsub/request.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts.h"

/* JID=WORD */

struct pair {
	char *jid;
	const char *word;
};

static void pair_release(struct pair *p)
{
	free(p->jid);
}

/* The last '=': resources may have some. */
static int parse_pair(const char *arg, const char *what, const char *const *words, struct pair *ret)
{
	const char *equals = strrchr(arg, '=');
	AUTO_FREE char *text = equals ? mem_strndup(arg, (size_t)(equals - arg)) : NULL;
	struct nearest near = { 0 };
	int word;

	if (!equals || equals == arg)
		return opts_usage_error("'%s' is not of the form JID=%s", arg, what);
	word = vocab_find(words, equals + 1);
	if (word < 0) {
		near.word = equals + 1;
		for (; *words; words++)
			nearest_consider(&near, *words);
		return opts_usage_error("'%s': there is no '%s'; did you mean '%s'?", arg,
					equals + 1, nearest_found(&near));
	}
	ret->jid = jid_prep(text);
	if (!ret->jid)
		return opts_usage_error("'%s' is not a JID", text);
	ret->word = words[word];
	return 0;
}

static int check_pairs(struct ctl *c, const char *what, const char *const *words)
{
	for (char *const *arg = c->args; arg && *arg; arg++) {
		AUTO_IN_PLACE(pair_release) struct pair p = { 0 };
		int e = parse_pair(*arg, what, words, &p);

		if (e)
			return e;
	}
	return 0;
}

int verb_subscribers_check(struct ctl *c)
{
	return check_pairs(c, "STATE", sub_state_names);
}

int verb_affiliates_check(struct ctl *c)
{
	return check_pairs(c, "AFFILIATION", affiliation_names);
}

static int set(struct ctl *c, const struct str *xml)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;

	return ctl_request(c, "set", xml, &reply);
}

static int set_subscribers(struct ctl *c)
{
	AUTO_STR xml = { 0 };

	request_subscribers_begin(&xml, c->node);
	for (char *const *arg = c->args; *arg; arg++) {
		AUTO_IN_PLACE(pair_release) struct pair p = { 0 };

		if (!parse_pair(*arg, "STATE", sub_state_names, &p))
			request_subscriber(&xml, p.jid, p.word, NULL);
	}
	request_subscribers_end(&xml);
	return set(c, &xml);
}

int verb_subscribers(struct ctl *c)
{
	ctl_doing(c, "%s the subscribers of '%s'", c->n_args ? "change" : "list", c->node);
	if (c->n_args)
		return set_subscribers(c);
	return entries_read(c, true, true, c->node, entry_print, NULL);
}

static int set_affiliates(struct ctl *c)
{
	AUTO_STR xml = { 0 };

	request_affiliates_begin(&xml, c->node);
	for (char *const *arg = c->args; *arg; arg++) {
		AUTO_IN_PLACE(pair_release) struct pair p = { 0 };

		if (!parse_pair(*arg, "AFFILIATION", affiliation_names, &p))
			request_affiliate(&xml, p.jid, p.word);
	}
	request_affiliates_end(&xml);
	return set(c, &xml);
}

int verb_affiliates(struct ctl *c)
{
	ctl_doing(c, "%s the affiliates of '%s'", c->n_args ? "change" : "list", c->node);
	if (c->n_args)
		return set_affiliates(c);
	return entries_read(c, true, false, c->node, entry_print, NULL);
}
