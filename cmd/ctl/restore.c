/* SPDX-License-Identifier: MIT */
/*
 * Nodes from a document: restore. Only what differs is sent, so that after a cut it can be run
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/changes.h"
#include "cmd/ctl/ctl.h"
#include "cmd/ctl/define.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/entry.h"
#include "cmd/ctl/have.h"
#include "cmd/ctl/verbs.h"
#include "cmd/ctl/window.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/progress.h"
#include "common/pubsub/request.h"
#include "common/pubsub/vocab.h"

struct restore {
	bool reading; /* the node's items are known */
	struct have have;
	struct window window;
	struct progress *progress;
	size_t nodes, items, sent;
};

static int on_node(struct ctl *c, const struct doc_node *n, void *data)
{
	struct restore *r = data;
	bool differs = false;

	r->nodes++;
	r->reading = false;
	have_release(&r->have);
	return define_node(c, n, DEFINE_APPLY | DEFINE_LENIENT, &differs);
}

static int on_item(struct ctl *c, const struct doc_node *n, const char *id, const char *payload,
		   size_t len, void *data)
{
	struct restore *r = data;
	AUTO_STR xml = { 0 };
	int code = 0;

	if (!r->reading) {
		ctl_doing(c, "read the items of '%s'", n->name);
		code = have_read(c, n->name, &r->have);
		r->reading = true;
	}
	if (code)
		return code;
	r->items++;
	progress_add(r->progress);
	if (have_find(&r->have, id, payload, len) == HAVE_SAME)
		return r->window.code;
	request_publish_begin(&xml, n->name);
	request_publish_item(&xml, id, payload, len);
	request_publish_end(&xml);
	have_put(&r->have, id, payload, len);
	r->sent++;
	return window_send(&r->window, c, &xml, false, "publish item '%s' to '%s'", id, n->name);
}

/* Subscriptions come last: nobody is sent what he has had. */

static int note_subscription(struct ctl *c, const struct entry *e, void *data)
{
	int i = e->value ? vocab_find(sub_state_names, e->value) : -1;

	(void)c;
	if (i >= 0)
		doc_people_add(data, e->jid, sub_state_names[i]);
	return 0;
}

static void add_missing(const struct doc_people *wanted, const struct doc_people *there,
			struct changes *to)
{
	for (size_t i = 0; i < wanted->n; i++) {
		const struct doc_person *p = &wanted->all[i];
		const char *have = doc_people_find(there, p->jid);

		if (!have || strcmp(have, p->value) != 0)
			changes_add(to, p->jid, have ? have : "none", p->value);
	}
}

static int restore_subscriptions(struct ctl *c, const struct doc_node *n)
{
	AUTO_IN_PLACE(doc_node_release) struct doc_node there = { 0 };
	AUTO_IN_PLACE(changes_release) struct changes to = { 0 };
	int code;

	if (!n->subscriptions.n)
		return 0;
	ctl_doing(c, "list the subscriptions of '%s'", n->name);
	code = entries_read(c, true, true, n->name, note_subscription, &there.subscriptions);
	if (code)
		return code;
	doc_people_sort(&there.subscriptions);
	add_missing(&n->subscriptions, &there.subscriptions, &to);
	ctl_doing(c, "change the subscriptions of '%s'", n->name);
	return changes_send(c, n->name, true, &to);
}

static int on_end(struct ctl *c, const struct doc_node *n, void *data)
{
	struct restore *r = data;
	int code = window_drain(&r->window, c);

	return code ? code : restore_subscriptions(c, n);
}

int verb_restore(struct ctl *c)
{
	static const struct doc_handler handler = { on_node, on_item, on_end };
	struct restore r = { .progress = progress_new(session_loop(c->session)),
			     .window.keep_going = c->o->keep_going };
	int code = doc_read(c, NULL, &handler, &r), e;

	e = window_drain(&r.window, c);
	progress_free(r.progress);
	have_release(&r.have);
	log_info("%zu nodes, %zu items; %zu were sent, the others were there", r.nodes, r.items,
		 r.sent);
	code = code ? code : e;
	return !code && r.window.refused ? EX_REFUSED : code;
}
