/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary bytes as a document of nodes, at once and in slices: both give the same. Payloads that
 * are handed out stand alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "cmd/ctl/doc.h"
#include "cmd/ctl/doc_parse.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/pubsub/payload_doc.h"
#include "common/xmpp/xml.h"
#include "fuzz.h"

#define MAX_SIZE (64 * 1024)

AUTO_DEFINE(struct doc_parser *, doc_parser_free);

struct run {
	struct str log;
	bool in_node, check;
	int stop_at; /* the call that ends it; 0: none */
};

/* 99: one of ours, to be handed back. */
static int verdict(struct run *run)
{
	return run->stop_at && !--run->stop_at ? 99 : 0;
}

static void add_people(struct run *run, const struct doc_people *p)
{
	str_printf(&run->log, " %d", p->given);
	for (size_t i = 0; i < p->n; i++) {
		MUST(*p->all[i].jid && doc_people_find(p, p->all[i].jid));
		str_printf(&run->log, " %s=%s", p->all[i].jid, p->all[i].value);
	}
}

static int on_node(struct ctl *c, const struct doc_node *n, void *data)
{
	struct run *run = data;

	(void)c;
	MUST(!run->in_node && *n->name);
	run->in_node = true;
	str_printf(&run->log, "node %s", n->name);
	for (size_t i = 0; i < n->settings.n; i++) {
		str_printf(&run->log, " %s", n->settings.all[i].var);
		for (char **v = n->settings.all[i].values; v && *v; v++)
			str_printf(&run->log, "=%s", *v);
	}
	add_people(run, &n->affiliations);
	add_people(run, &n->subscriptions);
	return verdict(run);
}

static int on_item(struct ctl *c, const struct doc_node *n, const char *id, const char *payload,
		   size_t len, void *data)
{
	struct run *run = data;

	(void)c;
	MUST(run->in_node && *n->name && *id && xml_valid(id, strlen(id)));
	MUST(payload ? len && strlen(payload) == len : !len);
	if (payload && run->check) {
		AUTO_DOC xmlDocPtr doc = xmlReadMemory(
			payload, (int)len, NULL, NULL,
			XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE);

		MUST(doc && doc->children && !doc->children->next);
	}
	str_printf(&run->log, "item %s %s\n", id, payload ? payload : "-");
	return verdict(run);
}

static int on_end(struct ctl *c, const struct doc_node *n, void *data)
{
	struct run *run = data;

	(void)c;
	MUST(run->in_node && *n->name);
	run->in_node = false;
	str_puts(&run->log, "end\n");
	return verdict(run);
}

static int parse(struct run *run, const char *p, size_t len, size_t most)
{
	static const struct doc_handler handler = { on_node, on_item, on_end };
	AUTO(doc_parser_free)
	struct doc_parser *parser = doc_parser_new(NULL, "fuzz", &handler, run);
	int code = 0;

	for (size_t n; len && !code; p += n, len -= n) {
		n = len < most ? len : most;
		code = doc_parser_feed(parser, p, n);
	}
	MUST(!code || doc_parser_end(parser) == code);
	code = doc_parser_end(parser);
	MUST(!code || code == EX_DATAERR || code == 99);
	MUST(code || !run->in_node);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole = { .check = true }, sliced = { 0 }, stopped = { .stop_at = 2 };
	int code;

	if (size > MAX_SIZE)
		return 0;
	log_init("pubsub-ctl");
	log_set_level((enum log_level)(LOG_ERROR - 1));
	code = parse(&whole, (const char *)data, size, SIZE_MAX);
	MUST(parse(&sliced, (const char *)data, size, size % 3 ? 7 : 1) == code);
	MUST(whole.log.len == sliced.log.len);
	MUST(!whole.log.len || !memcmp(whole.log.p, sliced.log.p, whole.log.len));
	code = parse(&stopped, (const char *)data, size, SIZE_MAX);
	MUST(stopped.stop_at ? code != 99 : code == 99);
	str_release(&whole.log);
	str_release(&sliced.log);
	str_release(&stopped.log);
	return 0;
}
