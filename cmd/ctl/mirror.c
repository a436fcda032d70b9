/* SPDX-License-Identifier: MIT */
/*
 * One node as another is, at whatever services: mirror.
 *
 * With --follow it subscribes first and reads then: what happens meanwhile waits, and is done
 * again behind what was read, so there is no gap between the two. Doing it twice changes nothing.
 * Where the numbers of events (sequence.h) say that some were lost on the way, all is read again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/define.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/have.h"
#include "cmd/ctl/read.h"
#include "cmd/ctl/verbs.h"
#include "cmd/ctl/window.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/progress.h"
#include "common/pubsub/event.h"
#include "common/pubsub/held.h"
#include "common/pubsub/repeat.h"
#include "common/pubsub/request.h"
#include "common/pubsub/sequence.h"
#include "common/pubsub/uri.h"
#include "common/xmpp/form.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"

struct mirror {
	struct ctl *c;
	struct pubsub_uri source, target;
	struct have have; /* at the target */
	struct window window;
	struct progress *progress;
	struct held_list page; /* items that have been read and are to be sent */
	struct held_list news; /* events that have not been dealt with */
	struct sequence sequence; /* of the source */
	bool lost;		  /* an event, after the last reading had begun */
	struct repeats repeats;
};

static void mirror_release(struct mirror *m)
{
	uri_release(&m->source);
	uri_release(&m->target);
	have_release(&m->have);
	held_release(&m->page);
	held_release(&m->news);
	repeats_release(&m->repeats);
}

static bool parse_uri(const char *text, struct pubsub_uri *ret)
{
	if (uri_is_xmpp(text) && !uri_parse(text, ret) && ret->node)
		return true;
	opts_usage_error("'%s' is not of the form xmpp:SERVICE?;node=NODE", text);
	return false;
}

static int parse(struct mirror *m)
{
	if (!parse_uri(m->c->args[0], &m->source) || !parse_uri(m->c->args[1], &m->target))
		return EX_USAGE;
	if (!strcmp(m->source.service, m->target.service) &&
	    !strcmp(m->source.node, m->target.node))
		return opts_usage_error("mirror: source and target are the same node");
	return 0;
}

int verb_mirror_check(struct ctl *c)
{
	AUTO_IN_PLACE(mirror_release) struct mirror m = { .c = c };

	return parse(&m);
}

/* Requests go to c->service. */
static const char *at_source(struct mirror *m)
{
	m->c->service = m->source.service;
	return m->source.node;
}

static const char *at_target(struct mirror *m)
{
	m->c->service = m->target.service;
	return m->target.node;
}

/* The target */

static int put(struct mirror *m, const char *id, const char *payload, size_t len)
{
	const char *node = at_target(m);
	AUTO_STR xml = { 0 };

	request_publish_begin(&xml, node);
	request_publish_item(&xml, id, payload, len);
	request_publish_end(&xml);
	have_put(&m->have, id, payload, len);
	progress_add(m->progress);
	return window_send(&m->window, m->c, &xml, false, "publish item '%s' to '%s'", id, node);
}

static int drop(struct mirror *m, const char *id)
{
	const char *node = at_target(m);
	AUTO_STR xml = { 0 };

	request_retract(&xml, node, id, true);
	progress_add(m->progress);
	return window_send(&m->window, m->c, &xml, true, "retract item '%s' of '%s'", id, node);
}

static int purge(struct mirror *m)
{
	const char *node = at_target(m);
	AUTO_STR xml = { 0 };

	request_purge(&xml, node);
	have_release(&m->have);
	return window_send(&m->window, m->c, &xml, false, "purge '%s'", node);
}

/* The source's settings, as far as its owner is asking. */
static void read_settings(struct mirror *m, struct settings *ret)
{
	AUTO_IN_PLACE(form_in_release) struct form_in form = { 0 };
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };

	request_configure(&xml, at_source(m), NULL);
	if (ctl_ask(m->c, "get", m->c->service, &xml, &a) || a.outcome != SESSION_RESULT ||
	    form_parse(stanza_child(stanza_child(a.stanza, "pubsub", NS_PUBSUB_OWNER), "configure",
				    NULL),
		       &form))
		return;
	settings_take(ret, &form);
}

static int make_target(struct mirror *m)
{
	AUTO_IN_PLACE(doc_node_release) struct doc_node n = { 0 };
	bool differs = false;

	read_settings(m, &n.settings);
	n.name = strdup(at_target(m));
	return define_node(m->c, &n, DEFINE_APPLY | DEFINE_LENIENT, &differs);
}

/* Asks for an item: is there such a node at all? */
static int look_for(struct mirror *m, const char *node, struct answer *ret)
{
	AUTO_STR xml = { 0 };

	ctl_doing(m->c, "read the items of '%s'", node);
	request_items(&xml, &(struct items_query){ .node = node, .max_items = 1 });
	return ctl_ask(m->c, "get", m->c->service, &xml, ret);
}

static int look_for_source(struct mirror *m)
{
	AUTO_ANSWER a = { 0 };
	int code = look_for(m, at_source(m), &a);

	return code || a.outcome == SESSION_RESULT ? code : ctl_refused(m->c, m->c->service, &a);
}

/* One that is there keeps its settings. */
static int prepare_target(struct mirror *m)
{
	AUTO_ANSWER a = { 0 };
	int code = look_for(m, at_target(m), &a);

	if (!code && answer_is_error(&a, "item-not-found"))
		code = make_target(m);
	if (code)
		return code;
	at_target(m);
	ctl_doing(m->c, "read the items of '%s'", m->target.node);
	return have_read(m->c, m->target.node, &m->have);
}

/* What the source has */

static void on_stored(struct ctl *c, const struct event *e, void *data)
{
	struct mirror *m = data;

	(void)c;
	if (e->id && have_find(&m->have, e->id, e->payload, e->payload_len) != HAVE_SAME)
		held_add(&m->page, e);
}

static int send_page(struct ctl *c, void *data)
{
	struct mirror *m = data;
	int code = 0;

	(void)c;
	for (size_t i = 0; i < m->page.count && !code; i++) {
		struct event e = held_event(m->page.items[i]);

		code = put(m, e.id, e.payload, e.payload_len);
	}
	held_release(&m->page);
	at_source(m);
	return code;
}

static void on_surplus(const char *id, void *data)
{
	held_add(data, &(struct event){ .kind = EVENT_RETRACT, .node = "", .id = id });
}

static int drop_surplus(struct mirror *m)
{
	struct held_list surplus = { 0 };
	int code = 0;

	have_each_unwanted(&m->have, on_surplus, &surplus);
	for (size_t i = 0; i < surplus.count && !code; i++) {
		struct event e = held_event(surplus.items[i]);

		have_drop(&m->have, e.id);
		code = drop(m, e.id);
	}
	held_release(&surplus);
	return code;
}

static int copy(struct mirror *m)
{
	int code = look_for_source(m);

	if (!code)
		code = prepare_target(m);
	if (code)
		return code;
	at_source(m);
	ctl_doing(m->c, "read the items of '%s'", m->source.node);
	code = read_items_between(m->c, m->source.node, on_stored, send_page, m);
	if (!code) /* nothing goes for something that is refused */
		code = window_drain(&m->window, m->c);
	if (!code)
		code = drop_surplus(m);
	return code ? code : window_drain(&m->window, m->c);
}

/* What happens there */

/* The first that comes is taken as it is: the last item, most of the time. */
static void note_number(struct mirror *m, uint64_t number)
{
	const uint64_t last = m->sequence.last;
	enum sequence_step step = sequence_take(&m->sequence, number);

	if (step < SEQUENCE_BACK)
		return;
	if (step == SEQUENCE_BACK)
		sequence_restart(&m->sequence, number);
	log_info("'%s': events were lost on the way, %" PRIu64 " follows %" PRIu64, m->source.node,
		 number, last);
	m->lost = true;
}

static void on_event(const struct event *e, void *data)
{
	struct mirror *m = data;

	if (strcmp(e->node, m->source.node) != 0)
		return;
	note_number(m, e->number);
	if (e->kind != EVENT_CONFIG && e->kind != EVENT_SUBSCRIPTION)
		held_add(&m->news, e);
}

static void on_message(struct ctl *c, xmpp_stanza_t *message, void *data)
{
	struct mirror *m = data;

	(void)c;
	if (!repeats_has(&m->repeats, message))
		event_parse(message, on_event, m);
}

struct fetched {
	struct mirror *m;
	int code;
};

static void take_fetched(const struct event *e, void *data)
{
	struct fetched *f = data;

	if (e->id && !f->code)
		f->code = put(f->m, e->id, e->payload, e->payload_len);
}

/* The notification came without its payload: the item is asked for. It may have gone since. */
static int fetch(struct mirror *m, const char *id)
{
	struct fetched f = { .m = m };
	struct items_page page;
	AUTO_ANSWER a = { 0 };
	AUTO_STR xml = { 0 };
	int code;

	request_items(&xml, &(struct items_query){ .node = at_source(m), .id = id });
	ctl_doing(m->c, "read item '%s' of '%s'", id, m->source.node);
	code = ctl_ask(m->c, "get", m->c->service, &xml, &a);
	if (code || answer_is_error(&a, "item-not-found"))
		return code;
	if (a.outcome != SESSION_RESULT)
		return ctl_refused(m->c, m->c->service, &a);
	items_parse(a.stanza, m->source.node, take_fetched, &f, &page);
	return f.code;
}

static int gone(struct mirror *m)
{
	at_source(m);
	ctl_doing(m->c, "follow '%s'", m->source.node);
	return ctl_fail(m->c, EX_NOTFOUND, "the node was deleted");
}

static int follow_event(struct mirror *m, const struct event *e)
{
	switch (e->kind) {
	case EVENT_ITEM:
		if (!e->id)
			return 0;
		return e->payload ? put(m, e->id, e->payload, e->payload_len) : fetch(m, e->id);
	case EVENT_RETRACT:
		have_drop(&m->have, e->id);
		return drop(m, e->id);
	case EVENT_PURGE:
		return purge(m);
	case EVENT_DELETE:
		return gone(m);
	case EVENT_CONFIG:
	case EVENT_SUBSCRIPTION:
		break;
	}
	return 0;
}

/* What happened while the items were read, and is there already. */
static bool is_done(struct mirror *m, const struct event *e)
{
	return e->kind == EVENT_ITEM && e->id && e->payload &&
	       have_find(&m->have, e->id, e->payload, e->payload_len) == HAVE_SAME;
}

/* @early: they came while the items were read. */
static int catch_up(struct mirror *m, bool early)
{
	int code = m->window.code;

	while (m->news.count && !m->lost && !code) {
		struct held_list now = m->news;

		m->news = (struct held_list){ 0 };
		for (size_t i = 0; i < now.count && !code; i++) {
			struct event e = held_event(now.items[i]);

			if (!early || !is_done(m, &e))
				code = follow_event(m, &e);
		}
		held_release(&now);
	}
	return code;
}

static int subscribe(struct mirror *m)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	const char *node = at_source(m);

	ctl_doing(m->c, "subscribe to '%s'", node);
	str_reset(&m->c->will);
	request_unsubscribe(&m->c->will, node, session_jid(m->c->session), NULL);
	m->c->will_to = m->source.service;
	m->c->message = on_message;
	m->c->message_from = m->source.service;
	m->c->message_data = m;
	sequence_open(&m->sequence);
	request_subscribe(&xml, node, session_jid(m->c->session));
	return ctl_request(m->c, "set", &xml, &reply);
}

/* What has arrived before it is read will be there, or has been replaced since. */
static int copy_again(struct mirror *m)
{
	int code = window_drain(&m->window, m->c);

	if (code)
		return code;
	m->lost = false;
	have_release(&m->have);
	held_release(&m->news);
	code = copy(m);
	return code ? code : catch_up(m, true);
}

static int deal_with_news(struct mirror *m, bool early)
{
	int code = catch_up(m, early);

	while (m->lost && !code)
		code = copy_again(m);
	return code;
}

static int follow(struct mirror *m)
{
	int code = deal_with_news(m, true);

	log_note("following '%s'", m->source.node);
	m->c->ends_well = true;
	while (!code && session_is_up(m->c->session) && session_step(m->c->session))
		code = deal_with_news(m, false);
	return code ? code : session_code(m->c->session);
}

static int once(struct mirror *m)
{
	int code = m->c->o->follow ? subscribe(m) : 0;

	if (!code)
		code = copy(m);
	if (!code && m->c->o->follow)
		code = follow(m);
	window_drain(&m->window, m->c);
	return code;
}

/* After a cut, where it is to be mended (--retries): from the beginning, which sends what was
 * missed. */
static bool comes_back(struct mirror *m)
{
	if (!m->c->o->follow || session_finishing(m->c->session) || session_is_up(m->c->session))
		return false;
	while (!session_is_up(m->c->session))
		if (!session_step(m->c->session))
			return false;
	have_release(&m->have);
	held_release(&m->news);
	m->lost = false;
	m->window = (struct window){ 0 };
	held_release(&m->page);
	return true;
}

int verb_mirror(struct ctl *c)
{
	AUTO_IN_PLACE(mirror_release) struct mirror m = { .c = c };
	int code;

	parse(&m); /* verb_mirror_check() has found it good */
	m.progress = progress_new(session_loop(c->session));
	do
		code = once(&m);
	while (comes_back(&m));
	progress_free(m.progress);
	c->message = NULL;
	str_reset(&c->will);
	return code;
}
