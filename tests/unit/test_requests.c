/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/mem.h"
#include "common/xmpp/own.h"
#include "common/xmpp/requests.h"

static const char own[] = "me@example.com/here";
static xmpp_ctx_t *ctx;

struct seen {
	int calls;
	enum session_outcome outcome;
};

static void on_reply(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		     void *data)
{
	struct seen *seen = data;

	(void)s;
	assert_int_equal(reply == NULL, outcome == SESSION_TIMEOUT || outcome == SESSION_LOST);
	seen->calls++;
	seen->outcome = outcome;
}

static bool answer(struct requests *r, const char *id, const char *from, const char *type)
{
	AUTO_FREE char *sender = from ? mem_printf(" from='%s'", from) : mem_strdup("");
	AUTO_FREE char *text =
		mem_printf("<iq xmlns='jabber:client' type='%s' id='%s'%s/>", type, id, sender);
	AUTO_STANZA xmpp_stanza_t *iq = xmpp_stanza_new_from_string(ctx, text);

	assert_non_null(iq);
	return requests_answer(r, NULL, iq, own);
}

/* RFC 6120 section 8.1.3: an id alone proves nothing. */
static void requests__answer__id_and_sender_must_fit(void **state)
{
	static const struct {
		const char *to, *from;
		bool taken;
	} rows[] = {
		{ "pubsub.example.com", "pubsub.example.com", true },
		{ "pubsub.example.com", "PubSub.example.com", true },
		{ "pubsub.example.com", "evil.example.com", false },
		{ "pubsub.example.com", NULL, false },
		{ "test@example.com/server", "test@example.com/server", true },
		{ "test@example.com/server", "test@example.com/Server", false },
		{ "test@example.com/server", "test@example.com", false },
		{ NULL, NULL, true },
		{ NULL, "me@example.com", true },
		{ NULL, "example.com", true },
		{ NULL, "me@example.com/here", true },
		{ NULL, "other@example.com", false },
		{ "me@example.com", NULL, true },
		{ "pubsub.example.com", "not a@jid@", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct requests *r = requests_new();
		struct seen seen = { 0 };
		AUTO_FREE char *id = mem_strdup(requests_add(r, rows[i].to, 1., on_reply, &seen));

		assert_false(answer(r, "unknown", rows[i].from, "result"));
		assert_int_equal(answer(r, id, rows[i].from, "result"), rows[i].taken);
		assert_int_equal(seen.calls, rows[i].taken);
		/* Late or forged: there is nothing left to answer. */
		if (rows[i].taken)
			assert_false(answer(r, id, rows[i].from, "result"));
		assert_int_equal(seen.calls, rows[i].taken);
		requests_free(r);
	}
}

static void requests__error_type__is_an_error(void **state)
{
	struct requests *r = requests_new();
	struct seen seen = { 0 };
	AUTO_FREE char *id = mem_strdup(requests_add(r, "a.b", 1., on_reply, &seen));

	(void)state;
	assert_true(answer(r, id, "a.b", "error"));
	assert_int_equal(seen.outcome, SESSION_ERROR);
	requests_free(r);
}

static void requests__expire__only_what_is_due(void **state)
{
	struct requests *r = requests_new();
	struct seen first = { 0 }, second = { 0 };

	(void)state;
	assert_true(requests_next_deadline(r) == 0.);
	requests_add(r, "a.b", 10., on_reply, &first);
	requests_add(r, "a.b", 20., on_reply, &second);
	assert_true(requests_next_deadline(r) == 10.);
	requests_expire(r, NULL, 15.);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.outcome, SESSION_TIMEOUT);
	assert_int_equal(second.calls, 0);
	assert_true(requests_next_deadline(r) == 20.);
	requests_lose(r, NULL);
	assert_int_equal(second.outcome, SESSION_LOST);
	assert_int_equal(requests_count(r), 0);
	requests_free(r);
}

static struct requests *again_in;

static void on_lost_again(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			  void *data)
{
	on_reply(s, outcome, reply, data);
	requests_add(again_in, "a.b", 1., on_lost_again, data);
}

/* A callback that asks again at once must not make the loss go on for ever. */
static void requests__lose__callback_asks_anew(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	again_in = requests_new();
	for (int i = 0; i < 3; i++)
		requests_add(again_in, "a.b", 1., on_lost_again, &seen);
	requests_lose(again_in, NULL);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(requests_count(again_in), 3);
	requests_free(again_in);
}

/* libstrophe's own table of ids grows with each; ours does not. */
static void requests__many__all_found(void **state)
{
	struct requests *r = requests_new();
	struct seen seen = { 0 };
	char *ids[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		ids[i] = mem_strdup(requests_add(r, "a.b", (double)i, on_reply, &seen));
	for (size_t i = 0; i < 2000; i++) {
		size_t pick = i * 7 % 2000; /* 7 and 2000 have no common divisor */

		assert_true(answer(r, ids[pick], "a.b", "result"));
	}
	assert_int_equal(seen.calls, 2000);
	assert_int_equal(requests_count(r), 0);
	for (size_t i = 0; i < 2000; i++)
		free(ids[i]);
	requests_free(r);
}

static int setup(void **state)
{
	(void)state;
	ctx = xmpp_ctx_new(NULL, NULL);
	return !ctx;
}

static int teardown(void **state)
{
	(void)state;
	xmpp_ctx_free(ctx);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests__answer__id_and_sender_must_fit),
		cmocka_unit_test(requests__error_type__is_an_error),
		cmocka_unit_test(requests__expire__only_what_is_due),
		cmocka_unit_test(requests__lose__callback_asks_anew),
		cmocka_unit_test(requests__many__all_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
