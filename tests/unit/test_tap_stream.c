/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <expat.h>
#include <strophe.h>

#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NS_ETHERX "http://etherx.jabber.org/streams"
#define HEADER                                                                                     \
	"<stream:stream xmlns:stream='" NS_ETHERX "' xmlns='jabber:client' id='1' version='1.0'>"
#define PS NS_PUBSUB
#define EV NS_PUBSUB_EVENT
#define EVENT_OPEN "<event xmlns='" EV "'><items><item>"
#define EVENT_CLOSE "</item></items></event>"

/*
 * The tap between expat and handlers of our own, which write down what they are told, the way
 * libstrophe sets them.
 */

static void log_start(void *data, const char *name, const char **atts)
{
	str_printf(data, "<%s", name);
	for (; *atts; atts += 2)
		str_printf(data, " %s=[%s]", atts[0], atts[1]);
	str_putc(data, '>');
}

static void log_end(void *data, const char *name)
{
	str_printf(data, "</%s>", name);
}

static void log_chars(void *data, const char *text, int len)
{
	str_printf(data, "[%.*s]", len, text);
}

static void set_handlers(XML_Parser p, struct str *log)
{
	XML_SetUserData(p, log);
	XML_SetElementHandler(p, log_start, log_end);
	XML_SetCharacterDataHandler(p, log_chars);
}

/* Feeds @step bytes at a time. */
static void feed(XML_Parser p, const char *s, size_t step)
{
	for (size_t n = strlen(s), now; n; s += now, n -= now) {
		now = n < step ? n : step;
		assert_int_equal(XML_Parse(p, s, (int)now, 0), XML_STATUS_OK);
	}
}

/* Names are written with a blank where expat has its separator. */
static void assert_log(struct str *log, const char *want)
{
	str_add(log, "", 0);
	for (char *c = log->p; c < log->p + log->len; c++)
		if (*c == '\x1f')
			*c = ' ';
	assert_string_equal(log->p, want);
}

static void handlers__table__are_told_in_whatever_pieces(void **state)
{
	static const struct {
		const char *stanza, *want;
	} rows[] = {
		{ "<m/>", "<jabber:client m></jabber:client m>" },
		{ " \n<m>\na\n&amp;b<c/>d</m> ",
		  "<jabber:client m>[\na\n&b]<jabber:client c></jabber:client c>[d]"
		  "</jabber:client m>" },
		{ "<m xmlns='' xml:lang='en' k='1'/>", "<m xmlns=[] xml:lang=[en] k=[1]></m>" },
		{ "<p:m xmlns:p='u' p:k='1' p:l='2'/>",
		  "<u m xmlns:p=[u] p:k=[1] p:l=[2]></u m>" },
		/* A prefix from further out is declared beside the attribute. */
		{ "<m stream:k='1' stream:l='2'/>",
		  "<jabber:client m stream:k=[1] xmlns:stream=[" NS_ETHERX "] stream:l=[2]>"
		  "</jabber:client m>" },
		{ "<stream:m/>", "<" NS_ETHERX " m></" NS_ETHERX " m>" },
		{ "<m xmlns='urn:x-pubsub:tap'/>",
		  "<urn:x-pubsub:tap#foreign m></urn:x-pubsub:tap#foreign m>" },
		{ "<item xmlns='" PS "' id='1'> <a>\n<b/>\n</a> </item>",
		  "<" PS " item id=[1]><urn:x-pubsub:tap payload elements=[1] text=[0] name=[a] "
		  "ns=[" PS "]>[<a xmlns='" PS "'>\n<b/>\n</a>]</urn:x-pubsub:tap payload>"
		  "</" PS " item>" },
		{ "<item xmlns='" PS "'> </item>", "<" PS " item></" PS " item>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t step = 1; step < 1000; step *= 7) {
			AUTO_STR log = { 0 };
			XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

			set_handlers(p, &log);
			feed(p, HEADER, step);
			str_reset(&log);
			feed(p, rows[i].stanza, step);
			assert_log(&log, rows[i].want);
			XML_ParserFree(p);
		}
	}
}

/* Also the last bytes of a stanza, after which nothing comes until it has been answered. */
static void handlers__tag_in_two_blocks__told_at_once(void **state)
{
	static const char stanza[] = "<message type='headline' from='pubsub.localhost'/>";

	(void)state;
	for (size_t at = 1; at < strlen(stanza); at++) {
		AUTO_STR log = { 0 };
		XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

		set_handlers(p, &log);
		feed(p, HEADER, 100);
		str_reset(&log);
		XML_Parse(p, stanza, (int)at, 0);
		XML_Parse(p, stanza + at, (int)(strlen(stanza) - at), 0);
		assert_log(&log, "<jabber:client message type=[headline] from=[pubsub.localhost]>"
				 "</jabber:client message>");
		XML_ParserFree(p);
	}
}

/* Scanned anew with each block it would take a minute, as it does where expat cannot defer. */
static void handlers__huge_tag_in_small_blocks__linear_time(void **state)
{
	static char block[1024];
	AUTO_STR log = { 0 };
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');
	clock_t start = clock();

	(void)state;
	/* Not skip(): cmocka calls that "not ok". */
	if (!dlsym(RTLD_DEFAULT, "XML_SetReparseDeferralEnabled")) {
		print_message("# expat cannot defer here: not looked at\n");
		XML_ParserFree(p);
		return;
	}
	memset(block, 'x', sizeof(block));
	set_handlers(p, &log);
	feed(p, HEADER "<m a='", 100);
	for (int i = 0; i < 8 * 1024; i++)
		assert_int_equal(XML_Parse(p, block, sizeof(block), 0), XML_STATUS_OK);
	feed(p, "'/>", 3);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 4);
	XML_ParserFree(p);
}

static void handlers__stream_header__names_without_prefix(void **state)
{
	AUTO_STR log = { 0 };
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

	(void)state;
	set_handlers(p, &log);
	feed(p, "<s:stream xmlns:s='" NS_ETHERX "' id='1' xml:lang='en' s:x='2'></s:stream>", 1);
	assert_log(&log, "<" NS_ETHERX " stream id=[1] http://www.w3.org/XML/1998/namespace "
			 "lang=[en] " NS_ETHERX " x=[2]></" NS_ETHERX " stream>");
	XML_ParserFree(p);
}

/* Prefixes of the header are declared where a name uses them, and there only. */
static void capture__prefixes_of_the_stream__where_used(void **state)
{
	static const struct {
		const char *content, *want;
	} rows[] = {
		{ "<a xmlns='u'/>", "<a xmlns='u'/>" },
		{ "<s:a/>", "<s:a xmlns='" PS "' xmlns:s='S'/>" },
		{ "<a xmlns='u' s:k='1'/>", "<a xmlns='u' xmlns:s='S' s:k='1'/>" },
		{ "<a xmlns='u'><s:b s:k='1'><s:c/></s:b><s:d/></a>",
		  "<a xmlns='u'><s:b xmlns:s='S' s:k='1'><s:c/></s:b><s:d xmlns:s='S'/></a>" },
		{ "<a xmlns='u'><s:b xmlns:s='T'><s:c/></s:b><s:d/></a>",
		  "<a xmlns='u'><s:b xmlns:s='T'><s:c/></s:b><s:d xmlns:s='S'/></a>" },
		{ "<a xmlns='u'><s:b/></a><s:c/>",
		  "<a xmlns='u'><s:b xmlns:s='S'/></a><s:c xmlns='" PS "' xmlns:s='S'/>" },
		{ "<a xmlns='u' xml:lang='en' t='s:k'/>", "<a xmlns='u' xml:lang='en' t='s:k'/>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STR log = { 0 }, want = { 0 };
		XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

		set_handlers(p, &log);
		feed(p, "<s:stream xmlns:s='S' xmlns='jabber:client'><item xmlns='" PS "'>", 100);
		feed(p, rows[i].content, 100);
		feed(p, "</item>", 100);
		str_printf(&want, "[%s]", rows[i].want);
		assert_non_null(strstr(log.p, want.p));
		XML_ParserFree(p);
	}
}

static void parser__reset_within_an_item__starts_afresh(void **state)
{
	AUTO_STR log = { 0 };
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

	(void)state;
	set_handlers(p, &log);
	feed(p, HEADER "<m xmlns:p='u'>text" EVENT_OPEN "<p:a xmlns:q='v'>text", 10);
	assert_true(XML_ParserReset(p, NULL));
	str_reset(&log);
	set_handlers(p, &log);
	feed(p, "<stream xmlns='n'><m xmlns=''>x</m></stream>", 10);
	assert_log(&log, "<n stream><m xmlns=[]>[x]</m></n stream>");
	XML_ParserFree(p);
}

static void parser__user_data_set_later__is_heeded(void **state)
{
	AUTO_STR log = { 0 }, other = { 0 };
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

	(void)state;
	set_handlers(p, &log);
	feed(p, "<stream xmlns='n'>", 10);
	XML_SetUserData(p, &other);
	feed(p, "<m/>", 10);
	assert_log(&log, "<n stream>");
	assert_log(&other, "<n m></n m>");
	XML_ParserFree(p);
}

/* Whatever is cut, each start tag has its end tag, and the mark comes last in its stanza. */
static void cut__anywhere__tags_balance_and_next_stanza_is_whole(void **state)
{
	static const struct {
		const char *head, *tail;
		size_t n;
	} rows[] = {
		{ "<m><b>", "</b>", TAP_MAX_DEPTH },
		{ "<m>", "", TAP_MAX_DEPTH + 1 },
		{ "<m><item xmlns='" PS "'>", "</item>", 100000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_STR log = { 0 };
		XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');
		size_t starts = 0, ends = 0;
		const char *mark;

		set_handlers(p, &log);
		feed(p, HEADER, 1000);
		str_reset(&log);
		feed(p, rows[i].head, 1000);
		for (size_t n = 0; n < rows[i].n; n++)
			feed(p, "<a>", 3);
		feed(p, "x", 1);
		for (size_t n = 0; n < rows[i].n; n++)
			feed(p, "</a>", 4);
		feed(p, rows[i].tail, 1000);
		feed(p, "</m>", 1000);
		for (const char *c = log.p; *c; c++) {
			starts += c[0] == '<' && c[1] != '/';
			ends += c[0] == '<' && c[1] == '/';
		}
		assert_int_equal(starts, ends);
		mark = strstr(log.p, "<urn:x-pubsub:tap\x1f""cut limit=[depth]>");
		assert_non_null(mark);
		assert_string_equal(strchr(mark, '>'), "></urn:x-pubsub:tap\x1f""cut>"
						       "</jabber:client\x1fm>");
		str_reset(&log);
		feed(p, "<m>x</m>", 1000);
		assert_log(&log, "<jabber:client m>[x]</jabber:client m>");
		XML_ParserFree(p);
	}
}

static void cut__stream_header_with_too_many_namespaces__every_stanza(void **state)
{
	AUTO_STR log = { 0 };
	XML_Parser p = XML_ParserCreateNS(NULL, '\x1f');

	(void)state;
	set_handlers(p, &log);
	feed(p, "<stream", 100);
	for (int i = 0; i <= TAP_MAX_NAMESPACES; i++) {
		AUTO_STR xmlns = { 0 };

		str_printf(&xmlns, " xmlns:p%d='u'", i);
		feed(p, xmlns.p, 100);
	}
	feed(p, " xmlns='n'>", 100);
	for (int i = 0; i < 2; i++) {
		str_reset(&log);
		feed(p, "<m><a/></m>", 100);
		assert_log(&log, "<n m><urn:x-pubsub:tap cut limit=[namespaces]>"
				 "</urn:x-pubsub:tap cut></n m>");
	}
	XML_ParserFree(p);
}

/*
 * libstrophe against a peer that follows a script: where it has heard @hears, it says @says.
 */
struct line {
	const char *hears, *says;
};

struct peer {
	const struct line *script;
	int listener, fd;
	struct str heard;
	size_t understood;		/* bytes of heard */
	/* What came of it on our side. */
	bool up, down;
	unsigned stanzas;
	struct str payloads;
};

static void peer_listen(struct peer *p, const struct line *script, unsigned short *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	*p = (struct peer){ .script = script, .fd = -1 };
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
}

static void peer_turn(struct peer *p)
{
	char block[4096];
	const char *found;
	ssize_t n;

	if (p->fd < 0)
		p->fd = accept4(p->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (p->fd < 0)
		return;
	while ((n = recv(p->fd, block, sizeof(block), 0)) > 0)
		str_add(&p->heard, block, (size_t)n);
	if (!p->heard.len || !p->script->hears)
		return;
	found = strstr(p->heard.p + p->understood, p->script->hears);
	if (!found)
		return;
	p->understood = (size_t)(found - p->heard.p) + strlen(p->script->hears);
	n = send(p->fd, p->script->says, strlen(p->script->says), MSG_NOSIGNAL);
	assert_int_equal(n, strlen(p->script->says));
	p->script++;
}

static void peer_release(struct peer *p)
{
	close(p->fd);
	close(p->listener);
	str_release(&p->heard);
	str_release(&p->payloads);
}

static void on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
		     xmpp_stream_error_t *stream_error, void *data)
{
	struct peer *p = data;

	(void)error;
	(void)stream_error;
	if (event == XMPP_CONN_CONNECT) {
		p->up = true;
		xmpp_send_raw_string(conn, "<ready/>");
	} else {
		p->down = true;
	}
}

/* While it handles one stanza, strings are parsed, good ones and bad ones. */
static int on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
	xmpp_ctx_t *ctx = xmpp_conn_get_context(conn);
	struct peer *p = data;
	xmpp_stanza_t *s = stanza;
	struct tap_payload payload;
	unsigned long reads = tap_reads();
	char *text;
	size_t len;

	if (strcmp(xmpp_stanza_get_name(stanza), "message") != 0)
		return 1;
	assert_int_equal(xmpp_stanza_to_text(stanza, &text, &len), XMPP_EOK);
	assert_memory_equal(text, "<message", strlen("<message"));
	xmpp_free(ctx, text);
	assert_null(xmpp_stanza_new_from_string(ctx, "<message>" EVENT_OPEN "<a"));
	assert_true(tap_works(ctx));
	assert_int_equal(tap_reads(), reads);
	for (int i = 0; s && i < 3; i++)
		s = xmpp_stanza_get_children(s);
	if (s && tap_payload(s, &payload))
		str_printf(&p->payloads, "%s\n", payload.xml);
	p->stanzas++;
	return 1;
}

/* Turns until the peer's script is done and the link has ended, or @stop says so. */
static void run_logged(struct peer *p, const struct line *script,
		       bool (*stop)(const struct peer *p), const xmpp_log_t *to)
{
	xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, to);
	xmpp_conn_t *conn = xmpp_conn_new(ctx);
	time_t deadline = time(NULL) + 20;
	unsigned short port;

	tap_reset();
	peer_listen(p, script, &port);
	assert_int_equal(xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS), XMPP_EOK);
	xmpp_conn_set_jid(conn, "user@localhost");
	xmpp_conn_set_pass(conn, "secret");
	assert_int_equal(xmpp_connect_client(conn, "127.0.0.1", port, on_event, p), XMPP_EOK);
	xmpp_handler_add(conn, on_stanza, NULL, NULL, NULL, p);
	while (!p->down && !stop(p)) {
		assert_true(time(NULL) < deadline);
		xmpp_run_once(ctx, 5);
		peer_turn(p);
	}
	xmpp_conn_release(conn);
	xmpp_ctx_free(ctx);
}

static void run(struct peer *p, const struct line *script, bool (*stop)(const struct peer *p))
{
	run_logged(p, script, stop, NULL);
}

#define FEATURES(what) HEADER "<stream:features>" what "</stream:features>"
#define MECHANISMS "<mechanisms xmlns='" NS_SASL "'><mechanism>PLAIN</mechanism></mechanisms>"
#define BIND "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'"

static bool stop_at_two_stanzas(const struct peer *p)
{
	return p->stanzas == 2;
}

static const struct line two_events[] = {
	{ "<stream:stream", FEATURES(MECHANISMS) },
	{ "<auth", "<success xmlns='" NS_SASL "'/>" },
	{ "<stream:stream", FEATURES(BIND "/>") },
	{ "_xmpp_bind1", "<iq type='result' id='_xmpp_bind1'>" BIND ">"
			 "<jid>user@localhost/r</jid></bind></iq>" },
	{ "<ready/>", "<message xmlns:p='u'>" EVENT_OPEN "<p:a/>" EVENT_CLOSE "</message>"
		      "<message>" EVENT_OPEN "<b xmlns=''/>" EVENT_CLOSE "</message>" },
	{ NULL, NULL },
};

static void stream__login_and_events__payloads_arrive(void **state)
{
	struct peer p;
	unsigned long reads = tap_reads();
	uint64_t bytes = tap_bytes();

	(void)state;
	for (const struct line *l = two_events; l->says; l++)
		bytes += strlen(l->says);
	run(&p, two_events, stop_at_two_stanzas);
	assert_int_equal(tap_bytes(), bytes);
	assert_true(p.up);
	assert_true(tap_reads() >= reads + 5);
	assert_true(tap_stream_opened());
	assert_false(tap_parse_error());
	assert_string_equal(p.payloads.p, "<p:a xmlns='" EV "' xmlns:p='u'/>\n<b xmlns=''/>\n");
	tap_reset();
	assert_false(tap_stream_opened());
	peer_release(&p);
}

static void count_received(void *data, xmpp_log_level_t level, const char *area, const char *text)
{
	unsigned *received = data;

	(void)level;
	(void)area;
	*received += !strncmp(text, "RECV: ", strlen("RECV: "));
}

static void stream__log__has_what_is_received_if_wanted(void **state)
{
	unsigned received = 0;
	xmpp_log_t to = { count_received, &received };
	struct peer p;

	(void)state;
	tap_log(true);
	run_logged(&p, two_events, stop_at_two_stanzas, &to);
	assert_int_equal(received, 2 + 6); /* headers; features, success, features, the address, events */
	peer_release(&p);
	received = 0;
	tap_log(false);
	run_logged(&p, two_events, stop_at_two_stanzas, &to);
	assert_true(p.up); /* what was sent was rendered */
	assert_int_equal(received, 2);
	peer_release(&p);
	tap_log(true);
	tap_reset();
}

static bool stop_at_parse_error(const struct peer *p)
{
	(void)p;
	return tap_parse_error();
}

static void stream__not_well_formed__is_known(void **state)
{
	static const struct {
		const char *says;
		bool opened;
	} rows[] = {
		{ "HTTP/1.1 400 Bad Request\r\n\r\n", false },
		{ HEADER "<a><b></a>", true },
		{ HEADER "<message>" EVENT_OPEN "<a>&no;</a>", true },
		{ "<html><br></html>", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct line script[] = { { "<stream:stream", rows[i].says }, { NULL, NULL } };
		struct peer p;

		run(&p, script, stop_at_parse_error);
		assert_true(tap_parse_error());
		assert_int_equal(tap_stream_opened(), rows[i].opened);
		assert_int_equal(p.stanzas, 0);
		peer_release(&p);
	}
	tap_reset();
	assert_false(tap_parse_error());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers__table__are_told_in_whatever_pieces),
		cmocka_unit_test(handlers__tag_in_two_blocks__told_at_once),
		cmocka_unit_test(handlers__huge_tag_in_small_blocks__linear_time),
		cmocka_unit_test(handlers__stream_header__names_without_prefix),
		cmocka_unit_test(capture__prefixes_of_the_stream__where_used),
		cmocka_unit_test(parser__reset_within_an_item__starts_afresh),
		cmocka_unit_test(parser__user_data_set_later__is_heeded),
		cmocka_unit_test(cut__anywhere__tags_balance_and_next_stanza_is_whole),
		cmocka_unit_test(cut__stream_header_with_too_many_namespaces__every_stanza),
		cmocka_unit_test(stream__login_and_events__payloads_arrive),
		cmocka_unit_test(stream__log__has_what_is_received_if_wanted),
		cmocka_unit_test(stream__not_well_formed__is_known),
	};

	xmpp_initialize();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
