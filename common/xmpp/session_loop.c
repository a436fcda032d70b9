/* SPDX-License-Identifier: MIT */
/*
 * The session's turn of the loop: before it sleeps, what has arrived is read and handed out, what
 * was queued is written, and it is made to wake up for what comes next.
 */
#include "common/xmpp/session_internal.h"

#include "common/base/clock.h"
#include "common/xmpp/link.h"
#include "common/xmpp/requests.h"
#include "common/xmpp/sendq.h"

/* What does not fill a piece waits so many seconds for what follows. */
#define HOLD_MAX 0.1

/* What arrives waits so many seconds for what follows, or for so many bytes. */
#define GATHER_MAX 0.25
#define GATHERED (32 * 1024)

/* Rounds of reading, committing and writing, before others get their turn. */
#define ROUNDS 16

void session_timer_start(struct session *s, ev_timer *t, double after)
{
	ev_timer_stop(s->loop, t);
	ev_now_update(s->loop);
	ev_timer_set(t, after, 0.);
	ev_timer_start(s->loop, t);
}

void session_expire_arm(struct session *s)
{
	double next = requests_next_deadline(s->requests);

	if (!next)
		ev_timer_stop(s->loop, &s->expire);
	else if (!ev_is_active(&s->expire))
		session_timer_start(s, &s->expire,
				    next > clock_now() ? next - clock_now() : 0.);
}

static void expire(struct session *s)
{
	size_t before = requests_count(s->requests);

	requests_expire(s->requests, s, clock_now());
	s->happened |= requests_count(s->requests) != before;
}

static void on_expire(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop; /* work() looks after it: the answer may have arrived by now */
	(void)t;
	(void)events;
}

void session_poll_for(struct session *s, int fd, int events)
{
	if (fd == s->polled_fd && events == s->polled_events)
		return;
	ev_io_stop(s->loop, &s->io);
	s->polled_fd = fd;
	s->polled_events = events;
	if (fd < 0)
		return;
	ev_io_set(&s->io, fd, events);
	ev_io_start(s->loop, &s->io);
}

/*
 * What does not fill a piece waits for what is sent next (link_hold()), but not for long: it may be
 * what the server must answer before there is room for more.
 */
void session_hold(struct session *s, bool held)
{
	link_hold(s->link, held);
	if (held)
		session_timer_start(s, &s->hold, HOLD_MAX);
	else
		ev_timer_stop(s->loop, &s->hold);
}

static void on_hold(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;

	(void)loop;
	(void)events;
	link_hold(s->link, false);
}

/*
 * Reads, hands out, writes, until there is nothing left to do but wait. What handlers queue goes
 * out at once, and what arrives meanwhile gets its turn() before we sleep. Returns true where there
 * is more to do.
 */
static bool work(struct session *s)
{
	bool more = true;

	for (int i = 0; i < ROUNDS; i++) {
		more = link_pump(s->link);
		if (!more)
			expire(s);
		if (s->confirm && link_confirmed(s->link) >= s->confirm_at)
			session_confirmed(s, true);
		if (s->up && s->handler->turn)
			s->handler->turn(s, s->data);
		if (s->up && s->draining && session_queued(s) < SESSION_QUEUE_HIGH / 2) {
			s->draining = false;
			session_hold(s, false);
			if (s->handler->drained)
				s->handler->drained(s, s->data);
		}
		if (s->up && !link_queued(s->link))
			link_fall_silent(s->link);
		if (s->ended || !link_has_news(s->link))
			return more;
	}
	return true;
}

/*
 * RFC 6120 section 4.4: the peer's end of the stream is waited for, lest something that was sent be
 * lost. Where it has all been answered nothing can be; ejabberd takes a tenth of a second.
 */
static void close_when_sent(struct session *s)
{
	bool answered = !s->unanswered && !requests_count(s->requests);

	if (!link_idle(s->link) && (!s->linked || link_is_drained(s->link)))
		link_close(s->link, answered);
	if (link_idle(s->link))
		session_end(s, s->code);
}

/*
 * While the server has a lot to take (sendq.h), what arrives is not read at once: what came of it
 * would be behind that. It is read together, when there is a lot of it, too, or little left to take,
 * so that the server does not run dry, or after a while. A server that has taken nothing by
 * then may be waiting for us: until it has, we read.
 */
static bool gathers(struct session *s)
{
	size_t ahead;

	if (!s->params->gather || !s->up || !s->linked || s->finishing)
		return false;
	ahead = sendq_left(link_fd(s->link));
	if (ahead >= s->stuck_at && s->stuck_at)
		return false;
	s->stuck_at = 0;
	s->ahead = ahead < SENDQ_HIGH ? 0 : ahead;
	return s->ahead;
}

static void gather(struct session *s)
{
	/* What waits for room in the socket shall find all that there is. */
	sendq_wake(link_fd(s->link), GATHERED, link_wants_write(s->link) ? 0 : SENDQ_LOW);
	session_timer_start(s, &s->gather, GATHER_MAX);
}

static void gather_end(struct session *s)
{
	if (!s->ahead)
		return;
	s->ahead = 0;
	ev_timer_stop(s->loop, &s->gather);
	if (link_fd(s->link) >= 0)
		sendq_wake(link_fd(s->link), 0, 0);
}

static void on_gathered(struct ev_loop *loop, ev_timer *t, int events)
{
	struct session *s = t->data;

	(void)loop;
	(void)events;
	if (link_fd(s->link) >= 0 && sendq_left(link_fd(s->link)) >= s->ahead)
		s->stuck_at = s->ahead;
}

static int events_wanted(struct session *s, bool more)
{
	if (!more && gathers(s)) {
		gather(s);
		return EV_READ | EV_WRITE;
	}
	return EV_READ | (link_wants_write(s->link) ? EV_WRITE : 0);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct session *s = w->data;
	bool more;

	(void)events;
	if (s->ended)
		return;
	gather_end(s);
	more = work(s);
	if (s->finishing && !s->ended)
		close_when_sent(s);
	session_expire_arm(s);
	session_poll_for(s, link_fd(s->link), events_wanted(s, more));
	more |= s->stepping && s->happened;
	if (more && !s->ended)
		ev_idle_start(loop, &s->more);
	else
		ev_idle_stop(loop, &s->more);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop; /* the next on_prepare() does the work */
	(void)w;
	(void)events;
}

static void on_more(struct ev_loop *loop, ev_idle *w, int events)
{
	(void)loop; /* only there so that the loop does not sleep */
	(void)w;
	(void)events;
}

void session_loop_init(struct session *s)
{
	s->polled_fd = -1;
	ev_prepare_init(&s->prepare, on_prepare);
	ev_io_init(&s->io, on_io, -1, EV_READ);
	ev_idle_init(&s->more, on_more);
	ev_timer_init(&s->expire, on_expire, 0., 0.);
	ev_timer_init(&s->hold, on_hold, 0., 0.);
	ev_timer_init(&s->gather, on_gathered, 0., 0.);
	s->prepare.data = s->io.data = s->more.data = s->expire.data = s->hold.data =
		s->gather.data = s;
}

void session_loop_stop(struct session *s)
{
	ev_prepare_stop(s->loop, &s->prepare);
	ev_io_stop(s->loop, &s->io);
	ev_idle_stop(s->loop, &s->more);
	ev_timer_stop(s->loop, &s->expire);
	ev_timer_stop(s->loop, &s->hold);
	ev_timer_stop(s->loop, &s->gather);
}
