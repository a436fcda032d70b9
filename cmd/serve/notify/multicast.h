/* SPDX-License-Identifier: MIT */
#ifndef SERVE_MULTICAST_H
#define SERVE_MULTICAST_H

/*
 * Extended stanza addressing (XEP-0033): one message to the server's multicast service in place of
 * many to its accounts.
 *
 * Recipients at the server's own domains whose messages are the same, but for the address, are put
 * together; the others get messages of their own: a multicast service may leave those to one of
 * their server, whose refusal would come too late. Each is addressed as bcc, so that nobody learns
 * of anybody else, and the service puts our address on the copies: what comes back comes from the
 * recipient to us, as ever.
 *
 * A multicast service says what it has refused, and is silent about all else. So a question goes
 * behind the messages, whose answer proves that it has done with them; until then they are kept,
 * "flying". Refused ones are sent again, as messages to each, and then no others through the
 * service for a while. Two things keep the order for each recipient: to whom something flies, all
 * that follows takes the same way, and messages to more recipients at once than have ever been
 * taken are waited for before anything else is sent.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#include "cmd/serve/notify/parcel.h"
#include "common/base/map.h"
#include "common/base/str.h"

/* Fewer recipients get a message each. */
#define MULTICAST_LEAST 5

struct search;
struct service;

#define MULTICAST_OPEN 4

struct multicast {
	char *domain;	 /* at which there may be such a service; NULL: none */
	char **services; /* other domains at that server; NULL-terminated, or NULL */
	char *address;	 /* it is this one; NULL: none is known */
	size_t limit;	 /* recipients that it takes at once */
	size_t taken;	 /* as many as that have been */
	unsigned round;	 /* what was asked in an earlier one means nothing any more */
	int64_t look_at; /* when it is to be looked for again; 0: not */
	struct search *search; /* under way; NULL: none */
	struct str content;	    /* of the message that is being made */
	struct parcel *open[MULTICAST_OPEN]; /* they are being filled */
	/* Sent, in this order; to be sent again, to each; and behind all of them, too large to fly. */
	struct parcels flying, back, behind;
	struct map to;		    /* to whom something flies */
	size_t bytes, unasked;	    /* that fly; and of those that nobody has been asked about */
	bool asking, answered, good; /* the question; its answer, not yet acted upon */
	bool carries;		    /* the question is the outbox's, too */
	bool trying;		    /* one that flies is larger than any that has been taken */
	bool failing;		    /* one that flies has been refused */
	int64_t ask_at;
};

/* Connected: it is looked for, unless it is known or not wanted. */
void multicast_up(struct service *s);
/* Not connected any more: nothing flies. What is in the outbox will be sent again. */
void multicast_down(struct service *s);
void multicast_release(struct service *s);

/* Does what is sent to @jid come by here? */
bool multicast_serves(const struct service *s, const char *jid);
/* May a message to @jid be as large as it would be with s->multicast.content in it? */
bool multicast_fits(struct service *s, const struct letter_head *head, const char *jid);
/* A message to @jid, of which s->multicast.content is what stands in it. */
void multicast_add(struct service *s, const struct letter_head *head, const char *jid);
/* The same without that, where there is one of its kind already; false: there is none. */
bool multicast_add_alike(struct service *s, const struct letter_head *head, const char *jid);
/* No more are the same: what has been put together goes into s->buffer. */
void multicast_flush(struct service *s);

/* Is nothing to be sent until it has answered? */
bool multicast_holds(const struct service *s);
/* Is something to be sent to each? Then that comes first: a message of it into s->buffer. */
bool multicast_is_back(const struct service *s);
void multicast_send_back(struct service *s);
/* Is there anything of which it is not known that it has arrived? */
bool multicast_is_open(const struct service *s);

/* Before more is sent: acts upon its answer. */
void multicast_settle(struct service *s);
/* No more is sent for now: time for a question? */
void multicast_flushed(struct service *s);
/* Does it refuse, with @message, what it was sent? */
bool multicast_refused(struct service *s, xmpp_stanza_t *message);
/* When service_turn() is to be called for its sake; INT64_MAX: never. */
int64_t multicast_due(const struct service *s);

/* multicast_find.c */

/* Looks for the service at s->multicast.domain; multicast_found() if there is one. */
void multicast_look(struct service *s);
void multicast_look_no_more(struct service *s);
/* What an answer to disco#info says: is this one, and how many recipients does it take at once? */
bool multicast_read(const struct service *s, xmpp_stanza_t *answer, size_t *ret_limit);
/* @address: NULL: there is none. @services: see s->multicast.services; it is taken over. */
void multicast_found(struct service *s, const char *address, size_t limit, char **services);

#endif
