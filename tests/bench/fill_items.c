/* SPDX-License-Identifier: MIT */
/*
 * Fills a node of a store for a benchmark: fill_items STORE NODE ITEMS BYTES.
 *
 * The items are "p1", "p2", ..., their payloads of so many bytes. The node, which keeps no more
 * items than it has got, is the load's (load.c).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

#define AT_ONCE 10000 /* in a transaction */
#define OWNER "owner@load.localhost"
#define CREATED 1767225600000
#define OPEN "<x xmlns='urn:x'>"
#define CLOSE "</x>"
#define AROUND (sizeof(OPEN CLOSE) - 1)

static struct store *store;

static void must(int r, const char *what)
{
	if (!r)
		return;
	fprintf(stderr, "fill_items: cannot %s: %s\n", what,
		store ? store_error(store) : strerror(-r));
	exit(EX_IOERR);
}

static int64_t add_node(const char *name, uint64_t items)
{
	struct node n = { .name = (char *)name, .creator = (char *)OWNER, .created = CREATED };
	int64_t id;

	node_config_init(&n.config, NODE_LEAF);
	n.config.publish = PUBLISH_OPEN;
	n.config.max_items = items;
	must(store_node_create(store, &n, &id), "create a node");
	must(store_affiliation_set(store, id, n.creator, AFF_OWNER), "set an affiliation");
	return id;
}

static char *make_payload(size_t len)
{
	AUTO_FREE char *filling = mem_zalloc(len - AROUND + 1);

	memset(filling, 'a', len - AROUND);
	return mem_printf(OPEN "%s" CLOSE, filling);
}

static void fill(const char *name, uint64_t items, size_t len)
{
	AUTO_FREE char *payload = make_payload(len);
	int64_t node;

	must(store_begin(store), "begin");
	node = add_node(name, items);
	for (uint64_t i = 1; i <= items; i++) {
		AUTO_FREE char *id = mem_printf("p%" PRIu64, i);
		const struct item item = {
			.id = id, .publisher = OWNER, .payload = payload, .payload_len = len
		};
		int64_t seq;
		bool replaced;

		must(store_item_put(store, node, &item, CREATED, &seq, &replaced), "put an item");
		if (i % AT_ONCE)
			continue;
		must(store_commit(store), "commit");
		must(store_begin(store), "begin");
	}
	must(store_commit(store), "commit");
}

int main(int argc, char **argv)
{
	AUTO_FREE char *why = NULL;
	uint64_t items, len;

	if (argc != 5 || parse_uint(argv[3], 1, 10000000, &items) ||
	    parse_uint(argv[4], AROUND, 100000, &len)) {
		fputs("usage: fill_items STORE NODE ITEMS BYTES\n", stderr);
		return EX_USAGE;
	}
	if (store_open(argv[1], &store, &why)) {
		fprintf(stderr, "fill_items: %s\n", why);
		return EX_CANTCREAT;
	}
	fill(argv[2], items, len);
	store_close(store);
	return 0;
}
