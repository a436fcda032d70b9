/* SPDX-License-Identifier: MIT */
#include "cmd/serve/reqlog.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/serve/op/op_label.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* clang-format off */
static const struct { /* first, last: of what does not show, or changes how the rest is shown */
	uint32_t first, last;
} hidden[] = {
	{ 0x00, 0x1f },		/* C0 */
	{ 0x7f, 0x9f },		/* DEL, C1 */
	{ 0xad, 0xad },		/* soft hyphen */
	{ 0x061c, 0x061c },	/* Arabic letter mark */
	{ 0x200b, 0x200f },	/* of no width; marks of direction */
	{ 0x2028, 0x202e },	/* line and paragraph ends; embeddings and overrides */
	{ 0x2060, 0x206f },	/* of no width; isolates */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xfff9, 0xfffb },	/* annotations */
	{ 0xe0000, 0xe007f },	/* tags */
};
/* clang-format on */

static bool is_hidden(uint32_t c)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return true;
	return false;
}

/* The length of the sequence that a byte begins; 0: none. */
static size_t sequence_len(unsigned char c)
{
	if (c < 0x80)
		return 1;
	return c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
}

/* @len bytes at @p are one character of UTF-8. */
static uint32_t decode(const char *p, size_t len)
{
	uint32_t c = (unsigned char)*p;

	if (len == 1)
		return c;
	c &= 0xffu >> (len + 1);
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3fu);
	return c;
}

static void add_character(struct str *out, const char *p, size_t len)
{
	uint32_t c = decode(p, len);

	if (is_hidden(c)) {
		str_printf(out, c > 0xffff ? "\\U%08" PRIx32 : "\\u%04" PRIx32, c);
		return;
	}
	if (c == '"' || c == '\\')
		str_putc(out, '\\');
	str_add(out, p, len);
}

void reqlog_quote(struct str *out, const char *text)
{
	size_t left = strlen(text), len;

	str_putc(out, '"');
	for (; left; text += len, left -= len) {
		len = sequence_len((unsigned char)*text);
		/* Controls, which XML does not have either, are escaped as characters. */
		if (len == 1 || (len && len <= left && xml_valid(text, len))) {
			add_character(out, text, len);
		} else {
			str_printf(out, "\\x%02x", (unsigned char)*text);
			len = 1;
		}
	}
	str_putc(out, '"');
}

static void add_field(struct str *out, const char *name, const char *value)
{
	if (!value)
		return;
	str_printf(out, " %s=", name);
	reqlog_quote(out, value);
}

static void add_outcome(struct str *out, enum ps_err outcome)
{
	str_puts(out, " outcome=");
	str_puts(out, outcome ? ps_errs[outcome].condition : "ok");
	if (outcome && ps_errs[outcome].special)
		str_printf(out, "/%s", ps_errs[outcome].special);
}

void reqlog_note(const struct request *r, uint64_t number, enum ps_err outcome, double seconds)
{
	AUTO_STR line = { 0 };

	if (log_get_level() < LOG_INFO)
		return;
	str_printf(&line, "request %" PRIx64 ":", number);
	add_field(&line, "from", stanza_attr(r->iq, "from"));
	str_puts(&line, " op=");
	op_label(r->op, &line);
	if (r->action)
		add_field(&line, "node", stanza_attr(r->action, "node"));
	add_outcome(&line, outcome);
	str_printf(&line, " us=%.0f", seconds * 1e6);
	log_info("%s", line.p);
}
