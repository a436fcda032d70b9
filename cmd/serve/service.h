/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SERVICE_H
#define SERVE_SERVICE_H

/*
 * The service: requests come in as stanzas, answers and notifications go out as text.
 *
 * It knows no network. service_take() is given what has arrived, service_turn() says that this was
 * all for now: what came in between is committed together, and only then are its answers sent, and
 * behind each answer the events it caused. What the sink does not take waits; service_resume()
 * offers it again.
 *
 * In this folder is what takes stanzas in, decides about them and holds the parts together. Those
 * are, each of which knows the ones above it here and not those below:
 *
 *	store/     nodes, items, subscriptions, affiliations, contacts, kept in SQLite
 *	notify/    what a change is to be told of, to whom, when, and as which text
 *	subs/      how subscriptions begin, change and end
 *	presence/  who shares presence, and what follows from it (it and subs/ know each other)
 *	op/        the table of operations (ops.c), and what each does
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#include "cmd/serve/access.h"
#include "cmd/serve/node.h"
#include "cmd/serve/notify/digest.h"
#include "cmd/serve/notify/multicast.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/notify/outq.h"
#include "cmd/serve/rate.h"
#include "common/base/str.h"

struct archive_ids;
struct audiences;
struct available;
struct config;
struct filters;
struct interests;
struct metrics;
struct op;
struct store;

/* Where text goes: whole stanzas, many together where they are small. */
struct sink {
	/* False: it cannot be sent now; the same text is offered again later. */
	bool (*send)(const char *xml, size_t len, void *data);
	/*
	 * Bytes accepted and not yet gone, or gone and not confirmed where the server confirms. Above
	 * @high nothing more is offered before service_resume().
	 */
	size_t (*queued)(void *data);
	/* Those that have not gone. */
	size_t (*unsent)(void *data);
	size_t high;
	/* So many bytes together it takes best; 0: a TLS record. */
	size_t piece;
	/* service_ask() */
	bool (*ask)(const char *type, const char *to, const char *xml, size_t len,
		    void (*reply)(xmpp_stanza_t *answer, void *data), void *reply_data, void *data);
	/*
	 * Calls @reply when the server has all that was sent before, or with false when that will
	 * never be known. False, and no call: it cannot be told that way. NULL: it never can.
	 */
	bool (*confirm)(void (*reply)(bool has, void *data), void *reply_data, void *data);
	/* After service_up(): it knows its contacts, and is available to them. NULL: not wanted. */
	void (*settled)(void *data);
	void *data;
};

/* When what is due (due.h): the times, as they are known. */
#define CHORES 7
struct due_times {
	int64_t times[CHORES];
	bool unknown;
};

/* The last sender, as the next stanza is likely to be from the same. */
struct sender {
	char *raw;	  /* as it stood in the stanza */
	char *jid, *bare; /* normal form */
	bool admin;
};

struct service {
	const struct config *config;
	struct store *store;
	const struct sink *sink;
	struct access_policy policy;
	struct sender sender;
	struct outq batch;	  /* answered, not committed */
	bool batch_writes;	  /* there is something to commit */
	int unwritable;		  /* why nothing can be written before the next turn; 0: it can */
	struct outq out;	  /* on its way */
	struct outbox outbox;	  /* what the server may not have */
	struct multicast multicast; /* what goes to many at once */
	bool away;		  /* there is no connection */
	size_t written;		  /* bytes of subscriptions that have gone, and are still told */
	struct str buffer;	  /* for the sink, or refused by it, to be offered again */
	bool full;		  /* another message like the last one is not to be added to it */
	char *message_prefix;	  /* of the ids of messages */
	struct str message_start; /* of every notification: the sender, and what its id begins with */
	uint64_t messages;	  /* the number of the last one */
	struct digests digests;	  /* the last ones that were made */
	struct archive_ids *archive_ids; /* NULL: there is no archive */
	struct filters *filters;  /* of subscribers, compiled */
	struct audiences *audiences; /* subscriptions, in memory */
	struct due_times due;
	int64_t not_before;	  /* after a failure, what is due waits until then */
	struct available *available;
	struct interests *interests;
	int64_t sweep_at;	  /* when all must have said that they are available; 0: they have */
	int64_t sweep_after;	  /* the key of the last subscription that has been looked at */
	char *caps_ver;		  /* of what it offers (own_caps.h); NULL: not computed yet */
	bool changed;		  /* since service_due() was asked the last time */
	unsigned looks;		/* at subscribers, before others are served in between */
	bool interrupted;	/* there was more to send, and nothing but time in the way */
	uint64_t requests;	  /* taken so far */
	struct rate rate;	  /* of each account (--max-rate) */
	struct metrics *metrics;  /* borrowed; NULL: nothing is counted */
	struct command_session *commands; /* the newest first (command.h) */
};

/*
 * A request, while it is worked on. Also a change that comes from elsewhere, such as from a message
 * or because its time has come; then there is no iq.
 */
struct request {
	struct service *service;
	xmpp_stanza_t *iq;
	xmpp_stanza_t *wrapper; /* child of the iq: <pubsub/>, <query/> */
	xmpp_stanza_t *action;	/* what is asked for: child of <pubsub/>, else the wrapper itself */
	xmpp_stanza_t *companion; /* what follows the action: its form; NULL: nothing */
	const struct op *op;
	const char *bare; /* who asks: who.jid without its resource */
	struct subject who;
	int64_t now;
	struct node node; /* where the operation has one; at the root collection, its id is 0, its name NULL */
	/* Filled by the operation. */
	struct str result; /* what stands in the iq of the answer; with @echo, of an error, too */
	struct str ahead;  /* whole stanzas to be sent in front of the answer */
	char *detail;	   /* of an error: a feature, a URI (ps_err_render()) */
	char *text;	   /* of an error: a sentence for people */
	bool echo;
	bool keep; /* in spite of the error, what has been changed stays (MSUB-13) */
	struct event_list events;
};

/*
 * Nodes named in @config that do not exist are created. All pointers are borrowed and must outlive
 * the service. 0 or a negative errno.
 */
int service_new(const struct config *config, struct store *store, const struct sink *sink,
		struct service **ret);
/*
 * The settings have been replaced, between two turns: all but the service's address. What has been
 * taken is committed first; nodes that are named and do not exist are created. Failures are logged.
 */
void service_reconfigured(struct service *s);
/* What is not committed is dropped, and what is not sent. */
void service_free(struct service *s);

/* Logged in, for the first time or again: presence is shared anew. */
void service_up(struct service *s);
/*
 * The connection is lost, or there is none yet: nothing is sent until service_up(), and then what
 * the server may not have got comes first. What has been taken is committed.
 */
void service_down(struct service *s);
/* It is about to log out. */
void service_leave(struct service *s);

/*
 * A stanza has arrived; @stanza is borrowed. False where it is a request that is not the service's
 * business: none of its namespaces.
 */
bool service_take(struct service *s, xmpp_stanza_t *stanza);
/*
 * For the kinds of stanzas (message.h). Puts who has sent it into s->sender; false where that is no
 * JID.
 */
bool service_find_sender(struct service *s, const char *raw);
/* Does s->sender ask more often than --max-rate allows? Counts as one time more. */
bool service_is_too_fast(struct service *s);
/* Commits what has been taken, then sends. */
void service_turn(struct service *s);
/*
 * A change without a request: @fn is called once, like an operation, and what it tells goes out
 * after the commit. What it returns is returned; on anything but 0 all of it is undone.
 */
typedef int change_fn(struct request *r, void *data);
int service_change(struct service *s, change_fn *fn, void *data);
/*
 * When there is something to do without a stanza: milliseconds since 1970, INT64_MAX for never.
 * False where that has not changed since it was asked the last time. Then service_run() does it.
 */
bool service_due(struct service *s, int64_t *ret_time);
void service_run(struct service *s);
/*
 * Asks another entity: an iq of @type around @xml. @reply is called once, later, with what came
 * back: NULL where nothing did. False, and no call, where it cannot be sent.
 */
typedef void ask_fn(struct service *s, xmpp_stanza_t *answer, void *data);
bool service_ask(struct service *s, const char *type, const char *to, const char *xml, size_t len,
		 ask_fn *reply, void *data);
/* The sink takes text again. */
void service_resume(struct service *s);
/* Has everything been handed to the sink? */
bool service_idle(const struct service *s);
/* And is it known that the server has it, or else is it not asked for (--outbox)? */
bool service_is_done(const struct service *s);
/*
 * Is what has come to the address @to (NULL: none) for the service itself? A component gets all
 * that is sent to any address at its domain (X0114-06).
 */
bool service_is_for_us(const struct service *s, const char *to);
/* Does so much wait to be sent that nothing should be added that nobody needs? */
bool service_congested(struct service *s);

#endif
