/* SPDX-License-Identifier: MIT */
/* The manual names what the tables have: settings, options, features; and nothing else. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/sub_fields.h"

AUTO_DEFINE(char **, strings_free);

static char *read_page(const char *name)
{
	AUTO_FREE char *path = mem_printf(MAN_DIR "/%s", name);
	FILE *f = fopen(path, "re");
	AUTO_STR text = { 0 };
	char buffer[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buffer, 1, sizeof(buffer), f)))
		str_add(&text, buffer, n);
	fclose(f);
	return str_steal(&text);
}

/* What stands between the headings @from and the next one. */
static char *section(const char *page, const char *from)
{
	AUTO_FREE char *heading = mem_printf("\n.Sh %s\n", from);
	const char *start = strstr(page, heading), *end;

	if (!start)
		fail_msg("there is no section %s", from);
	start += strlen(heading);
	end = strstr(start, "\n.Sh ");
	return mem_printf("%.*s", (int)(end - start + 1), start);
}

static void check_entries(const char *text, const struct field *table)
{
	static const char item[] = "\n.It Li ";
	size_t rows = 0, entries = 0;

	for (const struct field *f = table; f->var; f++, rows++) {
		AUTO_FREE char *entry = mem_printf("%s%s\n", item, f->var);
		const char *at = strstr(text, entry), *end;
		AUTO_FREE char *body = NULL;

		if (!at)
			fail_msg("%s has no entry", f->var);
		at += strlen(entry);
		end = strstr(at, item);
		body = mem_printf("%.*s", (int)(end ? end - at + 1 : (long)strlen(at)), at);
		for (int i = 0; f->choices && f->choices[i]; i++) {
			AUTO_FREE char *choice = mem_printf("Li %s", f->choices[i]);

			if (!strstr(body, choice))
				fail_msg("%s: %s is missing", f->var, f->choices[i]);
		}
		if (f->def && !f->kind->multi) {
			AUTO_FREE char *def = mem_printf("\nDefault:\n.Li %s", f->def);

			if (!strstr(body, def))
				fail_msg("%s: the default is %s", f->var, f->def);
		}
		assert_int_equal(!!strstr(body, "\nLeaf.\n"),
				 f->flags & FIELD_LEAF && table == node_fields);
		assert_int_equal(!!strstr(body, "\nCollection.\n"),
				 !!(f->flags & FIELD_COLLECTION));
	}
	for (const char *p = text; (p = strstr(p, item)); p++)
		entries++;
	assert_int_equal(entries, rows);
}

static void settings__manual__has_each(void **state)
{
	AUTO_FREE char *page = read_page("pubsub-node.7");
	AUTO_FREE char *settings = section(page, "SETTINGS OF NODES");
	AUTO_FREE char *options = section(page, "OPTIONS OF SUBSCRIPTIONS");

	(void)state;
	check_entries(settings, node_fields);
	check_entries(options, sub_fields);
}

/* Features, as the manual writes them: "#name". */
static void add_word(const char *var, void *data)
{
	static const char prefix[] = "http://jabber.org/protocol/pubsub#";

	if (!strncmp(var, prefix, strlen(prefix)))
		strings_add(data, var + strlen(prefix) - 1);
}

static char **listed(const char *page)
{
	AUTO_FREE char *text = section(page, "PROTOCOL");
	char *start = strstr(text, "\n.Bd -literal"),
	     *end = start ? strstr(start, "\n.Ed\n") : NULL;
	char **words = NULL, *word;

	assert_non_null(end);
	*end = '\0';
	start = strchr(start + 1, '\n');
	while ((word = strsep(&start, " \t\n")))
		if (*word)
			strings_add(&words, word);
	return words;
}

static void features__manual__has_each(void **state)
{
	AUTO_FREE char *page = read_page("pubsub-serve.8");
	AUTO(strings_free) char **words = listed(page);
	AUTO(strings_free) char **features = NULL;
	struct config c;

	(void)state;
	config_init(&c);
	c.given.multi_subscribe = 1;
	c.given.store = mem_strdup("memory:");
	assert_int_equal(config_resolve(&c, "svc@example.com/serve", false), 0);
	features_each(&c, add_word, &features);
	for (char **p = features; *p; p++)
		if (!strings_have(words, *p))
			fail_msg("%s is not in the list", *p);
	/* Also what another default would bring. */
	for (char **p = words; *p; p++)
		if (!strings_have(features, *p) && !feature_known(*p + 1))
			fail_msg("%s is in the list", *p);
	config_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings__manual__has_each),
		cmocka_unit_test(features__manual__has_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
