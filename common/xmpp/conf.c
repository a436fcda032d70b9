/* SPDX-License-Identifier: MIT */
#include "common/xmpp/conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"

#define LINE_BYTES 4096
#define SECTION_BYTES 49 /* inih cuts off what is longer */
#define BLANKS " \t\r\n\v\f"

struct reader {
	struct conf *conf;
	FILE *f;
	const char *name;
	unsigned line;
	bool failed; /* the message has been written */
};

void conf_release(struct conf *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->entries[i].section);
		free(c->entries[i].key);
		free(c->entries[i].value);
	}
	free(c->entries);
	strings_free(c->files);
	strings_free(c->sections);
	*c = (struct conf){ 0 };
}

void conf_complain(const char *file, unsigned line, const char *fmt, va_list ap)
{
	AUTO_FREE char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	log_error("%s:%u: %s", file, line, text ? text : "not understood");
}

static void __attribute__((format(printf, 2, 3))) fail(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conf_complain(r->name, r->line, fmt, ap);
	va_end(ap);
	r->failed = true;
}

/* inih tells of keys alone, cuts long names, and passes over what follows the bracket. */
static void take_section(struct reader *r, const char *line)
{
	const char *close = strchr(line, ']');
	AUTO_FREE char *name = NULL;

	if (!close || close[1 + strspn(close + 1, BLANKS)])
		return fail(r, "a section is [NAME], alone in its line");
	if (close == line + 1 || close - line - 1 > SECTION_BYTES)
		return fail(r, "the name of a section has from 1 to %d bytes", SECTION_BYTES);
	name = mem_strndup(line + 1, (size_t)(close - line - 1));
	if (!strings_have(r->conf->sections, name))
		strings_add(&r->conf->sections, name);
}

/*
 * A line, for inih, without the blanks in front of it, by which inih knows the continuation of a
 * value. Fails on a line that does not fit, where inih would begin a new one.
 */
static char *read_line(char *line, int size, void *stream)
{
	static const char bom[] = "\xef\xbb\xbf"; /* byte order mark */
	struct reader *r = stream;
	int len = 0, c = 0;

	r->line++;
	while (!r->failed && c != '\n' && (c = getc(r->f)) != EOF) {
		if (!c)
			fail(r, "there is a NUL in this line");
		else if (len + 1 == size)
			fail(r, "the line is longer than %d bytes", size - 2);
		else if (len || !strchr(" \t\r\v\f", c))
			line[len++] = (char)c;
		if (r->line == 1 && len == 3 && !memcmp(line, bom, 3))
			len = 0;
	}
	if (!r->failed && ferror(r->f))
		fail(r, "cannot read: %s", strerror(errno));
	line[len] = '\0';
	if (!r->failed && line[0] == '[')
		take_section(r, line);
	return r->failed || (!len && c == EOF) ? NULL : line;
}

static int take_entry(void *data, const char *section, const char *key, const char *value)
{
	struct reader *r = data;
	struct conf *c = r->conf;

	if (r->failed || !*key)
		return 0;
	c->entries = mem_realloc(c->entries, (c->n + 1) * sizeof(*c->entries));
	c->entries[c->n++] = (struct conf_entry){
		.section = mem_strdup(section),
		.key = mem_strdup(key),
		.value = mem_strdup(value),
		.file = strings_count(c->files) - 1,
		.line = r->line,
	};
	return 1;
}

int conf_read_stream(struct conf *c, const char *name, FILE *f)
{
	struct reader r = { .conf = c, .f = f, .name = name };

	/* A value is all that stands in its line: a command may well have a semicolon. */
	ini_allow_inline_comments = false;
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	ini_max_line = LINE_BYTES;
	strings_add(&c->files, name);
	if (ini_parse_stream(read_line, &r, take_entry, &r) && !r.failed)
		fail(&r, "neither KEY = VALUE nor [NAME]");
	return r.failed ? EX_CONFIG : 0;
}

/* It may name commands to be run. */
static void check_mode(const char *file, FILE *f)
{
	struct stat st;

	if (!fstat(fileno(f), &st) && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH))
		log_warn("the configuration '%s' can be changed by others: chmod o-w it", file);
}

int conf_read(struct conf *c, const char *file, bool optional)
{
	FILE *f = fopen(file, "re");
	int r;

	if (!f && optional && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!f) {
		/* Another user's, by HOME, or not for everybody. */
		bool others = optional && errno == EACCES;

		log_say(others ? LOG_WARN : LOG_ERROR, "cannot read the configuration '%s': %s",
			file, strerror(errno));
		return others ? 0 : EX_CONFIG;
	}
	check_mode(file, f);
	r = conf_read_stream(c, file, f);
	fclose(f);
	return r;
}

char *conf_user_file(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		return mem_printf("%s/pubsub/config", config);
	return home && *home == '/' ? mem_printf("%s/.config/pubsub/config", home) : NULL;
}
