/* SPDX-License-Identifier: MIT */
#include "cmd/sub/template.h"

#include <errno.h>
#include <string.h>

#include "cmd/sub/select.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/plain.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "common/pubsub/xpath.h"
#include "common/xmpp/time.h"

/* What the letters behind a percent sign mean, and what is behind none. */
enum part_kind {
	PART_TEXT = '\0',
	PART_NODE = 'n',
	PART_ID = 'i',
	PART_PUBLISHER = 'p',
	PART_TIME = 't',
	PART_EVENT = 'e',
	PART_SERVICE = 's',
	PART_PAYLOAD = 'x',
	PART_XPATH = '{',
};
#define LETTERS "niptesx"

struct part {
	enum part_kind kind;
	struct str text;
	struct xpath *xpath;
};

struct template
{
	struct part *parts;
	size_t count;
	const char *feed; /* in the place of a line feed in a value */
};

AUTO_DEFINE(struct template *, template_free);

void template_free(struct template *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		str_release(&t->parts[i].text);
		xpath_free(t->parts[i].xpath);
	}
	free(t->parts);
	free(t);
}

static struct template *template_new(void)
{
	struct template *t = mem_zalloc(sizeof(*t));

	t->feed = " ";
	return t;
}

/* Parsing */

static struct part *add_part(struct template *t, enum part_kind kind)
{
	t->parts = mem_realloc(t->parts, (t->count + 1) * sizeof(*t->parts));
	t->parts[t->count] = (struct part){ .kind = kind };
	return &t->parts[t->count++];
}

static void add_text(struct template *t, const char *text, size_t len)
{
	struct part *last = t->count ? &t->parts[t->count - 1] : NULL;

	if (!last || last->kind != PART_TEXT)
		last = add_part(t, PART_TEXT);
	str_add(&last->text, text, len);
}

/* Behind the expression that starts at @p, at its bracket; NULL: there is none. */
static const char *end_of_xpath(const char *p)
{
	while (*p && *p != '}') {
		const char *end = *p == '\'' || *p == '"' ? strchr(p + 1, *p) : p;

		p = end ? end + 1 : p + 1;
	}
	return *p ? p : NULL;
}

static int add_xpath(struct template *t, const char *expr, const char *const *ns, struct str *why)
{
	struct xpath *x;
	int r = xpath_compile(expr, ns, why, &x);

	if (!r)
		add_part(t, PART_XPATH)->xpath = x;
	return r;
}

/* The reading functions take @*p on behind what they have read. */
static int read_xpath(struct template *t, const char **p, const char *const *ns, struct str *why)
{
	const char *start = *p + 2, *end = end_of_xpath(start);
	AUTO_FREE char *expr = NULL;
	AUTO_STR reason = { 0 };
	int r;

	if (!end) {
		str_printf(why, "'%s' has no closing bracket", *p);
		return -EINVAL;
	}
	expr = mem_strndup(start, (size_t)(end - start));
	r = add_xpath(t, expr, ns, &reason);
	if (r)
		str_printf(why, "'%%{%s}': %s", expr, reason.p ? reason.p : strerror(-r));
	*p = end + 1;
	return r;
}

/* Of the character at @p, which may have more than one byte. */
static int unknown(const char *p, const char *known, struct str *why)
{
	size_t n = p[1] ? 2 : 1;

	while (n > 1 && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	str_printf(why, "'%.*s' is none of %s", (int)n, p, known);
	return -EINVAL;
}

static int read_percent(struct template *t, const char **p, const char *const *ns, struct str *why)
{
	char letter = (*p)[1];

	if (letter == '{')
		return read_xpath(t, p, ns, why);
	if (letter == '%')
		add_text(t, "%", 1);
	else if (letter && strchr(LETTERS, letter))
		add_part(t, (enum part_kind)letter);
	else
		return unknown(*p, "%n %i %p %t %e %s %x %{XPATH} %%", why);
	*p += 2;
	return 0;
}

static int read_backslash(struct template *t, const char **p, struct str *why)
{
	static const char letters[] = "nt0\\", meanings[] = "\n\t\0\\";
	char letter = (*p)[1];
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (!found)
		return unknown(*p, "\\n \\t \\0 \\\\", why);
	add_text(t, &meanings[found - letters], 1);
	if (letter == '0')
		t->feed = "\n";
	*p += 2;
	return 0;
}

static void end_record(struct template *t)
{
	const struct part *last = &t->parts[t->count - 1];
	char end = last->kind == PART_TEXT ? last->text.p[last->text.len - 1] : '.';

	if (end && end != '\n')
		add_text(t, "\n", 1);
}

int template_parse(const char *text, const char *const *ns, struct str *why,
		   struct template **ret_template)
{
	AUTO(template_free) struct template *t = template_new();
	int r = 0;

	if (!*text) {
		str_puts(why, "the template is empty");
		return -EINVAL;
	}
	while (!r && *text) {
		size_t plain = strcspn(text, "%\\");

		if (plain)
			add_text(t, text, plain);
		text += plain;
		if (*text == '%')
			r = read_percent(t, &text, ns, why);
		else if (*text)
			r = read_backslash(t, &text, why);
	}
	if (r)
		return r;
	end_record(t);
	*ret_template = steal(t);
	return 0;
}

int template_of_value(const char *expr, const char *const *ns, struct str *why,
		      struct template **ret_template)
{
	AUTO(template_free) struct template *t = template_new();
	int r = add_xpath(t, expr, ns, why);

	if (r)
		return r;
	end_record(t);
	*ret_template = steal(t);
	return 0;
}

/* Rendering */

bool template_wants_payload(const struct template *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->parts[i].kind == PART_PAYLOAD || t->parts[i].kind == PART_XPATH)
			return true;
	return false;
}

static const char *value_of(enum part_kind kind, const struct event *e, const char *service)
{
	switch (kind) {
	case PART_NODE:
		return e->node;
	case PART_ID:
		return e->id;
	case PART_PUBLISHER:
		return e->publisher;
	case PART_EVENT:
		return event_kind_name(e->kind);
	default:
		return service;
	}
}

static void add_value(struct str *out, const char *value, const char *feed)
{
	if (value)
		str_add_lines(out, value, strlen(value), feed);
}

static void render_part(const struct part *p, const char *feed, struct select_item *item,
			const char *service, struct str *out)
{
	const struct event *e = item->event;
	char time[TIME_TEXT_MAX];
	size_t before = out->len;

	switch (p->kind) {
	case PART_TEXT:
		str_add(out, p->text.p, p->text.len);
		break;
	case PART_XPATH:
		select_value(item, p->xpath, feed, out);
		break;
	case PART_PAYLOAD:
		str_add_lines(out, e->payload, e->payload_len, "&#10;");
		plain_markup(out, before);
		break;
	case PART_TIME:
		time_format(e->stamp ? e->stamp : time_now(), time);
		str_puts(out, time);
		break;
	default:
		add_value(out, value_of(p->kind, e, service), feed);
		break;
	}
}

void template_render(const struct template *t, struct select_item *item, const char *service,
		     struct str *out)
{
	for (size_t i = 0; i < t->count; i++)
		render_part(&t->parts[i], t->feed, item, service, out);
}
