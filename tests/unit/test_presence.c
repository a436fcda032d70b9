/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>

#include "common/xmpp/own.h"
#include "common/xmpp/presence.h"
#include "context.h"

#define P(content) "<presence xmlns='jabber:client' from='a@b/c'>" content "</presence>"
#define C(attributes) "<c xmlns='http://jabber.org/protocol/caps' " attributes "/>"
#define AGO(secs) "<ago xmlns='urn:xmpp:ago:0' secs='" secs "'/>"

static void check_text(const char *got, const char *expected)
{
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void check(const char *xml, const struct presence_in *expected)
{
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, xml);
	struct presence_in p;

	assert_non_null(s);
	assert_int_equal(presence_parse(s, &p), 0);
	assert_int_equal(p.type, expected->type);
	assert_int_equal(p.show, expected->show);
	assert_int_equal(p.priority, expected->priority);
	check_text(p.caps_hash, expected->caps_hash);
	check_text(p.caps_node, expected->caps_node);
	check_text(p.caps_ver, expected->caps_ver);
	assert_int_equal(p.has_ago, expected->has_ago);
	if (expected->has_ago)
		assert_true(p.ago == expected->ago);
}

static void presence_parse__types__told_apart(void **state)
{
	static const struct {
		const char *xml;
		enum presence_type type;
	} rows[] = {
		{ "<presence/>", PRESENCE_AVAILABLE },
		{ "<presence type='unavailable'/>", PRESENCE_UNAVAILABLE },
		{ "<presence type='probe'/>", PRESENCE_PROBE },
		{ "<presence type='subscribe'/>", PRESENCE_SUBSCRIBE },
		{ "<presence type='subscribed'/>", PRESENCE_SUBSCRIBED },
		{ "<presence type='unsubscribe'/>", PRESENCE_UNSUBSCRIBE },
		{ "<presence type='unsubscribed'/>", PRESENCE_UNSUBSCRIBED },
		{ "<presence type='error'/>", PRESENCE_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].xml, &(struct presence_in){ .type = rows[i].type });
}

static void presence_parse__table__as_given(void **state)
{
	static const struct {
		const char *xml;
		struct presence_in p;
	} rows[] = {
		{ P(""), { .show = PRESENCE_ONLINE } },
		{ P("<show>away</show>"), { .show = PRESENCE_AWAY } },
		{ P("<show>chat</show>"), { .show = PRESENCE_CHAT } },
		{ P("<show>dnd</show>"), { .show = PRESENCE_DND } },
		{ P("<show>xa</show>"), { .show = PRESENCE_XA } },
		{ P("<show>busy</show>"), { .show = PRESENCE_ONLINE } },
		{ P("<show/>"), { .show = PRESENCE_ONLINE } },
		{ P("<show xmlns='urn:x'>xa</show>"), { .show = PRESENCE_ONLINE } },
		{ "<presence xmlns='jabber:component:accept'><show>xa</show></presence>",
		  { .show = PRESENCE_XA } },
		{ "<presence><show>xa</show></presence>", { .show = PRESENCE_XA } },
		{ P("<priority>5</priority>"), { .priority = 5 } },
		{ P("<priority>+5</priority>"), { .priority = 5 } },
		{ P("<priority>-1</priority>"), { .priority = -1 } },
		{ P("<priority>127</priority>"), { .priority = 127 } },
		{ P("<priority>-128</priority>"), { .priority = -128 } },
		{ P("<priority>128</priority>"), { .priority = 0 } },
		{ P("<priority>-129</priority>"), { .priority = 0 } },
		{ P("<priority>-</priority>"), { .priority = 0 } },
		{ P("<priority>-+1</priority>"), { .priority = 0 } },
		{ P("<priority/>"), { .priority = 0 } },
		{ P(C("hash='sha-1' node='urn:n' ver='v='")),
		  { .caps_hash = "sha-1", .caps_node = "urn:n", .caps_ver = "v=" } },
		{ P(C("node='urn:n' ver='0.9' ext='a b'")), { 0 } },
		{ P(C("hash='sha-1' ver='v='")), { 0 } },
		{ P(C("hash='sha-1' node='urn:n'")), { 0 } },
		{ P("<c xmlns='urn:x' hash='sha-1' node='urn:n' ver='v='/>"), { 0 } },
		/* X0312-02 */
		{ P(AGO("86511")), { .has_ago = true, .ago = 86511 } },
		{ P(AGO("0")), { .has_ago = true, .ago = 0 } },
		{ P(AGO("99999999999999999999")), { .has_ago = true, .ago = UINT64_MAX } },
		{ P(AGO("-1")), { 0 } },
		{ P(AGO("")), { 0 } },
		{ P("<ago xmlns='urn:xmpp:ago:0'/>"), { 0 } },
		{ P("<ago secs='1'/>"), { 0 } },
		{ P("<show>dnd</show><priority>1</priority><status>s</status>" C(
			  "hash='h' node='n' ver='v'") AGO("3")),
		  { .show = PRESENCE_DND,
		    .priority = 1,
		    .caps_hash = "h",
		    .caps_node = "n",
		    .caps_ver = "v",
		    .has_ago = true,
		    .ago = 3 } },
		/* not of ours: an error brings back what was sent */
		{ "<presence type='error'><show>xa</show><priority>1</priority>" C(
			  "hash='h' node='n' ver='v'") AGO("3") "</presence>",
		  { .type = PRESENCE_ERROR } },
		{ "<presence type='unavailable'><show>xa</show>" AGO("3") "</presence>",
		  { .type = PRESENCE_UNAVAILABLE } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].xml, &rows[i].p);
}

static void presence_parse__no_presence__refused(void **state)
{
	static const char *const rows[] = {
		"<message/>",
		"<presence type=''/>",
		"<presence type='available'/>",
		"<presence type='invisible'/>",
	};
	struct presence_in p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, rows[i]);

		assert_non_null(s);
		assert_int_equal(presence_parse(s, &p), -EINVAL);
	}
	assert_int_equal(presence_parse(NULL, &p), -EINVAL);
}

static void presence_show_name__as_in_the_form(void **state)
{
	(void)state;
	assert_string_equal(presence_show_name(PRESENCE_ONLINE), "online");
	assert_string_equal(presence_show_name(PRESENCE_AWAY), "away");
	assert_string_equal(presence_show_name(PRESENCE_CHAT), "chat");
	assert_string_equal(presence_show_name(PRESENCE_DND), "dnd");
	assert_string_equal(presence_show_name(PRESENCE_XA), "xa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(presence_parse__types__told_apart),
		cmocka_unit_test(presence_parse__table__as_given),
		cmocka_unit_test(presence_parse__no_presence__refused),
		cmocka_unit_test(presence_show_name__as_in_the_form),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
