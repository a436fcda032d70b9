/* SPDX-License-Identifier: MIT */
/*
 * What a publish costs the service itself, without network: publish SUBSCRIBERS ITEMS [on|off STORE].
 *
 * Prints the microseconds of CPU that each publish takes with its notifications, and those that have
 * passed: with the outbox on, as it is without being told, or off; in memory, or in a file, to which
 * each publish is committed alone. With 0 subscribers it is what the publish takes alone.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <strophe.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/xmpp/own.h"

#define SERVICE "pubsub.example.com"
#define REQUEST(body)                                                                              \
	"<iq xmlns='jabber:client' type='set' from='%s' to='" SERVICE                              \
	"' id='q'><pubsub xmlns='http://jabber.org/protocol/pubsub'>" body "</pubsub></iq>"
#define ENTRY                                                                                      \
	"<entry xmlns='urn:x'>item number %" PRIu64                                                \
	" &amp; of a good many that are published here</entry>"

static size_t bytes;
static struct question {
	void (*reply)(xmpp_stanza_t *answer, void *data);
	void *data;
} question;

static bool take_text(const char *xml, size_t len, void *data)
{
	(void)xml;
	(void)data;
	bytes += len;
	return true;
}

static size_t count_queued(void *data)
{
	(void)data;
	return 0;
}

/* One at a time, and answered at the end of the turn. */
static bool take_question(const char *type, const char *to, const char *xml, size_t len,
			  void (*reply)(xmpp_stanza_t *answer, void *data), void *reply_data,
			  void *data)
{
	(void)type;
	(void)to;
	(void)xml;
	(void)len;
	(void)data;
	if (question.reply)
		return false;
	question = (struct question){ reply, reply_data };
	return true;
}

static void answer(xmpp_stanza_t *any)
{
	struct question q = question;

	question = (struct question){ 0 };
	if (q.reply)
		q.reply(any, q.data);
}

struct cost {
	double cpu, wall;
};

static double clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* How long the service takes over the stanza; parsing it is not counted. */
static struct cost take(xmpp_ctx_t *ctx, struct service *s, char *text)
{
	AUTO_FREE char *xml = text;
	AUTO_STANZA xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(ctx, xml);
	double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID), wall = clock_of(CLOCK_MONOTONIC);

	if (!stanza || !service_take(s, stanza))
		abort();
	service_turn(s);
	answer(stanza);
	return (struct cost){ .cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu,
			      .wall = clock_of(CLOCK_MONOTONIC) - wall };
}

static void run(struct service *s, uint64_t subscribers, uint64_t items)
{
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	struct cost used = { 0 };

	take(ctx, s, mem_printf(REQUEST("<create node='n'/>"), "owner@example.com/r"));
	for (uint64_t i = 0; i < subscribers; i++) {
		AUTO_FREE char *jid = mem_printf("user-%" PRIu64 "@example.com/r", i);

		take(ctx, s, mem_printf(REQUEST("<subscribe node='n' jid='%s'/>"), jid, jid));
	}
	bytes = 0;
	for (uint64_t i = 0; i < items; i++) {
		char *xml = mem_printf(REQUEST("<publish node='n'><item id='%" PRIu64 "'>" ENTRY
					       "</item></publish>"),
				       "owner@example.com/r", i, i);
		struct cost one = take(ctx, s, xml);

		used.cpu += one.cpu;
		used.wall += one.wall;
	}
	printf("%.2f %.2f\n", used.cpu / (double)items, used.wall / (double)items);
	if (bytes < items * (subscribers + 1) * 150)
		fputs("publish: less has been sent than there should be\n", stderr);
	xmpp_ctx_free(ctx);
}

int main(int argc, char **argv)
{
	const struct sink sink = {
		.send = take_text, .queued = count_queued, .high = 1, .ask = take_question
	};
	struct config config;
	struct store *store;
	struct service *s;
	uint64_t subscribers, items;
	char *why;

	if ((argc != 3 && argc != 5) || parse_uint(argv[1], 0, 1000000, &subscribers) ||
	    parse_uint(argv[2], 1, 1000000, &items)) {
		fputs("usage: publish SUBSCRIBERS ITEMS [on|off STORE]\n", stderr);
		return EX_USAGE;
	}
	xmpp_initialize();
	config_init(&config);
	config.given.outbox = mem_strdup(argc == 5 ? argv[3] : "on");
	config.given.store = mem_strdup(argc == 5 ? argv[4] : "memory:");
	config.given.create = mem_strdup("anyone");
	if (config_resolve(&config, SERVICE, true) || store_open(config.store, &store, &why) ||
	    service_new(&config, store, &sink, &s))
		return EX_IOERR;
	run(s, subscribers, items);
	service_free(s);
	store_close(store);
	config_release(&config);
	return 0;
}
