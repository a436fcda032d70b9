/* SPDX-License-Identifier: MIT */
#ifndef XMPP_LINK_H
#define XMPP_LINK_H

/*
 * One connection of libstrophe's, used again for each attempt, with the care that it needs:
 * components are primed, accounts log in by login.h, a blocking handshake can be cut, and a failure
 * is told apart from others.
 *
 * The owner calls link_pump() before it sleeps, and polls link_fd() until it can be read or, where
 * link_wants_write(), written to. One link per process: two of libstrophe's callbacks carry no user
 * data.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

struct link;
struct endpoint;
struct session_params;

struct link_handler {
	/* Logged in; from within link_pump(). @resumed: as if nothing had happened since. */
	void (*up)(bool resumed, void *data);
	void (*down)(void *data); /* ended, before or after login; ask link_failure(). From within
				     link_pump() */
	void (*stanza)(xmpp_stanza_t *stanza, void *data);
};

/* Why the last attempt or connection ended. */
struct link_failure {
	int code;	  /* exit code; 0: it was link_close() */
	bool final;	  /* no retry can mend it */
	bool unreachable; /* nothing answered at this address */
	char text[512];
};

struct link *link_new(const struct session_params *params, const struct link_handler *handler,
		      void *data);
void link_free(struct link *l);
/* Do payloads come through unharmed here? See tap_works(). */
bool link_is_lossless(struct link *l);

/*
 * Starts an attempt; 0, or -1 with link_failure() filled (down() is not called then). Not from
 * within down(): libstrophe is still at work then.
 */
int link_connect(struct link *l, const struct endpoint *to);
/*
 * Ends the stream politely; down() follows, at the latest after two seconds. What is still queued
 * may get lost: see link_is_drained(). With @at_once the peer's end is not waited for, where ours
 * could be sent without waiting; the peer may then not take what it has not taken yet.
 */
void link_close(struct link *l, bool at_once);
/* Cuts the connection; down() follows with this failure. */
void link_abort(struct link *l, int code, const char *why);
/*
 * The same from a signal handler (async-signal-safe), while a login is under way: libstrophe's TLS
 * handshake blocks, and only this ends it.
 */
void link_abort_from_signal(void);

/*
 * Writes what can be written, reads what is there and hands it out. Returns true where its share of
 * work was used up before the input was: come back soon.
 */
bool link_pump(struct link *l);
int link_fd(const struct link *l); /* -1: none */
bool link_wants_write(const struct link *l); /* it goes on when the socket has room */
bool link_idle(const struct link *l); /* neither connecting nor connected */

/*
 * Whole stanzas. While the link is down and link_can_resume(), they are kept, and sent when it has
 * resumed.
 */
void link_send(struct link *l, const char *xml, size_t len);
/* More will be sent once there is room: what would go in a small piece may wait for it (writer.h). */
void link_hold(struct link *l, bool held);
/* Nothing more is to be sent for now: sends the blanks that the last stanzas still need (pad.h). */
void link_fall_silent(struct link *l);
size_t link_queued(const struct link *l);	  /* bytes, but for an element that has begun */
/* Does the server confirm what it has (XEP-0198)? Then these bytes are not, and these are. */
bool link_confirms(const struct link *l);
size_t link_unconfirmed(const struct link *l);
uint64_t link_confirmed(const struct link *l);
/* It is asked for that by itself when much has been sent; and now, about the rest. */
void link_ask(struct link *l);
/*
 * After down(): the server keeps the session (XEP-0198), and the next attempt will try to resume
 * it. link_forget() gives it up.
 */
bool link_can_resume(const struct link *l);
void link_forget(struct link *l);
/* So much text at once is sent best. */
size_t link_piece(const struct link *l);
/* Something has been queued since it was last tried to write: link_pump() before you sleep. */
bool link_has_news(const struct link *l);
/* All has been handed to the kernel. */
bool link_is_drained(const struct link *l);
const char *link_bound_jid(const struct link *l);
const struct link_failure *link_failure(const struct link *l);

#endif
