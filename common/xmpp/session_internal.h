/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SESSION_INTERNAL_H
#define XMPP_SESSION_INTERNAL_H

/*
 * What session.c (its life: what the link and signals tell, what is sent, whether the server
 * is still there), session_loop.c (the link's work, done before the loop sleeps) and
 * session_connect.c (names, attempts, pauses) share.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ev.h>

#include "common/xmpp/resolve.h"
#include "common/xmpp/session.h"

struct session {
	const struct session_params *params;
	const struct session_handler *handler;
	void *data;
	struct ev_loop *loop;
	struct link *link;
	struct requests *requests;
	char *jid; /* as bound */
	session_confirm_fn *confirm; /* NULL: nobody waits for that, ... */
	void *confirm_data;
	uint64_t confirm_at; /* ... or for so many bytes */
	bool up, draining;
	bool linked; /* the connection stands; up without it: it may be resumed */
	bool unanswered; /* something was sent, and no request since */
	bool stepping; /* by session_step(), which returns once something */
	bool happened;
	bool finishing, ended;
	int code; /* exit code, once finishing or ended */

	struct lookup *lookup; /* of names, in a thread; NULL: none is under way */
	bool looking;	       /* somebody waits for it */
	bool resolved_once, warned;
	struct endpoints endpoints; /* of this round of attempts */
	size_t attempt;		    /* index of the one under way */
	char *answered;		    /* how the first one failed whose address answered */
	int answered_code;
	int failures; /* in a row */
	double pause, up_since;
	double cut_at;	      /* when it was lost that may be resumed */
	double heard, pinged; /* when the server was last heard, and asked since; 0: not asked */
	unsigned long reads;  /* tap_reads() when last looked */

	ev_prepare prepare;
	ev_io io;
	int polled_fd, polled_events; /* what @io is set to; -1: it is stopped */
	ev_idle more;		      /* active: input is left over, do not sleep */
	ev_timer tick;	   /* once a second while connected: libstrophe's own timers, and ours */
	ev_timer deadline; /* of a connection attempt; of the end */
	ev_timer retry;
	ev_timer expire; /* the oldest request */
	ev_timer hold;	 /* nothing has been sent for a while: what was held back goes */
	ev_timer gather; /* active: what arrives is not read yet */
	size_t ahead;	 /* the server had so much to take when that began; 0: it is read */
	size_t stuck_at; /* it still had so much at the end; 0: it had less */
	ev_async signalled, looked_up;
};

/* session_run() returns; with @code unless session_finish() has said another. */
void session_end(struct session *s, int code);
/* What was up is not, or no more. */
void session_lost(struct session *s);
/* Tells who waits by session_confirm(), if anybody does. */
void session_confirmed(struct session *s, bool has);

/* Sets up what belongs to the loop, and starts nothing; session_loop_stop() undoes it. */
void session_loop_init(struct session *s);
void session_loop_stop(struct session *s);
/* (Re)starts @t. */
void session_timer_start(struct session *s, ev_timer *t, double after);
/* The loop wakes up when the oldest request has waited for long enough. */
void session_expire_arm(struct session *s);
/* It wakes up for these events of the link's socket; -1: for none. */
void session_poll_for(struct session *s, int fd, int events);
/* link_hold(), for a moment at most. */
void session_hold(struct session *s, bool held);

/* Sets up what belongs to connecting; session_connect_stop() undoes it. */
void session_connect_init(struct session *s);
void session_connect_stop(struct session *s);
/* A round of attempts: looks up where to connect, then tries one address after the other. */
void session_attempt(struct session *s);
/* An attempt or a connection has failed: again later, or not at all. */
void session_failed(struct session *s, int code, bool final, const char *text);
/* The link went down before it was up: the next address where that may be better, or
 * session_failed(). */
void session_failed_to_connect(struct session *s);
/* The link went down after it had been up: for long enough, and failures are counted anew. */
void session_steady(struct session *s);
/* Reports and ends; the applet may choose another code. */
void session_give_up(struct session *s, int code, const char *text);

#endif
