/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/str.h"
#include "tests/unit/item_log.h"

#define PS "http://jabber.org/protocol/pubsub"
#define OWN "http://jabber.org/protocol/pubsub#owner"

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Single elements, each of which is handed out once, with what may stand between them. */
static const char *const pieces[] = {
	"<item id='1'><entry xmlns='urn:e'>a &gt; b</entry></item>",
	"<item/>",
	"<item id='x'></item  >",
	"<item id='a>b' node=\"'/>\"><e a='>' b=\"/>\"/></item>",
	"<item><!-- </item> --><e><![CDATA[</item>]]]]></e><?pi </item> ?></item>",
	"<item><e>\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</e></item\n\n>",
	"<retract id='1'/>",
	"<purge node='n'/>",
	"<delete xmlns='" EV "' node='n'><redirect uri='xmpp:x'/></delete>",
	"<a:entry xmlns:a='urn:a'>\r\n&#13;&#x10FFFF;]] ></a:entry>",
	"<item id='1'><e>\n\n\n\n\n\n\n\n\n\n\n\n\n\n</e></item>",
	"<e a1='' a2='' a3='' a4=''\n\ta5='' a6='' a7='' a8='' a9='' a10='' a11=''/>",
};
static const char *const gaps[] = {
	"",
	"\n",
	" \t\r\n",
	"\xef\xbb\xbf",
	"<?xml version='1.0' encoding='utf-8'?>",
	"<!-- <item/> -->\n",
	"<?pi <item/> ?>",
	"<?xml version=\"1.0\" encoding='US-ASCII' standalone='yes'?>\n<!----><!-- -->",
};

/* A stream of @n of them; *ret_ends[i] is where the i-th ends. */
static void make_stream(struct str *s, uint32_t *seed, size_t n, size_t *ret_ends)
{
	for (size_t i = 0; i < n; i++) {
		str_puts(s, gaps[random_next(seed) % N(gaps)]);
		str_puts(s, pieces[random_next(seed) % N(pieces)]);
		ret_ends[i] = s->len;
	}
	str_puts(s, gaps[random_next(seed) % N(gaps)]);
}

static void item_reader__feed__hands_out_at_the_last_byte(void **state)
{
	enum { ITEMS = 3000 };
	static const size_t most[] = { 1, 2, 7, 60, 700, 6000 };
	static size_t ends[ITEMS];

	(void)state;
	for (size_t m = 0; m < N(most); m++) {
		uint32_t seed = 4711 + (uint32_t)m;
		AUTO_LOG log = { 0 };
		AUTO_READER *r = item_reader_new(record, &log);
		AUTO_STR s = { 0 };
		size_t complete = 0, slice, used;

		make_stream(&s, &seed, ITEMS, ends);
		for (size_t off = 0; off < s.len; off += slice) {
			slice = random_next(&seed) % most[m] + 1;
			if (slice > s.len - off)
				slice = s.len - off;
			assert_int_equal(item_reader_feed(r, s.p + off, slice, &used), 0);
			assert_int_equal(used, slice);
			while (complete < ITEMS && ends[complete] <= off + slice)
				complete++;
			assert_int_equal(log.n, complete);
		}
		assert_int_equal(item_reader_end(r), 0);
		assert_int_equal(log.n, ITEMS);
		assert_null(item_reader_error(r));
	}
}

static void item_reader__feed__stops_behind_each_item(void **state)
{
	enum { ITEMS = 500 };
	static size_t ends[ITEMS];
	uint32_t seed = 42;
	AUTO_LOG log = { .verdict = 1 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR s = { 0 };
	size_t off = 0, used;

	(void)state;
	make_stream(&s, &seed, ITEMS, ends);
	for (unsigned i = 0; i < ITEMS; i++, off += used) {
		assert_int_equal(item_reader_feed(r, s.p + off, s.len - off, &used), 1);
		assert_int_equal(off + used, ends[i]);
		assert_int_equal(log.n, i + 1);
	}
	assert_int_equal(item_reader_feed(r, s.p + off, s.len - off, &used), 0);
	assert_int_equal(off + used, s.len);
	assert_int_equal(item_reader_end(r), 0);
}

static void item_reader__feed__stops_inside_a_wrapper(void **state)
{
	static const char in[] = "<event><items node='n'><item id='1'/> "
				 "<item id='2'><a/></item><retract id='3'/></items>"
				 "<purge node='n'/><delete node='n'/></event><item id='4'/><oops";
	static const char *const tails[] = {
		"<item id='1'/>",    "<item id='2'><a/></item>", "<retract id='3'/>",
		"<purge node='n'/>", "<delete node='n'/>",	 "<item id='4'/>",
	};
	AUTO_LOG log = { .verdict = 1 };
	AUTO_READER *r = item_reader_new(record, &log);
	size_t off = 0, used;

	(void)state;
	for (size_t i = 0; i < N(tails); i++, off += used) {
		size_t len = strlen(tails[i]);

		assert_int_equal(item_reader_feed(r, in + off, strlen(in) - off, &used), 1);
		assert_memory_equal(in + off + used - len, tails[i], len);
		assert_int_equal(log.n, i + 1);
	}
	assert_int_equal(item_reader_feed(r, in + off, strlen(in) - off, &used), 0);
	assert_int_equal(item_reader_end(r), -EBADMSG);
}

static void item_reader__feed__an_errno_ends_it(void **state)
{
	static const char in[] = "<items><item/><item/></items>";
	AUTO_LOG log = { .verdict = -EPIPE };
	AUTO_READER *r = item_reader_new(record, &log);
	size_t used;

	(void)state;
	assert_int_equal(item_reader_feed(r, in, strlen(in), &used), -EPIPE);
	assert_int_equal(used, strlen("<items><item/>"));
	assert_int_equal(item_reader_feed(r, in + used, strlen(in) - used, &used), -EPIPE);
	assert_int_equal(used, 0);
	assert_int_equal(item_reader_end(r), -EPIPE);
	assert_int_equal(log.n, 1);
	assert_null(item_reader_error(r));
}

static void item_reader__feed__tells_where_each_began(void **state)
{
	static const char in[] = "\n<?xml version='1.0'?>\n<!--\n--> "
				 "<item\nid='1'>\n</item>\n<items>\n\n<item>\n<a\n/></item>"
				 "</items>\n<x/>";
	static const unsigned long lines[] = { 4, 9, 12 };
	AUTO_LOG log = { .verdict = 1 };
	AUTO_READER *r = item_reader_new(record, &log);
	size_t off = 0, used;

	(void)state;
	for (size_t i = 0; i < N(lines); i++, off += used) {
		assert_int_equal(item_reader_feed(r, in + off, strlen(in) - off, &used), 1);
		assert_int_equal(log.line, lines[i]);
	}
}

/* Input and what is handed out of it. */
static const struct {
	const char *in, *out;
} streams[] = {
	{ "", "" },
	{ " \n<!-- nothing -->\xef\xbb\xbf<?xml version='1.0'?>", "" },
	{ "<item id='1' node='n' publisher='p'/>", "item node=n id=1\n" },
	{ "<item xmlns='" PS "' id='1'/><i:item xmlns:i='" EV "' id='2'/>",
	  "item id=1\nitem id=2\n" },
	{ "<item node=''/>", "item\n" },
	{ "<item id='&amp;&lt;&#38;amp;&#x27;\"'/>", "item id=&<&amp;'\"\n" },
	{ "<item x:id='1' xmlns:x='urn:x'/>", "item\n" },
	{ "<item> &#32;\n<![CDATA[ ]]><a/> </item>", "item <a xmlns=''/>\n" },
	{ "<item><item id='2' xmlns=''/></item>", "item <item xmlns='' id='2'/>\n" },
	{ "<retract id='1' node='n'> </retract><retract xmlns='" EV "' id='2'/>",
	  "retract node=n id=1\nretract id=2\n" },
	{ "<purge/><purge xmlns='" OWN "' node='n'/>", "purge\npurge node=n\n" },
	{ "<purge xmlns='http://jabber&#46;org/protocol/pubsub&#35;owner'/>", "purge\n" },
	/* Wrappers. */
	{ "<items node='n'><item id='1'><a/></item><retract id='2'/></items>",
	  "item node=n id=1 <a xmlns=''/>\nretract node=n id=2\n" },
	{ "<items node='n'><item node='m'/><item node=''/></items><item/>",
	  "item node=m\nitem node=n\nitem\n" },
	{ "<items xmlns='" EV "'/><event/><pubsub><items/><publish/></pubsub>", "" },
	{ "<event xmlns='" EV "'><items node='n'><item id='1'/></items></event>",
	  "item node=n id=1\n" },
	{ "<event><purge node='n'/><delete node='m'><redirect uri='u'/>text</delete></event>",
	  "purge node=n\nskipped delete node=m\n" },
	{ "<event xmlns='" EV
	  "'><configuration node='n'><x xmlns='jabber:x:data'/></configuration></event>",
	  "skipped configuration node=n\n" },
	{ "<pubsub xmlns='" PS "'><publish node='n'><item/><item id='2'/></publish></pubsub>",
	  "item node=n\nitem node=n id=2\n" },
	{ "<pubsub xmlns='" PS
	  "'><retract node='n' notify='1'><item id='1'/><item id='2'/></retract></pubsub>",
	  "retract node=n id=1\nretract node=n id=2\n" },
	{ "<pubsub><retract id='1'/><item id='2'/><items node='n'><item/></items><set "
	  "xmlns='urn:rsm'>1</set></pubsub>",
	  "retract id=1\nitem id=2\nitem node=n\nskipped set\n" },
	{ "<pubsub>\n<!-- c --><?pi x?>\n<items> <item/> <!-- c --></items></pubsub>", "item\n" },
	/* Events that are passed over. */
	{ "<delete xmlns='" EV "' node='n' id='1'/>", "skipped delete node=n\n" },
	{ "<e:subscription xmlns:e='" EV "' node='n'><e:item/></e:subscription>",
	  "skipped subscription node=n\n" },
	/* Bare payloads. */
	{ "<delete node='n' id='1'/>", "item <delete xmlns='' node='n' id='1'/>\n" },
	{ "<entry id='1'>a<b/>c</entry>", "item <entry xmlns='' id='1'>a<b/>c</entry>\n" },
	{ "<item xmlns='urn:shop'/>", "item <item xmlns='urn:shop'/>\n" },
	{ "<purge xmlns='urn:x'><item/></purge>", "item <purge xmlns='urn:x'><item/></purge>\n" },
	{ "<pubsub xmlns='" OWN "'/>", "item <pubsub xmlns='" OWN "'/>\n" },
	{ "<retract xmlns='" OWN "'/>", "item <retract xmlns='" OWN "'/>\n" },
};

static void item_reader__feed__knows_each_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(streams); i++) {
		AUTO_LOG log = { 0 };
		AUTO_READER *r = item_reader_new(record, &log);

		str_puts(&log.text, "");
		if (read_all(r, streams[i].in, strlen(streams[i].in)))
			fail_msg("%s: %s", streams[i].in, item_reader_error(r));
		assert_string_equal(log.text.p, streams[i].out);
	}
}

/*
 * Input, how the message begins, a part of it, and how many elements come out before. Where the
 * text is libxml2's own, the line is all that is compared.
 */
static const struct {
	const char *in, *where, *what;
	unsigned before;
} bad[] = {
	{ "<a>\n  <b></c></a>", "line 2, ", "<b> of line 2 does not end with </c>", 0 },
	{ "<a/>\n<a/>\n<x>\n</y>", "line 4, ", "<x> of line 3 does not end with </y>", 2 },
	{ "<item>\n<p:a xmlns:p='u'>\n</q:a></item>", "line 3, ",
	  "<a> of line 2 does not end with </", 0 },
	{ "<a/>\n\n  text", "line 3, column 3: ", "text outside of any element", 1 },
	{ "\xc3\xa9", "line 1, column 1: ", "text outside of any element", 0 },
	{ "<a/>\xef\xbb<b/>", "line 1, column 5: ", "text outside of any element", 1 },
	{ "<a/>\xef\xbb", "line 1, column 5: ", "ends inside a byte order mark", 1 },
	{ "\xff\xfe<", "line 1, column 1: ", "text outside of any element", 0 },
	{ "<![CDATA[x]]>", "line 1, ", "", 0 },
	{ "<a/></a>", "line 1, ", "", 1 },
	{ "<a>\n&undef;</a>", "line 2, ", "undef", 0 },
	{ "<a b='&undef;'/>", "line 1, ", "undef", 0 },
	{ "<a>&#0;</a>", "line 1, ", "", 0 },
	{ "<a>\n\n \x01</a>", "line 3, column 2: ", "a control character", 0 },
	{ "<a>\xe9\xe9</a>", "line 1, ", "UTF-8", 0 },
	{ "<a>\xed\xa0\x80</a>", "line 1, ", "", 0 },
	{ "<a>\xef\xbf\xbf</a>", "line 1, ", "", 0 },
	{ "<a b='1'\n c='' b='2'/>", "line 2, ", "", 0 },
	{ "<a xmlns:p='u' xmlns:q='u'\n p:b='1' q:b='2'/>", "line 2, ", "", 0 },
	{ "<a xmlns:p='u' xmlns:p='v'/>", "line 1, ", "", 0 },
	{ "<a>\n<p:b/></a>", "line 2, ", "prefix p", 0 },
	{ "<a>\n<b p:c=''/></a>", "line 2, ", "prefix p", 0 },
	{ "<a xmlns:p=''/>", "line 1, ", "", 0 },
	{ "<a xmlns:xmlns='u'/>", "line 1, ", "", 0 },
	{ "<a b=c/>", "line 1, ", "", 0 },
	{ "<a b='1'c='2'/>", "line 1, ", "", 0 },
	{ "<a b='\n<c/>'/>",
	  "line 2, column 1: ", "'<' in an attribute's value (a quote may be missing)", 0 },
	{ "<a\n <b/>", "line 2, column 2: ", "'<' inside a tag", 0 },
	{ "<>", "line 1, ", "", 0 },
	{ "<1/>", "line 1, ", "", 0 },
	{ "<a>]]></a>", "line 1, ", "", 0 },
	{ "<a><!-- -- --></a>", "line 1, ", "", 0 },
	{ "<a><!ELEMENT b></a>", "line 1, column 4: ", "'<!' begins neither", 0 },
	{ "<a><?xml version='1.0'?></a>", "line 1, ", "", 0 },
	{ "<item>\n<?XML?></item>", "line 2, ", "", 0 },
	{ "<a/>\n <!DOCTYPE a>\n<a/>",
	  "line 2, column 2: ", "a document type declaration (DOCTYPE) is not accepted", 1 },
	{ "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
	  "line 1, column 1: ", "(DOCTYPE)", 0 },
	{ "<a/><?xml version='1.0' encoding='ISO-8859-1'?><a/>",
	  "line 1, column 5: ", "ISO-8859-1, but only UTF-8", 1 },
	{ "<?xml version='1.0' encoding='UTF-16'?><a/>", "line 1, ", "UTF-16", 0 },
	{ "<?xml version='1.0' encoding='nonsense'?><a/>", "line 1, ", "nonsense", 0 },
	{ "<?xml encoding='UTF-8'?><a/>", "line 1, ", "", 0 },
	/* Well-formed, but not for us. */
	{ "<item>\n <a/>\n <b/></item>",
	  "line 3, column 2: ", "<b> is a second payload in one <item>", 0 },
	{ "<item>\n\n  x<a/></item>", "line 3, column 3: ", "text in <item> beside its elements",
	  0 },
	{ "<item><a/>\n x </item>", "line 2, column 2: ", "text in <item> beside its elements", 0 },
	{ "<item><a>x</a>\n y</item>", "line 2, column 2: ", "text in <item> beside its elements",
	  0 },
	{ "<item>\n<\xc3\xa9/><b/></item>", "line 2, column 5: ", "<b> is a second payload", 0 },
	{ "<items>\n<item/>&#65;</items>",
	  "line 2, column 8: ", "text in <items> beside its elements", 1 },
	{ "<items>\n <entry/></items>",
	  "line 2, column 2: ", "<entry> in <items>, where an <item> should be", 0 },
	{ "<pubsub><retract><item id='1'/><retract id='2'/></retract></pubsub>",
	  "line 1, column 32: ", "<retract> in <retract>,", 1 },
	{ "<item id=''/>", "line 1, column 1: ", "the id of this <item> is empty", 0 },
	{ "<item/>\n<retract/>", "line 2, column 1: ", "this <retract> has no id", 1 },
	{ "<retract id=''/>", "line 1, column 1: ", "the id of this <retract> is empty", 0 },
	{ "<pubsub><retract node='n'></retract></pubsub>",
	  "line 1, column 9: ", "this <retract> has no id", 0 },
	{ "<pubsub><retract node='n'><item/></retract></pubsub>",
	  "line 1, column 27: ", "this <item> has no id", 0 },
	{ "<retract id='1'><a/></retract>",
	  "line 1, column 17: ", "<a> in a <retract>, which has to be empty", 0 },
	{ "<purge>\n1</purge>", "line 2, column 1: ", "text in <purge> beside", 0 },
	/* Cut off. */
	{ "\n <a>\n", "line 2, column 2: ", "the input ends before the element that begins here",
	  0 },
	{ "<items><item/>\n<item><a/>", "line 2, column 1: ", "before the element", 1 },
	{ "<items><item/>", "line 1, column 1: ", "before the element", 1 },
	{ "<a/> <b", "line 1, column 6: ", "the input ends before the markup that begins here", 1 },
	{ "<a/><!-- ", "line 1, column 5: ", "before the markup", 1 },
	{ "<a/><?xml version='1.0'", "line 1, column 5: ", "before the markup", 1 },
};

static void item_reader__error__tells_line_and_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(bad); i++) {
		AUTO_LOG log = { 0 };
		AUTO_READER *r = item_reader_new(record, &log);
		const char *e;
		size_t used = 1;
		int ret = read_all(r, bad[i].in, strlen(bad[i].in));

		e = item_reader_error(r);
		if (ret != -EBADMSG || !e)
			fail_msg("%s: accepted", bad[i].in);
		if (strncmp(e, bad[i].where, strlen(bad[i].where)) != 0 ||
		    !strstr(e, bad[i].what) || strchr(e, '\n'))
			fail_msg("%s: %s", bad[i].in, e);
		assert_int_equal(log.n, bad[i].before);
		/* And that is final. */
		assert_int_equal(item_reader_feed(r, "<a/>", 4, &used), -EBADMSG);
		assert_int_equal(used, 0);
		assert_int_equal(item_reader_end(r), -EBADMSG);
		assert_int_equal(log.n, bad[i].before);
	}
}

static void item_reader__feed__ten_thousand_in_one_write(void **state)
{
	enum { ITEMS = 10000 };
	AUTO_LOG log = { .verdict = 1 };
	AUTO_READER *r = item_reader_new(record, &log);
	AUTO_STR s = { 0 };
	size_t used;

	(void)state;
	str_puts(&s, "<items>");
	repeat(&s, "<item><a/></item>", ITEMS);
	str_puts(&s, "</items>");
	repeat(&s, "<item><a/></item>", ITEMS);
	for (size_t off = 0; off < s.len; off += used) {
		assert_int_equal(item_reader_feed(r, s.p + off, s.len - off, &used), 1);
		assert_true(used <= 2 * strlen("<item><a/></item>"));
	}
	assert_int_equal(log.n, 2 * ITEMS);
	assert_int_equal(item_reader_end(r), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(item_reader__feed__hands_out_at_the_last_byte),
		cmocka_unit_test(item_reader__feed__stops_behind_each_item),
		cmocka_unit_test(item_reader__feed__stops_inside_a_wrapper),
		cmocka_unit_test(item_reader__feed__an_errno_ends_it),
		cmocka_unit_test(item_reader__feed__tells_where_each_began),
		cmocka_unit_test(item_reader__feed__knows_each_form),
		cmocka_unit_test(item_reader__error__tells_line_and_reason),
		cmocka_unit_test(item_reader__feed__ten_thousand_in_one_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
