/* SPDX-License-Identifier: MIT */
#include "cmd/sub/follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sub/backlog.h"
#include "cmd/sub/follow_internal.h"
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
#include "common/pubsub/sequence.h"
#include "common/xmpp/session.h"

#define WAITING_MAX 1024 /* live events, where no more may be handed out */

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
	seen_clear(&f->places);
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

void follow_resume(struct follow *f, const struct follow_position *p)
{
	f->sequence.last = f->counted = p->number;
	f->place = mem_strdup(p->place);
	f->newest_place = p->place && *p->place ? seen_id(p->place) : 0;
	seen_each(p->seen, add_mark, &f->seen);
	seen_each(p->places, add_mark, &f->places);
	f->any = !p->whole || f->seen.newest;
	f->p.all = f->from_empty = p->whole;
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

static void rest(struct follow *f, bool lost);

void follow_refuse(struct follow *f, const char *doing, enum session_outcome outcome,
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
		str_puts(&text, NO_ANSWER);
	}
	log_error("cannot %s '%s' at %s: %s", doing, f->p.node, f->service, text.p);
	rest(f, false);
	f->handler->failed(f, code, f->established ? hope : RETRY_NEVER, f->data);
}

void follow_fail(struct follow *f, int code)
{
	f->handler->failed(f, code, RETRY_NEVER, f->data);
}

/* Handing out */

/* The item that marks our place is gone: find another one. */
static void replace_baseline(struct follow *f)
{
	if (f->p.baseline && !f->p.all && !f->from_empty && f->state == LIVE && !f->fetch)
		follow_take_baseline(f);
}

void follow_set_place(struct follow *f, const char *place)
{
	char *copy = mem_strdup(place);

	free(f->place);
	f->place = copy;
}

void follow_hand_out(struct follow *f, const struct event *e, double echo_until)
{
	switch (e->kind) {
	case EVENT_ITEM:
		f->any = true;
		seen_add(&f->seen, e, echo_until);
		f->newest_place = e->archive_id ? seen_id(e->archive_id) : 0;
		if (e->archive_id)
			seen_add_mark(&f->places, seen_place_mark(e), 0);
		follow_set_place(f, e->archive_id);
		break;
	case EVENT_RETRACT:
		if (seen_forget(&f->seen, e->id))
			replace_baseline(f);
		break;
	case EVENT_PURGE:
		seen_clear(&f->seen);
		seen_clear(&f->places);
		f->any = false;
		f->from_empty = true;
		follow_set_place(f, NULL);
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

/*
 * Has it been handed out from this place in the archive already: read from there, or told by a service
 * that cannot know what had arrived when a link was lost? Not where it was retracted since: a retract
 * may be told twice as well, and what comes behind it counts.
 */
static bool was_told(const struct follow *f, const struct event *e)
{
	return e->kind == EVENT_ITEM && e->archive_id && seen_has_place(&f->places, e) &&
	       seen_knows(&f->seen, e->id);
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
		follow_fail(f, EX_IOERR);
	}
	return r;
}

bool follow_may_hand_out(const struct follow *f)
{
	return !f->handler->ready || f->handler->ready(f->data);
}

/*
 * What was lost in front of the first that waits is read, and handed out before it. False: it cannot
 * be.
 */
static bool mend(struct follow *f)
{
	enum fetch_what what;

	if (f->fetch || f->replay)
		return true; /* something else is being read: then */
	backlog_fill_hole(f->backlog);
	if (!f->place && !follow_choose(f, &what))
		return false;
	f->current = false;
	f->state = SUBSCRIBED;
	return follow_read(f);
}

void follow_drain(struct follow *f)
{
	struct event e;

	while (f->state == LIVE && !f->resolving && follow_may_hand_out(f) &&
	       !backlog_is_empty(f->backlog)) {
		if ((backlog_has_hole(f->backlog) && mend(f)) || first_of_backlog(f, &e))
			return;
		if (was_told(f, &e)) {
			backlog_pop(f->backlog);
			continue;
		}
		if (needs_payload(f, &e)) {
			resolve(f, &e);
			return;
		}
		follow_hand_out(f, &e, 0);
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
	if (!was_told(f, &e))
		follow_hand_out(f, &e, 0);
	backlog_pop(f->backlog);
	follow_drain(f);
}

/* Events */

void follow_count(struct follow *f)
{
	uint64_t number = f->sequence.last;

	if (f->state != LIVE || f->counted == number || !backlog_is_empty(f->backlog))
		return;
	f->counted = number;
	if (f->handler->counted)
		f->handler->counted(f, number, f->data);
}

/* The first number after it was followed before. */
static void tell_return(const struct follow *f, uint64_t before, uint64_t number)
{
	if (!before || !number)
		return;
	if (number < before)
		log_info("'%s' has been deleted and made again", f->p.node);
	else if (number > before)
		log_info("events of '%s' since it was followed last: %" PRIu64, f->p.node,
			 number - before);
	else
		log_info("nothing has happened at '%s' since it was followed last", f->p.node);
}

static void tell_step(const struct follow *f, enum sequence_step step, uint64_t last, uint64_t now)
{
	if (step == SEQUENCE_HOLE)
		log_info("'%s': events were lost on the way, %" PRIu64 " follows %" PRIu64
			 ": they are read",
			 f->p.node, now, last);
	else if (step == SEQUENCE_BACK)
		log_info("'%s': event %" PRIu64 " comes behind %" PRIu64
			 ", as if the node were another: it is read",
			 f->p.node, now, last);
	else if (step == SEQUENCE_UNSURE)
		log_debug("'%s': event %" PRIu64 " is the first: what may be before it is read",
			  f->p.node, now);
}

static bool is_handed_out(const struct follow *f, const struct event *e)
{
	return e->kind == EVENT_ITEM &&
	       (seen_has(&f->seen, e) || was_told(f, e) || backlog_holds(f->backlog, e));
}

/* Is something missing before it? False: it has come before, and is dropped. */
static bool take_number(struct follow *f, const struct event *e, bool *ret_hole)
{
	const struct sequence before = f->sequence;
	enum sequence_step step = sequence_take(&f->sequence, e->number);

	if (before.open && !f->sequence.open)
		tell_return(f, before.last, e->number);
	if ((step == SEQUENCE_REPEAT || step == SEQUENCE_BACK) && is_handed_out(f, e)) {
		log_info("item '%s' of '%s' came twice", e->id, f->p.node);
		return false;
	}
	if (step == SEQUENCE_BACK)
		sequence_restart(&f->sequence, e->number);
	tell_step(f, step, before.last, e->number);
	*ret_hole = step >= SEQUENCE_BACK;
	return true;
}

/* Too many wait; what is stored can be read when there is room. */
static void leave_out(struct follow *f)
{
	enum fetch_what what;

	if (backlog_count(f->backlog) < WAITING_MAX || follow_may_hand_out(f) || f->deleted ||
	    (f->state != LIVE && f->state != READING) || f->resolving || !follow_choose(f, &what))
		return;
	log_info("events of '%s' come faster than they can be handled: they will be read from the "
		 "store",
		 f->p.node);
	f->overrun = true;
	while (!backlog_is_empty(f->backlog))
		backlog_pop(f->backlog);
}

bool follow_catch_up(struct follow *f)
{
	if (!f->overrun || f->replay || !follow_may_hand_out(f))
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
	else if (f->state == LIVE && !follow_catch_up(f))
		follow_drain(f);
}

/* From another place in the archive it is the same item published again. */
static bool is_expected(struct follow *f, const struct event *e, double now)
{
	bool is = now < f->expected.until && e->id && seen_id(e->id) == f->expected.id &&
		  seen_has(&f->seen, e) &&
		  (!e->archive_id || !f->expected.place ||
		   seen_id(e->archive_id) == f->expected.place);

	if (is)
		f->expected.until = 0;
	return is;
}

/* It has been read already, and with it what was before it. */
static bool is_echo(struct follow *f, const struct event *e)
{
	double now = ev_time();
	bool is = was_told(f, e) ||
		  (e->kind == EVENT_ITEM &&
		   (is_expected(f, e, now) || seen_is_echo(&f->seen, e, now)));

	if (is)
		log_debug("item '%s' of '%s' came twice", e->id, f->p.node);
	return is;
}

void follow_event(struct follow *f, const struct event *e)
{
	bool hole = false;
	int r;

	if (f->state == GONE || !f->p.subscribe)
		return;
	/* The service may remember the subscription before it is asked for it again. */
	if (f->state == DOWN && !f->established)
		return;
	if (e->kind == EVENT_SUBSCRIPTION) {
		f->handler->event(e, f->data);
		follow_on_subscription(f, e);
		return;
	}
	if (e->kind == EVENT_CONFIG)
		log_info("the configuration of '%s' was changed", f->p.node);
	if (!take_number(f, e, &hole) || is_echo(f, e)) {
		follow_count(f);
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
	if (f->state == LIVE && !hole && backlog_is_empty(f->backlog) && !needs_payload(f, e) &&
	    follow_may_hand_out(f)) {
		follow_hand_out(f, e, 0);
		return;
	}
	r = backlog_push(f->backlog, e);
	if (r) {
		log_error("cannot keep an event of '%s' in a temporary file: %s", f->p.node,
			  strerror(-r));
		follow_fail(f, EX_IOERR);
		return;
	}
	if (hole)
		backlog_add_hole(f->backlog);
	follow_drain(f);
	leave_out(f);
}

/*
 * Nothing is in flight, and follow_up() begins anew. Where the link was @lost, or items will be
 * compared, what waits will be read from the store, in its place among what is missed now. Else it
 * waits on, for there may be more in it than items.
 */
static void rest(struct follow *f, bool lost)
{
	enum fetch_what what;

	if ((lost || !f->place) && !f->unstored && follow_choose(f, &what))
		while (!backlog_is_empty(f->backlog))
			backlog_pop(f->backlog);
	f->deleted = f->deleted && !backlog_is_empty(f->backlog);
	f->overrun = false;
	if (f->state != GONE)
		f->state = DOWN;
}

void follow_down(struct follow *f)
{
	replay_free(steal(f->replay));
	fetch_free(steal(f->fetch)); /* it may have waited, with no request that was lost */
	rest(f, true);
	/*
	 * An ephemeral subscription is not known to the new stream; a durable one is asked for
	 * again.
	 */
	free(f->jid);
	f->jid = NULL;
}
