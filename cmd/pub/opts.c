/* SPDX-License-Identifier: MIT */
#include "cmd/pub/opts.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/applet.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/xmpp/xml.h"

#define WINDOW 64
#define WINDOW_MAX 10000
#define BATCH_MAX 1000

AUTO_DEFINE(poptContext, poptFreeContext);

/* As popt leaves it. */
struct raw {
	char *service, *window, *batch;
	char **nodes;
	int create, print, keep_going;
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

static int check(struct pub_opts *o, const struct raw *r)
{
	int e = parse_count("--window", r->window, WINDOW_MAX, WINDOW, &o->sender.window);

	if (!e)
		e = parse_count("--batch", r->batch, BATCH_MAX, 1, &o->sender.batch);
	if (e)
		return e;
	if (length(r->nodes) > 1)
		return opts_usage_error("--node: one node, or none where the input names them");
	if (o->id && (!*o->id || !xml_valid(o->id, strlen(o->id))))
		return opts_usage_error(
			"--id: the id is empty, not UTF-8, or has control characters");
	if (o->id && length(o->payloads) > 1)
		return opts_usage_error("--id is for one item");
	e = target_resolve(r->service, (const char *const *)r->nodes, &o->target);
	if (e)
		return e;
	if (o->lines_name && !o->target.count)
		return opts_usage_error(
			"no node given: lines of text name none, so --lines needs --node");
	o->lines = o->lines_name;
	o->print = r->print;
	o->sender.node = o->target.count ? o->target.nodes[0] : NULL;
	o->sender.id = o->id;
	o->sender.create = r->create;
	o->sender.keep_going = r->keep_going;
	o->sender.retries = o->session.retries;
	return 0;
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
	free_list(o->payloads);
	free_list(o->files);
}
