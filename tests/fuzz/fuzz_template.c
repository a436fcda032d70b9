/* SPDX-License-Identifier: MIT */

/*
 * What --ns, --template, --xpath and --where are given: the first line is namespaces, with blanks
 * between them, the second one the template, or the expression, and the rest is a payload. Nobody
 * who publishes can make up a line, and a record ends as it should.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sub/select.h"
#include "cmd/sub/template.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/pubsub/event.h"
#include "common/pubsub/xpath.h"
#include "fuzz.h"

#define MAX_LINE 256 /* many expressions take their time */
#define MAX_PAYLOAD 4096

AUTO_DEFINE(struct template *, template_free);
AUTO_DEFINE(struct xpath *, xpath_free);

struct input {
	char *namespaces, *text;
	const char *payload;
	size_t len;
};

static void input_release(struct input *i)
{
	free(i->namespaces);
	free(i->text);
}

static char *take_line(const char **p, const char *end)
{
	const char *start = *p, *lf = memchr(start, '\n', (size_t)(end - start));

	if (!lf || lf - start > MAX_LINE)
		return NULL;
	*p = lf + 1;
	return mem_strndup(start, (size_t)(lf - start));
}

static char **namespaces_of(char *line)
{
	char *given[XPATH_MAX_NS + 1] = { 0 }, *rest = NULL;
	size_t n = 0;

	for (char *w = strtok_r(line, " ", &rest); w && n < XPATH_MAX_NS;
	     w = strtok_r(NULL, " ", &rest))
		given[n++] = w;
	return select_namespaces(given);
}

static void render(const struct template *t, const struct input *in, const char *name,
		   struct str *out)
{
	bool warned = false;
	const struct event e = { .kind = EVENT_ITEM,
				 .node = name,
				 .id = name,
				 .publisher = name,
				 .payload = in->len ? in->payload : NULL,
				 .payload_len = in->len,
				 .stamp = 1 };
	AUTO_IN_PLACE(select_item_release)
	struct select_item item = { .event = &e, .warned = &warned };

	template_render(t, &item, name, out);
}

static void check_lines(const struct template *t, const struct input *in)
{
	AUTO_STR hostile = { 0 };
	AUTO_STR again = { 0 };
	AUTO_STR harmless = { 0 };

	render(t, in, "a\nb", &hostile);
	render(t, in, "a\nb", &again);
	render(t, in, "a b", &harmless);
	MUST(hostile.len && (!hostile.p[hostile.len - 1] || hostile.p[hostile.len - 1] == '\n'));
	MUST(hostile.len == again.len && !memcmp(hostile.p, again.p, hostile.len));
	if (!strstr(in->text, "\\0"))
		MUST(hostile.len == harmless.len && !memcmp(hostile.p, harmless.p, hostile.len));
}

static void check_template(const struct input *in, const char *const *ns)
{
	AUTO(template_free) struct template *t = NULL;
	AUTO_STR why = { 0 };
	int r = template_parse(in->text, ns, &why, &t);

	MUST(!r || r == -EINVAL);
	MUST(!r == !why.len && !r == !!t);
	if (t)
		check_lines(t, in);
}

/* As --xpath, and as --where: the same are taken. */
static void check_expression(const struct input *in, const char *const *ns)
{
	AUTO(template_free) struct template *t = NULL;
	AUTO(xpath_free) struct xpath *x = NULL;
	AUTO_STR why = { 0 };
	AUTO_STR why_x = { 0 };
	int r = template_of_value(in->text, ns, &why, &t);
	int x_r = xpath_compile(in->text, ns, &why_x, &x);

	MUST(!r || r == -EINVAL);
	MUST(r == x_r && !r == !why.len && !r == !!t);
	if (t)
		check_lines(t, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	AUTO_IN_PLACE(input_release) struct input in = { 0 };
	AUTO_STR why = { 0 };
	struct xpath *any = NULL;
	char **ns;

	log_init("pubsub-sub");
	log_set_level((enum log_level)(LOG_ERROR - 1));
	in.namespaces = take_line(&p, end);
	in.text = in.namespaces ? take_line(&p, end) : NULL;
	if (!in.text || end - p > MAX_PAYLOAD)
		return 0;
	in.payload = p;
	in.len = (size_t)(end - p);
	ns = namespaces_of(in.namespaces);
	if (!xpath_compile("true()", (const char *const *)ns, &why, &any)) {
		check_template(&in, (const char *const *)ns);
		check_expression(&in, (const char *const *)ns);
	}
	xpath_free(any);
	strings_free(ns);
	return 0;
}
