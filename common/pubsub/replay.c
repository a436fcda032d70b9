/* SPDX-License-Identifier: MIT */
#include "common/pubsub/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"
#include "common/xmpp/xml.h"

#define PAGE 100

struct replay {
	struct session *session;
	const struct replay_handler *handler;
	void *data;
	char *service, *node, *after;
	char query[24]; /* its id */
	bool held_back;
	/* Of the result at hand. */
	const char *id;
	int64_t stamp;
};

void replay_free(struct replay *r)
{
	if (!r)
		return;
	free(r->service);
	free(r->node);
	free(r->after);
	free(r);
}

static void ask(struct replay *r);

/* What follows the page that has ended, NULL: nothing. */
static const char *next_place(const struct replay *r, xmpp_stanza_t *reply)
{
	xmpp_stanza_t *fin = stanza_child(reply, "fin", NS_MAM);
	const char *complete = stanza_attr(fin, "complete");
	const char *last = stanza_child_text(stanza_child(fin, "set", NS_RSM), "last", NS_RSM);

	if (!r->after || !last || !*last || !strcmp(last, r->after) ||
	    (complete && (!strcmp(complete, "true") || !strcmp(complete, "1"))))
		return NULL;
	return last;
}

static void on_page(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	struct replay *r = data;
	const char *next = outcome == SESSION_RESULT ? next_place(r, reply) : NULL;

	(void)s;
	if (!next) {
		r->handler->done(outcome, reply, r->data);
		return;
	}
	free(r->after);
	r->after = mem_strdup(next);
	ask(r);
}

static void ask(struct replay *r)
{
	AUTO_STR xml = { 0 };

	if (r->handler->ready && !r->handler->ready(r->data)) {
		r->held_back = true;
		return;
	}
	str_puts(&xml, "<query xmlns='" NS_MAM "'");
	xml_attr(&xml, "node", r->node);
	xml_attr(&xml, "queryid", r->query);
	str_printf(&xml, "><set xmlns='" NS_RSM "'><max>%d</max>", r->after ? PAGE : 1);
	if (!r->after) {
		str_puts(&xml, "<before/>");
	} else if (*r->after) {
		str_puts(&xml, "<after>");
		xml_text(&xml, r->after, strlen(r->after));
		str_puts(&xml, "</after>");
	}
	str_puts(&xml, "</set></query>");
	session_request(r->session, "set", r->service, xml.p, xml.len, on_page, r);
}

void replay_go_on(struct replay *r)
{
	if (!r->held_back)
		return;
	r->held_back = false;
	ask(r);
}

struct replay *replay_start(struct session *s, const char *service, const char *node,
			    const char *after, const struct replay_handler *handler, void *data)
{
	struct replay *r = mem_zalloc(sizeof(*r));
	uint64_t query;

	arc4random_buf(&query, sizeof(query));
	snprintf(r->query, sizeof(r->query), "%" PRIx64, query);
	r->session = s;
	r->handler = handler;
	r->data = data;
	r->service = mem_strdup(service);
	r->node = mem_strdup(node);
	r->after = mem_strdup(after);
	ask(r);
	return r;
}

static void emit(const struct event *e, void *data)
{
	struct replay *r = data;
	struct event with_id = *e;

	if (e->kind != EVENT_ITEM || strcmp(e->node, r->node) != 0)
		return;
	with_id.archive_id = r->id;
	if (r->stamp)
		with_id.stamp = r->stamp;
	r->handler->item(&with_id, r->data);
}

bool replay_take(struct replay *r, xmpp_stanza_t *message)
{
	xmpp_stanza_t *result = stanza_child(message, "result", NS_MAM),
		      *forwarded = stanza_child(result, "forwarded", NS_FORWARD);
	const char *query = stanza_attr(result, "queryid");
	const char *stamp = stanza_attr(stanza_child(forwarded, "delay", NS_DELAY), "stamp");

	if (!query || strcmp(query, r->query) != 0)
		return false;
	r->id = stanza_attr(result, "id");
	r->stamp = 0;
	if (stamp && time_parse(stamp, &r->stamp))
		r->stamp = 0;
	event_parse(stanza_child(forwarded, "message", NULL), emit, r);
	return true;
}
