/* SPDX-License-Identifier: MIT */
#include "cmd/sub/opts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/applet.h"
#include "cmd/sub/select.h"
#include "cmd/sub/template.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/settings.h"
#include "common/pubsub/xpath.h"
#include "common/xmpp/ns.h"

/* Defaults differ: see below. */
#define RETRIES_NOT_GIVEN (-2)
#define LAST_MAX 1000000
#define JOBS_MAX 1000

AUTO_DEFINE(poptContext, poptFreeContext);

/* As popt leaves it. */
struct raw {
	char *service, *last, *count, *wait, *format, *color, *ready_fd, *events, *state;
	char *exec, *jobs, *tries, *dead_letters;
	char *xpath, *where, *template;
	char **nodes, **options, **ns;
	int all, once, durable, stamp, monitor;
};

static void raw_release(struct raw *r)
{
	char *owned[] = { r->service,	   r->last,   r->count, r->wait,    r->format, r->color,
			  r->ready_fd,	   r->events, r->state, r->exec,    r->jobs,   r->tries,
			  r->dead_letters, r->xpath,  r->where, r->template };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		free(owned[i]);
	strings_free(r->nodes);
	strings_free(r->options);
	strings_free(r->ns);
}

/* "2", "0.5" */
static int parse_seconds(const char *s, double *ret)
{
	size_t whole = strspn(s, "0123456789");
	size_t rest = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;

	if (!whole || whole > 9 || s[whole + (rest ? 1 + rest : 0)])
		return -1;
	*ret = strtod(s, NULL);
	return *ret > 0 ? 0 : -1;
}

static int check_numbers(struct sub_opts *o, const struct raw *r)
{
	if (r->last && parse_uint(r->last, 1, LAST_MAX, &o->last))
		return opts_usage_error("--last: '%s' is not a number from 1 to %d", r->last,
					LAST_MAX);
	if (r->count && parse_uint(r->count, 1, UINT64_MAX, &o->count))
		return opts_usage_error("--count: '%s' is not a number from 1 up", r->count);
	if (r->wait && parse_seconds(r->wait, &o->wait))
		return opts_usage_error("--wait: '%s' is not a number of seconds above 0", r->wait);
	return opts_descriptor("--ready-fd", r->ready_fd, &o->ready_fd);
}

static bool wants_colour(const char *when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && !strcmp(when, "always"))
		return true;
	if (when && !strcmp(when, "never"))
		return false;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
}

static int check_options(struct sub_opts *o, const struct raw *r)
{
	AUTO_STR form = { 0 };
	AUTO_IN_PLACE(settings_release) struct settings settings = { 0 };

	for (char **given = r->options; given && *given; given++)
		if (settings_parse(&settings, *given))
			return opts_usage_error("--option: '%s' is not VAR=VALUE", *given);
	if (!settings.n)
		return 0;
	settings_render(&form, &settings, NS_PUBSUB "#subscribe_options");
	o->options = str_steal(&form);
	return 0;
}

static int check_subscription(struct sub_opts *o, const struct raw *r)
{
	if (r->state && !*r->state)
		return opts_usage_error("--state: no file given");
	o->state = mem_strdup(r->state);
	if (r->events && !output_kinds_parse(r->events, &o->kinds))
		return opts_usage_error(
			"--events: '%s' is no list of item, retract, purge, delete, "
			"config, subscription",
			r->events);
	return check_options(o, r);
}

static int check_handlers(struct sub_opts *o, const struct raw *r)
{
	uint64_t jobs = 1, tries = 0;

	if (!r->exec && (r->jobs || r->tries || r->dead_letters))
		return opts_usage_error("--%s needs --exec", r->jobs	? "jobs"
							     : r->tries ? "tries"
									: "dead-letter");
	if (r->exec && !*r->exec)
		return opts_usage_error("--exec: no command given");
	if (r->jobs && parse_uint(r->jobs, 1, JOBS_MAX, &jobs))
		return opts_usage_error("--jobs: '%s' is not a number from 1 to %d", r->jobs,
					JOBS_MAX);
	if (r->tries && parse_uint(r->tries, 1, UINT32_MAX, &tries))
		return opts_usage_error("--tries: '%s' is not a number from 1 up", r->tries);
	if (r->dead_letters && !r->tries)
		return opts_usage_error(
			"--dead-letter needs --tries: how often is an event tried?");
	o->exec = mem_strdup(r->exec);
	o->jobs = (unsigned)jobs;
	o->tries = tries;
	o->dead_letters = mem_strdup(r->dead_letters);
	return 0;
}

/* What is said of a namespace is not said of an expression. */
static int check_namespaces(const char *const *ns)
{
	struct xpath *any;
	AUTO_STR why = { 0 };

	if (xpath_compile("true()", ns, &why, &any))
		return opts_usage_error("--ns: %s", why.p);
	xpath_free(any);
	return 0;
}

/* The options that say how to print exclude each other. */
struct way {
	const char *name, *value;
};

/* Given on the command line; or, where none of them is, configured. "": none. */
static int choose_way(const struct way *ways, size_t n, const char **ret_name)
{
	const char *name = NULL;

	for (int configured = 0; !name && configured < 2; configured++)
		for (size_t i = 0; i < n; i++) {
			if (!ways[i].value || opts_is_configured(ways[i].name) != configured)
				continue;
			if (name)
				return opts_usage_error("--%s and --%s exclude each other", name,
							ways[i].name);
			name = ways[i].name;
		}
	*ret_name = name ? name : "";
	return 0;
}

static int check_output(struct sub_opts *o, const struct raw *r, const char *const *ns)
{
	const struct way ways[] = {
		{ "format", r->format },
		{ "xpath", r->xpath },
		{ "template", r->template },
	};
	const char *name = "";
	AUTO_STR why = { 0 };
	int e = choose_way(ways, sizeof(ways) / sizeof(ways[0]), &name);

	if (e)
		return e;
	if (r->format && !output_format_parse(r->format, &o->format))
		return opts_usage_error("--format: '%s' is none of xml, pretty, payload, id",
					r->format);
	if (!strcmp(name, "xpath")) {
		o->format = OUTPUT_VALUE;
		if (template_of_value(r->xpath, ns, &why, &o->template))
			return opts_usage_error("--xpath: %s", why.p);
	} else if (!strcmp(name, "template")) {
		o->format = OUTPUT_TEMPLATE;
		if (template_parse(r->template, ns, &why, &o->template))
			return opts_usage_error("--template: %s", why.p);
	}
	return 0;
}

static int check_expressions(struct sub_opts *o, const struct raw *r)
{
	const char *const *ns;
	AUTO_STR why = { 0 };
	int e;

	o->namespaces = select_namespaces(r->ns);
	ns = (const char *const *)o->namespaces;
	e = check_namespaces(ns);
	if (!e && r->where && xpath_compile(r->where, ns, &why, &o->where))
		return opts_usage_error("--where: %s", why.p);
	return e ? e : check_output(o, r, ns);
}

static int check_monitor(struct sub_opts *o, const struct raw *r)
{
	const char *other = r->once ? "once" : r->exec ? "exec" : NULL;

	o->monitor = r->monitor && !(other && opts_is_configured("monitor"));
	if (o->monitor && other)
		return opts_usage_error("--monitor and --%s exclude each other", other);
	if (o->monitor && o->session.trace && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		return opts_usage_error("--trace with --monitor: redirect standard error");
	return 0;
}

static int check(struct sub_opts *o, const struct raw *r, const char **arguments)
{
	static const char *const whens[] = { "auto", "always", "never" };
	bool when_ok = !r->color;
	int e;

	if (arguments && *arguments)
		return opts_usage_error("unexpected argument '%s': nodes are given with --node",
					*arguments);
	for (size_t i = 0; r->color && i < sizeof(whens) / sizeof(whens[0]); i++)
		when_ok |= !strcmp(r->color, whens[i]);
	if (!when_ok)
		return opts_usage_error("--color: '%s' is none of auto, always, never", r->color);
	e = check_monitor(o, r);
	if (e)
		return e;
	if (r->all && r->last)
		return opts_usage_error("--all and --last exclude each other");
	e = check_expressions(o, r);
	if (!e)
		e = check_numbers(o, r);
	if (!e)
		e = check_subscription(o, r);
	if (!e)
		e = check_handlers(o, r);
	if (!e)
		e = target_resolve(r->service, (const char *const *)r->nodes, &o->target);
	if (!e && !o->target.count)
		e = opts_usage_error("no node given: --node");
	o->all = r->all || (r->once && !r->last);
	o->once = r->once;
	o->durable = r->durable;
	o->stamp = r->stamp;
	o->colour = wants_colour(r->color);
	if (o->session.retries == RETRIES_NOT_GIVEN)
		o->session.retries = o->once ? 0 : -1;
	return e;
}

/* Valid until the next call. */
static struct poptOption *table_of(struct raw *r)
{
	static struct poptOption table[32];
	/* clang-format off */
	const struct poptOption rows[] = {
		{ "service", 's', POPT_ARG_STRING, &r->service, 0, "the service to talk to (PUBSUB_SERVICE)", "JID" },
		{ "node", 'n', POPT_ARG_ARGV, &r->nodes, 0, "follow NODE; repeatable", "NODE" },
		{ "all", 'a', POPT_ARG_NONE, &r->all, 0, "first every stored item, oldest first, then live ones", NULL },
		{ "last", 'l', POPT_ARG_STRING, &r->last, 0, "first the newest N stored items", "N" },
		{ "once", '1', POPT_ARG_NONE, &r->once, 0, "print what is stored and exit", NULL },
		{ "durable", 0, POPT_ARG_NONE, &r->durable, 0, "subscribe the account and stay subscribed at the end", NULL },
		{ "count", 'C', POPT_ARG_STRING, &r->count, 0, "exit once N items have been printed", "N" },
		{ "wait", 'W', POPT_ARG_STRING, &r->wait, 0, "exit after that long; 75 if --count has not been reached", "SECONDS" },
		{ "format", 'f', POPT_ARG_STRING, &r->format, 0, "xml (default), pretty, payload or id", "FORMAT" },
		{ "xpath", 'X', POPT_ARG_STRING, &r->xpath, 0, "print the value of an XPath expression for each item", "EXPR" },
		{ "template", 'F', POPT_ARG_STRING, &r->template, 0, "print T for each event: %n %i %p %t %e %s %x %{XPATH} %%", "T" },
		{ "where", 0, POPT_ARG_STRING, &r->where, 0, "only items for which an XPath expression is true", "EXPR" },
		{ "ns", 0, POPT_ARG_ARGV, &r->ns, 0, "bind a prefix for these expressions; repeatable", "PREFIX=URI" },
		{ "color", 0, POPT_ARG_STRING, &r->color, 0, "auto (default), always or never", "WHEN" },
		{ "monitor", 'm', POPT_ARG_NONE, &r->monitor, 0, "full screen: nodes, live list, the chosen item", NULL },
		{ "stamp", 't', POPT_ARG_NONE, &r->stamp, 0, "add a stamp attribute to each line: the time of the event", NULL },
		{ "ready-fd", 0, POPT_ARG_STRING, &r->ready_fd, 0, "write READY=1 to FD once every node is subscribed", "FD" },
		{ "state", 0, POPT_ARG_STRING, &r->state, 0, "remember the position in FILE, and go on behind it", "FILE" },
		{ "exec", 'x', POPT_ARG_STRING, &r->exec, 0, "run CMD for each event, which is on its standard input", "CMD" },
		{ "jobs", 0, POPT_ARG_STRING, &r->jobs, 0, "how many handlers of --exec at once (1)", "N" },
		{ "tries", 0, POPT_ARG_STRING, &r->tries, 0, "how often --exec tries an event (without end)", "N" },
		{ "dead-letter", 0, POPT_ARG_STRING, &r->dead_letters, 0, "where events go whose last try has failed", "DIR" },
		{ "events", 0, POPT_ARG_STRING, &r->events, 0, "which to print, of item,retract,purge,delete,config,subscription", "LIST" },
		{ "option", 'o', POPT_ARG_ARGV, &r->options, 0, "a subscription option; repeatable", "VAR=VALUE" },
		POPT_TABLEEND
	};
	/* clang-format on */
	_Static_assert(sizeof(rows) <= sizeof(table), "the table has outgrown its place");

	memcpy(table, rows, sizeof(rows));
	return table;
}

const struct poptOption *sub_options(void)
{
	static struct raw r;

	return table_of(&r);
}

int sub_opts_parse(struct sub_opts *o, int argc, const char **argv)
{
	AUTO_IN_PLACE(raw_release) struct raw r = { 0 };
	AUTO(poptFreeContext) poptContext pc = NULL;
	struct poptOption options[] = { { NULL, 0, POPT_ARG_INCLUDE_TABLE, table_of(&r), 0, NULL,
					  NULL },
					{ NULL, 0, POPT_ARG_INCLUDE_TABLE,
					  session_opts_table(&o->session), 0, "Connection:", NULL },
					POPT_AUTOHELP POPT_TABLEEND };
	int e;

	*o = (struct sub_opts){ .ready_fd = -1 };
	session_opts_init(&o->session, RETRIES_NOT_GIVEN);
	pc = poptGetContext("pubsub-sub", argc, argv, options, 0);
	poptSetOtherOptionHelp(pc, "-n NODE [OPTION...]");
	e = opts_parse(pc, options, &o->session);
	if (!e)
		e = check(o, &r, poptGetArgs(pc));
	if (!e)
		e = session_opts_resolve(&o->session, &o->params);
	o->params.resume = true;
	o->params.host_must_exist = true;
	o->params.confined = !o->exec; /* what it runs is not for us to confine */
	return e;
}

void sub_opts_release(struct sub_opts *o)
{
	target_release(&o->target);
	strings_free(o->namespaces);
	free(o->options);
	free(o->state);
	free(o->exec);
	free(o->dead_letters);
	template_free(o->template);
	xpath_free(o->where);
	session_opts_release(&o->session);
}
