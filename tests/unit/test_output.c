/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cmd/sub/output.h"
#include "common/pubsub/event.h"

#define EVENT "xmlns='http://jabber.org/protocol/pubsub#event'"

static struct event item(const char *payload)
{
	return (struct event){
		.kind = EVENT_ITEM,
		.node = "n'1",
		.id = "a<\n",
		.publisher = "p@q",
		.payload = payload,
		.payload_len = payload ? strlen(payload) : 0,
		.stamp = 1500,
	};
}

static void check(struct output o, struct event e, const char *wanted)
{
	AUTO_STR got = { 0 };

	output_render(&o, &e, &got);
	assert_string_equal(got.p, wanted);
}

static void output__xml__one_line_each(void **state)
{
	struct output o = { .format = OUTPUT_XML };

	(void)state;
	check(o, item("<x>a\nb\n\n</x>"),
	      "<item " EVENT
	      " id='a&lt;&#10;' node='n&apos;1' publisher='p@q'><x>a&#10;b&#10;&#10;</x></item>\n");
	check(o, item(NULL), "<item " EVENT " id='a&lt;&#10;' node='n&apos;1' publisher='p@q'/>\n");
	check(o, (struct event){ .kind = EVENT_RETRACT, .node = "n", .id = "i" },
	      "<retract " EVENT " id='i' node='n'/>\n");
	check(o, (struct event){ .kind = EVENT_PURGE, .node = "n" },
	      "<purge " EVENT " node='n'/>\n");
	check(o, (struct event){ .kind = EVENT_DELETE, .node = "n" },
	      "<delete " EVENT " node='n'/>\n");
	check(o, item("<x a='\xc2\x9b'>\xc2\x85\xe2\x80\xae</x>"),
	      "<item " EVENT " id='a&lt;&#10;' node='n&apos;1' publisher='p@q'>"
	      "<x a='&#x9B;'>&#x85;\xe2\x80\xae</x></item>\n");
	check(o, (struct event){ .kind = EVENT_RETRACT, .node = "n", .id = "\xc2\x9d" },
	      "<retract " EVENT " id='&#x9D;' node='n'/>\n");
	o.stamp = true;
	check(o, (struct event){ .kind = EVENT_PURGE, .node = "n", .stamp = 1500 },
	      "<purge " EVENT " node='n' stamp='1970-01-01T00:00:01.500Z'/>\n");
}

static void output__payload_and_id__items_alone(void **state)
{
	struct output o = { .format = OUTPUT_PAYLOAD };
	struct event purge = { .kind = EVENT_PURGE, .node = "n" }, e = item("<x/>");

	(void)state;
	assert_true(output_takes(&o, &e));
	assert_false(output_takes(&o, &purge));
	check(o, item("<x>a\n</x>"), "<x>a&#10;</x>\n");
	check(o, item("<x>\xc2\x9b</x>"), "<x>&#x9B;</x>\n");
	check(o, item(NULL), "\n");
	o.format = OUTPUT_ID;
	assert_false(output_takes(&o, &purge));
	check(o, item(NULL), "a<&#10;\n");
	o.format = OUTPUT_XML;
	assert_true(output_takes(&o, &purge));
	purge.kind = EVENT_CONFIG;
	assert_false(output_takes(&o, &purge));
}

static void output__kinds__those_of_the_list(void **state)
{
	static const char *const wrong[] = { "",   "items", "item,", ",item", "item,,purge",
					     "it", "item " };
	struct output o = { .format = OUTPUT_XML };
	struct event e = item("<x/>");

	(void)state;
	assert_true(output_kinds_parse("config,item,subscription", &o.kinds));
	assert_int_equal(o.kinds, 1U << EVENT_ITEM | 1U << EVENT_CONFIG | 1U << EVENT_SUBSCRIPTION);
	assert_true(output_takes(&o, &e));
	for (enum event_kind kind = EVENT_RETRACT; kind <= EVENT_DELETE; kind++) {
		e.kind = kind;
		assert_false(output_takes(&o, &e));
	}
	e.kind = EVENT_CONFIG;
	assert_true(output_takes(&o, &e));
	o.format = OUTPUT_ID;
	assert_false(output_takes(&o, &e));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(output_kinds_parse(wrong[i], &o.kinds));
}

static void output__configuration__is_printed_as_it_came(void **state)
{
	struct event e = item("<configuration a='1'>\n</configuration>");

	(void)state;
	e.kind = EVENT_CONFIG;
	check((struct output){ .format = OUTPUT_XML }, e,
	      "<configuration a='1'>&#10;</configuration>\n");
}

#define HEAD "1970-01-01T00:00:01.500Z  item  node n'1  id a<&#10;  publisher p@q\n"

static void output__pretty__indents_only_elements(void **state)
{
	static const struct {
		const char *payload, *wanted;
	} rows[] = {
		{ "<a xmlns='urn:a'/>", "<a xmlns='urn:a'/>" },
		{ "<a><b>t</b><c k='v'/></a>", "<a>\n  <b>t</b>\n  <c k='v'/>\n</a>" },
		{ "<a> <b/> </a>", "<a>\n  <b/>\n</a>" },
		{ "<a>x<b><c/></b></a>", "<a>x<b><c/></b></a>" },
		{ "<a><b>x<c><d/></c></b></a>", "<a>\n  <b>x<c><d/></c></b>\n</a>" },
		{ "<a xml:space='preserve'> <b/> </a>", "<a xml:space='preserve'> <b/> </a>" },
		{ "<a>  </a>", "<a>  </a>" },
		{ "<p:a xmlns:p='u&amp;' p:k='&lt;' xml:lang='en'>&amp;</p:a>",
		  "<p:a xmlns:p='u&amp;' p:k='&lt;' xml:lang='en'>&amp;</p:a>" },
		/* not well-formed: as it is */
		{ "<a><b/><c/>", "<a><b/><c/>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_STR wanted = { 0 };

		str_printf(&wanted, HEAD "%s\n", rows[i].wanted);
		check((struct output){ .format = OUTPUT_PRETTY }, item(rows[i].payload), wanted.p);
	}
}

/* Whatever the payload holds, it drives no terminal. */
static void output__pretty__neutralises_controls(void **state)
{
	struct event e = item("<a k='\xc2\x9b"
			      "31m'>\x7f\xc2\x9d\xe2\x80\xae\xc3\xa9</a>");

	(void)state;
	e.id = "\xe2\x80\xae\x1b[31m";
	e.publisher = NULL;
	check((struct output){ .format = OUTPUT_PRETTY }, e,
	      "1970-01-01T00:00:01.500Z  item  node n'1  id &#x202E;&#x1B;[31m\n"
	      "<a k='&#x9B;31m'>&#x7F;&#x9D;&#x202E;\xc3\xa9</a>\n");
}

static void output__pretty__colours_markup(void **state)
{
	struct output o = { .format = OUTPUT_PRETTY, .colour = true };
	struct event e = item("<a k='v'>t</a>");
	AUTO_STR got = { 0 };

	(void)state;
	output_render(&o, &e, &got);
	assert_non_null(strstr(got.p, "\033[34m<a\033[0m \033[36mk\033[0m=\033[32m'v'\033[0m"));
	assert_memory_equal(got.p, "\033[1m", 4);
	/* Each hue ends. */
	assert_string_equal(got.p + got.len - 5, "\033[0m\n");
}

static void output__write__all_or_an_error(void **state)
{
	struct output o = { .format = OUTPUT_ID };
	struct event e = item(NULL);
	char buf[64];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	o.fd = pipes[1];
	assert_int_equal(output_event(&o, &e), 0);
	assert_int_equal(read(pipes[0], buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "a<&#10;\n", 8);
	close(pipes[0]);
	assert_int_equal(output_event(&o, &e), -EPIPE);
	close(pipes[1]);
	o.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(output_event(&o, &e), -ENOSPC);
	close(o.fd);
	output_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output__xml__one_line_each),
		cmocka_unit_test(output__payload_and_id__items_alone),
		cmocka_unit_test(output__kinds__those_of_the_list),
		cmocka_unit_test(output__configuration__is_printed_as_it_came),
		cmocka_unit_test(output__pretty__indents_only_elements),
		cmocka_unit_test(output__pretty__neutralises_controls),
		cmocka_unit_test(output__pretty__colours_markup),
		cmocka_unit_test(output__write__all_or_an_error),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
