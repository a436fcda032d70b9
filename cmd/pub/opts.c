/* SPDX-License-Identifier: MIT */
#include "cmd/pub/opts.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/settings.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

#define WINDOW 64
#define WINDOW_MAX 10000
#define BATCH_MAX 1000

AUTO_DEFINE(poptContext, poptFreeContext);

/* As popt leaves it. */
struct raw {
	char *service, *window, *batch;
	char **nodes, **options;
	int create, print, keep_going, flush;
};

static void free_list(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

static void raw_release(struct raw *r)
{
	free(r->service);
	free(r->window);
	free(r->batch);
	free_list(r->nodes);
	free_list(r->options);
}

static size_t length(char **list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static int parse_count(const char *option, const char *text, unsigned max, unsigned fallback,
		       unsigned *ret)
{
	uint64_t n = fallback;

	if (text && parse_uint(text, 1, max, &n))
		return opts_usage_error("%s: '%s' is not a number from 1 to %u", option, text, max);
	*ret = (unsigned)n;
	return 0;
}

/* popt's own strings go with its context. */
static char **copy_list(const char **list)
{
	size_t n = length((char **)list);
	char **copy = mem_zalloc((n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = mem_strdup(list[i]);
	return copy;
}

/* Payloads of the command line, then the files; standard input where neither is given. */
static void make_sources(struct pub_opts *o)
{
	size_t payloads = length(o->payloads), files = length(o->files);

	o->sources = mem_zalloc((payloads + files + 1) * sizeof(*o->sources));
	for (size_t i = 0; i < payloads; i++)
		o->sources[o->count++] = (struct input_source){ SOURCE_PAYLOAD, o->payloads[i] };
	for (size_t i = 0; i < files; i++)
		o->sources[o->count++] = (struct input_source){
			strcmp(o->files[i], "-") ? SOURCE_FILE : SOURCE_STDIN, o->files[i]
		};
	if (!o->count)
		o->sources[o->count++] = (struct input_source){ SOURCE_STDIN, NULL };
}

static char *render(const struct settings *settings, const char *form_type)
{
	AUTO_STR form = { 0 };

	settings_render(&form, settings, form_type);
	return str_steal(&form);
}

/* What is asked of the node is what it gets where it is made. */
static int take_options(struct pub_opts *o, char *const *given)
{
	AUTO_IN_PLACE(settings_release) struct settings settings = { 0 };

	for (; given && *given; given++)
		if (settings_parse(&settings, *given))
			return opts_usage_error("--option: '%s' is not VAR=VALUE", *given);
	if (!settings.n)
		return 0;
	o->options = render(&settings, NS_PUBSUB "#publish-options");
	o->config = render(&settings, NS_PUBSUB "#node_config");
	return 0;
}

static int check_id(const struct pub_opts *o)
{
	if (!o->id)
		return 0;
	if (!*o->id || !xml_valid(o->id, strlen(o->id)))
		return opts_usage_error(
			"--id: the id is empty, not UTF-8, or has control characters");
	if (length(o->payloads) > 1)
		return opts_usage_error("--id is for one item");
	return 0;
}

static int check_spool(struct pub_opts *o, const struct raw *r)
{
	o->spool = o->spool_dir;
	o->flush = r->flush;
	if (o->spool && !*o->spool)
		return opts_usage_error("--spool: the folder's name is empty");
	if (o->flush && !o->spool)
		return opts_usage_error("--flush needs --spool");
	if (o->flush && (o->payloads || o->id || o->lines_name || r->create))
		return opts_usage_error("--flush sends what is in the spool, and nothing besides");
	return 0;
}

static void take_params(struct pub_opts *o, const struct raw *r)
{
	o->lines = o->lines_name;
	o->print = r->print;
	o->intake = (struct intake_params){
		.service = o->spool ? o->target.service : NULL,
		.node = o->target.count ? o->target.nodes[0] : NULL,
		.id = o->id,
		.create = r->create,
		.need_ids = o->spool || o->session.retries || o->sender.batch > 1,
		.options = o->options,
		.config = o->config,
	};
	o->sender.keep_going = r->keep_going;
	o->sender.retries = o->session.retries;
	o->sender.spooled = o->spool;
}

static int check(struct pub_opts *o, const struct raw *r)
{
	int e = parse_count("--window", r->window, WINDOW_MAX, WINDOW, &o->sender.window);

	if (!e)
		e = parse_count("--batch", r->batch, BATCH_MAX, 1, &o->sender.batch);
	if (!e && length(r->nodes) > 1)
		e = opts_usage_error("--node: one node, or none where the input names them");
	if (!e)
		e = check_id(o);
	if (!e)
		e = check_spool(o, r);
	if (!e)
		e = take_options(o, r->options);
	if (!e)
		e = target_resolve(r->service, (const char *const *)r->nodes, &o->target);
	if (!e && o->lines_name && !o->target.count)
		e = opts_usage_error(
			"no node given: lines of text name none, so --lines needs --node");
	if (!e)
		take_params(o, r);
	return e;
}

/* Valid until the next call. */
static struct poptOption *table_of(struct pub_opts *o, struct raw *r)
{
	static struct poptOption table[20];
	/* clang-format off */
	const struct poptOption rows[] = {
		{ "service", 's', POPT_ARG_STRING, &r->service, 0, "the service to talk to (PUBSUB_SERVICE)", "JID" },
		{ "node", 'n', POPT_ARG_ARGV, &r->nodes, 0, "publish to NODE; else to the node that each item names", "NODE" },
		{ "payload", 'e', POPT_ARG_ARGV, &o->payloads, 0, "publish this one payload; repeatable", "XML" },
		{ "id", 'i', POPT_ARG_STRING, &o->id, 0, "the item's id (one item)", "ID" },
		{ "lines", 0, POPT_ARG_STRING, &o->lines_name, 0, "input is text: each line becomes <NAME>line</NAME>", "NAME" },
		{ "window", 'w', POPT_ARG_STRING, &r->window, 0, "publishes in flight before waiting (64)", "N" },
		{ "batch", 'b', POPT_ARG_STRING, &r->batch, 0, "items in one publish request (1)", "N" },
		{ "create", 0, POPT_ARG_NONE, &r->create, 0, "create the node first where it is not there", NULL },
		{ "print", 'p', POPT_ARG_NONE, &r->print, 0, "print <item id='...' node='...'/> for each acknowledged item", NULL },
		{ "keep-going", 'k', POPT_ARG_NONE, &r->keep_going, 0, "go on after an item that the service refused", NULL },
		{ "option", 'o', POPT_ARG_ARGV, &r->options, 0, "a publish option: the node must be so, and is made so; repeatable", "VAR=VALUE" },
		{ "spool", 0, POPT_ARG_STRING, &o->spool_dir, 0, "keep in DIR what cannot be delivered now; it goes out first next time", "DIR" },
		{ "flush", 0, POPT_ARG_NONE, &r->flush, 0, "send what the spool holds, without reading input", NULL },
		POPT_TABLEEND
	};
	/* clang-format on */
	_Static_assert(sizeof(rows) <= sizeof(table), "the table has outgrown its place");

	memcpy(table, rows, sizeof(rows));
	return table;
}

const struct poptOption *pub_options(void)
{
	static struct pub_opts o;
	static struct raw r;

	return table_of(&o, &r);
}

int pub_opts_parse(struct pub_opts *o, int argc, const char **argv)
{
	AUTO_IN_PLACE(raw_release) struct raw r = { 0 };
	AUTO(poptFreeContext) poptContext pc = NULL;
	struct poptOption options[] = {
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, table_of(o, &r), 0, NULL, NULL },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, session_opts_table(&o->session), 0,
		  "Connection:", NULL },
		POPT_AUTOHELP POPT_TABLEEND
	};
	int e;

	*o = (struct pub_opts){ 0 };
	session_opts_init(&o->session, 0);
	pc = poptGetContext("pubsub-pub", argc, argv, options, 0);
	poptSetOtherOptionHelp(pc, "[-n NODE] [OPTION...] [FILE...]");
	e = opts_parse(pc, options, &o->session);
	if (!e)
		e = check(o, &r);
	if (e)
		return e;
	o->files = copy_list(poptGetArgs(pc));
	if (o->flush && *o->files)
		return opts_usage_error("--flush reads no input, so it takes no files");
	if (!o->flush)
		make_sources(o);
	return 0;
}

void pub_opts_release(struct pub_opts *o)
{
	target_release(&o->target);
	session_opts_release(&o->session);
	free(o->sources);
	free(o->id);
	free(o->lines_name);
	free(o->spool_dir);
	free(o->options);
	free(o->config);
	free_list(o->payloads);
	free_list(o->files);
}
