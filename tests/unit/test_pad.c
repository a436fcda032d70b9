/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include <expat.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/pad.h"

static unsigned ended;

static void on_start(void *data, const char *name, const char **atts)
{
	(void)data;
	(void)name;
	(void)atts;
}

static void on_end(void *data, const char *name)
{
	(void)data;
	ended += !strcmp(name, "message");
}

/* How many stanzas does a peer see of @xml, which arrives cut at @cut? */
static unsigned peer_sees(const struct str *xml, size_t cut)
{
	XML_Parser p = XML_ParserCreate(NULL);

	ended = 0;
	/* Not by the tap's name: a peer has no tap. */
	XML_SetStartElementHandler(p, on_start);
	XML_SetEndElementHandler(p, on_end);
	XML_Parse(p, "<stream>", 8, 0);
	XML_Parse(p, xml->p, (int)cut, 0);
	XML_Parse(p, xml->p + cut, (int)(xml->len - cut), 0);
	XML_ParserFree(p);
	return ended;
}

static void make_burst(struct str *s, size_t text, size_t tag)
{
	AUTO_FREE char *filling = mem_alloc(text + 1), *name = mem_alloc(tag + 1);

	memset(filling, 'x', text);
	filling[text] = '\0';
	memset(name, 'n', tag);
	name[tag] = '\0';
	str_printf(s, "<message to='a'><body>%s</body><%s a='1'/></message>", filling, name);
}

/* Wherever it is cut, the peer sees the stanza without waiting for the next one. */
static void pad__burst_cut_anywhere__seen_at_once(void **state)
{
	static const size_t tags[] = { 1, 5, 40, 3000 };

	(void)state;
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		AUTO_STR xml = { 0 };
		struct pad pad = { 0 };
		size_t stanza, blanks;

		make_burst(&xml, 2000, tags[i]);
		stanza = xml.len;
		pad_sent(&pad, xml.p, xml.len);
		blanks = pad_take(&pad, SIZE_MAX);
		assert_in_range(blanks, 1, 2 * tags[i] + 20);
		for (size_t n = 0; n < blanks; n++)
			str_putc(&xml, '\n');
		for (size_t cut = 1; cut < stanza; cut++)
			assert_int_equal(peer_sees(&xml, cut), 1);
	}
}

/* As wanted of every tag. */
static size_t need_of_each(const struct str *xml)
{
	size_t need = 0;

	for (const char *at = xml->p; (at = strchr(at, '<'));) {
		const char *close = strchr(at, '>');
		size_t follows = xml->len - (size_t)(at - xml->p), want;

		if (!close)
			break;
		want = 2 * (size_t)(close + 1 - at) - 2;
		if (want > follows && want - follows > need)
			need = want - follows;
		at = close;
	}
	return need;
}

/* Whatever stands where, it is as if each tag had been looked at. */
static void pad__tags_of_all_lengths__none_is_missed(void **state)
{
	char filling[4097] = { 0 };
	unsigned random = 1;

	(void)state;
	memset(filling, 'n', sizeof(filling) - 1);
	for (int i = 0; i < 20000; i++) {
		AUTO_STR xml = { 0 };
		struct pad pad = { 0 };

		for (int n = i % 12; n >= 0; n--) {
			random = random * 1103515245 + 12345;
			str_printf(&xml, "<%.*s>%.*s",
				   (int)(random >> 16) % (1 << n), /* longer first */
				   filling, (int)(random >> 24) % 9, "text text");
		}
		pad_sent(&pad, xml.p, xml.len);
		assert_int_equal(pad.need, need_of_each(&xml));
	}
}

/* What follows counts, blanks and stanzas. */
static void pad__more_follows__less_is_needed(void **state)
{
	AUTO_STR big = { 0 };
	struct pad pad = { 0 };
	size_t need;

	(void)state;
	make_burst(&big, 2000, 3000);
	pad_sent(&pad, big.p, big.len);
	need = pad.need;
	assert_true(need > 1000);
	assert_int_equal(pad_take(&pad, 64), 64);
	assert_int_equal(pad.need, need - 64);
	for (size_t sent = 0; sent < need; sent += 21)
		pad_sent(&pad, "<a>xxxxxxxxxxxxxx</a>", 21);
	/* Only the last end tag is left. */
	assert_int_equal(pad_take(&pad, SIZE_MAX), 2);
	assert_int_equal(pad_take(&pad, SIZE_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pad__burst_cut_anywhere__seen_at_once),
		cmocka_unit_test(pad__tags_of_all_lengths__none_is_missed),
		cmocka_unit_test(pad__more_follows__less_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
