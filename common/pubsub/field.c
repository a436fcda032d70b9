/* SPDX-License-Identifier: MIT */
#include "common/pubsub/field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/strings.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/time.h"

#define UNIT_SEPARATOR '\x1f'
#define RECORD_SEPARATOR '\x1e'
#define TEXT_MAX 4096	/* bytes of one value */
#define VALUES_MAX 1000

AUTO_DEFINE(char **, strings_free);

/* Booleans */

static int parse_boolean(const struct field *f, const char *const *values, size_t n, void *at)
{
	(void)f;
	return n == 1 ? parse_bool(values[0], at) : -EINVAL;
}

static void print_boolean(const struct field *f, const void *at, char ***values)
{
	(void)f;
	strings_add(values, *(const bool *)at ? "1" : "0");
}

static bool same_boolean(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

static void copy_boolean(const void *from, void *to)
{
	*(bool *)to = *(const bool *)from;
}

static void release_boolean(void *at)
{
	*(bool *)at = false;
}

/* Text on one line or, in fact, many */

static bool good_text(const char *text)
{
	return strlen(text) <= TEXT_MAX;
}

static int parse_text(const struct field *f, const char *const *values, size_t n, void *at)
{
	char **text = at;

	(void)f;
	if (n != 1 || !good_text(values[0]))
		return -EINVAL;
	free(*text);
	*text = mem_strdup(values[0]);
	return 0;
}

static void print_text(const struct field *f, const void *at, char ***values)
{
	const char *text = *(char *const *)at;

	(void)f;
	if (text)
		strings_add(values, text);
}

static bool same_text(const void *a, const void *b)
{
	const char *one = *(char *const *)a, *other = *(char *const *)b;

	return !strcmp(one ? one : "", other ? other : "");
}

static void copy_text(const void *from, void *to)
{
	*(char **)to = mem_strdup(*(char *const *)from);
}

static void release_text(void *at)
{
	free(*(char **)at);
	*(char **)at = NULL;
}

/* RFC 5646, roughly: subtags of letters and digits. */
static int parse_lang(const struct field *f, const char *const *values, size_t n, void *at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *p = n == 1 ? values[0] : "";
	size_t len = strspn(p, letters);

	if (!len || strlen(p) > 64)
		return -EINVAL;
	for (p += len; *p; p += len) {
		if (*p++ != '-')
			return -EINVAL;
		len = strspn(p, letters) + strspn(p + strspn(p, letters), "0123456789");
		if (!len || len > 8)
			return -EINVAL;
	}
	return parse_text(f, values, n, at);
}

/* Lists */

static void replace_list(void *at, char **list)
{
	strings_free(*(char ***)at);
	*(char ***)at = list;
}

/* A value may have been sent with line feeds in it. */
static void add_lines(char ***list, const char *text)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
		AUTO_FREE char *line = mem_strndup(text, (size_t)(end - text));

		strings_add(list, line);
	}
	strings_add(list, text);
}

static int parse_lines(const struct field *f, const char *const *values, size_t n, void *at)
{
	AUTO(strings_free) char **list = NULL;

	(void)f;
	for (size_t i = 0; i < n; i++) {
		if (!good_text(values[i]))
			return -EINVAL;
		add_lines(&list, values[i]);
	}
	if (strings_count(list) > VALUES_MAX)
		return -EINVAL;
	replace_list(at, steal(list));
	return 0;
}

static int parse_words(const struct field *f, const char *const *values, size_t n, void *at)
{
	AUTO(strings_free) char **list = NULL;

	(void)f;
	for (size_t i = 0; i < n; i++) {
		if (!good_text(values[i]) || !*values[i] || strchr(values[i], '\n'))
			return -EINVAL;
		if (!strings_have(list, values[i]))
			strings_add(&list, values[i]);
	}
	replace_list(at, steal(list));
	return 0;
}

static int parse_jid_list(const char *const *values, size_t n, bool bare, void *at)
{
	AUTO(strings_free) char **list = NULL;

	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *jid = jid_prep(values[i]);

		if (!jid)
			return -EINVAL;
		if (bare)
			jid[jid_bare_len(jid)] = '\0';
		if (!strings_have(list, jid))
			strings_add(&list, jid);
	}
	replace_list(at, steal(list));
	return 0;
}

static int parse_jids(const struct field *f, const char *const *values, size_t n, void *at)
{
	(void)f;
	return parse_jid_list(values, n, false, at);
}

static int parse_bares(const struct field *f, const char *const *values, size_t n, void *at)
{
	(void)f;
	return parse_jid_list(values, n, true, at);
}

static void print_list(const struct field *f, const void *at, char ***values)
{
	(void)f;
	for (char *const *p = *(char **const *)at; p && *p; p++)
		strings_add(values, *p);
}

static bool same_list(const void *a, const void *b)
{
	return strings_same_set(*(char **const *)a, *(char **const *)b);
}

static void copy_list(const void *from, void *to)
{
	*(char ***)to = strings_copy(*(char **const *)from);
}

static void release_list(void *at)
{
	replace_list(at, NULL);
}

/* Numbers */

static int parse_number(const struct field *f, const char *const *values, size_t n, void *at)
{
	if (n != 1)
		return -EINVAL;
	if (f->top && !strcmp(values[0], f->top)) {
		*(uint64_t *)at = UINT64_MAX;
		return 0;
	}
	return parse_uint(values[0], f->min, f->max, at) ? -EINVAL : 0;
}

static void print_number(const struct field *f, const void *at, char ***values)
{
	uint64_t value = *(const uint64_t *)at;
	AUTO_FREE char *text = f->top && value == UINT64_MAX ? mem_strdup(f->top)
							     : mem_printf("%" PRIu64, value);

	strings_add(values, text);
}

static bool same_number(const void *a, const void *b)
{
	return *(const uint64_t *)a == *(const uint64_t *)b;
}

static void copy_number(const void *from, void *to)
{
	*(uint64_t *)to = *(const uint64_t *)from;
}

static void release_number(void *at)
{
	*(uint64_t *)at = 0;
}

/* Choices */

static int parse_choice(const struct field *f, const char *const *values, size_t n, void *at)
{
	int choice = n == 1 ? vocab_find(f->choices, values[0]) : -1;

	if (choice < 0 && n == 1 && f->alias && !strcmp(values[0], f->alias))
		choice = 0;
	if (choice < 0)
		return -EINVAL;
	*(int *)at = choice;
	return 0;
}

static void print_choice(const struct field *f, const void *at, char ***values)
{
	strings_add(values, f->choices[*(const int *)at]);
}

static bool same_choice(const void *a, const void *b)
{
	return *(const int *)a == *(const int *)b;
}

static void copy_choice(const void *from, void *to)
{
	*(int *)to = *(const int *)from;
}

static void release_choice(void *at)
{
	*(int *)at = 0;
}

static int parse_set(const struct field *f, const char *const *values, size_t n, void *at)
{
	unsigned set = 0;

	for (size_t i = 0; i < n; i++) {
		int choice = vocab_find(f->choices, values[i]);

		if (choice < 0)
			return -EINVAL;
		set |= 1u << choice;
	}
	*(unsigned *)at = set;
	return 0;
}

static void print_set(const struct field *f, const void *at, char ***values)
{
	for (unsigned i = 0; f->choices[i]; i++)
		if (*(const unsigned *)at & 1u << i)
			strings_add(values, f->choices[i]);
}

static bool same_set(const void *a, const void *b)
{
	return *(const unsigned *)a == *(const unsigned *)b;
}

static void copy_set(const void *from, void *to)
{
	*(unsigned *)to = *(const unsigned *)from;
}

static void release_set(void *at)
{
	*(unsigned *)at = 0;
}

/* Times */

static int parse_time(const struct field *f, const char *const *values, size_t n, void *at)
{
	int64_t time = -1;

	if (n != 1)
		return -EINVAL;
	/* Times up to 1970 would be taken for the special values. */
	if ((!f->top || strcmp(values[0], f->top)) && (time_parse(values[0], &time) < 0 || time <= 0))
		return -EINVAL;
	*(int64_t *)at = time;
	return 0;
}

static void print_time(const struct field *f, const void *at, char ***values)
{
	int64_t time = *(const int64_t *)at;
	char text[TIME_TEXT_MAX];

	if (time == -1)
		strings_add(values, f->top);
	if (time <= 0)
		return;
	time_format(time, text);
	strings_add(values, text);
}

/* clang-format off */
#define NUMBER same_number, copy_number, release_number
#define TEXT same_text, copy_text, release_text
#define LIST print_list, same_list, copy_list, release_list

/* type in forms, datatype, several values; parse, print, same, copy, release */
const struct field_kind field_bool = { "boolean", NULL, false,
	parse_boolean, print_boolean, same_boolean, copy_boolean, release_boolean };
const struct field_kind field_text = { "text-single", NULL, false, parse_text, print_text, TEXT };
const struct field_kind field_lang = { "list-single", NULL, false, parse_lang, print_text, TEXT };
const struct field_kind field_lines = { "text-multi", NULL, true, parse_lines, LIST };
const struct field_kind field_words = { "list-multi", NULL, true, parse_words, LIST };
const struct field_kind field_jids = { "jid-multi", NULL, true, parse_jids, LIST };
const struct field_kind field_bares = { "jid-multi", NULL, true, parse_bares, LIST };
const struct field_kind field_uint = { "text-single", "xs:integer", false, parse_number, print_number, NUMBER };
const struct field_kind field_choice = { "list-single", NULL, false,
	parse_choice, print_choice, same_choice, copy_choice, release_choice };
const struct field_kind field_set = { "list-multi", NULL, true,
	parse_set, print_set, same_set, copy_set, release_set };
const struct field_kind field_time = { "text-single", "xs:dateTime", false, parse_time, print_time, NUMBER };
/* clang-format on */

/* Tables */

static bool is_link(const struct field *f)
{
	return f->flags & FIELD_LINK;
}

static void *place(const struct field *f, void *base)
{
	return (char *)base + f->offset;
}

static const void *const_place(const struct field *f, const void *base)
{
	return (const char *)base + f->offset;
}

/* "pubsub#" stands in front of the names of the specification, and is not needed to tell any apart. */
static const char *short_name(const char *var)
{
	static const char prefix[] = "pubsub#";

	return strncmp(var, prefix, strlen(prefix)) ? var : var + strlen(prefix);
}

const struct field *field_find(const struct field *table, const char *var)
{
	for (; table->var; table++)
		if (!strcmp(short_name(table->var), short_name(var)))
			return table;
	return NULL;
}

/* A set in the table's own words, by commas: "away,chat". */
static int parse_default(const struct field *f, void *at)
{
	AUTO(strings_free) char **values = NULL;
	const char *p = f->def, *comma;

	if (!f->kind->multi)
		return f->kind->parse(f, &f->def, 1, at);
	for (; (comma = strchr(p, ',')); p = comma + 1) {
		AUTO_FREE char *value = mem_strndup(p, (size_t)(comma - p));

		strings_add(&values, value);
	}
	strings_add(&values, p);
	return f->kind->parse(f, (const char *const *)values, strings_count(values), at);
}

static int set_default(const struct field *f, void *base)
{
	f->kind->release(place(f, base));
	return f->def ? parse_default(f, place(f, base)) : 0;
}

void fields_init(const struct field *table, void *base)
{
	for (; table->var; table++)
		if (!is_link(table))
			set_default(table, base);
}

void fields_copy(const struct field *table, const void *from, void *to)
{
	for (; table->var; table++)
		if (!is_link(table))
			table->kind->copy(const_place(table, from), place(table, to));
}

/* Numbers and the like need not be let go, and are most of them. */
static bool is_on_heap(const struct field_kind *kind)
{
	return kind->copy == copy_text || kind->copy == copy_list;
}

void fields_release(const struct field *table, void *base)
{
	for (; table->var; table++)
		if (is_on_heap(table->kind) && !is_link(table))
			table->kind->release(place(table, base));
}

int field_parse(const struct field *f, const char *const *values, size_t n, void *base)
{
	if (n && !f->kind->multi && n != 1)
		return -EINVAL;
	/* XEP-0004 section 3.6: an empty value is as none (X0004-03). */
	if (!n || (n == 1 && !*values[0]))
		return set_default(f, base);
	return f->kind->parse(f, values, n, place(f, base));
}

char **field_print(const struct field *f, const void *base)
{
	char **values = NULL;

	f->kind->print(f, const_place(f, base), &values);
	return values;
}

bool field_same(const struct field *f, const void *a, const void *b)
{
	return f->kind->same(const_place(f, a), const_place(f, b));
}

/* What the largest kind has at its place. */
union value {
	bool b;
	char *text, **list;
	uint64_t number;
	int64_t time;
	int choice;
	unsigned set;
};

bool field_is_default(const struct field *f, const void *base)
{
	union value def = { .number = 0 };
	bool same;

	if (f->def)
		parse_default(f, &def);
	same = f->kind->same(const_place(f, base), &def);
	f->kind->release(&def);
	return same;
}

/* The store */

void fields_save(const struct field *table, const void *base, struct str *out)
{
	for (; table->var; table++) {
		AUTO(strings_free) char **values = NULL;

		if (is_link(table) || field_is_default(table, base))
			continue;
		values = field_print(table, base);
		str_puts(out, table->var);
		for (char **v = values; v && *v; v++) {
			str_putc(out, UNIT_SEPARATOR);
			str_puts(out, *v);
		}
		str_putc(out, RECORD_SEPARATOR);
	}
}

static int load_record(const struct field *table, const char *record, size_t len, void *base)
{
	static const char unit[] = { UNIT_SEPARATOR, '\0' };
	AUTO_FREE char *copy = mem_strndup(record, len);
	AUTO(strings_free) char **values = NULL;
	char *p = copy, *var = strsep(&p, unit), *value;
	const struct field *f = field_find(table, var);

	while ((value = strsep(&p, unit)))
		strings_add(&values, value);
	if (!f || is_link(f))
		return 0;
	f->kind->release(place(f, base));
	/* A set that is empty on purpose has a record without values. */
	if (!values)
		return 0;
	return f->kind->parse(f, (const char *const *)values, strings_count(values),
			      place(f, base));
}

int fields_load(const struct field *table, const char *text, void *base)
{
	for (const char *end; (end = strchr(text, RECORD_SEPARATOR)); text = end + 1) {
		int r = load_record(table, text, (size_t)(end - text), base);

		if (r)
			return r;
	}
	return 0;
}
