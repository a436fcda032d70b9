/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/conf.h"
#include "common/xmpp/opts.h"

AUTO_DEFINE(poptContext, poptFreeContext);

static char folder[] = "/tmp/pubsub-test-XXXXXX";

/* Reading */

static int read_text(struct conf *c, const char *text, size_t len)
{
	FILE *f = fmemopen((void *)text, len, "r");
	int r;

	assert_non_null(f);
	*c = (struct conf){ 0 };
	r = conf_read_stream(c, "test", f);
	fclose(f);
	return r;
}

static void read__entries__as_written(void **state)
{
	static const char text[] = "\xef\xbb\xbf# comment\n"
				   "jid = user@example.com\n"
				   "  password-command=  pass show xmpp ; true  \r\n"
				   "\n"
				   "\tnode = a\n"
				   "; comment\n"
				   "[work] \n"
				   " node = b = [c] # d\n"
				   "lines=\n"
				   "[empty]";
	static const struct {
		const char *section, *key, *value;
		unsigned line;
	} rows[] = {
		{ "", "jid", "user@example.com", 2 },
		{ "", "password-command", "pass show xmpp ; true", 3 },
		{ "", "node", "a", 5 },
		{ "work", "node", "b = [c] # d", 8 },
		{ "work", "lines", "", 9 },
	};
	struct conf c;

	(void)state;
	assert_int_equal(read_text(&c, text, sizeof(text) - 1), 0);
	assert_int_equal(c.n, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < c.n; i++) {
		assert_string_equal(c.entries[i].section, rows[i].section);
		assert_string_equal(c.entries[i].key, rows[i].key);
		assert_string_equal(c.entries[i].value, rows[i].value);
		assert_int_equal(c.entries[i].line, rows[i].line);
	}
	assert_int_equal(strings_count(c.sections), 2);
	assert_true(strings_have(c.sections, "empty"));
	conf_release(&c);
}

static void read__bad_lines__refused(void **state)
{
#define ROW(text)                                                                                  \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		ROW("word\n"),	   ROW("jid = a\nword\njid = b\n"),
		ROW("= value\n"),  ROW("[work\n"),
		ROW("[]\n"),	   ROW("[work] jid = a\n"),
		ROW("jid = a\0b"), ROW("[12345678901234567890123456789012345678901234567890]\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf c;

		assert_int_equal(read_text(&c, rows[i].text, rows[i].len), EX_CONFIG);
		conf_release(&c);
	}
}

static void read__long_line__whole_or_refused(void **state)
{
	(void)state;
	for (size_t len = 4080; len < 4110; len++) {
		AUTO_FREE char *text = mem_zalloc(len + 1);
		struct conf c;
		int r;

		memset(text, 'x', len);
		memcpy(text, "id=", 3);
		text[len - 1] = '\n';
		r = read_text(&c, text, len);
		assert_int_equal(r, len <= 4095 ? 0 : EX_CONFIG);
		if (!r)
			assert_int_equal(strlen(c.entries[0].value), len - 4);
		conf_release(&c);
	}
}

static void read__no_file__only_if_optional(void **state)
{
	struct conf c = { 0 };

	(void)state;
	assert_int_equal(conf_read(&c, "/nonexistent/config", true), 0);
	assert_int_equal(conf_read(&c, "/nonexistent/config", false), EX_CONFIG);
	assert_int_equal(conf_read(&c, folder, true), EX_CONFIG);
	conf_release(&c);
}

/* As options */

struct got {
	struct session_opts session;
	char *id, *service;
	char **nodes;
	int count, all, create, print;
};

static struct poptOption *table_of(struct got *g)
{
	static struct poptOption table[12];
	const struct poptOption rows[] = {
		{ "id", 'i', POPT_ARG_STRING, &g->id, 0, "", "ID" },
		{ "service", 's', POPT_ARG_STRING, &g->service, 0, "", "JID" },
		{ "node", 'n', POPT_ARG_ARGV, &g->nodes, 0, "", "NODE" },
		{ "count", 'C', POPT_ARG_INT, &g->count, 0, "", "N" },
		{ "all", 'a', POPT_ARG_NONE, &g->all, 0, "", NULL },
		{ "print", 'p', POPT_ARG_NONE, &g->print, 0, "", NULL },
		{ "auto-create", 0, POPT_ARG_VAL, &g->create, 1, "", NULL },
		{ "no-auto-create", 0, POPT_ARG_VAL, &g->create, 0, "", NULL },
		POPT_TABLEEND
	};

	memcpy(table, rows, sizeof(rows));
	return table;
}

static const struct poptOption *own_options(void)
{
	fail_msg("popt is at work in the table of the applet that runs");
	return NULL;
}

static const struct poptOption *other_options(void)
{
	static int window;
	static const struct poptOption table[] = {
		{ "window", 'w', POPT_ARG_INT, &window, 0, "", "N" }, POPT_TABLEEND
	};

	return table;
}

static int parse(struct got *g, const char **argv)
{
	struct poptOption options[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, table_of(g), 0, NULL, NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, session_opts_table(&g->session), 0, "", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	AUTO(poptFreeContext) poptContext pc = NULL;
	int argc = 0;

	while (argv[argc])
		argc++;
	*g = (struct got){ .count = -7, .create = 1 };
	session_opts_init(&g->session, -1);
	pc = poptGetContext("pubsub-test", argc, argv, options, 0);
	return opts_parse(pc, options, &g->session);
}

static void got_release(struct got *g)
{
	session_opts_release(&g->session);
	free(g->id);
	free(g->service);
	strings_free(g->nodes);
}

static void put_file(const char *name, const char *text)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What the options come to, as text. */
static char *describe(const struct got *g)
{
	char *text = mem_printf("id=%s service=%s jid=%s retries=%d count=%d all=%d print=%d "
				"create=%d level=%d nodes=",
				g->id ? g->id : "", g->service ? g->service : "",
				g->session.jid ? g->session.jid : "", g->session.retries, g->count,
				g->all, g->print, g->create, (int)log_get_level());

	for (char **n = g->nodes; n && *n; n++) {
		char *longer = mem_printf("%s%s,", text, *n);

		free(text);
		text = longer;
	}
	return text;
}

static void parse__precedence__table(void **state)
{
	static const struct {
		const char *file;
		const char *args[8];
		const char *want; /* stands in what describe() says */
	} rows[] = {
		{ "id = a\n", { NULL }, "id=a " },
		{ "id = a\n", { "-i", "b" }, "id=b " },
		{ "id = a\nid = b\n", { NULL }, "id=b " },
		{ "id =\n", { "-C", "2" }, "id= service= jid= retries=-1 count=2 " },
		{ "test.id = b\nid = a\n", { NULL }, "id=b " },
		{ "other.window = 3\nid = a\nwindow = x\n", { NULL }, "id=a " },
		{ "other.retries = 3\n", { NULL }, "retries=-1 " },
		{ "count = 5\nretries = 2\n", { NULL }, "retries=2 count=5 " },
		{ "count = 5\nretries = 2\n", { "--count=-7" }, "retries=2 count=-7 " },
		{ "count = 5\nretries = 2\n", { "--retries=-1" }, "retries=-1 count=5 " },
		/* lists */
		{ "node = a\nnode = b\n", { NULL }, "nodes=a,b," },
		{ "node = a\nnode = b\n", { "-n", "c", "-n", "d" }, "nodes=c,d," },
		{ "node = a\nnode = b\n[p]\nnode = c\n", { "--profile", "p" }, "nodes=c," },
		{ "node = a\ntest.node = b\ntest.node = c\n", { NULL }, "nodes=b,c," },
		/* profiles */
		{ "id = a\n[p]\nid = b\n", { NULL }, "id=a " },
		{ "id = a\n[p]\nid = b\n", { "--profile", "p" }, "id=b " },
		{ "test.id = a\n[p]\nid = b\n", { "--profile", "p" }, "id=b " },
		{ "id = a\n[p]\ncount = 1\n[q]\ncount = 2\n[p]\nprint = on\n",
		  { "--profile", "p" },
		  "id=a service= jid= retries=-1 count=1 all=0 print=1 " },
		{ "id = a\n[p]\n", { "--profile", "p" }, "id=a " },
		/* switches */
		{ "print = yes\nall = 1\n", { NULL }, "all=1 print=1 " },
		{ "print = no\nall = false\n", { NULL }, "all=0 print=0 " },
		{ "print = no\n", { "-p" }, "print=1 " },
		{ "print = true\n[p]\nprint = off\n", { "--profile", "p" }, "print=0 " },
		{ "auto-create = no\n", { NULL }, "create=0 " },
		{ "no-auto-create = yes\n", { NULL }, "create=0 " },
		{ "no-auto-create = yes\n", { "--auto-create" }, "create=1 " },
		{ "no-auto-create = yes\n[p]\nauto-create = yes\n",
		  { "--profile", "p" },
		  "create=1 " },
		/* loudness: the configuration's, or the command line's */
		{ "verbose = yes\nverbose = yes\n", { NULL }, "level=4 " },
		{ "quiet = yes\n", { NULL }, "level=0 " },
		{ "quiet = yes\n", { "-v" }, "level=3 " },
		/* environment */
		{ "service = a@h\njid = c@h\n", { NULL }, "service= jid=c@h " },
	};
	AUTO_FREE char *path = mem_printf("%s/config", folder);

	(void)state;
	setenv("PUBSUB_SERVICE", "env.example", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *argv[12] = { "pubsub-test", "-c", path };
		AUTO_FREE char *text = NULL;
		struct got g;

		put_file("config", rows[i].file);
		memcpy(argv + 3, rows[i].args, sizeof(rows[i].args));
		log_set_level(LOG_NOTE);
		assert_int_equal(parse(&g, argv), 0);
		text = describe(&g);
		if (!strstr(text, rows[i].want))
			fail_msg("row %zu: '%s' is not in '%s'", i, rows[i].want, text);
		got_release(&g);
	}
	log_set_level(LOG_NOTE);
	unsetenv("PUBSUB_SERVICE");
}

static void parse__rivals__only_the_higher(void **state)
{
	AUTO_FREE char *path = mem_printf("%s/config", folder);
	struct got g;

	(void)state;
	put_file("config", "password-file = a\n[p]\npassword-command = b\n");
	assert_int_equal(
		parse(&g, (const char *[]){ "pubsub-test", "-c", path, "--profile", "p", NULL }),
		0);
	assert_null(g.session.password_file);
	assert_string_equal(g.session.password_command, "b");
	got_release(&g);

	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", "-c", path,
						     "--password-command", "c", NULL }),
			 0);
	assert_null(g.session.password_file);
	assert_string_equal(g.session.password_command, "c");
	got_release(&g);

	setenv("PUBSUB_PASSWORD", "x", 1);
	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", "-c", path, NULL }), 0);
	assert_null(g.session.password_file);
	got_release(&g);
	unsetenv("PUBSUB_PASSWORD");
}

static void parse__bad_settings__configuration_error(void **state)
{
	static const char *const rows[] = {
		"nodes = a\n",	"retries = many\n",	 "retries =\n",	   "print = maybe\n",
		"print =\n",	"test.window = 3\n",	 "other.id = a\n", "third.id = a\n",
		".id = a\n",	"config = a\n",		 "profile = a\n",  "version = yes\n",
		"help = yes\n", "[unused]\nnodes = a\n",
	};
	AUTO_FREE char *path = mem_printf("%s/config", folder);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct got g;
		int r;

		put_file("config", rows[i]);
		r = parse(&g, (const char *[]){ "pubsub-test", "-c", path, NULL });
		if (r != EX_CONFIG)
			fail_msg("%s: %d", rows[i], r);
		got_release(&g);
	}
}

static void parse__profile_that_is_not_there__configuration_error(void **state)
{
	AUTO_FREE char *path = mem_printf("%s/config", folder);
	struct got g;

	(void)state;
	put_file("config", "id = a\n[p]\nid = b\n");
	assert_int_equal(
		parse(&g, (const char *[]){ "pubsub-test", "-c", path, "--profile", "q", NULL }),
		EX_CONFIG);
	got_release(&g);
}

static void parse__users_file__without_an_option(void **state)
{
	AUTO_FREE char *sub = mem_printf("%s/pubsub", folder);
	AUTO_FREE char *path = mem_printf("%s/other", folder);
	struct got g;

	(void)state;
	assert_int_equal(mkdir(sub, 0700), 0);
	put_file("pubsub/config", "id = mine\n");
	put_file("other", "count = 1\n");
	setenv("XDG_CONFIG_HOME", folder, 1);
	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", NULL }), 0);
	assert_string_equal(g.id, "mine");
	got_release(&g);

	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", "-c", path, NULL }), 0);
	assert_null(g.id);
	assert_int_equal(g.count, 1);
	got_release(&g);
}

static void usage_error__on_a_configured_value__is_the_configurations(void **state)
{
	AUTO_FREE char *path = mem_printf("%s/config", folder);
	struct got g;

	(void)state;
	put_file("config", "id = a\n");
	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", "-c", path, NULL }), 0);
	assert_true(opts_is_configured("id"));
	assert_false(opts_is_configured("i"));
	assert_int_equal(opts_usage_error("--id: '%s' is bad", g.id), EX_CONFIG);
	assert_int_equal(opts_usage_error("--id-more: '%s' is bad", g.id), EX_USAGE);
	assert_int_equal(opts_usage_error("the id '%s' is bad", g.id), EX_USAGE);
	got_release(&g);

	assert_int_equal(parse(&g, (const char *[]){ "pubsub-test", "-c", path, "-i", "b", NULL }),
			 0);
	assert_false(opts_is_configured("id"));
	assert_int_equal(opts_usage_error("--id: '%s' is bad", g.id), EX_USAGE);
	got_release(&g);
}

static int setup(void **state)
{
	static const struct opts_applet applets[] = { { "pubsub-test", own_options },
						      { "pubsub-other", other_options },
						      { NULL, NULL } };

	(void)state;
	log_init("pubsub-test");
	opts_know_applets(applets);
	unsetenv("PUBSUB_JID");
	unsetenv("PUBSUB_PASSWORD");
	unsetenv("PUBSUB_SERVICE");
	return !mkdtemp(folder) || !freopen("/dev/null", "w", stderr);
}

static int teardown(void **state)
{
	AUTO_FREE char *command = mem_printf("rm -r %s", folder);

	(void)state;
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read__entries__as_written),
		cmocka_unit_test(read__bad_lines__refused),
		cmocka_unit_test(read__long_line__whole_or_refused),
		cmocka_unit_test(read__no_file__only_if_optional),
		cmocka_unit_test(parse__precedence__table),
		cmocka_unit_test(parse__rivals__only_the_higher),
		cmocka_unit_test(parse__bad_settings__configuration_error),
		cmocka_unit_test(parse__profile_that_is_not_there__configuration_error),
		cmocka_unit_test(parse__users_file__without_an_option),
		cmocka_unit_test(usage_error__on_a_configured_value__is_the_configurations),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
