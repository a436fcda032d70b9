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
#include "common/xmpp/opts.h"

/* Fresh options, as if popt had read --jid and the like. */
static void opts_with(struct session_opts *o, const char *jid, const char *host)
{
	session_opts_init(o, 0);
	o->jid = mem_strdup(jid);
	o->host = mem_strdup(host);
}

static void resolve__host__table(void **state)
{
	static const struct {
		const char *in, *host;
		unsigned port;
	} rows[] = {
		{ "example.com", "example.com", 0 },
		{ "example.com:5223", "example.com", 5223 },
		{ "127.0.0.1:1", "127.0.0.1", 1 },
		{ "[::1]:5222", "::1", 5222 },
		{ "[::1]", "::1", 0 },
		{ "::1", "::1", 0 },
		{ "example.com:", NULL, 0 },
		{ "example.com:0", NULL, 0 },
		{ "example.com:65536", NULL, 0 },
		{ "example.com:x", NULL, 0 },
		{ ":5222", NULL, 0 },
		{ "[::1", NULL, 0 },
		{ "[::1]5222", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session_params p;
		struct session_opts o;
		int r;

		opts_with(&o, "u@h/r", rows[i].in);
		r = session_opts_resolve(&o, &p);
		assert_int_equal(r, rows[i].host ? 0 : EX_USAGE);
		if (!r) {
			assert_string_equal(p.host, rows[i].host);
			assert_int_equal(p.port, rows[i].port);
		}
		session_opts_release(&o);
	}
}

static void resolve__jid__table(void **state)
{
	static const struct {
		const char *jid, *component, *full;
	} rows[] = {
		{ "User@Host/Res", NULL, "user@host/Res" },
		{ "u@h", NULL, "u@h" },
		{ "h", NULL, NULL },
		{ "@h", NULL, NULL },
		{ NULL, NULL, "env@h" }, /* PUBSUB_JID */
		{ "u@h", "PubSub.h", "pubsub.h" },
		{ NULL, "u@h", NULL },
		{ NULL, "h/r", NULL },
	};

	(void)state;
	setenv("PUBSUB_JID", "env@h", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session_params p;
		struct session_opts o;
		int r;

		opts_with(&o, rows[i].jid, NULL);
		o.component = rows[i].component;
		r = session_opts_resolve(&o, &p);
		assert_int_equal(r, rows[i].full ? 0 : EX_USAGE);
		if (!r) {
			assert_string_equal(p.jid, rows[i].full);
			assert_int_equal(p.component, rows[i].component != NULL);
		}
		session_opts_release(&o);
	}
	unsetenv("PUBSUB_JID");
}

static void secret__file_before_command_before_environment(void **state)
{
	char path[] = "/tmp/pubsub-test-XXXXXX";
	int fd = mkstemp(path);
	struct session_params p;
	struct session_opts o;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "from-file \nsecond\n", 18), 18);
	close(fd);

	opts_with(&o, "u@h", NULL);
	o.password_file = mem_strdup(path);
	o.password_command = mem_strdup("echo from-command");
	assert_int_equal(session_opts_resolve(&o, &p), 0);
	assert_string_equal(p.secret, "from-file ");
	session_opts_release(&o);

	opts_with(&o, "u@h", NULL);
	o.password_command = mem_strdup("echo from-command; seq 100000");
	assert_int_equal(session_opts_resolve(&o, &p), 0);
	assert_string_equal(p.secret, "from-command");
	session_opts_release(&o);

	opts_with(&o, "u@h", NULL);
	assert_int_equal(session_opts_resolve(&o, &p), 0);
	assert_string_equal(p.secret, "from-environment");
	session_opts_release(&o);
	unlink(path);
}

static void secret__file__its_first_line(void **state)
{
	static const struct {
		const char *text, *secret;
	} rows[] = {
		{ "unix\n", "unix" },
		{ "windows\r\nsecond\r\n", "windows" },
		{ "no end of line", "no end of line" },
		{ " blanks \t\n", " blanks \t" },
		{ "p\xc3\xa4ssword\n", "p\xc3\xa4ssword" },
		{ "", NULL },
		{ "\n", NULL },
		{ "\r\nsecond\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[] = "/tmp/pubsub-test-XXXXXX";
		ssize_t len = (ssize_t)strlen(rows[i].text);
		int fd = mkstemp(path);
		struct session_params p;
		struct session_opts o;

		assert_true(fd >= 0);
		assert_int_equal(write(fd, rows[i].text, (size_t)len), len);
		close(fd);
		opts_with(&o, "u@h", NULL);
		o.password_file = mem_strdup(path);
		assert_int_equal(session_opts_resolve(&o, &p), rows[i].secret ? 0 : EX_CONFIG);
		if (rows[i].secret)
			assert_string_equal(p.secret, rows[i].secret);
		session_opts_release(&o);
		unlink(path);
	}
}

static void secret__bad_source__configuration_error(void **state)
{
	static const struct {
		const char *file, *command;
	} rows[] = {
		{ "/nonexistent/password", NULL },
		{ "/dev/null", NULL },
		{ NULL, "exit 3" },
		{ "/", NULL },
		{ NULL, "true" },
		{ NULL, "echo; echo second" },
		{ NULL, "echo half; kill -KILL $$" },
		{ NULL, "/nonexistent/program" },
		{ NULL, "echo half; exit 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session_params p;
		struct session_opts o;

		opts_with(&o, "u@h", NULL);
		o.password_file = mem_strdup(rows[i].file);
		o.password_command = mem_strdup(rows[i].command);
		assert_int_equal(session_opts_resolve(&o, &p), EX_CONFIG);
		session_opts_release(&o);
	}
}

static void resolve__bad_values__usage_or_configuration(void **state)
{
	struct session_params p;
	struct session_opts o;

	(void)state;
	opts_with(&o, "u@h", NULL);
	o.tls = mem_strdup("ssl");
	assert_int_equal(session_opts_resolve(&o, &p), EX_USAGE);
	session_opts_release(&o);

	opts_with(&o, "u@h", NULL);
	o.ca_file = mem_strdup("/nonexistent/ca.pem");
	assert_int_equal(session_opts_resolve(&o, &p), EX_CONFIG);
	session_opts_release(&o);

	opts_with(&o, "u@h", NULL);
	o.cert = mem_strdup("/dev/null");
	assert_int_equal(session_opts_resolve(&o, &p), EX_USAGE);
	session_opts_release(&o);

}

static int setup(void **state)
{
	(void)state;
	return setenv("PUBSUB_PASSWORD", "from-environment", 1) ||
	       setenv("PUBSUB_SECRET", "component", 1) || !freopen("/dev/null", "w", stderr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolve__host__table),
		cmocka_unit_test(resolve__jid__table),
		cmocka_unit_test(secret__file_before_command_before_environment),
		cmocka_unit_test(secret__file__its_first_line),
		cmocka_unit_test(secret__bad_source__configuration_error),
		cmocka_unit_test(resolve__bad_values__usage_or_configuration),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
