/* SPDX-License-Identifier: MIT */
/*
 * What a command takes: measure [--memory] FILE COMMAND [ARGUMENT...].
 *
 * Adds a line to FILE: microseconds from the start to the end, microseconds of CPU time, and with
 * --memory the peaks in KB of what is resident and of that part of it that is the process's own
 * (RssAnon). Only then the command is traced, at its end alone, and looked at every so often, as
 * the kernel keeps no peak of the latter. The exit status is the command's, and a signal is passed on.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_FIRST 500 /* us; then seldom, lest it cost more than a hundredth of the time */

struct peak {
	unsigned long resident, own; /* KB */
};

static pid_t child;
static sigset_t child_news;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void pass_on(int signo)
{
	if (child > 0)
		kill(child, signo);
}

static unsigned long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static void look(struct peak *p)
{
	char path[64], text[4096];
	unsigned long own;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	own = field(text, "RssAnon:");
	p->own = own > p->own ? own : p->own;
	if (field(text, "VmHWM:"))
		p->resident = field(text, "VmHWM:");
}

/* Of the child, for so many microseconds. */
static void await_news(double most)
{
	unsigned long us = most > LOOK_FIRST ? (unsigned long)most : LOOK_FIRST;
	struct timespec t = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };

	sigtimedwait(&child_news, NULL, &t);
}

static pid_t start(char **argv, bool traced)
{
	pid_t pid;

	if (!traced)
		return posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) ? -1 : pid;
	pid = fork();
	if (pid)
		return pid;
	sigprocmask(SIG_UNBLOCK, &child_news, NULL);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execvp(argv[0], argv);
	_exit(127);
}

/* Until the end, with a look at it now and then, and one when all of it is still there. */
static int watch(struct peak *p, struct rusage *used)
{
	double before = now();
	bool started = false;
	int status;

	for (;;) {
		pid_t r = wait4(child, &status, WNOHANG | __WALL, used);

		if (r < 0 && errno != EINTR)
			exit(1);
		look(p);
		if (r <= 0) {
			await_news((now() - before) / 100);
		} else if (WIFSTOPPED(status)) {
			int signo = WSTOPSIG(status);

			/* The first stop is that of exec(): the process was ours before. */
			if (!started) {
				ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXIT);
				*p = (struct peak){ 0 };
			}
			started = true;
			ptrace(PTRACE_CONT, child, NULL, signo == SIGTRAP ? 0 : signo);
		} else {
			return status;
		}
	}
}

static double us(const struct timeval *t)
{
	return (double)t->tv_sec * 1e6 + (double)t->tv_usec;
}

int main(int argc, char **argv)
{
	bool memory = argc > 1 && !strcmp(argv[1], "--memory");
	struct peak peak = { 0 };
	struct rusage used;
	double before, wall;
	int status = 0;
	FILE *f;

	argv += memory;
	argc -= memory;
	if (argc < 3) {
		fputs("usage: measure [--memory] FILE COMMAND [ARGUMENT...]\n", stderr);
		return 64;
	}
	signal(SIGTERM, pass_on);
	signal(SIGINT, pass_on);
	sigemptyset(&child_news);
	sigaddset(&child_news, SIGCHLD);
	if (memory)
		sigprocmask(SIG_BLOCK, &child_news, NULL);
	before = now();
	child = start(argv + 2, memory);
	if (child < 0) {
		perror(argv[2]);
		return 127;
	}
	if (memory)
		status = watch(&peak, &used);
	else
		while (wait4(child, &status, 0, &used) < 0 && errno == EINTR)
			;
	wall = now() - before;
	f = fopen(argv[1], "ae");
	if (!f)
		return 1;
	fprintf(f, "%.0f\t%.0f\t%lu\t%lu\n", wall, us(&used.ru_utime) + us(&used.ru_stime),
		peak.resident, peak.own);
	if (fclose(f))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
