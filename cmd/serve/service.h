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
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#include "cmd/serve/access.h"
#include "cmd/serve/node.h"
#include "cmd/serve/outq.h"
#include "common/base/str.h"

struct config;
struct op;
struct store;

/* Where text goes: whole stanzas, at most some 16 KB together where they are small. */
struct sink {
	/* False: it cannot be sent now; the same text is offered again later. */
	bool (*send)(const char *xml, size_t len, void *data);
	/*
	 * Bytes accepted and not yet gone. Above @high nothing more is offered before
	 * service_resume().
	 */
	size_t (*queued)(void *data);
	size_t high;
	void *data;
};

/* The last sender, as the next stanza is likely to be from the same. */
struct sender {
	char *raw;	/* as it stood in the stanza */
	char *jid, *bare; /* normal form */
	bool admin;
};

struct service {
	const struct config *config;
	struct store *store;
	const struct sink *sink;
	struct access_policy policy;
	struct sender sender;
	struct outq batch;	/* answered, not committed */
	bool batch_writes;	/* there is something to commit */
	int unwritable;		/* why nothing can be written before the next turn; 0: it can */
	struct outq out;	/* on its way */
	struct str buffer;	/* refused by the sink, to be offered again */
	struct str message_start; /* of every notification, up to its number */
	uint64_t messages;	/* notifications so far */
};

/* A request, while it is worked on. */
struct request {
	struct service *service;
	xmpp_stanza_t *iq;
	xmpp_stanza_t *wrapper;	/* child of the iq: <pubsub/>, <query/> */
	xmpp_stanza_t *action;	/* what is asked for: child of <pubsub/>, else the wrapper itself */
	const struct op *op;
	const char *bare;	/* who asks: who.jid without its resource */
	struct subject who;
	int64_t now;
	struct node node;	/* where the operation has one */
	/* Filled by the operation. */
	struct str result;	/* what stands in the iq of the answer */
	const char *unsupported; /* feature, with PS_UNSUPPORTED */
	struct event_list events;
};

/*
 * Nodes named in @config that do not exist are created. All pointers are borrowed and must outlive
 * the service. 0 or a negative errno.
 */
int service_new(const struct config *config, struct store *store, const struct sink *sink,
		struct service **ret);
/* What is not committed is dropped, and what is not sent. */
void service_free(struct service *s);

/*
 * A stanza has arrived; @stanza is borrowed. False where it is a request that is not the service's
 * business: none of its namespaces.
 */
bool service_take(struct service *s, xmpp_stanza_t *stanza);
/* Commits what has been taken, then sends. */
void service_turn(struct service *s);
/* The sink takes text again. */
void service_resume(struct service *s);
/* Has everything been handed to the sink? */
bool service_idle(const struct service *s);

#endif
