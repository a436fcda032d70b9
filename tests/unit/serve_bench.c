/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "serve_bench.h"

#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <strophe.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/own.h"

static xmpp_ctx_t *ctx;

int bench_setup(void **state)
{
	(void)state;
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	return !ctx;
}

xmpp_ctx_t *bench_context(void)
{
	return ctx;
}

int bench_teardown(void **state)
{
	(void)state;
	xmpp_ctx_free(ctx);
	xmpp_shutdown();
	xmlCleanupParser();
	return 0;
}

static bool take_text(const char *xml, size_t len, void *data)
{
	struct bench *b = data;

	if (b->down)
		return false;
	str_add(&b->sent, xml, len);
	if (b->counting)
		b->queued += len;
	b->sends++;
	return true;
}

static size_t count_queued(void *data)
{
	struct bench *b = data;

	return b->queued;
}

/* Of several questions the last can be answered; nobody answers the others. */
static bool take_question(const char *type, const char *to, const char *xml, size_t len,
			  void (*reply)(xmpp_stanza_t *answer, void *data), void *reply_data,
			  void *data)
{
	struct bench *b = data;

	if (b->down)
		return false;
	if (b->reply)
		bench_answer(b, NULL);
	str_printf(&b->sent, "<iq type='%s' id='ask'", type);
	if (to)
		str_printf(&b->sent, " to='%s'", to);
	str_putc(&b->sent, '>');
	str_add(&b->sent, xml, len);
	str_puts(&b->sent, "</iq>");
	b->reply = reply;
	b->reply_data = reply_data;
	return true;
}

void bench_answer(struct bench *b, const char *xml)
{
	AUTO_STANZA xmpp_stanza_t *s = xml ? xmpp_stanza_new_from_string(ctx, xml) : NULL;
	void (*reply)(xmpp_stanza_t *answer, void *data) = b->reply;

	assert_non_null(reply);
	b->reply = NULL;
	reply(s, b->reply_data);
	service_turn(b->service);
}

void bench_archive(struct bench *b, const char *age)
{
	free(b->config.given.archive);
	b->config.given.archive = mem_strdup(age);
}

void bench_outbox(struct bench *b, const char *what)
{
	free(b->config.given.outbox);
	b->config.given.outbox = mem_strdup(what);
}

void bench_multicast(struct bench *b, const char *what)
{
	free(b->config.given.multicast);
	b->config.given.multicast = mem_strdup(what);
}

void bench_init(struct bench *b)
{
	*b = (struct bench){
		.sink = { .send = take_text, .queued = count_queued, .high = 512 * 1024, .ask = take_question }
	};
	config_init(&b->config);
	bench_archive(b, "off");
	bench_outbox(b, "off");
	bench_multicast(b, "off");
}

void bench_start(struct bench *b, const char *jid, bool component)
{
	AUTO_FREE char *why = NULL;

	if (!b->config.given.store)
		b->config.given.store = mem_strdup("memory:");
	b->sink.data = b;
	assert_int_equal(config_resolve(&b->config, jid, component), 0);
	assert_int_equal(store_open(b->config.store, &b->store, &why), 0);
	assert_int_equal(service_new(&b->config, b->store, &b->sink, &b->service), 0);
}

void bench_stop(struct bench *b)
{
	while (b->reply) /* an answer may lead to another question */
		bench_answer(b, NULL);
	service_free(b->service);
	store_close(b->store);
	config_release(&b->config);
	str_release(&b->sent);
}

bool bench_take(struct bench *b, const char *xml)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, xml);

	assert_non_null(s);
	return service_take(b->service, s);
}

void bench_take_all(struct bench *b, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_true(bench_take(b, list[i]));
}

void bench_give(char ***list, const char *value)
{
	strings_add(list, value);
}

void bench_take_large(struct bench *b, const char *from, const char *id, size_t bytes)
{
	AUTO_FREE char *text = mem_zalloc(bytes + 1);
	AUTO_FREE char *xml = NULL;

	memset(text, 'x', bytes - strlen("<x xmlns='urn:x'></x>"));
	xml = mem_printf("<iq xmlns='jabber:client' type='set' from='%s' to='" SVC
			 "' id='q'>" PS("<publish node='n'><item id='%s'><x "
					"xmlns='urn:x'>%s</x></item></publish>") "</iq>",
			 from, id, text);
	assert_true(bench_take(b, xml));
}

void bench_subscribe_many(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		AUTO_FREE char *xml = mem_printf("<iq xmlns='jabber:client' type='set' from='u%04u@h' to='" SVC "' id='q'>"
						 PS("<subscribe node='n' jid='u%04u@h'/>") "</iq>", i, i);

		assert_true(bench_take(b, xml));
	}
	service_turn(b->service);
	str_reset(&b->sent);
	b->sends = 0;
}

void bench_ban(struct bench *b, const char *node, const char *bare_jid)
{
	struct node n = { 0 };

	assert_int_equal(store_node_get(b->store, node, &n), 0);
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_affiliation_set(b->store, n.id, bare_jid, AFF_OUTCAST), 0);
	assert_int_equal(store_commit(b->store), 0);
	node_release(&n);
}

/* One way of writing for all XML that says the same */

static const char *uri_of(const xmlNode *n)
{
	return n && n->ns && n->ns->href ? (const char *)n->ns->href : "";
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_attributes(struct str *out, xmlNode *n)
{
	char *list[16];
	size_t count = 0;

	for (xmlAttr *a = n->properties; a; a = a->next) {
		xmlChar *value = xmlNodeListGetString(n->doc, a->children, 1);

		assert_true(count < 16);
		list[count++] = mem_printf(" {%s}%s='%s'", a->ns ? (const char *)a->ns->href : "",
					   (const char *)a->name, value ? (const char *)value : "");
		xmlFree(value);
	}
	qsort(list, count, sizeof(list[0]), by_text);
	for (size_t i = 0; i < count; i++) {
		str_puts(out, list[i]);
		free(list[i]);
	}
}

static void add_nodes(struct str *out, xmlNode *n, int depth)
{
	for (; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE) {
			str_puts(out, (const char *)n->content);
			continue;
		}
		if (depth <= 1)
			str_putc(out, '\n'); /* a stanza to a line, for people */
		str_printf(out, "<{%s}%s", uri_of(n), (const char *)n->name);
		add_attributes(out, n);
		str_putc(out, '>');
		add_nodes(out, n->children, depth + 1);
		str_puts(out, "</>");
	}
}

static bool is_number(const xmlNode *n)
{
	xmlChar *name = n->type == XML_ELEMENT_NODE ? xmlGetProp(n, BAD_CAST "name") : NULL;
	bool is = name && !strcmp((const char *)name, HEADER_SEQUENCE);

	xmlFree(name);
	return is;
}

/* Takes the numbers of events out of a tree, and <headers/> that hold nothing else. */
static void drop_numbers(xmlNode *n)
{
	for (xmlNode *next; n; n = next) {
		next = n->next;
		drop_numbers(n->children);
		if (is_number(n) || (!n->children && !xmlStrcmp(n->name, BAD_CAST "headers"))) {
			xmlUnlinkNode(n);
			xmlFreeNode(n);
		}
	}
}

static char *canonical(const char *stanzas, bool numbers)
{
	AUTO_FREE char *text = mem_printf("<all>%s</all>", stanzas);
	xmlDoc *doc = xmlReadMemory(text, (int)strlen(text), NULL, "UTF-8",
				    XML_PARSE_NONET | XML_PARSE_HUGE);
	struct str out = { 0 };

	if (!doc)
		fail_msg("not well-formed: %s", stanzas);
	if (!numbers)
		drop_numbers(xmlDocGetRootElement(doc));
	add_nodes(&out, xmlDocGetRootElement(doc), 0);
	xmlFreeDoc(doc);
	return str_steal(&out);
}

/* "*" in @pattern is any text. */
static bool matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

void bench_expect(struct bench *b, const char *what, const char *expected)
{
	AUTO_FREE char *want = canonical(expected, true);
	AUTO_FREE char *got = canonical(b->sent.len ? b->sent.p : "",
					strstr(expected, HEADER_SEQUENCE) != NULL);

	str_reset(&b->sent);
	if (!matches(want, got))
		fail_msg("%s\nexpected: %s\ngot: %s", what, want, got);
}

void bench_play_on(struct bench *b, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(bench_take(b, steps[i].in));
		service_turn(b->service);
		bench_expect(b, steps[i].rows, steps[i].out);
	}
}

void bench_play(const struct step *steps, size_t n)
{
	struct bench b;

	bench_init(&b);
	bench_start(&b, SVC, false);
	bench_play_on(&b, steps, n);
	bench_stop(&b);
}
