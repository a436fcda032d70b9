/* SPDX-License-Identifier: MIT */
#include "cmd/sub/follow.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/sub/backlog.h"
#include "cmd/sub/seen.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/event.h"
#include "common/pubsub/fetch.h"
#include "common/pubsub/replay.h"
#include "common/pubsub/request.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

#define WAITING_MAX 1024 /* live events, where no more may be handed out */

enum state {
	DOWN,		/* the session is not up */
	SUBSCRIBING,
	PENDING,	/* the owner's approval is waited for */
	BASING,		/* subscribed; the baseline is taken */
	SUBSCRIBED,	/* follow_read() is next */
	READING,
	LIVE,
	GONE,
};

struct follow {
	struct follow_params p;
	const struct follow_handler *handler;
	void *data;
	struct session *session;
	const char *service;
	enum state state;
	char *jid, *subid;	/* of the subscription; NULL: there is none */
	struct fetch *fetch;
	struct replay *replay; /* what was missed; or, when LIVE, our place is looked for */
	/* Archive id of what was handed out last; "": its beginning; NULL: not known. */
	char *place;
	struct seen replayed; /* archive ids */
	struct backlog *backlog;
	struct seen seen;
	bool apart;		/* the service takes options only in a request of their own */
	bool established;	/* the service has been there */
	bool any;		/* an item of the node is known, handed out or as the baseline */
	bool from_empty;	/* it has been empty since we look: all in it is new */
	bool found;		/* there was an item to take as the baseline, or place */
	bool current;		/* the baseline has just been taken: nothing is missed */
	bool without_archive;	/* the service has said so */
	bool deleted;		/* a delete event waits in the backlog */
	bool overrun;		/* live events are left out: they will be read from the store */
	bool resolving;		/* the payload of the backlog's first has been asked for */
};

struct follow *follow_new(const struct follow_params *p, const struct follow_handler *handler,
			  void *data)
{
	struct follow *f = mem_zalloc(sizeof(*f));

	f->p = *p;
	f->handler = handler;
	f->data = data;
	f->backlog = backlog_new();
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	fetch_free(f->fetch);
	replay_free(f->replay);
	seen_clear(&f->replayed);
	free(f->place);
	backlog_free(f->backlog);
	seen_clear(&f->seen);
	free(f->jid);
	free(f->subid);
	free(f);
}

static void add_mark(struct seen_mark mark, void *data)
{
	seen_add_mark(data, mark, 0);
}

void follow_resume(struct follow *f, const struct seen *seen, bool whole, const char *place)
{
	f->place = mem_strdup(place);
	seen_each(seen, add_mark, &f->seen);
	f->any = !whole || f->seen.newest;
	f->p.all = f->from_empty = whole;
	f->p.last = 0;
}

const char *follow_node(const struct follow *f)
{
	return f->p.node;
}

bool follow_is_down(const struct follow *f)
{
	return f->state == DOWN;
}

bool follow_is_settled(const struct follow *f)
{
	return f->state >= PENDING && f->state != BASING;
}

bool follow_is_subscribed(const struct follow *f)
{
	return f->state >= SUBSCRIBED && f->state != GONE;
}

static void rest(struct follow *f);

/* "cannot subscribe to 'n' at s: forbidden" */
static void refuse(struct follow *f, const char *doing, enum session_outcome outcome,
		   xmpp_stanza_t *reply)
{
	struct stanza_error error;
	AUTO_STR text = { 0 };
	int code = EX_TEMPFAIL;
	enum retry_hope hope = RETRY_AWAY;

	if (outcome == SESSION_ERROR) {
		stanza_error_parse(reply, &error);
		stanza_error_describe(&text, &error);
		code = stanza_error_exit(&error);
		hope = retry_hope(&error);
		stanza_error_release(&error);
	} else {
		str_puts(&text, "no answer in time");
	}
	log_error("cannot %s '%s' at %s: %s", doing, f->p.node, f->service, text.p);
	rest(f);
	f->handler->failed(f, code, f->established ? hope : RETRY_NEVER, f->data);
}

static void fail(struct follow *f, int code)
{
	f->handler->failed(f, code, RETRY_NEVER, f->data);
}

/* Handing out */

static void take_baseline(struct follow *f);

/* The item that marks our place is gone: find another one. */
static void replace_baseline(struct follow *f)
{
	if (f->p.baseline && !f->p.all && !f->from_empty && f->state == LIVE && !f->fetch)
		take_baseline(f);
}

static void set_place(struct follow *f, const char *place)
{
	char *copy = mem_strdup(place);

	free(f->place);
	f->place = copy;
}

static void hand_out(struct follow *f, const struct event *e, double echo_until)
{
	switch (e->kind) {
	case EVENT_ITEM:
		f->any = true;
		seen_add(&f->seen, e, echo_until);
		set_place(f, e->archive_id);
		break;
	case EVENT_RETRACT:
		if (seen_forget(&f->seen, e->id))
			replace_baseline(f);
		break;
	case EVENT_PURGE:
		seen_clear(&f->seen);
		f->any = false;
		f->from_empty = true;
		set_place(f, NULL);
		break;
	default:
		break;
	}
	f->handler->event(e, f->data);
	if (e->kind == EVENT_DELETE) {
		f->state = GONE;
		free(f->jid);
		f->jid = NULL;
		f->handler->gone(f, f->data);
	}
}

static void drain(struct follow *f);

/* No answer with the item in it: then it is handed out as it came. */
static void on_payload(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		       void *data);

static void resolve(struct follow *f, const struct event *e)
{
	AUTO_STR xml = { 0 };

	request_items(&xml,
		      &(struct items_query){ .node = f->p.node, .subid = f->subid, .id = e->id });
	f->resolving =
		session_request(f->session, "get", f->service, xml.p, xml.len, on_payload, f);
}

/* Has it come from the archive already? */
static bool was_replayed(const struct follow *f, const struct event *e)
{
	const struct event id = { .id = e->archive_id };

	return e->kind == EVENT_ITEM && e->archive_id && seen_has(&f->replayed, &id);
}

static bool needs_payload(const struct follow *f, const struct event *e)
{
	return f->p.payloads && e->kind == EVENT_ITEM && e->id && !e->payload;
}

static int first_of_backlog(struct follow *f, struct event *ret)
{
	int r = backlog_first(f->backlog, ret);

	if (r) {
		log_error("cannot read back an event of '%s': %s", f->p.node, strerror(-r));
		fail(f, EX_IOERR);
	}
	return r;
}

static void settle(struct follow *f);

static bool may_hand_out(const struct follow *f)
{
	return !f->handler->ready || f->handler->ready(f->data);
}

static void drain(struct follow *f)
{
	struct event e;

	while (f->state == LIVE && !f->resolving && may_hand_out(f) &&
	       !backlog_is_empty(f->backlog)) {
		if (first_of_backlog(f, &e))
			return;
		if (was_replayed(f, &e)) {
			backlog_pop(f->backlog);
			continue;
		}
		if (needs_payload(f, &e)) {
			resolve(f, &e);
			return;
		}
		hand_out(f, &e, 0);
		backlog_pop(f->backlog);
	}
}

static void take_payload(const struct event *e, void *data)
{
	struct event *waiting = data;

	if (!e->id || strcmp(e->id, waiting->id) || !e->payload)
		return;
	waiting->payload = e->payload;
	waiting->payload_len = e->payload_len;
	if (!waiting->publisher)
		waiting->publisher = e->publisher;
}

static void on_payload(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		       void *data)
{
	struct follow *f = data;
	struct items_page page;
	struct event e;

	(void)s;
	f->resolving = false;
	if (outcome == SESSION_LOST || f->state != LIVE || first_of_backlog(f, &e))
		return; /* it waits until we are up again */
	if (outcome == SESSION_RESULT)
		items_parse(reply, f->p.node, take_payload, &e, &page);
	if (!e.payload)
		log_info("item '%s' of '%s' came without payload, and the service gives none", e.id,
			 f->p.node);
	hand_out(f, &e, 0);
	backlog_pop(f->backlog);
	drain(f);
}

/* Events */

static void on_subscription(struct follow *f, const struct event *e);

static bool choose(const struct follow *f, enum fetch_what *ret);

/* Too many wait; what is stored can be read when there is room. */
static void leave_out(struct follow *f)
{
	enum fetch_what what;

	if (backlog_count(f->backlog) < WAITING_MAX || may_hand_out(f) || f->deleted ||
	    (f->state != LIVE && f->state != READING) || f->resolving || !choose(f, &what))
		return;
	log_info("events of '%s' come faster than they can be handled: they will be read from the "
		 "store",
		 f->p.node);
	f->overrun = true;
	while (!backlog_is_empty(f->backlog))
		backlog_pop(f->backlog);
}

/* The store is read anew, if live events have been left out. */
static bool catch_up(struct follow *f)
{
	if (!f->overrun || f->replay || !may_hand_out(f))
		return false;
	f->overrun = false;
	f->current = false;
	f->state = SUBSCRIBED;
	return follow_read(f);
}

void follow_go_on(struct follow *f)
{
	if (f->state == READING && f->fetch)
		fetch_go_on(f->fetch);
	else if (f->state == READING && f->replay)
		replay_go_on(f->replay);
	else if (f->state == LIVE && !catch_up(f))
		drain(f);
}

void follow_event(struct follow *f, const struct event *e)
{
	int r;

	if (f->state == GONE || f->state == DOWN || !f->p.subscribe)
		return;
	if (e->kind == EVENT_SUBSCRIPTION) {
		f->handler->event(e, f->data);
		on_subscription(f, e);
		return;
	}
	if (e->kind == EVENT_CONFIG)
		log_info("the configuration of '%s' was changed", f->p.node);
	if (was_replayed(f, e) || (e->kind == EVENT_ITEM && seen_is_echo(&f->seen, e, ev_time()))) {
		log_debug("item '%s' of '%s' came twice", e->id, f->p.node);
		return;
	}
	if (e->kind == EVENT_RETRACT)
		seen_forget(&f->seen, e->id);
	else if (e->kind == EVENT_PURGE)
		seen_clear(&f->seen);
	else if (e->kind == EVENT_DELETE)
		f->deleted = true;
	if (f->overrun && e->kind != EVENT_DELETE)
		return;
	if (f->state == LIVE && backlog_is_empty(f->backlog) && !needs_payload(f, e) &&
	    may_hand_out(f)) {
		hand_out(f, e, 0);
		return;
	}
	r = backlog_push(f->backlog, e);
	if (r) {
		log_error("cannot keep an event of '%s' in a temporary file: %s", f->p.node,
			  strerror(-r));
		fail(f, EX_IOERR);
		return;
	}
	drain(f);
	leave_out(f);
}

/* Stored items */

static void on_stored(const struct event *e, void *data)
{
	struct follow *f = data;

	switch (backlog_cover(f->backlog, e)) {
	case BACKLOG_WITHOUT:
		hand_out(f, e, ev_time() + SEEN_ECHO);
		break;
	case BACKLOG_COVERED:
		hand_out(f, e, 0);
		break;
	case BACKLOG_LEAVE:
		break;
	}
}

static bool is_ready(void *data)
{
	return may_hand_out(data);
}

static bool is_known(const struct event *e, void *data)
{
	const struct follow *f = data;

	return seen_has(&f->seen, e);
}

/* A node that keeps no items has none; the node itself may have been deleted meanwhile. */
static bool is_nothing_stored(const struct follow *f, xmpp_stanza_t *reply)
{
	struct stanza_error e;
	bool nothing;

	if (!f->p.subscribe)
		return false;
	stanza_error_parse(reply, &e);
	nothing = !strcmp(e.condition, "feature-not-implemented") ||
		  (f->deleted && !strcmp(e.condition, "item-not-found"));
	stanza_error_release(&e);
	return nothing;
}

/* The archive */

static void on_replayed_item(const struct event *e, void *data)
{
	struct follow *f = data;
	const struct event id = { .id = e->archive_id };

	if (!e->archive_id || backlog_cover(f->backlog, e) == BACKLOG_LEAVE)
		return;
	seen_add(&f->replayed, &id, 0);
	hand_out(f, e, 0);
}

static void go_live(struct follow *f);

static void on_replayed(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	(void)reply;
	replay_free(steal(f->replay));
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_RESULT) {
		go_live(f);
		return;
	}
	/* Its item may have been retracted, or the archive does not reach back so far. */
	log_info("the place in the archive of '%s' is not there: its items are compared",
		 f->p.node);
	set_place(f, NULL);
	f->state = SUBSCRIBED;
	if (!follow_read(f))
		f->handler->caught_up(f, f->data);
}

static void replay(struct follow *f)
{
	static const struct replay_handler replay_handler = { .item = on_replayed_item,
							      .done = on_replayed,
							      .ready = is_ready };

	f->state = READING;
	f->replay = replay_start(f->session, f->service, f->p.node, f->place, &replay_handler, f);
}

static void found_place(struct follow *f, const char *place)
{
	if (f->place || !(f->state == LIVE || f->state == BASING) || !backlog_is_empty(f->backlog))
		return; /* it has gone on meanwhile */
	set_place(f, place);
	if (f->place && f->handler->placed)
		f->handler->placed(f, f->place, f->data);
}

/*
 * The newest in the archive: is it what has been handed out last, too? Where the node is empty, it
 * is from before.
 */
static void on_newest(const struct event *e, void *data)
{
	struct follow *f = data;

	if (!f->any || (e->id && seen_id(e->id) == f->seen.newest && seen_has(&f->seen, e)))
		found_place(f, e->archive_id);
	f->found = true;
}

static void on_newest_done(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	(void)reply; /* there is no archive, or none for us: then without */
	replay_free(steal(f->replay));
	if (outcome == SESSION_RESULT && !f->found && !f->any)
		found_place(f, "");
	f->without_archive = outcome == SESSION_ERROR;
	if (f->state == BASING) {
		if (outcome != SESSION_LOST)
			settle(f);
		return;
	}
	if (outcome != SESSION_LOST && !catch_up(f))
		f->handler->caught_up(f, f->data);
}

/* True: caught_up() follows, or, while the baseline is taken, settled(). */
static bool find_place(struct follow *f)
{
	static const struct replay_handler newest_handler = { .item = on_newest,
							      .done = on_newest_done };

	if (!f->p.place || f->without_archive || f->place || !(f->any || f->from_empty) ||
	    f->replay)
		return false;
	f->found = false;
	f->replay = replay_start(f->session, f->service, f->p.node, NULL, &newest_handler, f);
	return true;
}

bool follow_message(struct follow *f, xmpp_stanza_t *message)
{
	return f->replay && replay_take(f->replay, message);
}

static void note_empty(struct follow *f)
{
	f->from_empty = true;
	if (f->handler->empty)
		f->handler->empty(f, f->data);
}

static void go_live(struct follow *f)
{
	if (!f->any)
		note_empty(f);
	f->state = LIVE;
	if (catch_up(f))
		return;
	drain(f);
	if (!find_place(f))
		f->handler->caught_up(f, f->data);
}

static void on_fetched(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	fetch_free(steal(f->fetch));
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_ERROR && !reply) {
		log_error("cannot read items of '%s' at %s: the answer is larger than can be taken",
			  f->p.node, f->service);
		fail(f, EX_REFUSED);
	} else if (outcome == SESSION_ERROR && is_nothing_stored(f, reply)) {
		log_info("'%s' at %s has no stored items", f->p.node, f->service);
		go_live(f);
	} else if (outcome != SESSION_RESULT) {
		refuse(f, "read items of", outcome, reply);
	} else {
		go_live(f);
	}
}

/* What must be read from the store now? False: nothing. */
static bool choose(const struct follow *f, enum fetch_what *ret)
{
	if (f->p.all || f->from_empty)
		*ret = f->any ? FETCH_MISSED : FETCH_ALL;
	else if (f->any)
		*ret = FETCH_MISSED_LIVE;
	else if (f->p.last)
		*ret = FETCH_LAST;
	else
		return false;
	return true;
}

bool follow_read(struct follow *f)
{
	static const struct fetch_handler fetch_handler = {
		.item = on_stored, .known = is_known, .ready = is_ready, .done = on_fetched
	};
	struct fetch_params p = {
		.last = f->p.last, .service = f->service, .node = f->p.node, .subid = f->subid
	};

	if (f->state != SUBSCRIBED)
		return false;
	if (f->place && !f->current) {
		replay(f);
		return true;
	}
	if (f->current || !choose(f, &p.what)) {
		f->state = LIVE;
		drain(f);
		return find_place(f);
	}
	f->state = READING;
	f->fetch = fetch_start(f->session, &p, &fetch_handler, f);
	return true;
}

/* The baseline */

static void settle(struct follow *f)
{
	f->state = SUBSCRIBED;
	f->handler->settled(f, f->data);
}

static void on_baseline_item(const struct event *e, void *data)
{
	struct follow *f = data;

	seen_add(&f->seen, e, 0);
	f->any = f->found = true;
	if (f->handler->passed)
		f->handler->passed(e, f->data);
}

static void on_baseline(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	(void)reply;
	fetch_free(steal(f->fetch));
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_RESULT && !f->found)
		note_empty(f);
	else if (outcome != SESSION_RESULT)
		log_info("the newest item of '%s' cannot be read", f->p.node);
	if (f->state != BASING)
		return;
	f->current = true;
	if (!find_place(f))
		settle(f);
}

static void take_baseline(struct follow *f)
{
	static const struct fetch_handler baseline_handler = { .item = on_baseline_item,
							       .known = is_known,
							       .done = on_baseline };
	struct fetch_params p = { .what = FETCH_LAST,
				  .last = 1,
				  .service = f->service,
				  .node = f->p.node,
				  .subid = f->subid };

	f->found = false;
	f->fetch = fetch_start(f->session, &p, &baseline_handler, f);
}

/* Subscribing */

static void not_subscribed(struct follow *f, const char *why, int code)
{
	log_error("cannot subscribe to '%s' at %s: %s", f->p.node, f->service, why);
	fail(f, code);
}

static void configure(struct follow *f);

static void take_state(struct follow *f, const char *state)
{
	enum fetch_what what;

	if (!state || !strcmp(state, "subscribed")) {
		log_info("subscribed to '%s'", f->p.node);
		f->established = true;
		if (f->p.baseline && !choose(f, &what)) {
			f->state = BASING;
			take_baseline(f);
		} else {
			settle(f);
		}
	} else if (!strcmp(state, "pending")) {
		log_note("the subscription to '%s' waits for the approval of its owner", f->p.node);
		f->state = PENDING;
		f->handler->settled(f, f->data);
	} else if (!strcmp(state, "unconfigured") && f->p.options) {
		configure(f);
	} else if (!strcmp(state, "unconfigured")) {
		not_subscribed(f, "the service wants subscription options", EX_REFUSED);
	} else {
		not_subscribed(f, "the owner has refused it", EX_DENIED);
	}
}

/* The owner has decided (XEP-0060 section 8.6), or has ended it (section 8.8). */
static void on_subscription(struct follow *f, const struct event *e)
{
	AUTO_FREE char *jid = e->jid ? jid_prep(e->jid) : NULL;

	if (!jid || !f->jid || strcmp(jid, f->jid) || !e->state)
		return;
	if (f->state == PENDING && strcmp(e->state, "pending"))
		take_state(f, e->state);
	else if (f->state > PENDING && strcmp(e->state, "subscribed"))
		not_subscribed(f, "the owner has ended the subscription", EX_DENIED);
}

static void on_configured(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			  void *data)
{
	struct follow *f = data;

	(void)s;
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_RESULT)
		take_state(f, "subscribed");
	else
		refuse(f, "set the options of the subscription to", outcome, reply);
}

static void configure(struct follow *f)
{
	AUTO_STR xml = { 0 };

	request_options(&xml, f->p.node, f->jid, f->subid, f->p.options);
	session_request(f->session, "set", f->service, xml.p, xml.len, on_configured, f);
}

/* A service that does not know options within a subscribe request says no to them, not to us. */
static bool wants_options_apart(struct follow *f, enum session_outcome outcome,
				xmpp_stanza_t *reply)
{
	struct stanza_error e;

	if (!f->p.options || f->apart || outcome != SESSION_ERROR)
		return false;
	stanza_error_parse(reply, &e);
	f->apart = !strcmp(e.condition, "feature-not-implemented") ||
		   (!strcmp(e.condition, "bad-request") && !e.pubsub);
	stanza_error_release(&e);
	return f->apart;
}

static void subscribe(struct follow *f);

static void on_subscribe(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			 void *data)
{
	struct follow *f = data;
	xmpp_stanza_t *subscription;
	const char *state;

	(void)s;
	if (outcome == SESSION_LOST)
		return;
	if (wants_options_apart(f, outcome, reply)) {
		subscribe(f);
		return;
	}
	if (outcome != SESSION_RESULT) {
		free(f->jid);
		f->jid = NULL;
		refuse(f, "subscribe to", outcome, reply);
		return;
	}
	subscription =
		stanza_child(stanza_child(reply, "pubsub", NS_PUBSUB), "subscription", NS_PUBSUB);
	free(f->subid);
	f->subid = mem_strdup(stanza_attr(subscription, "subid"));
	state = stanza_attr(subscription, "subscription");
	if (f->apart && (!state || !strcmp(state, "subscribed")))
		configure(f);
	else
		take_state(f, state);
}

static void subscribe(struct follow *f)
{
	AUTO_STR xml = { 0 };

	if (f->p.options && !f->apart)
		request_subscribe_with(&xml, f->p.node, f->jid, f->p.options);
	else
		request_subscribe(&xml, f->p.node, f->jid);
	session_request(f->session, "set", f->service, xml.p, xml.len, on_subscribe, f);
}

void follow_up(struct follow *f, struct session *s, const char *service)
{
	f->session = s;
	f->service = service;
	if (f->state == GONE)
		return;
	if (!f->p.subscribe) {
		f->state = SUBSCRIBED;
		return;
	}
	free(f->jid);
	f->jid = f->p.durable ? jid_bare(session_jid(s)) : mem_strdup(session_jid(s));
	f->state = SUBSCRIBING;
	f->current = false;
	seen_expect_newest(&f->seen, ev_time() + SEEN_ECHO);
	subscribe(f);
}

/* Nothing is in flight, and follow_up() begins anew. */
static void rest(struct follow *f)
{
	enum fetch_what what;

	/* What waits will be read from the store, in its place among what is missed now. */
	while (choose(f, &what) && !backlog_is_empty(f->backlog))
		backlog_pop(f->backlog);
	f->deleted = f->overrun = false;
	if (f->state != GONE)
		f->state = DOWN;
}

void follow_down(struct follow *f)
{
	replay_free(steal(f->replay));
	fetch_free(steal(f->fetch)); /* it may have waited, with no request that was lost */
	rest(f);
	/*
	 * An ephemeral subscription is not known to the new stream; a durable one is asked for
	 * again.
	 */
	free(f->jid);
	f->jid = NULL;
}

static void on_unsubscribe(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			   void *data)
{
	struct follow *f = data;

	(void)s;
	(void)reply;
	if (outcome != SESSION_RESULT && outcome != SESSION_LOST)
		log_info("'%s': the service did not end the subscription", f->p.node);
	f->handler->unsubscribed(f, f->data);
}

bool follow_unsubscribe(struct follow *f)
{
	AUTO_STR xml = { 0 };

	if (!f->jid || f->p.durable || f->state == GONE)
		return false;
	request_unsubscribe(&xml, f->p.node, f->jid, f->subid);
	return session_request(f->session, "set", f->service, xml.p, xml.len, on_unsubscribe, f);
}
