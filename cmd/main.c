/* SPDX-License-Identifier: MIT */
/*
 * The multicall binary: which applet is meant, by our own file name or by the first argument.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/nearest.h"
#include "common/base/mem.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/versions.h"

#define PREFIX "pubsub-"

struct applet {
	const char *name; /* with the prefix, as links and man pages are called */
	int (*main)(int argc, const char **argv);
	const struct poptOption *(*options)(void);
	const char *help;
};

/* clang-format off */
static const struct applet applets[] = {
	{ PREFIX "serve", serve_main, serve_options, "be a publish-subscribe service, as an account or a component" },
	{ PREFIX "sub",	  sub_main,   sub_options,   "subscribe to nodes and print what is published" },
	{ PREFIX "pub",	  pub_main,   pub_options,   "publish items from standard input, files or arguments" },
	{ PREFIX "ctl",	  ctl_main,   ctl_options,   "manage nodes, items, subscriptions and affiliations" },
};
/* clang-format on */
#define APPLETS (sizeof(applets) / sizeof(applets[0]))

/* "sub", "pubsub-sub" */
static const struct applet *find(const char *name)
{
	if (!strncmp(name, PREFIX, strlen(PREFIX)))
		name += strlen(PREFIX);
	for (size_t i = 0; i < APPLETS; i++)
		if (!strcmp(applets[i].name + strlen(PREFIX), name))
			return &applets[i];
	return NULL;
}

static int run(const struct applet *a, int argc, const char **argv)
{
	static struct opts_applet known[APPLETS + 1];

	for (size_t i = 0; i < APPLETS; i++)
		known[i] = (struct opts_applet){ applets[i].name, applets[i].options };
	opts_know_applets(known);
	argv[0] = a->name;
	log_init(a->name);
	return a->main(argc, argv);
}

static int finish_output(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_error("cannot write: %s", strerror(errno));
	return EX_IOERR;
}

static int print_help(void)
{
	printf("Usage: pubsub APPLET [OPTION...]\n"
	       "XMPP publish-subscribe (XEP-0060) for pipes, cron jobs and terminals.\n\n");
	for (size_t i = 0; i < APPLETS; i++)
		printf("  %-14s %s\n", applets[i].name + strlen(PREFIX), applets[i].help);
	printf("\n"
	       "  --list         print the applets' names\n"
	       "  --install DIR  make links to this binary in DIR, one for each applet\n"
	       "  --version      print the versions of pubsub and its libraries\n"
	       "  --help         this text\n\n"
	       "Each applet has a --help and a man page: man pubsub-sub\n");
	return finish_output();
}

static int print_list(void)
{
	for (size_t i = 0; i < APPLETS; i++)
		puts(applets[i].name);
	return finish_output();
}

static int install(const char *dir)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0) {
		log_error("cannot find out where this binary is: %s", strerror(errno));
		return EX_OSERR;
	}
	self[len] = '\0';
	for (size_t i = 0; i < APPLETS; i++) {
		AUTO_FREE char *path = mem_printf("%s/%s", dir, applets[i].name);
		char there[PATH_MAX];
		int error;

		if (!symlink(self, path))
			continue;
		error = errno;
		len = readlink(path, there, sizeof(there) - 1);
		if (len >= 0 && (size_t)len == strlen(self) && !memcmp(there, self, (size_t)len))
			continue; /* made before */
		log_error("cannot make the link '%s': %s", path, strerror(error));
		return EX_CANTCREAT;
	}
	return 0;
}

static int unknown(const char *name)
{
	const char *wanted = strncmp(name, PREFIX, strlen(PREFIX)) ? name : name + strlen(PREFIX);
	struct nearest n = { .word = wanted };

	if (name[0] == '-') {
		log_error("unknown option '%s' (see pubsub --help)", name);
		return EX_USAGE;
	}
	for (size_t i = 0; i < APPLETS; i++)
		nearest_consider(&n, applets[i].name + strlen(PREFIX));
	log_error("there is no applet '%s'; did you mean '%s'? (see pubsub --help)", name,
		  nearest_found(&n));
	return EX_USAGE;
}

/*
 * Where one of the standard descriptors is closed, the next file or socket would take its number,
 * and be written to as such: it gets something on which writing or reading fails.
 */
static void occupy_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return; /* then what follows cannot be opened either */
}

int main(int argc, char **argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const struct applet *a;

	occupy_standard_descriptors();
	name = name ? name + 1 : argc > 0 ? argv[0] : "pubsub";
	a = strncmp(name, PREFIX, strlen(PREFIX)) ? NULL : find(name);
	if (a)
		return run(a, argc, (const char **)argv);
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") ||
	    !strcmp(argv[1], "help"))
		return print_help();
	a = argv[1][0] == '-' ? NULL : find(argv[1]);
	if (a)
		return run(a, argc - 1, (const char **)argv + 1);
	if (!strcmp(argv[1], "--list"))
		return print_list();
	if (!strcmp(argv[1], "--version"))
		return versions_print();
	if (!strcmp(argv[1], "--install") && argc == 3)
		return install(argv[2]);
	if (!strcmp(argv[1], "--install")) {
		log_error("--install takes one folder (see pubsub --help)");
		return EX_USAGE;
	}
	return unknown(argv[1]);
}
