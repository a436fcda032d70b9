/* SPDX-License-Identifier: MIT */
/* What is known of a managed session (XEP-0198), by what is sent and what comes. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/sm.h"
#include "context.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static bool take(struct sm *sm, const char *rest, bool *ret_answer)
{
	AUTO_FREE char *xml = mem_printf("<%s", rest);
	xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, xml);
	bool ok;

	assert_non_null(s);
	ok = sm_take(sm, s, ret_answer);
	xmpp_stanza_release(s);
	return ok;
}

static bool hear(struct sm *sm, const char *rest)
{
	bool answer, ok = take(sm, rest, &answer);

	assert_false(answer);
	return ok;
}

static void begin(struct sm *sm)
{
	*sm = (struct sm){ 0 };
	sm_begin(sm);
	assert_true(hear(sm, "enabled xmlns='" NS_SM "' id='i' resume='true'/>"));
	assert_string_equal(sm->id, "i");
}

static void send(struct sm *sm, const char *xml)
{
	sm_sent(sm, xml, strlen(xml));
}

static void expect_again(struct sm *sm, const char *wanted)
{
	size_t len;
	const char *again = sm_again(sm, &len);

	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(again, wanted, len);
}

static void sm__acknowledged__is_forgotten_stanza_by_stanza(void **state)
{
	struct sm sm;

	(void)state;
	begin(&sm);
	send(&sm, "<message to='a'><x/><y>t</y></message><presence/>");
	send(&sm, "<iq type='get' id='/'><q a='/'/></iq>");
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='1'/>"));
	expect_again(&sm, "<presence/><iq type='get' id='/'><q a='/'/></iq>");
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='1'/>")); /* nothing new */
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='2'/>"));
	expect_again(&sm, "<iq type='get' id='/'><q a='/'/></iq>");
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='3'/>"));
	expect_again(&sm, "");
	assert_int_equal(sm_waiting(&sm), 0);
	sm_end(&sm);
}

/* Many at a time, with acknowledgements of some: order is kept, and memory is not. */
static void sm__long_run__keeps_what_is_missing(void **state)
{
	struct sm sm;
	unsigned sent = 0, acked = 0;

	(void)state;
	begin(&sm);
	for (unsigned round = 0; round < 300; round++) {
		char xml[64], ack[64], first[64];

		for (unsigned i = 0; i < round % 7; i++) {
			snprintf(xml, sizeof(xml), "<message id='%u'><b/></message>", sent++);
			send(&sm, xml);
		}
		acked += (sent - acked) * (round % 5) / 5;
		snprintf(ack, sizeof(ack), "a xmlns='" NS_SM "' h='%u'/>", acked);
		assert_true(hear(&sm, ack));
		snprintf(first, sizeof(first), "<message id='%u'>", acked);
		if (acked < sent)
			assert_memory_equal(sm.kept.p + sm.gone, first, strlen(first));
		else
			assert_int_equal(sm_waiting(&sm), 0);
		assert_true(sm.kept.len <= 2 * sm_waiting(&sm) + 1);
	}
	assert_true(sent > 800);
	sm_end(&sm);
}

static void sm__numbers_that_cannot_be__are_refused(void **state)
{
	static const char *const wrong[] = {
		"a xmlns='" NS_SM "' h='2'/>",	"a xmlns='" NS_SM "' h='4294967295'/>",
		"a xmlns='" NS_SM "' h='-1'/>", "a xmlns='" NS_SM "' h='4294967296'/>",
		"a xmlns='" NS_SM "' h='x'/>",	"a xmlns='" NS_SM "'/>",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(wrong); i++) {
		struct sm sm;

		begin(&sm);
		send(&sm, "<presence/>");
		assert_false(hear(&sm, wrong[i]));
		sm_end(&sm);
	}
}

/* Section 4: after 2^32-1 comes 0. */
static void sm__numbers__begin_anew(void **state)
{
	struct sm sm;

	(void)state;
	begin(&sm);
	sm.acked = UINT32_MAX - 1;
	for (int i = 0; i < 4; i++)
		send(&sm, "<presence/>");
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='1'/>"));
	expect_again(&sm, "<presence/>");
	sm_end(&sm);
}

static void sm__asks__behind_so_much_and_at_the_end(void **state)
{
	static char large[140000];
	struct sm sm;

	(void)state;
	begin(&sm);
	assert_false(sm_must_ask(&sm, true)); /* about nothing */
	send(&sm, "<presence/>");
	assert_false(sm_must_ask(&sm, false));
	assert_true(sm_must_ask(&sm, true));
	send(&sm, "<presence/>");
	assert_false(sm_must_ask(&sm, true)); /* it has been asked */
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='1'/>"));
	assert_true(sm_must_ask(&sm, true));
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='2'/>"));
	snprintf(large, sizeof(large), "<m>%0*d</m>", (int)sizeof(large) - 8, 0);
	send(&sm, large);
	assert_true(sm_must_ask(&sm, false)); /* it is much, though more follows */
	send(&sm, large);
	assert_true(sm_must_ask(&sm, false)); /* and does not wait for the answer */
	send(&sm, "<presence/>");
	assert_false(sm_must_ask(&sm, true));
	assert_true(hear(&sm, "a xmlns='" NS_SM "' h='4'/>"));
	assert_true(sm.wanted);
	assert_true(sm_must_ask(&sm, true));
	sm_end(&sm);
}

static void sm__before_enabled__what_is_sent_counts(void **state)
{
	struct sm sm = { 0 };

	(void)state;
	send(&sm, "<presence type='before'/>");
	sm_begin(&sm);
	send(&sm, "<presence/>");
	assert_false(sm_must_ask(&sm, true)); /* it may refuse */
	assert_null(sm.id);
	assert_true(hear(&sm, "enabled xmlns='" NS_SM "' id='i' resume='1'/>"));
	expect_again(&sm, "<presence/>");
	assert_true(sm_must_ask(&sm, true));
	sm_end(&sm);
}

static void sm__refused_or_not_resumable__no_id(void **state)
{
	struct sm sm = { 0 };

	(void)state;
	sm_begin(&sm);
	send(&sm, "<presence/>");
	assert_true(hear(&sm, "failed xmlns='" NS_SM "'><unexpected-request xmlns='" NS_STANZAS
			      "'/></failed>"));
	assert_int_equal(sm_waiting(&sm), 0);
	send(&sm, "<presence/>");
	assert_int_equal(sm_waiting(&sm), 0); /* nobody would ever confirm it */
	sm_begin(&sm);
	assert_true(hear(&sm, "enabled xmlns='" NS_SM "' id='i'/>"));
	assert_true(sm.enabled);
	assert_null(sm.id);
	sm_end(&sm);
}

static void sm__asked__is_to_be_answered(void **state)
{
	struct sm sm = { 0 };
	bool answer;

	(void)state;
	assert_true(take(&sm, "r xmlns='" NS_SM "'/>", &answer));
	assert_false(answer);
	begin(&sm);
	assert_true(take(&sm, "r xmlns='" NS_SM "'/>", &answer));
	assert_true(answer);
	sm_end(&sm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sm__acknowledged__is_forgotten_stanza_by_stanza),
		cmocka_unit_test(sm__long_run__keeps_what_is_missing),
		cmocka_unit_test(sm__numbers_that_cannot_be__are_refused),
		cmocka_unit_test(sm__numbers__begin_anew),
		cmocka_unit_test(sm__asks__behind_so_much_and_at_the_end),
		cmocka_unit_test(sm__before_enabled__what_is_sent_counts),
		cmocka_unit_test(sm__refused_or_not_resumable__no_id),
		cmocka_unit_test(sm__asked__is_to_be_answered),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
