/* SPDX-License-Identifier: MIT */
#include "cmd/pub/entry.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define DIGEST XMPP_SHA1_DIGEST_SIZE
#define HEAD (2 + 2 * DIGEST + 1) /* "+ SHA-1 " */
#define FIELDS 6

AUTO_DEFINE(struct work *, work_free);

static const char *const kinds[] = {
	[WORK_CREATE] = "create",
	[WORK_ITEM] = "item",
	[WORK_RETRACT] = "retract",
	[WORK_PURGE] = "purge",
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void put_field(struct str *out, const char *text)
{
	for (const char *p = text; p && *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c == 0x7f || c == '%')
			str_printf(out, "%%%02X", c);
		else
			str_putc(out, *p);
	}
	str_putc(out, '\t');
}

static void put_payload(struct str *out, const char *p, size_t len)
{
	const char *end, *lf;

	if (!p)
		return;
	end = p + len;
	while ((lf = memchr(p, '\n', (size_t)(end - p)))) {
		str_add(out, p, (size_t)(lf - p));
		str_puts(out, "&#10;");
		p = lf + 1;
	}
	str_add(out, p, (size_t)(end - p));
}

static void put_digest(struct str *out, const char *text, size_t len)
{
	unsigned char digest[DIGEST];

	xmpp_sha1_digest((const unsigned char *)text, len, digest);
	for (size_t i = 0; i < DIGEST; i++)
		str_printf(out, "%02x", digest[i]);
}

void entry_write(const struct work *w, struct str *out)
{
	AUTO_STR body = { 0 };

	put_field(&body, kinds[w->kind]);
	put_field(&body, w->service);
	put_field(&body, w->node);
	put_field(&body, w->id);
	put_field(&body, w->form);
	put_payload(&body, w->payload, w->len);
	str_putc(out, ENTRY_WAITS);
	str_putc(out, ' ');
	put_digest(out, body.p, body.len);
	str_putc(out, ' ');
	str_add(out, body.p, body.len);
	str_putc(out, '\n');
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

/*
 * NULL for an empty one. The digest has been checked: escapes are as we write them. False: a NUL.
 */
static bool take_field(const char *p, size_t len, char **ret)
{
	AUTO_FREE char *out = mem_alloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '%' && len - i > 2) {
			out[n++] = (char)(hex(p[i + 1]) << 4 | hex(p[i + 2]));
			i += 2;
		} else {
			out[n++] = p[i];
		}
	}
	out[n] = '\0';
	if (strlen(out) != n)
		return false;
	*ret = n ? steal(out) : NULL;
	return true;
}

static bool is_whole(const char *line, size_t len)
{
	AUTO_STR digest = { 0 };

	if (len < HEAD || (line[0] != ENTRY_WAITS && line[0] != ENTRY_DONE) || line[1] != ' ' || line[HEAD - 1] != ' ' ||
	    memchr(line, '\0', len))
		return false;
	put_digest(&digest, line + HEAD, len - HEAD);
	return !memcmp(digest.p, line + 2, digest.len);
}

static int set_kind(struct work *w, const char *name)
{
	for (size_t i = 0; name && i < KINDS; i++)
		if (!strcmp(name, kinds[i])) {
			w->kind = (enum work_kind)i;
			return 0;
		}
	return -EBADMSG;
}

/* What the sender needs it has. */
static bool is_complete(const struct work *w)
{
	return w->node && (w->id || w->kind == WORK_CREATE || w->kind == WORK_PURGE);
}

bool entry_is_done(const char *line, size_t len)
{
	return len > HEAD && line[0] == ENTRY_DONE;
}

int entry_read(const char *line, size_t len, struct work **ret)
{
	AUTO(work_free) struct work *w = NULL;
	const char *p = line + HEAD, *end = line + len, *tab;
	AUTO_FREE char *kind = NULL;

	if (!is_whole(line, len))
		return -EBADMSG;
	w = work_new(WORK_ITEM, NULL, NULL);
	char **const fields[FIELDS - 1] = { &kind, &w->service, &w->node, &w->id, &w->form };
	for (int i = 0; i < FIELDS - 1; i++) {
		tab = memchr(p, '\t', (size_t)(end - p));
		if (!tab || !take_field(p, (size_t)(tab - p), fields[i]))
			return -EBADMSG;
		p = tab + 1;
	}
	w->len = (size_t)(end - p);
	w->payload = w->len ? mem_strndup(p, w->len) : NULL;
	if (set_kind(w, kind) || !is_complete(w))
		return -EBADMSG;
	*ret = steal(w);
	return 0;
}
