/* SPDX-License-Identifier: MIT */
/*
 * Any command line, and with it a configuration: an applet's name, arguments, an empty line, the
 * configuration; a line each. It is taken or refused, the same way a second time, and what was
 * taken is in order. No command is run for a password, and --help and the like are left out: they
 * end the process.
 */
#include <errno.h>
#include <math.h>
#include <popt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/ctl/opts.h"
#include "cmd/ctl/verbs.h"
#include "cmd/pub/opts.h"
#include "cmd/serve/config.h"
#include "cmd/serve/reload.h"
#include "cmd/sub/opts.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts.h"
#include "fuzz.h"

#define MAX_SIZE 8192
#define MAX_ARGS 64
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
FILE *__wrap_popen(const char *command, const char *type);

/* Nobody knows what it would do. */
FILE *__wrap_popen(const char *command, const char *type)
{
	(void)command;
	(void)type;
	errno = ENOSYS;
	return NULL;
}

static void check_params(const struct session_params *p)
{
	AUTO_FREE char *jid = jid_prep(p->jid);

	MUST(jid && !strcmp(jid, p->jid) && p->component == !jid_has_local(jid));
	MUST(p->port <= 65535 && (!p->host || *p->host) && !p->cert == !p->key);
	MUST(p->connect_timeout && p->request_timeout && p->retries >= -1);
}

static void check_target(const struct target *t)
{
	AUTO_FREE char *service = t->service ? jid_prep(t->service) : NULL;

	MUST(!t->service || (service && !strcmp(service, t->service)));
	for (size_t i = 0; i < t->count; i++)
		MUST(*t->nodes[i]);
}

static int try_sub(int argc, const char **argv)
{
	AUTO_IN_PLACE(sub_opts_release) struct sub_opts o;
	int r = sub_opts_parse(&o, argc, argv);

	if (r)
		return r;
	check_params(&o.params);
	check_target(&o.target);
	MUST(o.target.count && isfinite(o.wait) && o.wait >= 0);
	MUST((o.format == OUTPUT_VALUE || o.format == OUTPUT_TEMPLATE) == (o.template != NULL));
	MUST(o.exec ? *o.exec && o.jobs && !o.monitor && o.params.confined == false :
		      !o.dead_letters && o.params.confined);
	return 0;
}

static int try_pub(int argc, const char **argv)
{
	AUTO_IN_PLACE(pub_opts_release) struct pub_opts o;
	int r = pub_opts_parse(&o, argc, argv);

	if (r)
		return r;
	check_target(&o.target);
	MUST(o.target.count <= 1 && (o.count || o.flush));
	r = session_opts_check(&o.session, &o.params);
	if (!r)
		check_params(&o.params);
	return r;
}

static int try_ctl(int argc, const char **argv)
{
	AUTO_IN_PLACE(ctl_opts_release) struct ctl_opts o;
	int r = ctl_opts_parse(&o, argc, argv);

	if (r)
		return r;
	check_target(&o.target);
	MUST(o.verb && (o.target.count <= 1 || o.verb->flags & VERB_NODES));
	r = session_opts_check(&o.session, &o.params);
	if (!r)
		check_params(&o.params);
	return r;
}

static int try_serve(int argc, const char **argv)
{
	AUTO_IN_PLACE(session_opts_release) struct session_opts o = { 0 };
	AUTO_IN_PLACE(config_release) struct config c = { 0 };
	struct session_params params;
	int r = config_read(argc, argv, &o, &c);

	if (!r)
		r = session_opts_check(&o, &params);
	if (r)
		return r;
	check_params(&params);
	return config_resolve(&c, params.jid, params.component);
}

static const struct applet {
	const char *word;
	int (*parse)(int argc, const char **argv);
} applets[] = {
	{ "sub", try_sub },
	{ "pub", try_pub },
	{ "ctl", try_ctl },
	{ "serve", try_serve },
};

static const struct opts_applet known[] = {
	{ "pubsub-sub", sub_options },
	{ "pubsub-pub", pub_options },
	{ "pubsub-ctl", ctl_options },
	{ "pubsub-serve", serve_options },
	{ NULL, NULL },
};

static bool ends_the_process(const char *arg)
{
	static const char *const words[] = { "--help", "--usage", "--version", "help" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcmp(arg, words[i]))
			return true;
	return arg[0] == '-' && strchr(arg, '?');
}

/* Its arguments from ret_argv[2] on. The applet, or NULL: there is none, or it is left alone. */
static const struct applet *split(char **rest, const char **ret_argv, int *ret_argc)
{
	const char *word = strsep(rest, "\n"), *arg;
	const struct applet *a = NULL;

	for (size_t i = 0; i < COUNT(applets); i++)
		if (!strcmp(applets[i].word, word))
			a = &applets[i];
	*ret_argc = 2; /* behind the configuration */
	while (a && (arg = strsep(rest, "\n")) && *arg) {
		if (*ret_argc == MAX_ARGS || ends_the_process(arg))
			return NULL;
		ret_argv[(*ret_argc)++] = arg;
	}
	return a;
}

static void add_configuration(const char *text, char **ret_arg, int *ret_fd)
{
	size_t len = strlen(text);

	*ret_fd = memfd_create("fuzz", 0);
	MUST(*ret_fd >= 0 && write(*ret_fd, text, len) == (ssize_t)len);
	*ret_arg = mem_printf("--config=/proc/self/fd/%d", *ret_fd);
}

static int parse(const struct applet *a, int argc, const char *const *argv)
{
	const char *copy[MAX_ARGS + 1] = { NULL }; /* popt may change the order */

	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	log_set_level((enum log_level)(LOG_ERROR - 1));
	return a->parse(argc, copy);
}

static void prepare(const char *name)
{
	setenv("PUBSUB_JID", "me@localhost", 1);
	setenv("PUBSUB_PASSWORD", "secret", 1);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	setenv("XDG_STATE_HOME", "/nonexistent", 1);
	log_init(name);
	opts_know_applets(known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[MAX_ARGS + 1] = { NULL };
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *config = NULL;
	const struct applet *a;
	int argc, r, fd;
	char *rest;

	if (size > MAX_SIZE)
		return 0;
	rest = text = mem_strndup((const char *)data, size);
	a = split(&rest, argv, &argc);
	if (!a)
		return 0;
	argv[0] = name = mem_printf("pubsub-%s", a->word);
	prepare(name);
	add_configuration(rest ? rest : "", &config, &fd);
	argv[1] = config;
	r = parse(a, argc, argv);
	MUST(!r || r == EX_USAGE || r == EX_CONFIG);
	MUST(parse(a, argc, argv) == r);
	close(fd);
	return 0;
}

/* The @n-th option of a table, which counts down. */
static const struct poptOption *nth(const struct poptOption *table, unsigned *n)
{
	const struct poptOption *found = NULL;

	for (; !found && (table->longName || table->shortName || table->arg); table++) {
		if ((table->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
			found = nth(table->arg, n);
		else if (table->longName && !(*n)--)
			found = table;
	}
	return found;
}

/* One more option of those that there are, behind the applet's name. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	const struct poptOption *row;
	unsigned n = seed / 8 % 64;
	char line[128];
	uint8_t *end = memchr(data, '\n', size);
	size_t at = end ? (size_t)(end - data) + 1 : size, len;

	if (seed % 4)
		return LLVMFuzzerMutate(data, size, max);
	row = nth(known[seed / 512 % 4].options(), &n);
	if (!row)
		return LLVMFuzzerMutate(data, size, max);
	len = (size_t)snprintf(line, sizeof(line), "%s%s%s\n", seed % 8 ? "--" : "", row->longName,
			       row->argInfo & POPT_ARG_MASK ? "=1" : "");
	if (size + len > max || len >= sizeof(line))
		return size;
	memmove(data + at + len, data + at, size - at);
	memcpy(data + at, line, len);
	return size + len;
}
