/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "common/pubsub/held.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "context.h"

/* One line for each event: kind node id publisher payload, "-" where there is none. */
static void note(const struct event *e, void *data)
{
	static const char *const kinds[] = { "item",   "retract", "purge",
					     "delete", "config",  "subscription" };
	const char *const fields[] = { e->node, e->id, e->publisher };
	struct str *out = data;

	str_puts(out, kinds[e->kind]);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		str_printf(out, " %s", fields[i] ? fields[i] : "-");
	str_putc(out, ' ');
	if (e->payload)
		str_add(out, e->payload, e->payload_len);
	else
		str_putc(out, '-');
	if (e->kind == EVENT_SUBSCRIPTION)
		str_printf(out, " %s %s", e->jid, e->state);
	if (e->stamp)
		str_printf(out, " @%lld", (long long)e->stamp);
	str_putc(out, '\n');
}

static void check(const char *attributes, const char *content, const char *wanted)
{
	AUTO_STR text = { 0 };
	AUTO_STR got = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	str_printf(&text, "<message xmlns='jabber:client'%s>%s</message>", attributes, content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	assert_int_equal(event_parse(s, note, &got), wanted != NULL);
	assert_string_equal(got.p ? got.p : "", wanted ? wanted : "");
}

#define E(content) "<event xmlns='" NS_PUBSUB_EVENT "'>" content "</event>"

static void event__each_kind(void **state)
{
	(void)state;
	check("",
	      E("<items node='n'><item id='1' publisher='a@b'><x "
		"xmlns='urn:x'>t&amp;</x></item></items>"),
	      "item n 1 a@b <x xmlns='urn:x'>t&amp;</x>\n");
	check("", E("<items node='n'><item id='1'/></items>"), "item n 1 - -\n");
	check("", E("<items node='n'><retract id='1'/><item id='2'/><retract id='3'/></items>"),
	      "retract n 1 - -\nitem n 2 - -\nretract n 3 - -\n");
	check("", E("<purge node='n'/>"), "purge n - - -\n");
	check("", E("<delete node='n'><redirect uri='xmpp:b?;node=m'/></delete>"),
	      "delete n - - -\n");
}

#define MARKUP(name) "<" name " xmlns='" NS_PUBSUB_EVENT "' node='n'"

static void event__configuration_and_subscription__as_they_were_sent(void **state)
{
	(void)state;
	check("", E("<configuration node='n'/>"), "config n - - " MARKUP("configuration") "/>\n");
	check("",
	      E("<configuration node='n'><x xmlns='jabber:x:data' type='result'><field "
		"var='a&apos;'>"
		"<value>1 &lt; 2</value><value/></field></x></configuration>"),
	      "config n - - " MARKUP(
		      "configuration") "><x xmlns='jabber:x:data' type='result'>"
				       "<field var='a&apos;'><value>1 &lt; "
				       "2</value><value/></field></x></configuration>\n");
	check("", E("<configuration node='n'><a xmlns=''><b/></a></configuration>"),
	      "config n - - " MARKUP("configuration") "><a xmlns=''><b/></a></configuration>\n");
	check("", E("<subscription node='n' jid='a@b' subscription='subscribed'/>"),
	      "subscription n - - <subscription xmlns='" NS_PUBSUB_EVENT "' jid='a@b' node='n' "
	      "subscription='subscribed'/> a@b subscribed\n");
}

static void note_archive_id(const struct event *e, void *data)
{
	str_printf(data, "%s=%s ", e->id, e->archive_id ? e->archive_id : "-");
}

/* Only from whom the message is; and with several items, of the last. */
static void event__stanza_id__is_the_place_in_the_archive(void **state)
{
	AUTO_STR got = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = xmpp_stanza_new_from_string(
		ctx, "<message xmlns='jabber:client' from='s/r'>" E(
			     "<items node='n'><item id='1'/><item id='2'/><retract "
			     "id='3'/></items>") "<stanza-id xmlns='" NS_SID
						 "' by='me@x' id='no'/><stanza-id xmlns='" NS_SID
						 "' by='s/r' id='yes'/></message>");

	(void)state;
	assert_true(event_parse(s, note_archive_id, &got));
	assert_string_equal(got.p, "1=- 2=yes 3=- ");
}

static void note_number(const struct event *e, void *data)
{
	str_printf(data, "%s=%llu ", e->id, (unsigned long long)e->number);
}

/* Of the header with our name alone; all events of the message have it. */
static void event__sequence__is_its_number(void **state)
{
#define HEADERS(xml) "<headers xmlns='" NS_SHIM "'>" xml "</headers>"
#define NUMBER(value) "<header name='Pubsub-Sequence'>" value "</header>"
	static const char *const cases[][2] = {
		{ HEADERS(NUMBER("7")), "a=7 b=7 " },
		{ HEADERS("<header name='SubID'>3</header><header>4</header>" NUMBER("18446744073709551615")),
		  "a=18446744073709551615 b=18446744073709551615 " },
		{ HEADERS("<header name='SubID'>3</header>"), "a=0 b=0 " },
		{ HEADERS(NUMBER("18446744073709551616")), "a=0 b=0 " },
		{ HEADERS(NUMBER("-1")), "a=0 b=0 " },
		{ HEADERS(NUMBER("")), "a=0 b=0 " },
		{ "<headers>" NUMBER("7") "</headers>", "a=0 b=0 " },
		{ "", "a=0 b=0 " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_STR text = { 0 };
		AUTO_STR got = { 0 };
		AUTO_STANZA xmpp_stanza_t *s = NULL;

		str_printf(&text, "<message xmlns='jabber:client'><event xmlns='" NS_PUBSUB_EVENT
			   "'><items node='n'><item id='a'/><retract id='b'/></items></event>%s</message>",
			   cases[i][0]);
		s = xmpp_stanza_new_from_string(ctx, text.p);
		assert_non_null(s);
		assert_true(event_parse(s, note_number, &got));
		assert_string_equal(got.p, cases[i][1]);
	}
}

static void event__delay__is_its_stamp(void **state)
{
	(void)state;
	check("",
	      E("<items node='n'><item id='1'/></items>") "<delay xmlns='" NS_DELAY
							  "' stamp='1970-01-01T00:00:01Z'/>",
	      "item n 1 - - @1000\n");
	check("",
	      E("<items node='n'><item id='1'/></items>") "<delay xmlns='" NS_DELAY
							  "' stamp='yesterday'/>",
	      "item n 1 - -\n");
}

static void event__others__are_none(void **state)
{
	(void)state;
	check("", "<body>hello</body>", NULL);
	check(" type='error'", E("<purge node='n'/>"), NULL);
	check("", "<event xmlns='urn:other'><purge node='n'/></event>", NULL);
	/* Nothing in them that we know: taken, but empty. */
	check("", E("<purge/>"), "");
	check("", E("<purge xmlns='urn:other' node='n'/>"), "");
	check("", E("<items node='n'><retract/></items>"), "");
	check("", E("<collection node='n'/>"), "");
}

static struct items_page parse_items(const char *content, const char *wanted)
{
	AUTO_STR text = { 0 };
	AUTO_STR got = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	struct items_page page;

	str_printf(&text,
		   "<iq xmlns='jabber:client' type='result'><pubsub xmlns='" NS_PUBSUB
		   "'>%s</pubsub></iq>",
		   content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	items_parse(s, "n", note, &got, &page);
	assert_string_equal(got.p ? got.p : "", wanted);
	page.first = page.first ? "there" : NULL; /* it goes with the stanza */
	page.last = page.last ? "there" : NULL;
	return page;
}

static void items__result__items_and_page(void **state)
{
	struct items_page p;

	(void)state;
	p = parse_items(
		"<items node='n'><item id='1'><x xmlns='urn:x'/></item><item id='2'/></items>",
		"item n 1 - <x xmlns='urn:x'/>\nitem n 2 - -\n");
	assert_false(p.paged);
	assert_int_equal(p.items, 2);
	p = parse_items("<items node='n'><item id='1'/></items><set xmlns='" NS_RSM
			"'><first index='3'>1</first><last>1</last><count>9</count></set>",
			"item n 1 - -\n");
	assert_true(p.paged && p.has_index && p.has_count && p.first && p.last);
	assert_int_equal(p.index, 3);
	assert_int_equal(p.count, 9);
	/* An empty page, and numbers that are none. */
	p = parse_items("<items node='n'/><set xmlns='" NS_RSM "'><count>9</count></set>", "");
	assert_true(p.paged && p.has_count && !p.has_index && !p.first && !p.last);
	p = parse_items("<items node='n'/><set xmlns='" NS_RSM
			"'><first index='-2'>a</first><last>b</last><count>many</count></set>",
			"");
	assert_true(p.paged && !p.has_count && !p.has_index && p.first);
	p = parse_items("", "");
	assert_true(!p.paged && !p.items);
}

static void held__list__keeps_copies_in_order(void **state)
{
	struct held_list list = { 0 }, front = { 0 };
	char id[8], payload[8];
	struct event e = { .kind = EVENT_ITEM, .node = "n", .id = id, .payload = payload };

	(void)state;
	for (int i = 0; i < 20; i++) {
		e.payload_len = (size_t)snprintf(payload, sizeof(payload), "<x%d/>", i);
		snprintf(id, sizeof(id), "%d", i);
		held_add(i < 10 ? &front : &list, &e);
	}
	held_prepend(&list, &front);
	assert_int_equal(front.count, 0);
	held_prepend(&list, &front);
	held_drop_first(&list, 3);
	assert_int_equal(list.count, 17);
	for (int i = 0; i < 17; i++) {
		struct event got = held_event(list.items[i]);

		assert_int_equal(atoi(got.id), i + 3);
		assert_int_equal(atoi(got.payload + 2), i + 3);
		assert_int_equal(strlen(got.payload), got.payload_len);
		assert_null(got.publisher);
	}
	held_release(&list);
	assert_null(list.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event__each_kind),
		cmocka_unit_test(event__configuration_and_subscription__as_they_were_sent),
		cmocka_unit_test(event__stanza_id__is_the_place_in_the_archive),
		cmocka_unit_test(event__sequence__is_its_number),
		cmocka_unit_test(event__delay__is_its_stamp),
		cmocka_unit_test(event__others__are_none),
		cmocka_unit_test(items__result__items_and_page),
		cmocka_unit_test(held__list__keeps_copies_in_order),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
