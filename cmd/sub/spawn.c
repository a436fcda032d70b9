/* SPDX-License-Identifier: MIT */
#include "cmd/sub/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/strings.h"
#include "common/pubsub/event.h"

#define SHELL "/bin/sh"

/* Ours alone: a handler is given what strangers have written. */
static const char *const secrets[] = { "PUBSUB_PASSWORD=", "PUBSUB_SECRET=" };

static bool is_secret(const char *variable)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (!strncmp(variable, secrets[i], strlen(secrets[i])))
			return true;
	return false;
}

/* But for secrets and those of an outer handler's event, and with this one's. */
static char **environment(const char *service, const struct event *e)
{
	const struct {
		const char *name, *value;
	} own[] = {
		{ "PUBSUB_EVENT=", event_kind_name(e->kind) },
		{ "PUBSUB_SERVICE=", service },
		{ "PUBSUB_NODE=", e->node },
		{ "PUBSUB_ITEM_ID=", e->id },
		{ "PUBSUB_PUBLISHER=", e->publisher },
	};
	size_t n_own = sizeof(own) / sizeof(own[0]), n = 0;
	char **env = mem_zalloc((strings_count(environ) + n_own + 1) * sizeof(*env));

	for (char **v = environ; *v; v++) {
		size_t i = 0;

		while (i < n_own && strncmp(*v, own[i].name, strlen(own[i].name)) != 0)
			i++;
		if (i == n_own && !is_secret(*v))
			env[n++] = mem_strdup(*v);
	}
	for (size_t i = 0; i < n_own; i++)
		if (own[i].value)
			env[n++] = mem_printf("%s%s", own[i].name, own[i].value);
	return env;
}

/* A file without a name: it can be read at leisure, and nobody has to write meanwhile. */
static int file_of(const struct str *input)
{
	int fd = memfd_create("event", MFD_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = out_write(fd, input->p, input->len, NULL);
	if (!r && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r)
		close(fd);
	return r ? r : fd;
}

static int start(const char *command, int input, char *const *env, pid_t *ret_pid)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!r)
		r = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
						POSIX_SPAWN_SETSIGMASK);
	if (!r)
		r = posix_spawn(ret_pid, SHELL, &actions, &attr, (char *const *)argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

int spawn_handler(const char *command, const char *service, const struct event *e,
		  const struct str *input, pid_t *ret_pid)
{
	int fd = file_of(input), r;
	char **env;

	if (fd < 0)
		return fd;
	env = environment(service, e);
	r = start(command, fd, env, ret_pid);
	strings_free(env);
	close(fd);
	return r;
}
