/* SPDX-License-Identifier: MIT */
/*
 * What pubsub-pub sends, in what order, and what it makes of the answers; session and service are
 * played here.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "cmd/pub/input.h"
#include "cmd/pub/sender.h"
#include "common/base/exits.h"
#include "common/base/str.h"
#include "common/pubsub/item_reader.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"

#define REQUESTS_MAX 64

static struct {
	char *xml;
	session_reply_fn *reply;
	void *data;
} requests[REQUESTS_MAX];
static int sent, answered;
static bool up;
static struct str published; /* "id@node" */
static int failure;

static xmpp_ctx_t *ctx;

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	(void)s;
	(void)len;
	assert_string_equal(type, "set");
	assert_string_equal(to, "service");
	assert_in_range(sent, 0, REQUESTS_MAX - 1);
	requests[sent].xml = strdup(xml);
	requests[sent].reply = reply;
	requests[sent++].data = data;
	return true;
}

size_t session_queued(const struct session *s)
{
	(void)s;
	return 0;
}

bool session_is_up(const struct session *s)
{
	(void)s;
	return up;
}

struct ev_loop *session_loop(struct session *s)
{
	(void)s;
	return ev_default_loop(EVBACKEND_POLL);
}

static struct sender *sender;

static void on_published(const char *node, const char *id, void *data)
{
	(void)data;
	str_printf(&published, "%s@%s ", id ? id : "-", node);
}

static void on_progress(void *data)
{
	(void)data;
	sender_pump(sender);
}

static void on_failed(int code, void *data)
{
	(void)data;
	failure = code;
}

static const struct sender_handler handler = { on_published, on_progress, on_failed };
static struct sender_params params;

static int start(void **state)
{
	(void)state;
	params = (struct sender_params){ .node = "n", .window = 3, .batch = 1 };
	sent = answered = failure = 0;
	up = true;
	return 0;
}

static void begin(void)
{
	sender = sender_new(&params, &handler, NULL);
	/* The fakes above look at no session. */
	sender_up(sender, (struct session *)&params, "service");
}

static int finish(void **state)
{
	(void)state;
	sender_free(sender);
	str_release(&published);
	for (int i = 0; i < sent; i++)
		free(requests[i].xml);
	return 0;
}

/* "a" an item, "-a" a retraction, "!" a purge; the node as it is named. */
static int add(const char *what, const char *node)
{
	static const struct input_source source = { SOURCE_STDIN, NULL };
	struct in_item item = {
		.kind = what[0] == '-' ? IN_RETRACT : what[0] == '!' ? IN_PURGE : IN_ITEM,
		.node = node,
		.id = what[0] == '-' ? what + 1 : what[0] && what[0] != '!' ? what : NULL,
		.line = 1,
	};

	if (item.kind == IN_ITEM) {
		item.payload = "<x xmlns=''/>";
		item.payload_len = strlen(item.payload);
	}
	return sender_add(sender, &item, &source);
}

/* An item for each letter. */
static void add_all(const char *ids)
{
	for (; *ids; ids++)
		assert_int_equal(add((char[]){ *ids, '\0' }, NULL), 0);
}

/* Answers request @n, from 0; NULL: the link is lost. */
static void answer(int n, const char *content)
{
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	bool error = content && strstr(content, "<error") != NULL;

	answered++;
	if (!content) {
		requests[n].reply(NULL, SESSION_LOST, NULL, requests[n].data);
		return;
	}
	str_printf(&text, "<iq xmlns='jabber:client' type='%s'>%s</iq>", error ? "error" : "result",
		   content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	requests[n].reply(NULL, error ? SESSION_ERROR : SESSION_RESULT, s, requests[n].data);
}

#define ERROR(type, condition)                                                                     \
	"<error type='" type "'><" condition " xmlns='" NS_STANZAS "'/></error>"
#define TAKEN(items) "<pubsub xmlns='" NS_PUBSUB "'><publish node='n'>" items "</publish></pubsub>"

/* What request @n does: "publish a b", "retract a", "purge", "create n". */
static void check_request(int n, const char *wanted)
{
	AUTO_STANZA xmpp_stanza_t *pubsub = NULL;
	AUTO_STR got = { 0 };
	xmpp_stanza_t *verb;

	assert_in_range(n, 0, sent - 1);
	pubsub = xmpp_stanza_new_from_string(ctx, requests[n].xml);
	verb = stanza_first(pubsub);
	str_puts(&got, stanza_name(verb));
	if (!strcmp(stanza_name(verb), "create"))
		str_printf(&got, " %s", stanza_attr(verb, "node"));
	for (xmpp_stanza_t *i = stanza_first(verb); i; i = stanza_next(i))
		str_printf(&got, " %s", stanza_attr(i, "id") ? stanza_attr(i, "id") : "-");
	assert_string_equal(got.p, wanted);
}

static void check_published(const char *wanted)
{
	assert_string_equal(published.p ? published.p : "", wanted);
}

static void sender__window__bounds_what_is_in_flight(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 5; i++)
		add("", NULL);
	assert_true(sender_is_full(sender));
	sender_pump(sender);
	assert_int_equal(sent, 3);
	answer(1, TAKEN("<item id='1'/>"));
	assert_int_equal(sent, 4);
	check_published(""); /* in order: the first has no answer yet */
	answer(0, TAKEN("<item id='0'/>"));
	check_published("0@n 1@n ");
	answer(2, TAKEN(""));
	answer(3, "");
	assert_false(sender_is_done(sender));
	answer(4, TAKEN("<item id='4'/>"));
	check_published("0@n 1@n -@n -@n 4@n ");
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), 0);
}

static void sender__refusal__ends_it(void **state)
{
	(void)state;
	begin();
	add("a", NULL);
	add("b", NULL);
	add("c", NULL);
	sender_pump(sender);
	add("d", NULL);
	answer(0, ERROR("auth", "forbidden"));
	assert_true(sender_is_stopped(sender));
	assert_false(sender_is_done(sender));
	answer(1, ERROR("cancel", "item-not-found")); /* a consequence, perhaps: the first counts */
	answer(2, TAKEN("<item id='c'/>"));
	assert_int_equal(sent, 3);
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), EX_DENIED);
	check_published("c@n ");
}

static void sender__keep_going__passes_refusals_over(void **state)
{
	(void)state;
	params.keep_going = true;
	begin();
	add("a", NULL);
	add("b", NULL);
	sender_pump(sender);
	answer(0, ERROR("auth", "forbidden"));
	answer(1, TAKEN("<item id='b'/>"));
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), EX_REFUSED);
	check_published("b@n ");
}

static void sender__what_is_wanted__is_no_refusal(void **state)
{
	(void)state;
	params.create = true;
	params.node = NULL;
	begin();
	assert_int_equal(add("a", NULL), EX_DATAERR); /* no node */
	add("a", "n");
	add("-b", "n");
	add("c", "m");
	sender_pump(sender);
	assert_int_equal(sent, 1); /* first the node must be there */
	check_request(0, "create n");
	answer(0, ERROR("cancel", "conflict"));
	assert_int_equal(sent, 4);
	check_request(1, "publish a");
	check_request(2, "retract b");
	check_request(3, "create m");
	answer(2, ERROR("cancel", "item-not-found"));
	answer(1, TAKEN("<item id='a'/>"));
	answer(3, "");
	check_request(4, "publish c");
	answer(4, TAKEN("<item id='c'/>"));
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), 0);
	check_published("a@n c@m ");
}

static void sender__create__also_when_nothing_follows(void **state)
{
	(void)state;
	params.create = true;
	begin();
	sender_create(sender);
	assert_false(sender_is_done(sender));
	sender_pump(sender);
	check_request(0, "create n");
	answer(0, "");
	assert_true(sender_is_done(sender));
	check_published("");
}

static void sender__id__is_for_one_item(void **state)
{
	(void)state;
	params.id = "x";
	begin();
	assert_int_equal(add("a", NULL), 0);
	assert_int_equal(add("b", NULL), EX_DATAERR);
	sender_pump(sender);
	assert_int_equal(sent, 1);
	check_request(0, "publish x");
}

static void sender__batches__after_the_first_was_taken(void **state)
{
	(void)state;
	params.batch = 2;
	begin();
	add_all("abcde");
	add("-a", NULL);
	add("f", NULL);
	sender_pump(sender);
	assert_int_equal(sent, 1); /* does it take batches? */
	check_request(0, "publish a b");
	answer(0, TAKEN("<item id='a'/><item id='b'/>"));
	assert_int_equal(sent, 3);
	check_request(1, "publish c d");
	check_request(2, "publish e");
	answer(2, TAKEN("<item id='e'/>"));
	assert_int_equal(sent, 3); /* the retraction waits for the batch */
	answer(1, TAKEN("<item id='c'/><item id='d'/>"));
	assert_int_equal(sent, 5);
	check_request(3, "retract a");
	check_request(4, "publish f");
	answer(3, "");
	answer(4, TAKEN("<item id='f'/>"));
	check_published("a@n b@n c@n d@n e@n f@n ");
}

static void sender__batch_refused__one_by_one(void **state)
{
	(void)state;
	params.batch = 2;
	begin();
	add_all("abc");
	sender_pump(sender);
	answer(0, ERROR("modify", "bad-request"));
	assert_int_equal(sent, 4);
	check_request(1, "publish a");
	check_request(2, "publish b");
	check_request(3, "publish c");
	assert_false(sender_is_stopped(sender));
}

/* Prosody takes the first item of a batch, and says so. */
static void sender__batch_taken_in_part__the_rest_one_by_one(void **state)
{
	(void)state;
	params.batch = 3;
	begin();
	add_all("abcd");
	sender_pump(sender);
	check_request(0, "publish a b c");
	answer(0, TAKEN("<item id='a'/>"));
	assert_int_equal(sent, 4);
	check_request(1, "publish b");
	check_request(2, "publish c");
	check_request(3, "publish d");
	check_published("a@n ");
}

static void sender__batches__keep_nodes_and_kinds_apart(void **state)
{
	(void)state;
	params.batch = 9;
	params.window = 9;
	params.node = NULL;
	begin();
	add("a", "n");
	add("b", "m");
	add("c", "m");
	add("!", "m");
	sender_pump(sender);
	check_request(0, "publish a"); /* alone, it proves nothing about batches */
	check_request(1, "publish b c");
	assert_int_equal(sent, 2);
	answer(1, TAKEN("<item id='b'/><item id='c'/>"));
	check_request(2, "purge");
}

static void sender__link_lost__sends_again_what_has_no_answer(void **state)
{
	char first[200];

	(void)state;
	params.retries = -1;
	begin();
	add("", NULL);
	add("b", NULL);
	add("c", NULL);
	sender_pump(sender);
	snprintf(first, sizeof(first), "%s", requests[0].xml);
	assert_non_null(strstr(first, "<item id=")); /* one of ours: it can be sent twice */
	answer(1, TAKEN("<item id='b'/>"));
	up = false;
	answer(0, NULL);
	answer(2, NULL);
	sender_pump(sender);
	assert_int_equal(sent, 3);
	up = true;
	sender_pump(sender);
	assert_int_equal(sent, 5);
	assert_string_equal(requests[3].xml, first);
	check_request(4, "publish c");
	answer(3, "");
	answer(4, "");
	assert_true(sender_is_done(sender));
}

static void sender__service_away__asks_again_later(void **state)
{
	(void)state;
	params.retries = 1;
	begin();
	add("a", NULL);
	add("b", NULL);
	sender_pump(sender);
	answer(0, ERROR("wait", "remote-server-timeout"));
	answer(1, ERROR("wait", "remote-server-timeout"));
	assert_int_equal(sent, 2);
	assert_false(sender_is_stopped(sender));
	while (sent < 4) /* a timer */
		ev_run(ev_default_loop(EVBACKEND_POLL), EVRUN_ONCE);
	check_request(2, "publish a");
	check_request(3, "publish b");
	answer(2, ERROR("wait", "remote-server-timeout")); /* once was all */
	assert_true(sender_is_stopped(sender));
	answer(3, TAKEN("<item id='b'/>"));
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), EX_TEMPFAIL);
}

/* As ejabberd refuses for a component that is not connected: no reason to give up who was served. */
static void sender__bare_forbidden__asks_again_where_it_was_served(void **state)
{
	(void)state;
	params.retries = 1;
	begin();
	add("a", NULL);
	sender_pump(sender);
	answer(0, TAKEN("<item id='a'/>"));
	add("b", NULL);
	sender_pump(sender);
	answer(1, ERROR("auth", "forbidden"));
	assert_false(sender_is_stopped(sender));
	while (sent < 3) /* a timer */
		ev_run(ev_default_loop(EVBACKEND_POLL), EVRUN_ONCE);
	check_request(2, "publish b");
	answer(2, ERROR("auth", "forbidden")); /* once was all */
	assert_true(sender_is_stopped(sender));
	assert_int_equal(sender_code(sender), EX_DENIED);
}

static void sender__bare_forbidden__ends_it_at_the_start(void **state)
{
	(void)state;
	params.retries = -1;
	begin();
	add("a", NULL);
	sender_pump(sender);
	answer(0, ERROR("auth", "forbidden"));
	assert_true(sender_is_stopped(sender));
	assert_int_equal(sender_code(sender), EX_DENIED);
}

static void sender__no_answer__fails(void **state)
{
	(void)state;
	begin();
	add("a", NULL);
	sender_pump(sender);
	requests[0].reply(NULL, SESSION_TIMEOUT, NULL, requests[0].data);
	assert_int_equal(failure, EX_TEMPFAIL);
	assert_true(sender_is_stopped(sender));
}

static void sender__too_large__is_refused_here(void **state)
{
	static const struct input_source source = { SOURCE_STDIN, NULL };
	struct in_item item = { .kind = IN_ITEM, .line = 1, .payload_len = 256 * 1024 };
	char *payload = malloc(item.payload_len);

	(void)state;
	params.keep_going = true;
	begin();
	memset(payload, 'x', item.payload_len);
	item.payload = payload;
	assert_int_equal(sender_add(sender, &item, &source), 0);
	add("b", NULL);
	sender_pump(sender);
	assert_int_equal(sent, 1);
	check_request(0, "publish b");
	free(payload);
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(sender__window__bounds_what_is_in_flight),
		T(sender__refusal__ends_it),
		T(sender__keep_going__passes_refusals_over),
		T(sender__what_is_wanted__is_no_refusal),
		T(sender__create__also_when_nothing_follows),
		T(sender__id__is_for_one_item),
		T(sender__batches__after_the_first_was_taken),
		T(sender__batch_refused__one_by_one),
		T(sender__batch_taken_in_part__the_rest_one_by_one),
		T(sender__batches__keep_nodes_and_kinds_apart),
		T(sender__link_lost__sends_again_what_has_no_answer),
		T(sender__service_away__asks_again_later),
		T(sender__bare_forbidden__asks_again_where_it_was_served),
		T(sender__bare_forbidden__ends_it_at_the_start),
		T(sender__no_answer__fails),
		T(sender__too_large__is_refused_here),
	};
	int failed;

	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	xmpp_ctx_free(ctx);
	xmpp_shutdown();
	return failed;
}
