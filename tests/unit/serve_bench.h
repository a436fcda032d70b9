/* SPDX-License-Identifier: MIT */
#ifndef SERVE_BENCH_H
#define SERVE_BENCH_H

/*
 * A service without a network: stanzas as text go in, what it would have sent comes out.
 */
#include <stdbool.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "common/base/str.h"

struct bench {
	struct config config;
	struct store *store;
	struct service *service;
	struct sink sink;
	struct str sent;
	size_t queued;		/* bytes, if @counting: nothing takes them away */
	unsigned sends;
	bool counting, down;
	/* Its last question that has not been answered. */
	void (*reply)(xmpp_stanza_t *answer, void *data);
	void *reply_data;
};

/* For all tests of a program. */
int bench_setup(void **state);
int bench_teardown(void **state);
xmpp_ctx_t *bench_context(void);

/* Then settings may be put into b->config.given (to be freed with it), */
void bench_init(struct bench *b);
/* and it starts, with an empty store in memory unless another is given. */
void bench_start(struct bench *b, const char *jid, bool component);
void bench_stop(struct bench *b);

/* The service's question, which has been sent with the id "ask", is answered. NULL: nobody does. */
void bench_answer(struct bench *b, const char *xml);

/* A stanza comes in. What service_take() says. */
bool bench_take(struct bench *b, const char *xml);
void bench_take_all(struct bench *b, const char *const *list, size_t n);
#define TAKE(b, ...)                                                                         \
	do {                                                                                 \
		const char *const list_[] = { __VA_ARGS__ };                                 \
		bench_take_all(b, list_, sizeof(list_) / sizeof(list_[0]));                  \
	} while (0)
/* Adds to a list in b->config.given. */
void bench_give(char ***list, const char *value);
/* A publish by @from to node n, of so many bytes of payload. */
void bench_take_large(struct bench *b, const char *from, const char *id, size_t bytes);
/* So many are subscribed to node n: u0000@h, u0001@h and so on. What was sent is forgotten. */
void bench_subscribe_many(struct bench *b, unsigned n);
void bench_ban(struct bench *b, const char *node, const char *bare_jid);

/*
 * Has exactly this been sent since the last time? The order of attributes and the way of writing
 * namespaces do not matter; "*" in @expected stands for any text. The numbers of events are left out
 * unless @expected has some. Fails the test, naming @what.
 */
void bench_expect(struct bench *b, const char *what, const char *expected);

/* Step by step. */
struct step {
	const char *rows;	/* of the requirements, shown by this step */
	const char *in, *out;	/* what comes in; all that is sent then */
};
void bench_play_on(struct bench *b, const struct step *steps, size_t n);
/* To be called behind bench_init(): messages then carry ids that differ each time. */
void bench_archive(struct bench *b, const char *age);
/* The same: "on", or "off", which is as it begins. */
void bench_outbox(struct bench *b, const char *what);
void bench_multicast(struct bench *b, const char *what);
/* With a service of its own, at SVC. */
void bench_play(const struct step *steps, size_t n);
#define PLAY_ON(b, steps) bench_play_on(b, steps, sizeof(steps) / sizeof((steps)[0]))
#define PLAY(steps) bench_play(steps, sizeof(steps) / sizeof((steps)[0]))

/* The text of stanzas. */
#define SVC "svc@example.com/serve"
#define ADMIN "svc@example.com/other"
#define OWNER "owner@example.com/o"
#define USER "user@example.com/r"
#define EVE "eve@evil.example/x"
#define NS "http://jabber.org/protocol/pubsub"

#define IQ(type, from, body) \
	"<iq xmlns='jabber:client' type='" type "' from='" from "' to='" SVC "' id='q'>" body "</iq>"
#define GET(from, body) IQ("get", from, body)
#define SET(from, body) IQ("set", from, body)
#define PS(body) "<pubsub xmlns='" NS "'>" body "</pubsub>"
#define OWN(body) "<pubsub xmlns='" NS "#owner'>" body "</pubsub>"
#define RSM(body) "<set xmlns='http://jabber.org/protocol/rsm'>" body "</set>"
#define QUERY(what, attrs, body) "<query xmlns='http://jabber.org/protocol/disco#" what "' " attrs ">" body "</query>"

#define RESULT(to, body) "<iq type='result' to='" to "' from='" SVC "' id='q'>" body "</iq>"
#define ERROR(to, type, body) \
	"<iq type='error' to='" to "' from='" SVC "' id='q'><error type='" type "'>" body "</error></iq>"
#define CONDITION(name) "<" name " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
#define SPECIAL(name) "<" name " xmlns='" NS "#errors'/>"
#define BAD_REQUEST(to) ERROR(to, "modify", CONDITION("bad-request"))
#define BAD(to, name) ERROR(to, "modify", CONDITION("bad-request") SPECIAL(name))
#define FORBIDDEN(to) ERROR(to, "auth", CONDITION("forbidden"))
#define NOT_FOUND(to) ERROR(to, "cancel", CONDITION("item-not-found"))
#define UNSUPPORTED(to, name) \
	ERROR(to, "cancel", CONDITION("feature-not-implemented") SPECIAL("unsupported feature='" name "'"))
#define EVENT(to, body) \
	"<message type='headline' from='" SVC "' to='" to "' id='*'><event xmlns='" NS "#event'>" body "</event></message>"
/* The last item, on subscription (SUB-32, SUB-33). */
#define LAST(to, item) \
	"<message type='headline' from='" SVC "' to='" to "' id='*'><event xmlns='" NS "#event'><items node='n'>" item \
	"</items></event><delay xmlns='urn:xmpp:delay' from='" SVC "' stamp='*Z'/></message>"

#define X "<x xmlns='urn:x'/>"
#define PUBLISH(from, id) SET(from, PS("<publish node='n'><item id='" id "'>" X "</item></publish>"))
#define PUBLISHED(to, id) RESULT(to, PS("<publish node='n'><item id='" id "'/></publish>"))
#define ITEM(id, publisher) "<item id='" id "' publisher='" publisher "'>" X "</item>"
#define ITEMS(from, attrs, body) GET(from, PS("<items node='n' " attrs "/>" body))
#define ITEMS_ARE(to, items, set) RESULT(to, PS("<items node='n'>" items "</items>" set))
#define SUBSCRIBE(from, jid) SET(from, PS("<subscribe node='n' jid='" jid "'/>"))
#define SUBSCRIBED(to, jid) RESULT(to, PS("<subscription node='n' jid='" jid "' subscription='subscribed'/>"))
#define OWNED "owner@example.com"
#define CREATE_N { "CREATE-01 CREATE-09 AFF-03", SET(OWNER, PS("<create node='n'/>")), RESULT(OWNER, "") }
#define ONE(id) ITEM(id, OWNED)
#define PAGE(first, last, index, count) \
	RSM("<first index='" index "'>" first "</first><last>" last "</last><count>" count "</count>")

#endif
