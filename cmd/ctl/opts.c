/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/opts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "cmd/ctl/verbs.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/xmpp/opts_conf.h"
#include "common/xmpp/versions.h"

enum { OPT_HELP = 0x2000, OPT_USAGE };

#define COMMON_ROWS 2 /* the first of the table are for every verb */

AUTO_DEFINE(poptContext, poptFreeContext);

/* Valid until the next call. */
static struct poptOption *table_of(struct ctl_opts *o)
{
	static struct poptOption table[20];
	/* clang-format off */
	const struct poptOption rows[] = {
		{ "service", 's', POPT_ARG_STRING, &o->service, 0, "the service to talk to (PUBSUB_SERVICE)", "JID" },
		{ "xml", 0, POPT_ARG_NONE, &o->xml, 0, "print XML, an element a line, and not columns", NULL },
		{ "follow", 0, POPT_ARG_NONE, &o->follow, 0, "mirror: go on with what happens then", NULL },
		{ "instant", 0, POPT_ARG_NONE, &o->instant, 0, "create: the service chooses the name, which is printed", NULL },
		{ "all", 0, POPT_ARG_NONE, &o->all, 0, "backup: all nodes of the service", NULL },
		{ "crit", 0, POPT_ARG_STRING, &o->crit, 0, "check: critical from this on (5)", "SECONDS" },
		{ "delete", 0, POPT_ARG_NONE, &o->delete, 0, "sync: retract items that have no file", NULL },
		{ "dry-run", 0, POPT_ARG_NONE, &o->dry_run, 0, "apply, sync: print what would be done, and do nothing", NULL },
		{ "keep-going", 'k', POPT_ARG_NONE, &o->keep_going, 0, "restore, sync: go on behind an item that the service refused", NULL },
		{ "prometheus", 0, POPT_ARG_NONE, &o->prometheus, 0, "check: print metrics", NULL },
		{ "redirect", 0, POPT_ARG_STRING, &o->redirect, 0, "delete: the URI of the node that takes its place", "URI" },
		{ "notify", 0, POPT_ARG_NONE, &o->notify, 0, "retract: tell the subscribers in any case", NULL },
		{ "subid", 0, POPT_ARG_STRING, &o->subid, 0, "unsubscribe, options, approve, deny: this one of several subscriptions", "ID" },
		{ "require", 0, POPT_ARG_STRING, &o->require, 0, "doctor: features that have to work, with commas between them", "LIST" },
		{ "warn", 0, POPT_ARG_STRING, &o->warn, 0, "check: a warning from this on (1)", "SECONDS" },
		POPT_TABLEEND
	};
	/* clang-format on */
	_Static_assert(sizeof(rows) <= sizeof(table), "the table has outgrown its place");

	memcpy(table, rows, sizeof(rows));
	return table;
}

const struct poptOption *ctl_options(void)
{
	static struct ctl_opts o;

	return table_of(&o);
}

/* Help */

static int end_help(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_error("cannot write: %s", strerror(errno));
	return EX_IOERR;
}

/* popt's own text, with the verbs before the options. */
static int print_help(poptContext pc)
{
	AUTO_FREE char *text = NULL;
	size_t len = 0, line;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort(); /* out of memory */
	poptPrintHelp(pc, f, 0);
	fclose(f);
	line = strcspn(text, "\n");
	printf("%.*s\n\n", (int)line, text);
	verbs_print();
	fputs(text + line + (text[line] ? 1 : 0), stdout);
	return end_help();
}

/* Is @option one of the words of @list? */
static bool names_option(const char *list, const char *option)
{
	size_t len = strlen(option);

	for (const char *p = list; p && *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == len && !strncmp(p, option, len))
			return true;
		p += word;
	}
	return false;
}

static int print_verb_help(const struct verb *v)
{
	static struct ctl_opts o;

	printf("Usage: pubsub-ctl [OPTION...] %s%s%s\n%s\n", v->name, *v->usage ? " " : "",
	       v->usage, v->help);
	if (v->options)
		printf("\nOptions:\n");
	for (const struct poptOption *row = table_of(&o) + COMMON_ROWS; row->longName; row++) {
		const char *colon = strstr(row->descrip, ": ");
		AUTO_FREE char *name =
			mem_printf("--%s%s%s", row->longName, row->argDescrip ? "=" : "",
				   row->argDescrip ? row->argDescrip : "");

		if (names_option(v->options, row->longName))
			printf("  %-20s %s\n", name, colon ? colon + 2 : row->descrip);
	}
	printf("\nThe options of all verbs: pubsub-ctl --help\n");
	return end_help();
}

/* Which verb? */

static void release_raw(struct ctl_opts *o)
{
	ctl_opts_release(o);
}

static int no_verb(poptContext pc, bool version)
{
	(void)pc;
	if (version)
		exit(versions_print());
	return opts_usage_error("no verb given");
}

/*
 * Options and their values up to the verb: *ret_at is its place in argv. What they say is taken
 * later, together with those behind it.
 */
static int find_verb(int argc, const char **argv, struct poptOption *options, size_t *ret_at)
{
	AUTO(poptFreeContext)
	poptContext pc =
		poptGetContext("pubsub-ctl", argc, argv, options, POPT_CONTEXT_POSIXMEHARDER);
	bool version = false;
	size_t left = 0;
	const char **rest;
	int r;

	poptSetOtherOptionHelp(pc, "[OPTION...] VERB [ARGUMENT...]");
	while ((r = poptGetNextOpt(pc)) > 0) {
		if (r == OPT_HELP)
			exit(print_help(pc));
		if (r == OPT_USAGE) {
			poptPrintUsage(pc, stdout, 0);
			exit(end_help());
		}
		version |= r == OPT_VERSION;
	}
	if (r < -1)
		return opts_bad_option(pc, options, r);
	for (rest = poptGetArgs(pc); rest && rest[left]; left++) {
	}
	if (!left)
		return no_verb(pc, version);
	*ret_at = (size_t)argc - left;
	return 0;
}

/* Behind the verb --help is about the verb. */
static void help_verb(const struct verb *v, const char **behind)
{
	for (; *behind && strcmp(*behind, "--") != 0; behind++)
		if (!strcmp(*behind, "--help") || !strcmp(*behind, "-?"))
			exit(print_verb_help(v));
}

/* The verb's arguments */

static bool is_set(const struct poptOption *row)
{
	return (row->argInfo & POPT_ARG_MASK) == POPT_ARG_NONE ? *(int *)row->arg
							       : *(char **)row->arg != NULL;
}

static int check_options(struct ctl_opts *o)
{
	for (const struct poptOption *row = table_of(o) + COMMON_ROWS; row->longName; row++)
		if (is_set(row) && !names_option(o->verb->options, row->longName) &&
		    !opts_is_configured(row->longName))
			return opts_usage_error("%s has no option --%s", o->verb->name,
						row->longName);
	return 0;
}

static int check_count(const struct ctl_opts *o)
{
	int n = (int)(o->target.count + strings_count(o->args));
	const struct verb *v = o->verb;

	if (n < v->min)
		return opts_usage_error("%s: too few arguments; usage: %s %s", v->name, v->name,
					v->usage);
	if (v->max >= 0 && n > v->max)
		return opts_usage_error("%s: unexpected argument '%s'; usage: %s%s%s", v->name,
					o->args[strings_count(o->args) - (size_t)(n - v->max)],
					v->name, *v->usage ? " " : "", v->usage);
	return 0;
}

static int take_arguments(struct ctl_opts *o, const char **args)
{
	const char *dir = o->verb->flags & VERB_DIR && args && *args ? *args++ : NULL;
	bool nodes = o->verb->flags & VERB_NODES && args;
	bool has_node = o->verb->flags & VERB_NODE && !o->instant && args && *args;
	int e = nodes ? target_resolve_arguments(o->service, args, &o->target)
		      : target_resolve_argument(o->service, has_node ? *args : NULL, &o->target);

	if (e || nodes)
		return e;
	args += has_node ? 1 : 0;
	if (o->verb->flags & VERB_DIR && dir)
		strings_add(&o->args, dir);
	if (o->target.item && o->verb->flags & VERB_ITEM)
		strings_add(&o->args, o->target.item);
	for (; args && *args; args++)
		strings_add(&o->args, *args);
	return check_count(o);
}

static int parse(struct ctl_opts *o, int argc, const char **argv, size_t verb_at)
{
	struct poptOption options[] = { { NULL, 0, POPT_ARG_INCLUDE_TABLE, table_of(o), 0, NULL,
					  NULL },
					{ NULL, 0, POPT_ARG_INCLUDE_TABLE,
					  session_opts_table(&o->session), 0, "Connection:", NULL },
					POPT_TABLEEND };
	AUTO(poptFreeContext) poptContext pc = NULL;
	const char **args;
	int e;

	help_verb(o->verb, argv + verb_at + 1);
	pc = poptGetContext("pubsub-ctl", argc, argv, options, 0);
	e = opts_parse(pc, options, &o->session);
	if (!e)
		e = check_options(o);
	if (e)
		return e;
	args = poptGetArgs(pc);
	return take_arguments(o, args ? args + 1 : NULL); /* the first is the verb */
}

static void init(struct ctl_opts *o)
{
	*o = (struct ctl_opts){ 0 };
	session_opts_init(&o->session, 0);
}

int ctl_opts_parse(struct ctl_opts *o, int argc, const char **argv)
{
	AUTO_IN_PLACE(release_raw) struct ctl_opts first;
	/* clang-format off */
	struct poptOption options[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, table_of(&first), 0, NULL, NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, session_opts_table(&first.session), 0, "Connection:", NULL },
		{ "help", '?', POPT_ARG_NONE, NULL, OPT_HELP, "Show this help message", NULL },
		{ "usage", 0, POPT_ARG_NONE, NULL, OPT_USAGE, "Display brief usage message", NULL },
		POPT_TABLEEND
	};
	/* clang-format on */
	size_t verb_at = 0;
	int e;

	init(&first);
	init(o);
	e = find_verb(argc, argv, options, &verb_at);
	if (e)
		return e;
	o->verb = verb_find(argv[verb_at]);
	return o->verb ? parse(o, argc, argv, verb_at) : EX_USAGE;
}

void ctl_opts_release(struct ctl_opts *o)
{
	target_release(&o->target);
	session_opts_release(&o->session);
	strings_free(o->args);
	free(o->service);
	free(o->redirect);
	free(o->subid);
	free(o->crit);
	free(o->require);
	free(o->warn);
}
