/* SPDX-License-Identifier: MIT */
/*
 * Affiliations, subscriptions, requests for approval and commands, where the wire does not reach:
 * many of them, and the passing of time. The rest is in tests/wire/.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/op/command.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "serve_bench.h"

#define AFFILIATION(jid, what) "<affiliation jid='" jid "' affiliation='" what "'/>"
#define AFFILIATE(from, list) SET(from, OWN("<affiliations node='n'>" list "</affiliations>"))
#define FORM(fields) "<x xmlns='jabber:x:data' type='submit'>" fields "</x>"
#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"
#define CONFIGURE(access) \
	SET(OWNER, OWN("<configure node='n'>" FORM(FIELD("pubsub#access_model", access)) "</configure>"))
#define AUTHORIZE(jid, allow)                                                        \
	FORM(FIELD("FORM_TYPE", NS "#subscribe_authorization") FIELD("pubsub#node", "n")  \
	     FIELD("pubsub#subscriber_jid", jid) FIELD("pubsub#allow", allow))
#define MESSAGE(to, attrs, body) \
	"<message xmlns='jabber:client' from='" OWNER "' to='" to "' " attrs ">" body "</message>"
#define TO_COMPONENT(from, body)                                                             \
	"<iq xmlns='jabber:client' type='set' from='" from "' to='svc.example.com' id='q'>" body "</iq>"
#define COMMANDS "http://jabber.org/protocol/commands"
#define COMMAND(attrs, body) \
	SET(OWNER, "<command xmlns='" COMMANDS "' node='" NS "#get-pending' " attrs ">" body "</command>")
#define SESSION_ERROR(type, condition, name) \
	ERROR(OWNER, type, CONDITION(condition) "<" name " xmlns='" COMMANDS "'/>")

static void begin(struct bench *b)
{
	bench_init(b);
	bench_start(b, SVC, false);
	TAKE(b, SET(OWNER, PS("<create node='n'/>")));
	service_turn(b->service);
	str_reset(&b->sent);
}

static void forget(struct bench *b)
{
	service_turn(b->service);
	str_reset(&b->sent);
}

static size_t count(const struct str *text, const char *what)
{
	size_t n = 0;

	for (const char *p = text->len ? text->p : ""; (p = strstr(p, what)); p++)
		n++;
	return n;
}

static void subscribe_many(struct bench *b, int n)
{
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *xml = mem_printf(
			"<iq xmlns='jabber:client' type='set' from='u%d@example.com/r' to='" SVC
			"' id='q'>" PS("<subscribe node='n' jid='u%d@example.com%s'/>") "</iq>",
			i, i, i % 2 ? "/r" : "");

		TAKE(b, xml);
	}
	forget(b);
}

/* Affiliations */

/* MAFF-10: what is sent back must fit a stanza; the rest has been done all the same. */
static void affiliations__too_much_to_send_back__the_error_alone(void **state)
{
	AUTO_STR xml = { 0 };
	struct bench b;

	(void)state;
	begin(&b);
	str_puts(&xml, "<iq xmlns='jabber:client' type='set' from='" OWNER "' to='" SVC "' id='q'>"
		       "<pubsub xmlns='" NS "#owner'><affiliations node='n'>"
		       AFFILIATION("user@example.com", "member"));
	for (int i = 0; i < 4000; i++)
		str_printf(&xml, "<affiliation jid='%040d@x' affiliation='x'/>", i);
	str_puts(&xml, "</affiliations></pubsub></iq>");
	TAKE(&b, xml.p);
	service_turn(b.service);
	bench_expect(&b, "MAFF-10",
		     ERROR(OWNER, "modify", CONDITION("not-acceptable"))
		     "<message from='" SVC "' to='user@example.com' id='*'><pubsub xmlns='" NS "'>"
		     "<affiliations node='n'>" AFFILIATION("user@example.com", "member")
		     "</affiliations></pubsub></message>");
	bench_stop(&b);
}

/* ACC-21, ACC-17: all of many subscribers are looked at. */
static void access__of_many_subscribers__ends_for_those_who_do_not_fit(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	subscribe_many(&b, 300);
	TAKE(&b, AFFILIATE(OWNER, AFFILIATION("u7@example.com", "member")));
	forget(&b);
	TAKE(&b, CONFIGURE("whitelist"));
	service_turn(b.service);
	assert_int_equal(count(&b.sent, "subscription='none'"), 299);
	assert_int_equal(count(&b.sent, "u7@"), 0);
	str_reset(&b.sent);
	TAKE(&b, SET(OWNER, PS("<publish node='n'><item id='1'>" X "</item></publish>")));
	service_turn(b.service);
	assert_int_equal(count(&b.sent, "<message"), 1);
	bench_stop(&b);
}

/* X0059-01: a list that would not fit comes in pages. */
static void subscriptions__of_many__come_in_pages(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	subscribe_many(&b, 3000);
	TAKE(&b, GET(OWNER, OWN("<subscriptions node='n'/>")));
	service_turn(b.service);
	assert_true(b.sent.len < b.config.max_stanza);
	assert_in_range(count(&b.sent, "<subscription "), 1000, 2999);
	assert_int_equal(count(&b.sent, "u0@"), 1);
	assert_int_equal(count(&b.sent, "<count>3000</count>"), 1);
	str_reset(&b.sent);
	TAKE(&b, GET(OWNER, OWN("<subscriptions node='n'/>" RSM("<max>3000</max><before/>"))));
	service_turn(b.service);
	assert_true(b.sent.len < b.config.max_stanza);
	assert_in_range(count(&b.sent, "<subscription "), 1000, 2999);
	assert_int_equal(count(&b.sent, "u2999@"), 1);
	bench_stop(&b);
}

/* Requests for approval */

static int note(const struct subscription *sub, void *data)
{
	enum sub_state *state = data;

	*state = sub->state;
	return 1;
}

static enum sub_state state_of(struct bench *b, const char *jid)
{
	enum sub_state state = SUB_NONE;
	struct node n = { 0 };

	assert_int_equal(store_node_get(b->store, "n", &n), 0);
	assert_int_equal(store_sub_find(b->store, n.id, jid, note, &state), 0);
	node_release(&n);
	return state;
}

/* SREQ-04: a component hears all of its domain, the service is one address. */
static void approve__by_messages_that_are_for_others__has_no_effect(void **state)
{
	static const char *const messages[] = {
		MESSAGE("x@svc.example.com", "", AUTHORIZE("user@example.com", "1")),
		MESSAGE("svc.example.com", "type='groupchat'", AUTHORIZE("user@example.com", "1")),
		MESSAGE("svc.example.com", "type='error'", AUTHORIZE("user@example.com", "1")),
		MESSAGE("svc.example.com", "", "<body>yes</body>"),
		MESSAGE("svc.example.com", "", AUTHORIZE("user@example.com", "1")
			AUTHORIZE("user@example.com", "0")),
		"<message xmlns='jabber:client' to='svc.example.com'>"
		AUTHORIZE("user@example.com", "1") "</message>",
	};
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, "svc.example.com", true);
	TAKE(&b, TO_COMPONENT(OWNER, PS("<create node='n'/><configure>"
					FORM(FIELD("pubsub#access_model", "authorize")) "</configure>")),
	     TO_COMPONENT(USER, PS("<subscribe node='n' jid='user@example.com'/>")));
	forget(&b);
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		TAKE(&b, messages[i]);
		service_turn(b.service);
		bench_expect(&b, messages[i], "");
		assert_int_equal(state_of(&b, "user@example.com"), SUB_PENDING);
	}
	TAKE(&b, MESSAGE("svc.example.com", "", AUTHORIZE("user@example.com", "1")));
	assert_int_equal(state_of(&b, "user@example.com"), SUB_SUBSCRIBED);
	bench_stop(&b);
}

/* Commands */

/* The id of a session that has just begun. */
static char *begin_session(struct bench *b)
{
	const char *p;
	char *id;

	str_reset(&b->sent);
	TAKE(b, COMMAND("", ""));
	service_turn(b->service);
	p = strstr(b->sent.p, "sessionid=");
	assert_non_null(p);
	id = mem_strdup(p + strlen("sessionid='"));
	id[RANDOM_ID_LEN] = '\0';
	str_reset(&b->sent);
	return id;
}

static void go_on(struct bench *b, const char *id, const char *what, const char *expected)
{
	AUTO_FREE char *xml = mem_printf(COMMAND("sessionid='%s' action='cancel'", ""), id);

	TAKE(b, xml);
	service_turn(b->service);
	bench_expect(b, what, expected);
}

static void command__session_in_time__expires_and_is_forgotten(void **state)
{
	AUTO_FREE char *late = NULL, *later = NULL, *new = NULL;
	struct bench b;

	(void)state;
	begin(&b);
	late = begin_session(&b);
	b.service->commands->begun -= COMMAND_SESSION + 1000;
	go_on(&b, late, "X0050-08",
	      SESSION_ERROR("cancel", "not-allowed", "session-expired"));
	later = begin_session(&b);
	b.service->commands->begun -= COMMAND_KEPT + 1000;
	new = begin_session(&b);
	go_on(&b, later, "X0050-07", SESSION_ERROR("modify", "bad-request", "bad-sessionid"));
	go_on(&b, late, "X0050-08",
	      SESSION_ERROR("cancel", "not-allowed", "session-expired"));
	assert_string_equal(b.service->commands->id, new);
	bench_stop(&b);
}

/* X0050-04: an account has so many of them, and the oldest makes room. */
static void command__more_sessions_than_there_may_be__ends_the_oldest(void **state)
{
	AUTO_FREE char *first = NULL, *second = NULL;
	struct bench b;

	(void)state;
	begin(&b);
	first = begin_session(&b);
	second = begin_session(&b);
	for (int i = 2; i <= COMMAND_EACH; i++)
		free(begin_session(&b));
	go_on(&b, first, "X0050-07", SESSION_ERROR("modify", "bad-request", "bad-sessionid"));
	go_on(&b, second, "X0050-11",
	      RESULT(OWNER, "<command xmlns='" COMMANDS "' node='" NS "#get-pending' "
			    "status='canceled' sessionid='*'/>"));
	bench_stop(&b);
}

/* PEND-02: as many nodes as fit an answer. */
static void command__of_one_who_owns_a_lot__fits_a_stanza(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b);
	b.config.given.max_nodes = mem_strdup("1000");
	bench_start(&b, SVC, false);
	for (int i = 0; i < 600; i++) {
		AUTO_FREE char *xml = mem_printf(
			SET(OWNER, PS("<create node='%03d-%0500d'/>")), i, 0);

		TAKE(&b, xml);
	}
	forget(&b);
	TAKE(&b, COMMAND("", ""));
	service_turn(b.service);
	assert_int_equal(count(&b.sent, "status='executing'"), 1);
	assert_true(count(&b.sent, "<option>") > 300);
	assert_true(b.sent.len < b.config.max_stanza);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(affiliations__too_much_to_send_back__the_error_alone),
		cmocka_unit_test(access__of_many_subscribers__ends_for_those_who_do_not_fit),
		cmocka_unit_test(subscriptions__of_many__come_in_pages),
		cmocka_unit_test(approve__by_messages_that_are_for_others__has_no_effect),
		cmocka_unit_test(command__session_in_time__expires_and_is_forgotten),
		cmocka_unit_test(command__more_sessions_than_there_may_be__ends_the_oldest),
		cmocka_unit_test(command__of_one_who_owns_a_lot__fits_a_stanza),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
