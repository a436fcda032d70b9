/* SPDX-License-Identifier: MIT */
/*
 * Items that are read from the service: those in its store, what its archive has behind our place, the
 * baseline.
 */
#include "cmd/sub/follow_internal.h"

#include <string.h>

#include "cmd/sub/backlog.h"
#include "cmd/sub/seen.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/event.h"
#include "common/pubsub/fetch.h"
#include "common/pubsub/replay.h"
#include "common/pubsub/retry.h"
#include "common/pubsub/sequence.h"

/* Refusals in a row to read the archive, until items are compared instead. */
#define UNSURE_MAX 3
#define REFUSALS_MAX 8

/* From here on, events may come of which the answer does not know. */
static void answered(struct follow *f)
{
	sequence_close(&f->sequence);
}

static void on_stored(const struct event *e, void *data)
{
	struct follow *f = data;

	answered(f);
	switch (backlog_cover(f->backlog, e)) {
	case BACKLOG_WITHOUT:
		follow_hand_out(f, e, ev_time() + SEEN_ECHO);
		break;
	case BACKLOG_COVERED:
		follow_hand_out(f, e, 0);
		break;
	case BACKLOG_LEAVE:
		break;
	}
}

static bool is_ready(void *data)
{
	return follow_may_hand_out(data);
}

static bool is_known(const struct event *e, void *data)
{
	struct follow *f = data;

	answered(f);
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

	answered(f);
	if (e->archive_id && backlog_cover(f->backlog, e) != BACKLOG_LEAVE)
		follow_hand_out(f, e, 0);
}

static void go_live(struct follow *f);

/*
 * The archive cannot be read: is it that the service is away, and may be asked again? Some of what
 * is said then would also be said by one that has no archive any more: where it is said again, it is
 * that. Nor is there an end to what is to come later.
 */
static bool count_refusal(struct follow *f, enum session_outcome outcome, xmpp_stanza_t *reply)
{
	unsigned max = REFUSALS_MAX;

	if (outcome == SESSION_ERROR) {
		struct stanza_error e;

		stanza_error_parse(reply, &e);
		if (retry_hope(&e) == RETRY_NEVER)
			max = 0;
		else if (strcmp(e.type, "wait") != 0)
			max = f->p.patient && f->established ? UNSURE_MAX : 0;
		stanza_error_release(&e);
	}
	return f->refusals++ < max;
}

static void on_replayed(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	replay_free(steal(f->replay));
	if (outcome == SESSION_LOST)
		return;
	if (outcome == SESSION_RESULT) {
		f->refusals = 0;
		answered(f);
		go_live(f);
		return;
	}
	/* With a deletion that waits there is nothing to be read. */
	if (!f->deleted && count_refusal(f, outcome, reply)) {
		follow_refuse(f, "read the archive of", outcome, reply);
		return;
	}
	/* Its item may have been retracted, or the archive does not reach back so far. */
	log_info("the place in the archive of '%s' is not there: its items are compared",
		 f->p.node);
	follow_set_place(f, NULL);
	f->refusals = 0;
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
	follow_set_place(f, place);
	if (f->any && *place)
		f->newest_place = seen_id(place);
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

	replay_free(steal(f->replay));
	if (outcome == SESSION_RESULT && !f->found && !f->any)
		found_place(f, "");
	if (outcome == SESSION_RESULT)
		f->refusals = 0;
	/* There is no archive, or none for us: then without. */
	f->without_archive = outcome == SESSION_ERROR && !count_refusal(f, outcome, reply);
	if (f->state == BASING) {
		if (outcome != SESSION_LOST)
			follow_settle(f);
		return;
	}
	if (outcome == SESSION_LOST || follow_catch_up(f))
		return;
	follow_drain(f); /* it may have waited for this */
	if (f->state != READING)
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
	if (follow_catch_up(f))
		return;
	follow_drain(f);
	if (f->state == READING)
		return; /* once more */
	follow_count(f);
	if (!find_place(f))
		f->handler->caught_up(f, f->data);
}

static void on_fetched(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	fetch_free(steal(f->fetch));
	if (outcome == SESSION_LOST)
		return;
	answered(f);
	if (outcome == SESSION_ERROR && !reply) {
		log_error("cannot read items of '%s' at %s: the answer is larger than can be taken",
			  f->p.node, f->service);
		follow_fail(f, EX_REFUSED);
	} else if (outcome == SESSION_ERROR && is_nothing_stored(f, reply)) {
		log_info("'%s' at %s has no stored items", f->p.node, f->service);
		f->unstored = !f->deleted;
		go_live(f);
	} else if (outcome != SESSION_RESULT) {
		follow_refuse(f, "read items of", outcome, reply);
	} else {
		go_live(f);
	}
}

bool follow_choose(const struct follow *f, enum fetch_what *ret)
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
	if (f->current || !follow_choose(f, &p.what)) {
		f->state = LIVE;
		follow_drain(f);
		return f->state == READING || find_place(f);
	}
	f->state = READING;
	f->fetch = fetch_start(f->session, &p, &fetch_handler, f);
	return true;
}

/* The baseline */

void follow_settle(struct follow *f)
{
	f->state = SUBSCRIBED;
	f->handler->settled(f, f->data);
}

static void on_baseline_item(const struct event *e, void *data)
{
	struct follow *f = data;

	answered(f);
	seen_add(&f->seen, e, 0);
	f->newest_place = 0;
	f->any = f->found = true;
	if (f->handler->passed)
		f->handler->passed(e, f->data);
}

static void on_baseline(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct follow *f = data;

	fetch_free(steal(f->fetch));
	if (outcome == SESSION_LOST)
		return;
	answered(f);
	if (outcome == SESSION_RESULT && !f->found)
		note_empty(f);
	else if (outcome != SESSION_RESULT)
		log_info("the newest item of '%s' cannot be read", f->p.node);
	f->unstored = outcome == SESSION_ERROR && reply && is_nothing_stored(f, reply);
	if (f->state != BASING) {
		follow_drain(f); /* it may have waited for this */
		return;
	}
	f->current = true;
	if (!find_place(f))
		follow_settle(f);
}

void follow_take_baseline(struct follow *f)
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
