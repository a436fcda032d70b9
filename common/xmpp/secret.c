/* SPDX-License-Identifier: MIT */
#include "common/xmpp/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/clock.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static void close_stream(FILE *f)
{
	fclose(f);
}
AUTO_DEFINE(FILE *, close_stream);

/* The first line without its end; NULL where there is none or it is empty. */
static char *first_line(FILE *f)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t len = getline(&line, &cap, f);

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		line[--len] = '\0';
	return len > 0 ? steal(line) : NULL;
}

static int from_file(const struct secret_source *src, char **ret_secret)
{
	AUTO(close_stream) FILE *f = fopen(src->file, "re");
	struct stat st;

	if (!f) {
		log_error("cannot read the %s file '%s': %s", src->what, src->file,
			  strerror(errno));
		return EX_CONFIG;
	}
	if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IROTH)))
		log_warn("the %s file '%s' can be read by others: chmod 600 it", src->what,
			 src->file);
	errno = 0;
	*ret_secret = first_line(f);
	if (*ret_secret)
		return 0;
	if (ferror(f)) {
		log_error("cannot read the %s file '%s': %s", src->what, src->file,
			  strerror(errno));
		return EX_CONFIG;
	}
	log_error("the first line of the %s file '%s' is empty", src->what, src->file);
	return EX_CONFIG;
}

/* A command that is run: its output is read, and its end awaited, until a time. */
struct command {
	pid_t pid;
	int out;
	double until;
	bool line_read, ended;
	int status;
	struct str line; /* the first one */
};

#define LOOK 0.1 /* seconds after which it is looked whether it has ended */

/* Not for long: somebody is waited for who may be there any moment. */
static void doze(unsigned ms)
{
	poll(NULL, 0, (int)ms);
}

static int start_command(struct command *c, const char *text)
{
	const char *const argv[] = { "sh", "-c", text, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	/* Our standard input holds items, and none of them is for the command. */
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	if (!r) /* not in a group of its own: it may ask somebody, at our terminal */
		r = posix_spawn(&c->pid, "/bin/sh", &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	c->out = fds[0];
	if (r)
		close(c->out);
	return -r;
}

/* False: it has said all. One that has more to say than a line shall not die of SIGPIPE. */
static bool read_more(struct command *c)
{
	char buf[1024];
	ssize_t n = read(c->out, buf, sizeof(buf));
	char *end = n > 0 ? memchr(buf, '\n', (size_t)n) : NULL;

	if (n > 0 && !c->line_read)
		str_add(&c->line, buf, end ? (size_t)(end - buf) : (size_t)n);
	c->line_read |= end != NULL;
	explicit_bzero(buf, sizeof(buf));
	return n > 0 || (n < 0 && errno == EINTR);
}

static bool has_ended(struct command *c)
{
	pid_t pid = c->ended ? c->pid : waitpid(c->pid, &c->status, WNOHANG);

	if (pid < 0)
		c->status = -1;
	c->ended = pid;
	return c->ended;
}

/*
 * False: it is at it still, and the time is over. What it has left in the background may have its
 * output open for longer: once it has ended there is no more of its own.
 */
static bool read_all(struct command *c)
{
	struct pollfd p = { .fd = c->out, .events = POLLIN };
	double left;

	while ((left = c->until - clock_now()) > 0.) {
		bool ended = has_ended(c);
		int r = poll(&p, 1, ended ? 0 : (int)((left < LOOK ? left : LOOK) * 1000.) + 1);

		if (r < 0 && errno != EINTR)
			return true;
		if (r > 0 && !read_more(c))
			return true;
		if (!r && ended)
			return true;
	}
	return false;
}

static bool await_end(struct command *c, double until)
{
	unsigned ms = 0;

	while (!has_ended(c) && clock_now() < until) {
		doze(ms);
		ms = ms < 20 ? ms + 1 : ms;
	}
	return c->ended;
}

static void end_command(struct command *c)
{
	kill(c->pid, SIGTERM);
	if (!await_end(c, clock_now() + 1.)) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, &c->status, 0);
	}
}

/* False: not in time. *ret_status: -1: not known. */
static bool run_command(struct command *c, int *ret_status)
{
	bool ended = read_all(c) && await_end(c, c->until);

	close(c->out);
	if (!ended)
		end_command(c);
	*ret_status = c->status;
	while (c->line.len && c->line.p[c->line.len - 1] == '\r')
		c->line.p[--c->line.len] = '\0';
	return ended;
}

static void command_release(struct command *c)
{
	if (c->line.p)
		explicit_bzero(c->line.p, c->line.cap);
	str_release(&c->line);
}

static int from_command(const struct secret_source *src, char **ret_secret)
{
	unsigned patience = src->patience ? src->patience : SECRET_PATIENCE;
	AUTO_IN_PLACE(command_release) struct command c = { .until = clock_now() + patience };
	int status = -1, r = start_command(&c, src->command);

	if (r) {
		log_error("cannot run the %s command '%s': %s", src->what, src->command,
			  strerror(-r));
	} else if (!run_command(&c, &status)) {
		log_error("the %s command '%s' has not ended within %u s", src->what, src->command,
			  patience);
	} else if (c.line.len && !status) {
		*ret_secret = mem_strndup(c.line.p, c.line.len);
		return 0;
	} else if (status > 0 && WIFEXITED(status)) {
		log_error("the %s command '%s' failed with exit code %d", src->what, src->command,
			  WEXITSTATUS(status));
	} else if (status > 0) {
		log_error("the %s command '%s' was ended by signal %d", src->what, src->command,
			  WTERMSIG(status));
	} else {
		log_error("the %s command '%s' printed nothing", src->what, src->command);
	}
	return EX_CONFIG;
}

/* What would end or stop us while the terminal does not echo. */
static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define DEADLY (sizeof(deadly) / sizeof(deadly[0]))

static volatile sig_atomic_t deadly_seen;

static void on_deadly(int signo)
{
	deadly_seen = signo;
}

/* A line from the terminal, unless a signal comes first. */
static char *read_line(int tty)
{
	char line[1024];
	size_t len = 0;
	ssize_t n = 0;
	char *secret = NULL;

	while (!deadly_seen && len < sizeof(line) && (!len || line[len - 1] != '\n')) {
		n = read(tty, line + len, sizeof(line) - len);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len && !deadly_seen)
		secret = mem_strndup(line, len);
	explicit_bzero(line, sizeof(line));
	return secret;
}

/* Reads a line that does not show. A signal that comes meanwhile has its effect afterwards, when
 * the terminal is again as it was. */
static char *read_unseen(int tty, const struct termios *old)
{
	struct sigaction sa = { .sa_handler = on_deadly }, before[DEADLY];
	struct termios quiet = *old;
	char *secret;

	quiet.c_lflag &= ~(tcflag_t)ECHO;
	deadly_seen = 0;
	for (size_t i = 0; i < DEADLY; i++) /* without SA_RESTART: read() shall end */
		sigaction(deadly[i], &sa, &before[i]);
	tcsetattr(tty, TCSAFLUSH, &quiet);
	secret = read_line(tty);
	tcsetattr(tty, TCSAFLUSH, old);
	dprintf(tty, "\n");
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &before[i], NULL);
	if (deadly_seen)
		raise(deadly_seen);
	return secret;
}

static int from_terminal(const struct secret_source *src, char **ret_secret)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios old;

	if (tty < 0 || tcgetattr(tty, &old)) {
		if (tty >= 0)
			close(tty);
		log_error("no %s for %s: give a file, a command, or %s in the environment",
			  src->what, src->whose, src->variable);
		return EX_USAGE;
	}
	do { /* and once more when we were stopped and go on */
		dprintf(tty, "The %s for %s: ", src->what, src->whose);
		*ret_secret = read_unseen(tty, &old);
	} while (!*ret_secret && deadly_seen);
	close(tty);
	if (*ret_secret)
		return 0;
	log_error("no %s was typed", src->what);
	return EX_CONFIG;
}

int secret_get(const struct secret_source *source, char **ret_secret)
{
	const char *value = getenv(source->variable);

	if (source->file)
		return from_file(source, ret_secret);
	if (source->command)
		return from_command(source, ret_secret);
	if (value && *value) {
		*ret_secret = mem_strdup(value);
		return 0;
	}
	return from_terminal(source, ret_secret);
}
