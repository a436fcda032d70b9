/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include <strophe.h>

#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/retry.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"

static xmpp_ctx_t *ctx;

static xmpp_stanza_t *parse(const char *content, const char *type)
{
	AUTO_FREE char *text = mem_printf(
		"<iq xmlns='jabber:client' type='error'><error type='%s'>%s</error></iq>", type,
		content);

	return xmpp_stanza_new_from_string(ctx, text);
}

/* Every row: what the service writes is what a client reads. */
static void errors__each_row__survives_the_wire(void **state)
{
	(void)state;
	for (enum ps_err e = PS_OK + 1; e < PS_ERR_MAX; e++) {
		AUTO_STR xml = { 0 };
		AUTO_STANZA xmpp_stanza_t *s = NULL;
		struct stanza_error got;

		assert_non_null(ps_errs[e].type);
		ps_err_render(&xml, e, "a-feature", "what & why");
		s = parse(xml.p, ps_errs[e].type);
		assert_non_null(s);
		stanza_error_parse(s, &got);
		assert_string_equal(got.type, ps_errs[e].type);
		assert_string_equal(got.condition, ps_errs[e].condition);
		assert_string_equal(got.text, "what & why");
		if (ps_errs[e].special && !ps_errs[e].ns)
			assert_string_equal(got.pubsub, ps_errs[e].special);
		else
			assert_null(got.pubsub);
		if (e == PS_UNSUPPORTED)
			assert_string_equal(got.feature, "a-feature");
		else
			assert_null(got.feature);
		stanza_error_release(&got);
	}
}

/* The exit codes of pubsub(1). */
static void errors__exit_codes__as_documented(void **state)
{
	static const struct {
		struct stanza_error error;
		int exit;
	} rows[] = {
		{ { .type = "cancel", .condition = "item-not-found" }, 66 },
		{ { .type = "cancel", .condition = "conflict" }, 73 },
		{ { .type = "auth", .condition = "forbidden" }, 77 },
		{ { .type = "auth", .condition = "not-authorized", .pubsub = "not-subscribed" },
		  77 },
		{ { .type = "cancel", .condition = "not-allowed", .pubsub = "closed-node" }, 77 },
		{ { .type = "cancel", .condition = "service-unavailable" }, 69 },
		{ { .type = "cancel", .condition = "remote-server-not-found" }, 69 },
		{ { .type = "wait", .condition = "resource-constraint" }, 75 },
		{ { .type = "wait",
		    .condition = "policy-violation",
		    .pubsub = "too-many-subscriptions" },
		  75 },
		{ { .type = "modify", .condition = "not-acceptable", .pubsub = "payload-too-big" },
		  65 },
		{ { .type = "modify", .condition = "bad-request", .pubsub = "invalid-payload" },
		  65 },
		{ { .type = "modify", .condition = "bad-request", .pubsub = "nodeid-required" },
		  76 },
		{ { .type = "cancel",
		    .condition = "feature-not-implemented",
		    .pubsub = "unsupported" },
		  76 },
		{ { .type = "cancel", .condition = "undefined-condition" }, 76 },
		{ { .type = "cancel", .condition = "made-up" }, 76 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(stanza_error_exit(&rows[i].error), rows[i].exit);
}

/* Refusals of the service itself say more than a bare "forbidden", or are not taken for it. */
static void retry__hope__what_may_pass(void **state)
{
	static const struct {
		struct stanza_error error;
		enum retry_hope hope;
	} rows[] = {
		{ { .type = "cancel", .condition = "remote-server-not-found" }, RETRY_AWAY },
		{ { .type = "cancel", .condition = "service-unavailable" }, RETRY_AWAY },
		{ { .type = "wait", .condition = "resource-constraint" }, RETRY_AWAY },
		{ { .type = "auth", .condition = "forbidden" }, RETRY_DOUBTFUL },
		{ { .type = "auth", .condition = "forbidden", .pubsub = "unsupported" },
		  RETRY_NEVER },
		{ { .type = "auth", .condition = "not-authorized" }, RETRY_NEVER },
		{ { .type = "cancel", .condition = "item-not-found" }, RETRY_NEVER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(retry_hope(&rows[i].error), rows[i].hope);
}

static int tries(enum retry_hope hope, int max)
{
	struct retry r = { 0 };
	int n = 0;

	while (n < 100 && retry_next(&r, hope, max) >= 0)
		n++;
	return n;
}

static void retry__next__no_more_than_there_is_hope(void **state)
{
	(void)state;
	assert_int_equal(tries(RETRY_NEVER, -1), 0);
	assert_int_equal(tries(RETRY_AWAY, -1), 100);
	assert_int_equal(tries(RETRY_AWAY, 20), 20);
	assert_int_equal(tries(RETRY_DOUBTFUL, -1), RETRY_DOUBTFUL_MAX);
	assert_int_equal(tries(RETRY_DOUBTFUL, 20), RETRY_DOUBTFUL_MAX);
	assert_int_equal(tries(RETRY_DOUBTFUL, 2), 2);
}

static void errors__describe__condition_element_text_hint(void **state)
{
	struct stanza_error e = { .type = "modify",
				  .condition = "not-acceptable",
				  .pubsub = "payload-too-big",
				  .text = (char *)"64 KB at most" };
	AUTO_STR out = { 0 };

	(void)state;
	stanza_error_describe(&out, &e);
	assert_string_equal(out.p, "not-acceptable (payload-too-big): 64 KB at most; "
				   "the item is larger than the service accepts");
}

/* The hint for @stanza. */
static void check_described(const char *error, const char *wanted)
{
	AUTO_FREE char *text = mem_printf("<iq xmlns='jabber:client' type='error'>%s</iq>", error);
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, text);
	struct stanza_error got;
	AUTO_STR out = { 0 };

	stanza_error_parse(s, &got);
	stanza_error_describe(&out, &got);
	assert_string_equal(out.p, wanted);
	stanza_error_release(&got);
}

static void errors__describe__place_and_what_to_do(void **state)
{
	(void)state;
	check_described("<error type='cancel'><gone xmlns='" NS_STANZAS
			"'>xmpp:a.b?;node=c</gone></error>",
			"gone; it is at xmpp:a.b?;node=c");
	check_described("<error type='modify'><redirect xmlns='" NS_STANZAS "'/></error>",
			"redirect");
	check_described("<error type='wait'><resource-constraint xmlns='" NS_STANZAS "'/></error>",
			"resource-constraint; it may work later");
	check_described("<error type='auth'><not-authorized xmlns='" NS_STANZAS "'/>"
			"<pending-subscription xmlns='" NS_PUBSUB_ERRORS "'/></error>",
			"not-authorized (pending-subscription); "
			"an owner has yet to approve the subscription");
}

static void errors__no_error_element__undefined_condition(void **state)
{
	AUTO_STANZA xmpp_stanza_t *s =
		xmpp_stanza_new_from_string(ctx, "<iq xmlns='jabber:client' type='error'/>");
	struct stanza_error got;

	(void)state;
	stanza_error_parse(s, &got);
	assert_string_equal(got.condition, "undefined-condition");
	assert_int_equal(stanza_error_exit(&got), EX_REFUSED);
	stanza_error_release(&got);
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
		cmocka_unit_test(errors__each_row__survives_the_wire),
		cmocka_unit_test(errors__exit_codes__as_documented),
		cmocka_unit_test(retry__hope__what_may_pass),
		cmocka_unit_test(retry__next__no_more_than_there_is_hope),
		cmocka_unit_test(errors__describe__condition_element_text_hint),
		cmocka_unit_test(errors__describe__place_and_what_to_do),
		cmocka_unit_test(errors__no_error_element__undefined_condition),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
