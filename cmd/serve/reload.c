/* SPDX-License-Identifier: MIT */
#include "cmd/serve/reload.h"

#include <stdbool.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/xmpp/opts.h"

#define ROWS 64

AUTO_DEFINE(poptContext, poptFreeContext);

const struct poptOption *serve_options(void)
{
	static struct config c;

	return config_table(&c);
}

/* Reading */

static int check_usage(const struct session_opts *o, const struct config *c, poptContext pc)
{
	if (poptPeekArg(pc))
		return opts_usage_error("unexpected argument '%s'", poptPeekArg(pc));
	if (c->given.component && o->jid)
		return opts_usage_error("--jid and --component exclude each other");
	/* A configured one may be there for a component that the command line has replaced. */
	if (!c->given.component &&
	    ((c->given.secret_file && !opts_is_configured("secret-file")) ||
	     (c->given.secret_command && !opts_is_configured("secret-command"))))
		return opts_usage_error("--secret-file and --secret-command need --component");
	return 0;
}

int config_read(int argc, const char **argv, struct session_opts *o, struct config *c)
{
	struct poptOption options[] = { { NULL, '\0', POPT_ARG_INCLUDE_TABLE, config_table(c), 0,
					  "Service:", NULL },
					{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, session_opts_table(o),
					  0, "Connection:", NULL },
					POPT_AUTOHELP POPT_TABLEEND };
	AUTO(poptFreeContext) poptContext pc = NULL;
	int r;

	session_opts_init(o, -1);
	config_init(c);
	pc = poptGetContext("pubsub-serve", argc, argv, options, 0);
	r = opts_parse(pc, options, o);
	if (!r)
		r = check_usage(o, c, pc);
	o->component = c->given.component;
	o->secret_file = c->given.secret_file;
	o->secret_command = c->given.secret_command;
	o->fixed_resource = true;
	return r;
}

/* What has changed */

struct changes {
	struct str now, restart; /* names of options */
};

static void changes_release(struct changes *c)
{
	str_release(&c->now);
	str_release(&c->restart);
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static bool same_list(char *const *a, char *const *b)
{
	while (a && *a && b && *b && !strcmp(*a, *b)) {
		a++;
		b++;
	}
	return (!a || !*a) && (!b || !*b);
}

/* Of two that set one variable the first stands for both. */
static bool is_same(const struct poptOption *a, const struct poptOption *b)
{
	if (!a->arg || !strncmp(a->longName, "no-", 3))
		return true;
	switch (a->argInfo & POPT_ARG_MASK) {
	case POPT_ARG_STRING:
		return same_text(*(char **)a->arg, *(char **)b->arg);
	case POPT_ARG_ARGV:
		return same_list(*(char ***)a->arg, *(char ***)b->arg);
	default:
		return *(int *)a->arg == *(int *)b->arg;
	}
}

static bool is_fixed(const struct poptOption *row)
{
	static const char *const fixed[] = { "component", "secret-file", "secret-command",
					     "store",	  "metrics",	 "ready-fd" };

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!strcmp(row->longName, fixed[i]))
			return true;
	return false;
}

static void add_name(struct str *names, const char *name)
{
	str_printf(names, "%s%s", names->len ? ", " : "", name);
}

/* A table's rows stay where they are only until it is asked for again. */
static void copy_rows(struct poptOption copy[ROWS], const struct poptOption *rows)
{
	size_t n = 0;

	while (n < ROWS - 1 && rows[n].longName)
		n++;
	memcpy(copy, rows, n * sizeof(*copy));
	copy[n] = (struct poptOption)POPT_TABLEEND;
}

static void compare_config(struct config *old, struct config *new, struct changes *c)
{
	struct poptOption before[ROWS];
	const struct poptOption *now;

	copy_rows(before, config_table(old));
	now = config_table(new);
	for (size_t i = 0; before[i].longName; i++)
		if (!is_same(&before[i], &now[i]))
			add_name(is_fixed(&now[i]) ? &c->restart : &c->now, now[i].longName);
}

static void compare_session(struct session_opts *old, struct session_opts *new, struct changes *c)
{
	struct poptOption before[ROWS];
	const struct poptOption *now;

	copy_rows(before, session_opts_table(old));
	now = session_opts_table(new);
	for (size_t i = 0; before[i].longName; i++)
		if (!is_same(&before[i], &now[i]))
			add_name(&c->restart, now[i].longName);
}

/* Taking over */

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		__typeof__(a) kept_ = (a);                                                         \
		(a) = (b);                                                                         \
		(b) = kept_;                                                                       \
	} while (0)

/* All but what is_fixed(), and what follows from it. */
static void exchange(struct config *running, struct config *fresh)
{
	SWAP(*running, *fresh);
	SWAP(running->given.component, fresh->given.component);
	SWAP(running->given.secret_file, fresh->given.secret_file);
	SWAP(running->given.secret_command, fresh->given.secret_command);
	SWAP(running->given.store, fresh->given.store);
	SWAP(running->given.metrics, fresh->given.metrics);
	SWAP(running->given.ready_fd, fresh->given.ready_fd);
	SWAP(running->jid, fresh->jid);
	SWAP(running->owner, fresh->owner);
	SWAP(running->store, fresh->store);
}

static int read_again(int argc, const char **argv, const struct config *running,
		      struct session_opts *o, struct config *fresh)
{
	struct session_params params;
	int r = config_read(argc, argv, o, fresh);

	if (!r)
		r = session_opts_check(o, &params);
	return r ? r : config_resolve(fresh, running->jid, running->component);
}

int config_reload(int argc, const char **argv, struct session_opts *o, struct config *running,
		  struct service *service)
{
	AUTO_IN_PLACE(session_opts_release) struct session_opts again = { 0 };
	AUTO_IN_PLACE(config_release) struct config fresh = { 0 };
	AUTO_IN_PLACE(changes_release) struct changes c = { 0 };
	enum log_level level = log_get_level();
	int r;

	log_set_level(LOG_NOTE); /* verbose and quiet are settings, too */
	r = read_again(argc, argv, running, &again, &fresh);
	if (r) {
		log_set_level(level);
		log_error("the configuration is not taken over, the old settings stay");
		return r;
	}
	compare_session(o, &again, &c);
	compare_config(running, &fresh, &c);
	exchange(running, &fresh);
	if (c.restart.len)
		log_warn("what has changed here needs a restart: %s", c.restart.p);
	log_note("configuration reread: %s", c.now.len ? c.now.p : "nothing else has changed");
	service_reconfigured(service);
	return 0;
}
