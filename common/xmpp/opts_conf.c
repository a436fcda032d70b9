/* SPDX-License-Identifier: MIT */
#include "common/xmpp/opts_conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/xmpp/conf.h"
#include "common/xmpp/opts.h"

#define PREFIX "pubsub-"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

AUTO_DEFINE(poptContext, poptFreeContext);

/* clang-format off */
static const struct {
	const char *option, *variable;
} in_environment[] = {
	{ "jid", "PUBSUB_JID" },
	{ "service", "PUBSUB_SERVICE" },
	{ "password-file", "PUBSUB_PASSWORD" },
	{ "password-command", "PUBSUB_PASSWORD" },
	{ "secret-file", "PUBSUB_SECRET" },
	{ "secret-command", "PUBSUB_SECRET" },
};

/* Of these only one can hold. */
static const char *const rivals[][2] = {
	{ "jid", "component" },
	{ "password-file", "password-command" },
	{ "secret-file", "secret-command" },
	{ "auto-create", "no-auto-create" },
	{ "all", "last" },
};
/* clang-format on */

/* An entry that is meant for this run. */
struct setting {
	const struct conf_entry *entry;
	const struct poptOption *row;
	int rank;
	bool dropped;
};

struct settings {
	struct conf conf;
	struct setting *all;
	size_t n;
	const char *profile;		 /* NULL: none */
	const struct poptOption *table;	 /* all options of this applet */
	const struct poptOption *shared; /* those of them that every applet has */
};

static const struct opts_applet none[1]; /* ended at once */
static const struct opts_applet *applets = none;

/* What was taken over at last: file and line of each, for messages. */
static struct origin {
	const char *name; /* of the option: from its table */
	char *value, *where;
} * origins;
static size_t n_origins;

void opts_know_applets(const struct opts_applet *list)
{
	applets = list;
}

void opts_loudness(int opt)
{
	if (opt == OPT_VERBOSE && log_get_level() < LOG_DEBUG)
		log_set_level(log_get_level() + 1);
	else if (opt == OPT_QUIET)
		log_set_level(LOG_ERROR);
}

/* Rows of popt's tables */

static unsigned type_of(const struct poptOption *row)
{
	return row->argInfo & POPT_ARG_MASK;
}

static bool is_end(const struct poptOption *row)
{
	return !row->longName && !row->shortName && !row->arg;
}

static bool is_configurable(const struct poptOption *row)
{
	return row->longName && strcmp(row->longName, "config") &&
	       strcmp(row->longName, "profile") &&
	       (row->arg || row->val == OPT_VERBOSE || row->val == OPT_QUIET);
}

typedef void row_fn(const struct poptOption *row, void *data);

/* popt's own --help is no setting. */
static void each_row(const struct poptOption *table, row_fn *fn, void *data)
{
	for (; !is_end(table); table++) {
		if (type_of(table) != POPT_ARG_INCLUDE_TABLE) {
			if (is_configurable(table))
				fn(table, data);
		} else if (table->arg != poptHelpOptions) {
			each_row(table->arg, fn, data);
		}
	}
}

struct search {
	const char *name;
	const struct poptOption *found;
};

static void search_row(const struct poptOption *row, void *data)
{
	struct search *s = data;

	if (!strcmp(row->longName, s->name))
		s->found = row;
}

static const struct poptOption *find_row(const struct poptOption *table, const char *name)
{
	struct search s = { .name = name };

	each_row(table, search_row, &s);
	return s.found;
}

static void consider_row(const struct poptOption *row, void *data)
{
	nearest_consider(data, row->longName);
}

static bool is_list(const struct poptOption *row)
{
	return type_of(row) == POPT_ARG_ARGV;
}

static bool is_on_heap(const struct poptOption *row)
{
	return type_of(row) == POPT_ARG_STRING || is_list(row);
}

static bool is_switch(const struct poptOption *row)
{
	return type_of(row) == POPT_ARG_NONE || type_of(row) == POPT_ARG_VAL;
}

static void free_value(const struct poptOption *row, void *value)
{
	if (is_list(row))
		strings_free(value);
	else
		free(value);
}

/* Which applet, which option */

static const char *short_name(const char *applet)
{
	return strncmp(applet, PREFIX, strlen(PREFIX)) ? applet : applet + strlen(PREFIX);
}

static bool is_self(const struct opts_applet *a)
{
	return !strcmp(a->name, log_name());
}

/*
 * Has one of the other applets this option, or @only one? What they have is told to @near. Our own
 * table is not asked for: popt is at work in it.
 */
static bool others_have(const char *only, const char *key, struct nearest *near)
{
	bool found = false;

	for (const struct opts_applet *a = applets; a->name && !found; a++) {
		if (is_self(a) || (only && strcmp(only, short_name(a->name))))
			continue;
		found = find_row(a->options(), key);
		each_row(a->options(), consider_row, near);
	}
	return found;
}

static int __attribute__((format(printf, 3, 4)))
complain(const struct settings *s, const struct conf_entry *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_complain(s->conf.files[e->file], e->line, fmt, ap);
	va_end(ap);
	return EX_CONFIG;
}

/* *ret_self: is @name the applet that runs? */
static int check_applet(const struct settings *s, const struct conf_entry *e, const char *name,
			bool *ret_self)
{
	struct nearest near = { .word = name };

	*ret_self = !strcmp(name, short_name(log_name()));
	if (*ret_self)
		return 0;
	for (const struct opts_applet *a = applets; a->name; a++) {
		if (!strcmp(short_name(a->name), name))
			return 0;
		nearest_consider(&near, short_name(a->name));
	}
	return complain(s, e, "'%s': there is no applet '%s'; did you mean '%s'?", e->key, name,
			nearest_found(&near) ? nearest_found(&near) : short_name(log_name()));
}

/* *ret_row: NULL where the key is for other applets alone. */
static int find_option(const struct settings *s, const struct conf_entry *e,
		       const struct poptOption **ret_row)
{
	const char *dot = strchr(e->key, '.'), *key = dot ? dot + 1 : e->key;
	AUTO_FREE char *applet = dot ? mem_strndup(e->key, (size_t)(dot - e->key)) : NULL;
	struct nearest near = { .word = key };
	bool self = true;
	int r = applet ? check_applet(s, e, applet, &self) : 0;

	if (r)
		return r;
	*ret_row = self ? find_row(s->table, key) : NULL;
	if (*ret_row || (!self && find_row(s->shared, key)))
		return 0;
	each_row(self ? s->table : s->shared, consider_row, &near);
	if ((!applet || !self) && others_have(applet, key, &near))
		return 0;
	return complain(s, e, "there is no option '%s'%s%s; did you mean '%s'?", key,
			applet ? " of " PREFIX : "", applet ? applet : "", nearest_found(&near));
}

/* Which settings are meant, and which of them hold */

/* Later files, and what is said of less, come before. */
static int rank(const struct conf_entry *e)
{
	return (*e->section ? 1000 : 0) + (int)e->file * 2 + (strchr(e->key, '.') ? 1 : 0);
}

static int select_settings(struct settings *s)
{
	s->all = mem_zalloc((s->conf.n + 1) * sizeof(*s->all));
	for (size_t i = 0; i < s->conf.n; i++) {
		const struct conf_entry *e = &s->conf.entries[i];
		const struct poptOption *row = NULL;
		int r = find_option(s, e, &row);

		if (r)
			return r;
		if (row && (!*e->section || (s->profile && !strcmp(e->section, s->profile))))
			s->all[s->n++] =
				(struct setting){ .entry = e, .row = row, .rank = rank(e) };
	}
	return 0;
}

static bool are_rivals(const char *a, const char *b)
{
	bool found = !strcmp(a, b);

	for (size_t i = 0; i < COUNT(rivals) && !found; i++)
		found = (!strcmp(a, rivals[i][0]) && !strcmp(b, rivals[i][1])) ||
			(!strcmp(a, rivals[i][1]) && !strcmp(b, rivals[i][0]));
	return found;
}

static bool is_in_environment(const char *option)
{
	for (size_t i = 0; i < COUNT(in_environment); i++) {
		const char *value = getenv(in_environment[i].variable);

		if (!strcmp(option, in_environment[i].option) && value && *value)
			return true;
	}
	return false;
}

/* The command line has given @row: drop what it replaces. */
static void drop_for_given(const struct poptOption *row, void *data)
{
	struct settings *s = data;
	bool given = is_on_heap(row)		     ? *(void **)row->arg != NULL
		     : type_of(row) == POPT_ARG_NONE ? row->arg && *(int *)row->arg
						     : false;

	for (size_t i = 0; i < s->n && given; i++)
		if (are_rivals(row->longName, s->all[i].row->longName))
			s->all[i].dropped = true;
}

/* Of one key, or of rivals, the highest rank holds; there a list has all, others have the last. */
static bool is_overruled(const struct settings *s, size_t i)
{
	const struct setting *mine = &s->all[i];

	for (size_t k = 0; k < s->n; k++) {
		const struct setting *other = &s->all[k];

		if (!are_rivals(mine->row->longName, other->row->longName))
			continue;
		if (other->rank > mine->rank)
			return true;
		if (other->rank == mine->rank && other->row == mine->row && k > i &&
		    type_of(mine->row) != POPT_ARG_NONE && !is_list(mine->row))
			return true;
	}
	return false;
}

static void drop_settings(struct settings *s, bool loudness)
{
	each_row(s->table, drop_for_given, s);
	for (size_t i = 0; i < s->n; i++) {
		struct setting *mine = &s->all[i];

		mine->dropped |= is_in_environment(mine->row->longName) || is_overruled(s, i) ||
				 (loudness && !mine->row->arg);
	}
}

/* Taking them over */

static void forget_origins(void)
{
	for (size_t i = 0; i < n_origins; i++) {
		free(origins[i].value);
		free(origins[i].where);
	}
	free(origins);
	origins = NULL;
	n_origins = 0;
}

static void note_origin(const struct settings *s, const struct setting *set)
{
	const struct conf_entry *e = set->entry;

	origins = mem_realloc(origins, (n_origins + 1) * sizeof(*origins));
	origins[n_origins++] = (struct origin){
		.name = set->row->longName,
		.value = mem_strdup(e->value),
		.where = mem_printf("%s:%u", s->conf.files[e->file], e->line),
	};
}

/* As popt would save --OPTION, or --OPTION=VALUE. */
static int save(const struct settings *s, const struct setting *set, const struct poptOption *row)
{
	AUTO_FREE char *arg = is_switch(row)
				      ? mem_printf("--%s", row->longName)
				      : mem_printf("--%s=%s", row->longName, set->entry->value);
	const char *argv[] = { log_name(), arg, NULL };
	AUTO(poptFreeContext)
	poptContext pc = poptGetContext(NULL, 2, argv, s->table, POPT_CONTEXT_NO_EXEC);
	bool no_number = !is_on_heap(row) && !is_switch(row) && !*set->entry->value;
	int r = no_number ? POPT_ERROR_BADNUMBER : 0; /* popt takes it for 0 */

	while (r >= 0 && (r = poptGetNextOpt(pc)) > 0)
		opts_loudness(r);
	if (r < -1)
		return complain(s, set->entry, "%s: '%s': %s", set->entry->key, set->entry->value,
				poptStrerror(r));
	return 0;
}

static int parse_switch(const char *text, bool *ret)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "off", "on" }, { "false", "true" }, { "0", "1" }
	};

	for (size_t i = 0; i < COUNT(words); i++)
		for (int on = 0; on < 2; on++)
			if (!strcmp(text, words[i][on])) {
				*ret = on;
				return 0;
			}
	return -1;
}

/* "auto-create = no" is --no-auto-create. */
static const struct poptOption *opposite(const struct settings *s, const struct poptOption *row)
{
	AUTO_FREE char *name = strncmp(row->longName, "no-", 3) ? mem_printf("no-%s", row->longName)
								: mem_strdup(row->longName + 3);

	return find_row(s->table, name);
}

static int take(const struct settings *s, const struct setting *set)
{
	const struct poptOption *row = set->row;
	bool on = true;

	if (is_switch(row) && parse_switch(set->entry->value, &on))
		return complain(s, set->entry,
				"%s is yes or no for %s, not '%s'; APPLET.%s is for one applet",
				row->longName, log_name(), set->entry->value, row->longName);
	if (!on)
		row = opposite(s, row);
	note_origin(s, set);
	return row ? save(s, set, row) : 0;
}

static int take_all(const struct settings *s)
{
	int r = 0;

	for (size_t i = 0; i < s->n && !r; i++)
		if (!s->all[i].dropped)
			r = take(s, &s->all[i]);
	return r;
}

/* Strings and lists: popt would lose the one, and lengthen the other */

static void clear(const struct poptOption *row, void *data)
{
	(void)data;
	if (!is_on_heap(row))
		return;
	free_value(row, *(void **)row->arg);
	*(void **)row->arg = NULL;
}

struct kept {
	struct {
		const struct poptOption *row;
		void *value;
	} * all;
	size_t n;
};

static void keep(const struct poptOption *row, void *data)
{
	struct kept *k = data;

	if (!is_on_heap(row) || !*(void **)row->arg)
		return;
	k->all = mem_realloc(k->all, (k->n + 1) * sizeof(*k->all));
	k->all[k->n].row = row;
	k->all[k->n++].value = *(void **)row->arg;
	*(void **)row->arg = NULL;
}

static void give_back(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		void **place = k->all[i].row->arg;

		if (*place)
			free_value(k->all[i].row, k->all[i].value);
		else
			*place = k->all[i].value;
	}
	free(k->all);
}

/* The configuration first, and the command line once more over it. */
static int take_under(poptContext pc, const struct settings *s, struct session_opts *o)
{
	struct kept k = { 0 };
	int r;

	each_row(s->table, clear, NULL);
	r = take_all(s);
	each_row(s->table, keep, &k);
	free(o->config); /* these are no settings, and come again */
	free(o->profile);
	o->config = o->profile = NULL;
	poptResetContext(pc);
	while (poptGetNextOpt(pc) > 0) {
	}
	give_back(&k);
	return r;
}

/* Reading */

static int check_profile(const struct settings *s)
{
	AUTO_STR files = { 0 };
	struct nearest near = { .word = s->profile };

	if (!s->profile || strings_have(s->conf.sections, s->profile))
		return 0;
	for (char **f = s->conf.files; f && *f; f++)
		str_printf(&files, "%s'%s'", files.len ? " or " : "", *f);
	for (char **section = s->conf.sections; section && *section; section++)
		nearest_consider(&near, *section);
	if (!files.len)
		log_error("there is no profile '%s', as there is no configuration", s->profile);
	else if (nearest_found(&near))
		log_error("there is no profile '%s' in %s; did you mean '%s'?", s->profile, files.p,
			  nearest_found(&near));
	else
		log_error("there is no profile '%s' in %s", s->profile, files.p);
	return EX_CONFIG;
}

static int read_files(struct settings *s, const char *only)
{
	AUTO_FREE char *user = conf_user_file();
	int r;

	if (only)
		return conf_read(&s->conf, only, false);
	r = conf_read(&s->conf, CONF_SYSTEM_FILE, true);
	return r || !user ? r : conf_read(&s->conf, user, true);
}

static void settings_release(struct settings *s)
{
	free(s->all);
	conf_release(&s->conf);
}

int opts_configure(poptContext pc, const struct poptOption *table, struct session_opts *o,
		   bool loudness)
{
	AUTO_IN_PLACE(settings_release)
	struct settings s = { .profile = o->profile,
			      .table = table,
			      .shared = session_opts_table(o) };
	int r = read_files(&s, o->config);

	forget_origins();
	if (!r)
		r = check_profile(&s);
	if (!r)
		r = select_settings(&s);
	if (r || !s.n)
		return r;
	drop_settings(&s, loudness);
	return take_under(pc, &s, o);
}

/* Of several values, the one that the message quotes. */
char *opts_configured_at(const char *message)
{
	size_t len =
		strncmp(message, "--", 2) ? 0 : strspn(message + 2, "abcdefghijklmnopqrstuvwxyz-");
	const struct origin *found = NULL;

	for (size_t i = 0; i < n_origins; i++) {
		AUTO_FREE char *quoted = mem_printf("'%s'", origins[i].value);

		if (!len || strlen(origins[i].name) != len ||
		    strncmp(origins[i].name, message + 2, len))
			continue;
		if (!found || strstr(message, quoted))
			found = &origins[i];
	}
	return found ? mem_strdup(found->where) : NULL;
}

bool opts_is_configured(const char *option)
{
	AUTO_FREE char *message = mem_printf("--%s", option);
	AUTO_FREE char *where = opts_configured_at(message);

	return where != NULL;
}
