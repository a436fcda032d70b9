/* SPDX-License-Identifier: MIT */
/*
 * Fills a store for a benchmark: fill STORE NODES SUBSCRIPTIONS JID...
 *
 * The node "measured", to which anybody may publish, has the JIDs as its subscribers, who came one
 * by one in the course of time. The other NODES - 1 nodes have the SUBSCRIPTIONS between them,
 * those of a twentieth as many users.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#define MEASURED "measured"
#define EACH 20	      /* subscriptions of a user */
#define AT_ONCE 10000 /* in a transaction */
#define CREATED 1767225600000

static struct store *store;

static void must(int r, const char *what)
{
	if (!r)
		return;
	fprintf(stderr, "fill: cannot %s: %s\n", what, store ? store_error(store) : strerror(-r));
	exit(EX_IOERR);
}

static int64_t add_node(const char *name)
{
	struct node n = { .name = (char *)name,
			  .creator = (char *)"owner@example.com",
			  .created = CREATED };
	int64_t id;

	node_config_init(&n.config, NODE_LEAF);
	n.config.publish = PUBLISH_OPEN;
	n.config.max_items = 1;
	must(store_node_create(store, &n, &id), "create a node");
	must(store_affiliation_set(store, id, n.creator, AFF_OWNER), "set an affiliation");
	return id;
}

static void subscribe(int64_t node, const char *jid)
{
	static uint64_t serial;
	AUTO_FREE char *subid = mem_printf("%032" PRIx64, ++serial);
	const struct new_subscription sub = { .node = node,
					      .jid = jid,
					      .subid = subid,
					      .state = SUB_SUBSCRIBED,
					      .created = CREATED };

	must(store_sub_add(store, &sub, NULL), "subscribe");
}

/* One user's subscriptions lie far apart, and so do one node's. */
static void subscribe_other(uint64_t i, uint64_t nodes, int64_t first)
{
	AUTO_FREE char *jid = mem_printf("user-%" PRIu64 "@example.com/client", i / EACH);

	subscribe(first + (int64_t)((i % EACH * (nodes / EACH + 1) + i / EACH) % nodes), jid);
}

static void step(uint64_t done)
{
	if (done % AT_ONCE)
		return;
	must(store_commit(store), "commit");
	must(store_begin(store), "begin");
}

/* The first of the others; 0: there are none. */
static int64_t add_nodes(uint64_t nodes)
{
	int64_t first = 0;

	for (uint64_t i = 1; i < nodes; i++) {
		AUTO_FREE char *name = mem_printf("node-%" PRIu64, i);
		int64_t id = add_node(name);

		first = first ? first : id;
		step(i);
	}
	return first;
}

static void fill(uint64_t nodes, uint64_t subscriptions, const char *const *jids, size_t n)
{
	int64_t measured, first;
	size_t come = 0;

	must(store_begin(store), "begin");
	measured = add_node(MEASURED);
	first = add_nodes(nodes);
	for (uint64_t i = 1; first && i <= subscriptions; i++) {
		subscribe_other(i, nodes - 1, first);
		if (come < n && i * (n + 1) / subscriptions > come)
			subscribe(measured, jids[come++]);
		step(i);
	}
	while (come < n)
		subscribe(measured, jids[come++]);
	must(store_commit(store), "commit");
}

int main(int argc, char **argv)
{
	AUTO_FREE char *why = NULL;
	uint64_t nodes, subscriptions;

	if (argc < 4 || parse_uint(argv[2], 1, 10000000, &nodes) ||
	    parse_uint(argv[3], 0, 100000000, &subscriptions)) {
		fputs("usage: fill STORE NODES SUBSCRIPTIONS JID...\n", stderr);
		return EX_USAGE;
	}
	if (store_open(argv[1], &store, &why)) {
		fprintf(stderr, "fill: %s\n", why);
		return EX_CANTCREAT;
	}
	fill(nodes, subscriptions, (const char *const *)argv + 4, (size_t)argc - 4);
	store_close(store);
	return 0;
}
