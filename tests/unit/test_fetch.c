/* SPDX-License-Identifier: MIT */
/*
 * Reading stored items from a service that is played here: with pages or without, and changing
 * while it is read.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/str.h"
#include "common/pubsub/fetch.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/stanza.h"
#include "context.h"

#define ITEMS_MAX 12000

/* An item is a number, which is its id, and a version, which is its payload. */
struct stored {
	int number, version;
};

static struct {
	enum { PAGES, NO_PAGES } kind;
	bool jumps, counts; /* takes an index; tells one */
	int digits; /* of a payload, at least */
	struct stored items[ITEMS_MAX];
	int count;
	/* The request that waits for its answer. */
	char *request;
	session_reply_fn *reply;
	void *data;
	int requests;
	/* Called before a request is answered. */
	void (*meanwhile)(int request);
} service;

static struct {
	struct str got; /* ids, each with a blank behind it */
	int oldest_known, newest_known; /* in version 0 */
	bool done;
	enum session_outcome outcome;
} reader;

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	(void)s;
	(void)len;
	assert_string_equal(type, "get");
	assert_string_equal(to, "service");
	assert_null(service.request);
	service.request = strdup(xml);
	service.reply = reply;
	service.data = data;
	return true;
}

static int find(int number)
{
	for (int i = 0; i < service.count; i++)
		if (service.items[i].number == number)
			return i;
	return -1;
}

static void retract(int number)
{
	int i = find(number);

	memmove(&service.items[i], &service.items[i + 1],
		(size_t)(--service.count - i) * sizeof(service.items[0]));
}

static void publish(int number, int version)
{
	if (find(number) >= 0)
		retract(number);
	service.items[service.count++] = (struct stored){ number, version };
}

static void fill(int from, int to)
{
	for (int i = from; i <= to; i++)
		publish(i, 0);
}

static void answer(const char *content)
{
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	session_reply_fn *reply = service.reply;
	bool error = strstr(content, "<error") != NULL;

	str_printf(&text, "<iq xmlns='jabber:client' type='%s'>%s</iq>", error ? "error" : "result",
		   content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	free(service.request);
	service.request = NULL;
	reply(NULL, error ? SESSION_ERROR : SESSION_RESULT, s, service.data);
}

/* Where the page begins and ends; false: the mark is not known. */
static bool place(xmpp_stanza_t *set, int *ret_from, int *ret_to)
{
	const char *max = stanza_child_text(set, "max", NS_RSM),
		   *after = stanza_child_text(set, "after", NS_RSM);
	const char *before = stanza_child_text(set, "before", NS_RSM),
		   *index = stanza_child_text(set, "index", NS_RSM);
	int n = atoi(max), i;

	*ret_from = 0;
	*ret_to = service.count;
	if (after) {
		i = find(atoi(after));
		if (i < 0)
			return false;
		*ret_from = i + 1;
	}
	if (before && *before) {
		i = find(atoi(before));
		if (i < 0)
			return false;
		*ret_to = i;
	}
	if (index && service.jumps)
		*ret_from = atoi(index);
	if (before && *ret_to - *ret_from > n)
		*ret_from = *ret_to - n;
	if (*ret_to - *ret_from > n)
		*ret_to = *ret_from + n;
	return true;
}

static void serve(void)
{
	AUTO_STANZA xmpp_stanza_t *pubsub = xmpp_stanza_new_from_string(ctx, service.request);
	xmpp_stanza_t *set = stanza_child(pubsub, "set", NS_RSM);
	const char *max_items = stanza_attr(stanza_child(pubsub, "items", NS_PUBSUB), "max_items");
	int from = 0, to = service.count;
	AUTO_STR out = { 0 };

	if (service.kind == NO_PAGES) {
		if (max_items && atoi(max_items) < to)
			from = to - atoi(max_items);
	} else if (!place(set, &from, &to)) {
		answer("<error type='cancel'><item-not-found xmlns='" NS_STANZAS "'/></error>");
		return;
	}
	str_puts(&out, "<pubsub xmlns='" NS_PUBSUB "'><items node='n'>");
	for (int i = from; i < to; i++)
		str_printf(&out, "<item id='%d'><v xmlns='urn:v'>%0*d</v></item>",
			   service.items[i].number, service.digits, service.items[i].version);
	str_puts(&out, "</items>");
	if (service.kind == PAGES) {
		str_puts(&out, "<set xmlns='" NS_RSM "'>");
		if (from < to && service.counts)
			str_printf(&out, "<first index='%d'>", from);
		else if (from < to)
			str_puts(&out, "<first>");
		if (from < to)
			str_printf(&out, "%d</first><last>%d</last>", service.items[from].number,
				   service.items[to - 1].number);
		str_printf(&out, "<count>%d</count></set>", service.count);
	}
	str_puts(&out, "</pubsub>");
	answer(out.p);
}

static void take(const struct event *e, void *data)
{
	(void)data;
	str_printf(&reader.got, "%s ", e->id);
}

/* Those it had when it was last there, and what it has taken since. */
static bool known(const struct event *e, void *data)
{
	char word[16];
	int number = atoi(e->id);

	(void)data;
	snprintf(word, sizeof(word), " %s ", e->id);
	if (reader.got.len &&
	    (strstr(reader.got.p, word) || !strncmp(reader.got.p, word + 1, strlen(word + 1))))
		return true;
	return number >= reader.oldest_known && number <= reader.newest_known &&
	       !strtol(strchr(e->payload, '>') + 1, NULL, 10);
}

static void done(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	(void)reply;
	(void)data;
	reader.done = true;
	reader.outcome = outcome;
}

static const struct fetch_handler handler = { .item = take, .known = known, .done = done };

/* What is read; the service and what is known have been set up. */
static void check(enum fetch_what what, unsigned long last, const char *wanted, int max_requests)
{
	struct fetch_params p = { .what = what, .last = last, .service = "service", .node = "n" };
	struct fetch *f = fetch_start(NULL, &p, &handler, NULL);

	while (!reader.done) {
		assert_true(++service.requests < 1000);
		if (service.meanwhile)
			service.meanwhile(service.requests);
		serve();
	}
	assert_null(service.request);
	assert_int_equal(reader.outcome, SESSION_RESULT);
	assert_string_equal(reader.got.p ? reader.got.p : "", wanted);
	assert_in_range(service.requests, 1, max_requests);
	fetch_free(f);
}

static void numbers(struct str *out, int from, int to)
{
	for (int i = from; i <= to; i++)
		str_printf(out, "%d ", i);
}

static int reset(void **state)
{
	(void)state;
	memset(&service, 0, sizeof(service));
	service.counts = true;
	str_release(&reader.got);
	memset(&reader, 0, sizeof(reader));
	reader.oldest_known = 1;
	return 0;
}

static void fetch__all__every_size(void **state)
{
	static const int sizes[] = { 0, 1, 99, 100, 101, 200, 250 };

	for (int kind = PAGES; kind <= NO_PAGES; kind++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			AUTO_STR wanted = { 0 };

			reset(state);
			service.kind = kind;
			fill(1, sizes[i]);
			numbers(&wanted, 1, sizes[i]);
			check(FETCH_ALL, 0, wanted.p ? wanted.p : "", 4);
		}
	reset(state);
}

static void fetch__last__every_size(void **state)
{
	static const int rows[][2] = { { 0, 1 },     { 1, 1 },	   { 5, 3 },	{ 3, 5 },
				       { 250, 100 }, { 250, 130 }, { 250, 300 } };

	for (int kind = PAGES; kind <= NO_PAGES; kind++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			AUTO_STR wanted = { 0 };

			reset(state);
			service.kind = kind;
			fill(1, rows[i][0]);
			numbers(&wanted, rows[i][0] > rows[i][1] ? rows[i][0] - rows[i][1] + 1 : 1,
				rows[i][0]);
			check(FETCH_LAST, (unsigned long)rows[i][1], wanted.p ? wanted.p : "", 4);
		}
	reset(state);
}

/* All of them held would be some megabytes. */
static void fetch__last__too_many_to_hold__read_twice(void **state)
{
	static const struct {
		bool counts, jumps;
		int items, last, requests;
	} rows[] = {
		{ true, true, 4000, 2000, 35 },	  { true, true, 4000, 4000, 55 },
		{ true, true, 4000, 5000, 55 },	  { true, false, 4000, 2000, 45 },
		{ false, false, 4000, 2000, 45 }, { false, false, 4000, 4000, 85 },
		{ false, false, 4000, 5000, 85 }, { false, false, 4000, 3999, 85 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR wanted = { 0 };

		reset(state);
		service.counts = rows[i].counts;
		service.jumps = rows[i].jumps;
		service.digits = 1000;
		fill(1, rows[i].items);
		numbers(&wanted, rows[i].last < rows[i].items ? rows[i].items - rows[i].last + 1 : 1,
			rows[i].items);
		check(FETCH_LAST, (unsigned long)rows[i].last, wanted.p, rows[i].requests);
	}
	reset(state);
}

/* That behind which the newest 2000 are about to be asked for. */
static void retract_beginning(int request)
{
	(void)request;
	if (strstr(service.request, "<after>2000<") && find(2000) >= 0)
		retract(2000);
}

static void fetch__last__beginning_retracted__found_anew(void **state)
{
	AUTO_STR wanted = { 0 };

	reset(state);
	service.jumps = true;
	service.digits = 1000;
	service.meanwhile = retract_beginning;
	fill(1, 4000);
	numbers(&wanted, 2001, 4000);
	check(FETCH_LAST, 2000, wanted.p, 60);
	assert_int_equal(find(2000), -1);
	reset(state);
}

static void retract_mark(int request)
{
	if (request == 2)
		retract(100); /* by which the second page is asked for */
}

static void fetch__mark_retracted__goes_on(void **state)
{
	AUTO_STR wanted = { 0 };

	(void)state;
	fill(1, 350);
	service.meanwhile = retract_mark;
	numbers(&wanted, 1, 350);
	check(FETCH_ALL, 0, wanted.p, 6);
}

static void republish_mark(int request)
{
	if (request == 2) {
		publish(100, 1); /* it is the newest now: behind it there is nothing */
		fill(351, 352);
	}
}

/* Taken before and after: two versions. */
static void fetch__mark_published_anew__misses_nothing(void **state)
{
	AUTO_STR wanted = { 0 };

	(void)state;
	fill(1, 350);
	service.meanwhile = republish_mark;
	numbers(&wanted, 1, 352);
	check(FETCH_ALL, 0, wanted.p, 6);
}

static void fetch__missed__is_what_came_since(void **state)
{
	static const int came[] = { 0, 1, 50, 100, 150, 450 };

	for (int kind = PAGES; kind <= NO_PAGES; kind++)
		for (int what = FETCH_MISSED; what <= FETCH_MISSED_LIVE; what++)
			for (size_t i = 0; i < sizeof(came) / sizeof(came[0]); i++) {
				AUTO_STR wanted = { 0 };

				reset(state);
				service.kind = kind;
				reader.newest_known = 500;
				fill(1, 500 + came[i]);
				numbers(&wanted, 501, 500 + came[i]);
				check(what, 0, wanted.p ? wanted.p : "", 14);
			}
	reset(state);
}

static void fetch__missed__overwritten_items_as_well(void **state)
{
	(void)state;
	reader.newest_known = 300;
	fill(1, 301);
	publish(7, 1);
	publish(302, 0);
	check(FETCH_MISSED, 0, "301 7 302 ", 4);
}

static void fetch__missed_live__leaves_out_what_was_there_before(void **state)
{
	for (int kind = PAGES; kind <= NO_PAGES; kind++) {
		reset(state);
		service.kind = kind;
		fill(1, 420);
		reader.oldest_known = 400;
		reader.newest_known = 410;
		check(FETCH_MISSED_LIVE, 0, "411 412 413 414 415 416 417 418 419 420 ", 6);
	}
	reset(state);
}

static void fetch__missed__node_emptied_meanwhile(void **state)
{
	AUTO_STR wanted = { 0 };

	(void)state;
	reader.newest_known = 100;
	fill(101, 350); /* of the known ones none is there */
	numbers(&wanted, 101, 350);
	check(FETCH_MISSED_LIVE, 0, wanted.p, 8);
}

static void fetch__refused__is_told(void **state)
{
	struct fetch_params p = { .what = FETCH_ALL, .service = "service", .node = "n" };
	struct fetch *f = fetch_start(NULL, &p, &handler, NULL);

	(void)state;
	answer("<error type='auth'><forbidden xmlns='" NS_STANZAS "'/></error>");
	assert_true(reader.done);
	assert_int_equal(reader.outcome, SESSION_ERROR);
	fetch_free(f);
	free(service.request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fetch__all__every_size, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__last__every_size, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__last__too_many_to_hold__read_twice, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__last__beginning_retracted__found_anew, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__mark_retracted__goes_on, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__mark_published_anew__misses_nothing, reset,
						reset),
		cmocka_unit_test_setup_teardown(fetch__missed__is_what_came_since, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__missed__overwritten_items_as_well, reset,
						reset),
		cmocka_unit_test_setup_teardown(
			fetch__missed_live__leaves_out_what_was_there_before, reset, reset),
		cmocka_unit_test_setup_teardown(fetch__missed__node_emptied_meanwhile, reset,
						reset),
		cmocka_unit_test_setup_teardown(fetch__refused__is_told, reset, reset),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
