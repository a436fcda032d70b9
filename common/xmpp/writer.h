/* SPDX-License-Identifier: MIT */
#ifndef XMPP_WRITER_H
#define XMPP_WRITER_H

/*
 * What is sent on a connection of libstrophe's after the login, and what of it waits.
 *
 * libstrophe writes one TLS record of an element and leaves the rest to its next turn, without a
 * sign that there is a rest: so it gets text in pieces of a record, and what does not fill one
 * waits until its next turn, as each record costs both sides something. It tells how many of them
 * wait and not how large they are. Where no TLS is in between it is passed by (outlet.h), which
 * spares two copies and a turn of it for each piece.
 */
#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

#include "common/base/str.h"
#include "common/xmpp/outlet.h"
#include "common/xmpp/pad.h"

/* All zero but for what writer_init() sets: nobody is logged in. */
struct writer {
	xmpp_conn_t *conn;
	int fd;	     /* -1: nobody is logged in */
	bool tls;    /* there may be; or else libstrophe can be passed by */
	bool direct; /* it is */
	bool news;   /* there is something that libstrophe has not tried to write */
	/* Sizes of what libstrophe has queued, oldest first. */
	size_t *sizes, head, count, cap;
	size_t queued;
	/*
	 * libstrophe does not count an element that has begun, so a rest of it may be waiting with
	 * nothing queued. What was written since the socket was last known to take all that there
	 * was: */
	size_t unproved;
	unsigned proofs; /* tries to write since then that found the socket writable */
	bool blocked;	 /* it was not */
	bool held;	 /* what does not fill a record is kept for more turns than one */
	struct pad pad;
	struct str gathered; /* what does not fill a record */
	struct outlet outlet;
};

/* @conn is borrowed. */
void writer_init(struct writer *w, xmpp_conn_t *conn, bool tls);
void writer_release(struct writer *w);
/* Logged in, on this socket. */
void writer_begin(struct writer *w, int fd);
/* The end has been sent, or the connection is lost: nothing waits any more. */
void writer_end(struct writer *w);

/* Whole stanzas. */
void writer_send(struct writer *w, const char *xml, size_t len);
/* Nothing more is to be sent for now: sends the blanks that the last stanzas still need (pad.h). */
void writer_fall_silent(struct writer *w);

/* What was kept back to fill a record goes, too: libstrophe is about to send something itself. */
void writer_hand_over(struct writer *w);

/*
 * More will be sent once the server has taken some of what it has got: until then what does not
 * fill a record is not worth one. Prosody reads half of a full one at a time, and where others are
 * in between it sleeps a millisecond now and then with the rest of one in its hands.
 */
void writer_hold(struct writer *w, bool held);

/* Around a turn of libstrophe's, in which it writes what it has. */
void writer_before_turn(struct writer *w);
void writer_after_turn(struct writer *w);
/* Must there be another turn, as a rest may be left? */
bool writer_must_prove(struct writer *w);

size_t writer_queued(const struct writer *w); /* bytes, but for an element that has begun */
/* Something waits for room in the socket. */
bool writer_is_waiting(const struct writer *w);
/* All has been handed to the kernel. */
bool writer_is_drained(const struct writer *w);
/* So much text at once is sent best. */
size_t writer_piece(const struct writer *w);
/* Has the socket room? */
bool writer_is_writable(int fd);

#endif
