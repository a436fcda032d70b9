/* SPDX-License-Identifier: MIT */
/*
 * What a publish costs the service itself, without network and disk: publish SUBSCRIBERS ITEMS.
 *
 * Prints the microseconds of CPU that each publish takes with its notifications. With 0
 * subscribers it is what the publish takes alone.
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

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* How long the service takes over the stanza; parsing it is not counted. */
static double take(xmpp_ctx_t *ctx, struct service *s, char *text)
{
	AUTO_FREE char *xml = text;
	AUTO_STANZA xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(ctx, xml);
	double before = cpu();

	if (!stanza || !service_take(s, stanza))
		abort();
	service_turn(s);
	return cpu() - before;
}

static void run(struct service *s, uint64_t subscribers, uint64_t items)
{
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
	double used = 0;

	take(ctx, s, mem_printf(REQUEST("<create node='n'/>"), "owner@example.com/r"));
	for (uint64_t i = 0; i < subscribers; i++) {
		AUTO_FREE char *jid = mem_printf("user-%" PRIu64 "@example.com/r", i);

		take(ctx, s, mem_printf(REQUEST("<subscribe node='n' jid='%s'/>"), jid, jid));
	}
	bytes = 0;
	for (uint64_t i = 0; i < items; i++)
		used += take(ctx, s,
			     mem_printf(REQUEST("<publish node='n'><item id='%" PRIu64 "'>" ENTRY
						"</item></publish>"),
					"owner@example.com/r", i, i));
	printf("%.2f\n", used / (double)items);
	if (bytes < items * (subscribers + 1) * 150)
		fputs("publish: less has been sent than there should be\n", stderr);
	xmpp_ctx_free(ctx);
}

int main(int argc, char **argv)
{
	const struct sink sink = { .send = take_text, .queued = count_queued, .high = 1 };
	struct config config;
	struct store *store;
	struct service *s;
	uint64_t subscribers, items;
	char *why;

	if (argc != 3 || parse_uint(argv[1], 0, 1000000, &subscribers) ||
	    parse_uint(argv[2], 1, 1000000, &items)) {
		fputs("usage: publish SUBSCRIBERS ITEMS\n", stderr);
		return EX_USAGE;
	}
	xmpp_initialize();
	config_init(&config);
	config.given.store = mem_strdup("memory:");
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
