/* SPDX-License-Identifier: MIT */

/*
 * Stanzas of arbitrary content, one a line, into the service, which has a node "n" that anybody may
 * publish to, with items and a subscriber. What it sends must be well-formed stanzas, each small
 * enough, and an answer for each request.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <strophe.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/own.h"
#include "common/xmpp/stanza.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define MUST(x)                                                                                    \
	do {                                                                                       \
		if (!(x))                                                                          \
			abort();                                                                   \
	} while (0)

static xmpp_ctx_t *ctx;
static struct config config;
static struct store *store;
static struct service *service;
static struct sink sink;
static struct str sent;

static bool take_text(const char *xml, size_t len, void *data)
{
	(void)data;
	str_add(&sent, xml, len);
	return true;
}

static size_t count_queued(void *data)
{
	(void)data;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *why = NULL;

	(void)argc;
	(void)argv;
	log_set_level(LOG_ERROR);
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	config_init(&config);
	config.given.store = mem_strdup("memory:");
	config.given.max_items = mem_strdup("5");
	MUST(!config_resolve(&config, "pubsub.example.com", true));
	MUST(!store_open(config.store, &store, &why));
	sink = (struct sink){ .send = take_text, .queued = count_queued, .high = 1 };
	MUST(!service_new(&config, store, &sink, &service));
	return 0;
}

static int find_node(const struct node *n, void *data)
{
	*(int64_t *)data = n->id;
	return 1;
}

static void put_item(int64_t node, const char *id)
{
	static const char payload[] = "<x xmlns='urn:x'/>";
	struct item item = { .id = id,
			     .publisher = "u@example.com",
			     .payload = payload,
			     .payload_len = strlen(payload) };
	bool replaced;
	int64_t seq;

	MUST(!store_item_put(store, node, &item, 1, &seq, &replaced));
}

/* The same for every input, so that a finding can be repeated. */
static void reset(void)
{
	struct node n = { .name = (char *)"n", .creator = (char *)"u@example.com" };
	struct new_subscription sub = {
		.jid = "s@example.com/r", .subid = "1", .state = SUB_SUBSCRIBED, .created = 1
	};
	int64_t id;

	node_config_init(&n.config, NODE_LEAF);
	n.config.publish = PUBLISH_OPEN;
	MUST(!store_begin(store));
	for (;;) {
		id = 0;
		MUST(!store_node_page(store, STORE_ALL_NODES, NULL, false, 1, find_node, &id));
		if (!id)
			break;
		MUST(!store_node_delete(store, id));
	}
	MUST(!store_node_create(store, &n, &id));
	MUST(!store_affiliation_set(store, id, "u@example.com", AFF_OWNER));
	sub.node = id;
	MUST(!store_sub_add(store, &sub, NULL));
	put_item(id, "1");
	put_item(id, "2");
	put_item(id, "3");
	MUST(!store_commit(store));
}

static bool is_request(xmpp_stanza_t *s)
{
	const char *type = stanza_attr(s, "type");

	return stanza_is(s, "iq", NULL) &&
	       (!type || (strcmp(type, "result") && strcmp(type, "error")));
}

/* True where an answer has to follow. */
static bool take(const char *line)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, line);

	if (!s || !xmpp_stanza_is_tag(s))
		return false;
	return service_take(service, s) && is_request(s);
}

static void check_sent(size_t requests)
{
	AUTO_FREE char *text = mem_printf("<all>%s</all>", sent.p ? sent.p : "");
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, "UTF-8",
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					    XML_PARSE_HUGE);

	MUST(doc);
	for (xmlNode *n = xmlDocGetRootElement(doc)->children; n; n = n->next) {
		MUST(n->type == XML_ELEMENT_NODE);
		if (!strcmp((const char *)n->name, "iq"))
			MUST(requests--);
		else
			MUST(!strcmp((const char *)n->name, "message"));
	}
	MUST(!requests);
	xmlFreeDoc(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = mem_strndup((const char *)data, size);
	size_t requests = 0;
	char *rest = NULL;

	reset();
	str_reset(&sent);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		requests += take(line);
	service_turn(service);
	MUST(service_idle(service));
	check_sent(requests);
	return 0;
}
