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
#include "cmd/pub/intake.h"
#include "cmd/pub/sender.h"
#include "cmd/pub/work.h"
#include "common/base/exits.h"
#include "common/base/str.h"
#include "common/pubsub/item_reader.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/session.h"
#include "common/xmpp/stanza.h"
#include "context.h"

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
static struct str refused;   /* "id@node" */
static const char *service;
static bool stays; /* what away() says */
static int away;

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	(void)s;
	(void)len;
	assert_string_equal(type, strstr(xml, NS_DISCO_INFO) ? "get" : "set");
	assert_string_equal(to, service);
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

static struct intake *intake;

static void on_settled(const struct work *w, void *data)
{
	(void)data;
	if (w->state == WORK_REFUSED)
		str_printf(&refused, "%s@%s ", w->id ? w->id : "-", w->node);
	else if (w->kind == WORK_ITEM)
		str_printf(&published, "%s@%s ", w->id ? w->id : "-", w->node);
}

static void on_work(struct work *w, void *data)
{
	(void)data;
	sender_append(sender, w);
}

static bool on_away(const char *why, int code, void *data)
{
	(void)why;
	(void)data;
	away = code;
	return stays;
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

static const struct sender_handler handler = { on_settled, on_progress, on_failed, on_away };
static struct sender_params params;
static struct intake_params in_params;

static int start(void **state)
{
	(void)state;
	params = (struct sender_params){ .window = 3, .batch = 1 };
	in_params = (struct intake_params){ .node = "n" };
	service = "service";
	sent = answered = failure = away = 0;
	stays = false;
	up = true;
	return 0;
}

static void begin(void)
{
	in_params.need_ids = params.retries || params.batch > 1 || params.spooled;
	intake = intake_new(&in_params, on_work, NULL);
	sender = sender_new(&params, &handler, NULL);
	/* The fakes above look at no session. */
	sender_up(sender, (struct session *)&params, "service");
}

static int finish(void **state)
{
	(void)state;
	sender_free(sender);
	intake_free(intake);
	str_release(&published);
	str_release(&refused);
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
	return intake_take(intake, &item, &source);
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
	in_params.create = true;
	in_params.node = NULL;
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
	in_params.create = true;
	begin();
	intake_create(intake);
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
	in_params.id = "x";
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
	in_params.node = NULL;
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

/* A link that is dead without a sign is found out to be so later than a request is given up. */
static void sender__no_answer__asks_again_while_it_may(void **state)
{
	(void)state;
	params.retries = 1;
	begin();
	add_all("abc");
	sender_pump(sender);
	requests[0].reply(NULL, SESSION_TIMEOUT, NULL, requests[0].data);
	while (ev_run(ev_default_loop(EVBACKEND_POLL), EVRUN_ONCE)) /* the pause */
		;
	assert_int_equal(sent, 3);
	/* They were on their way before the pause: no further failures. */
	requests[1].reply(NULL, SESSION_TIMEOUT, NULL, requests[1].data);
	requests[2].reply(NULL, SESSION_TIMEOUT, NULL, requests[2].data);
	assert_int_equal(failure, 0);
	check_published("");
	check_request(3, "publish a");
	check_request(4, "publish b");
	check_request(5, "publish c");
	assert_int_equal(sent, 6);
	requests[3].reply(NULL, SESSION_LOST, NULL, requests[3].data);
	answer(4, NULL);
	answer(5, NULL);
	sender_pump(sender);
	check_request(6, "publish a");
	requests[6].reply(NULL, SESSION_TIMEOUT, NULL, requests[6].data); /* once was all */
	assert_int_equal(failure, EX_TEMPFAIL);
	assert_true(sender_is_stopped(sender));
}

/* What is behind it may go on: that is no reason to ask again for ever. */
static void sender__one_never_answered__ends(void **state)
{
	(void)state;
	params.retries = 1;
	begin();
	add_all("ab");
	sender_pump(sender);
	for (int round = 0; round < 4 && !failure; round++) {
		assert_int_equal(sent % 2, 0);
		answer(sent - 1, NULL);
		requests[sent - 2].reply(NULL, SESSION_TIMEOUT, NULL, requests[sent - 2].data);
		while (ev_run(ev_default_loop(EVBACKEND_POLL), EVRUN_ONCE)) /* the pause */
			;
		sender_pump(sender);
	}
	assert_int_equal(failure, EX_TEMPFAIL);
	assert_int_equal(sent, 4);
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
	assert_int_equal(intake_take(intake, &item, &source), 0);
	add("b", NULL);
	sender_pump(sender);
	assert_int_equal(sent, 1);
	check_request(0, "publish b");
	free(payload);
}

static void wait_for(int n)
{
	while (sent < n) /* a timer */
		ev_run(ev_default_loop(EVBACKEND_POLL), EVRUN_ONCE);
}

static void check_refused(const char *wanted)
{
	assert_string_equal(refused.p ? refused.p : "", wanted);
}

static void sender__spooled__a_refusal_does_not_end_it(void **state)
{
	(void)state;
	params.spooled = true;
	begin();
	add_all("abcd");
	sender_pump(sender);
	answer(0, TAKEN("<item id='a'/>"));
	answer(1, ERROR("modify", "not-acceptable"));
	answer(2, ERROR("cancel", "item-not-found"));
	answer(3, TAKEN("<item id='d'/>"));
	check_published("a@n d@n ");
	check_refused("b@n c@n ");
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), EX_DATAERR); /* the first */
}

static void sender__spooled_keep_going__has_one_code(void **state)
{
	(void)state;
	params.spooled = params.keep_going = true;
	begin();
	add("a", NULL);
	sender_pump(sender);
	answer(0, ERROR("modify", "not-acceptable"));
	assert_int_equal(sender_code(sender), EX_REFUSED);
}

/* What came behind would otherwise stand before it. */
static void sender__spooled__what_is_sent_again_stays_in_order(void **state)
{
	(void)state;
	params.spooled = true;
	params.retries = 1;
	begin();
	add_all("abc");
	sender_pump(sender);
	answer(0, ERROR("wait", "resource-constraint"));
	answer(1, TAKEN("<item id='b'/>"));
	answer(2, ERROR("wait", "resource-constraint"));
	check_published("");
	wait_for(6);
	check_request(3, "publish a");
	check_request(4, "publish b");
	check_request(5, "publish c");
	answer(3, TAKEN("<item id='a'/>"));
	answer(4, TAKEN("<item id='b'/>"));
	answer(5, TAKEN("<item id='c'/>"));
	check_published("a@n b@n c@n ");
	assert_true(sender_is_done(sender));
	assert_int_equal(sender_code(sender), 0);
}

static void sender__spooled__away_is_asked(void **state)
{
	(void)state;
	params.spooled = true;
	stays = true;
	begin();
	add("a", NULL);
	add("b", NULL);
	sender_pump(sender);
	answer(0, ERROR("cancel", "service-unavailable"));
	assert_int_equal(away, EX_UNAVAILABLE);
	assert_false(sender_is_stopped(sender));
	answer(1, NULL);
	stays = false;
	wait_for(3);
	check_request(2, "publish a");
	requests[2].reply(NULL, SESSION_TIMEOUT, NULL, requests[2].data);
	assert_int_equal(away, EX_TEMPFAIL);
	assert_int_equal(failure, 0);
	answer(3, TAKEN("<item id='b'/>"));
	assert_true(sender_is_stopped(sender));
	assert_true(sender_is_done(sender));
	check_published(""); /* nor is it refused: it comes again */
	check_refused("");
}

/* "forbidden" from a service that is there is a refusal; from one that is away it is none. */
static void sender__spooled__forbidden_is_looked_into(void **state)
{
	(void)state;
	params.spooled = true;
	begin();
	add("a", NULL);
	sender_pump(sender);
	answer(0, ERROR("auth", "forbidden"));
	assert_non_null(strstr(requests[1].xml, "<query xmlns='" NS_DISCO_INFO "'"));
	add("b", NULL);
	sender_pump(sender);
	assert_int_equal(sent, 2); /* that waits */
	answer(1, "<query xmlns='" NS_DISCO_INFO "'/>");
	check_request(2, "publish a");
	check_request(3, "publish b");
	answer(2, ERROR("auth", "forbidden"));
	check_refused("a@n ");
	answer(3, ERROR("auth", "forbidden"));
	assert_non_null(strstr(requests[4].xml, NS_DISCO_INFO));
	stays = true;
	answer(4, ERROR("auth", "forbidden"));
	assert_int_equal(away, EX_UNAVAILABLE);
	assert_false(sender_is_stopped(sender));
	wait_for(6);
	check_request(5, "publish b");
	answer(5, ERROR("auth", "forbidden")); /* what was said before counts no more */
	assert_non_null(strstr(requests[6].xml, NS_DISCO_INFO));
	stays = false;
	answer(6, ERROR("auth", "forbidden"));
	assert_true(sender_is_stopped(sender));
	check_refused("a@n ");
}

static void sender__services__one_after_the_other(void **state)
{
	(void)state;
	params.spooled = true;
	params.batch = 2;
	begin();
	in_params.service = "other";
	add("a", NULL);
	in_params.service = NULL;
	add_all("bc");
	service = "other";
	sender_pump(sender);
	check_request(0, "publish a");
	assert_int_equal(sent, 1);
	service = "service";
	answer(0, TAKEN("<item id='a'/>"));
	check_request(1, "publish b c");
}

static void sender__options__go_with_each_request(void **state)
{
	(void)state;
	params.batch = 3;
	in_params.create = true;
	in_params.options = "<x xmlns='jabber:x:data' type='submit'/>";
	in_params.config = "<x xmlns='jabber:x:data' type='form'/>";
	begin();
	add_all("ab");
	in_params.options = NULL;
	add("c", NULL); /* not together with those */
	sender_pump(sender);
	assert_non_null(strstr(requests[0].xml, "<configure><x xmlns='jabber:x:data' type='form'/></configure>"));
	answer(0, "");
	check_request(1, "publish a b");
	assert_non_null(strstr(requests[1].xml, "</publish><publish-options><x xmlns='jabber:x:data' "
						"type='submit'/></publish-options></pubsub>"));
	answer(1, TAKEN("<item id='a'/><item id='b'/>"));
	check_request(2, "publish c");
	assert_null(strstr(requests[2].xml, "publish-options"));
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
		T(sender__no_answer__asks_again_while_it_may),
		T(sender__one_never_answered__ends),
		T(sender__too_large__is_refused_here),
		T(sender__spooled__a_refusal_does_not_end_it),
		T(sender__spooled_keep_going__has_one_code),
		T(sender__spooled__what_is_sent_again_stays_in_order),
		T(sender__spooled__away_is_asked),
		T(sender__spooled__forbidden_is_looked_into),
		T(sender__services__one_after_the_other),
		T(sender__options__go_with_each_request),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
