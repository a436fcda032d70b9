/* SPDX-License-Identifier: MIT */
/* Secrets that a command tells; files, the environment and the terminal are tested from outside. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/secret.h"

static int set_up(void **state)
{
	(void)state;
	log_init("test");
	return 0;
}

static int run(const char *command, unsigned patience, char **ret_secret)
{
	struct secret_source source = { .command = command,
					.patience = patience,
					.variable = "PUBSUB_PASSWORD",
					.what = "password",
					.whose = "me@localhost" };

	return secret_get(&source, ret_secret);
}

static void secret__command__table(void **state)
{
	static const struct {
		const char *command, *secret; /* NULL: it fails */
	} rows[] = {
		{ "echo secret", "secret" },
		{ "printf 'secret\\r\\nmore\\n'", "secret" },
		{ "printf secret", "secret" },
		{ "printf se; sleep 0.1; printf 'cret\\nno'", "secret" },
		{ "echo secret; seq 100000", "secret" },
		{ "echo secret; exec >&-; sleep 0.1", "secret" },
		{ "sleep 5 & echo secret", "secret" }, /* an agent, which stays */
		{ "cat; echo secret", "secret" }, /* it is not given our standard input */
		{ "echo secret; exit 3", NULL },
		{ "echo secret; kill -TERM $$", NULL },
		{ "echo; echo secret", NULL },
		{ "true", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_FREE char *secret = NULL;

		assert_int_equal(run(rows[i].command, 0, &secret), rows[i].secret ? 0 : EX_CONFIG);
		if (rows[i].secret)
			assert_string_equal(secret, rows[i].secret);
		else
			assert_null(secret);
	}
}

/* Runs a command that writes its process id into the @file: that; 0: it did not get so far. */
static int run_to_its_end(const char *command, const char *file)
{
	AUTO_FREE char *secret = NULL;
	time_t begin = time(NULL);
	FILE *f;
	int pid;

	assert_int_equal(truncate(file, 0), 0);
	assert_int_equal(run(command, 1, &secret), EX_CONFIG);
	assert_null(secret);
	assert_in_range(time(NULL) - begin, 1, 10);
	f = fopen(file, "r");
	assert_non_null(f);
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

/* Of each the process is gone, at the latest a second after its time. */
static void secret__command_that_hangs__is_ended(void **state)
{
	static const char *const commands[] = {
		"exec sleep 1000",
		"echo secret; exec sleep 1000", /* what it has printed is no answer yet */
		"echo secret; exec >&-; exec sleep 1000",
		"trap '' TERM; exec sleep 1000",
	};
	char file[] = "/tmp/pubsub-test.XXXXXX";
	int fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		AUTO_FREE char *command = mem_printf("echo $$ >%s; %s", file, commands[i]);
		int pid = 0;

		/* Once more where it was ended before it had said who it is. */
		for (int n = 0; n < 5 && !pid; n++)
			pid = run_to_its_end(command, file);
		assert_true(pid > 0);
		assert_int_equal(kill(pid, 0), -1);
		assert_int_equal(errno, ESRCH);
	}
	unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret__command__table),
		cmocka_unit_test(secret__command_that_hangs__is_ended),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
