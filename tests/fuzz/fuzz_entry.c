/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary text as a line of a spool, as it is and with the digest that belongs to it: the input's
 * first byte says which. What is read is whole work, and reads the same when it is written again.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "cmd/pub/entry.h"
#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/str.h"
#include "fuzz.h"

AUTO_DEFINE(struct work *, work_free);

static void must_be_same(const char *a, const char *b)
{
	MUST(!a == !b && (!a || !strcmp(a, b)));
}

/* With a payload's line feeds as references it is not the same any more, but means the same. */
static void check(const struct work *w)
{
	AUTO(work_free) struct work *again = NULL;
	AUTO_STR line = { 0 };

	MUST(w->node && (w->id || w->kind == WORK_CREATE || w->kind == WORK_PURGE));
	MUST(!w->payload == !w->len);
	entry_write(w, &line);
	MUST(line.p[line.len - 1] == '\n' && !memchr(line.p, '\n', line.len - 1));
	MUST(!entry_read(line.p, line.len - 1, &again));
	MUST(w->kind == again->kind);
	must_be_same(w->service, again->service);
	must_be_same(w->node, again->node);
	must_be_same(w->id, again->id);
	must_be_same(w->form, again->form);
	if (w->len && !memchr(w->payload, '\n', w->len))
		MUST(w->len == again->len && !memcmp(w->payload, again->payload, w->len));
	line.p[0] = ENTRY_DONE;
	MUST(entry_is_done(line.p, line.len - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(work_free) struct work *w = NULL;
	unsigned char digest[XMPP_SHA1_DIGEST_SIZE];
	AUTO_STR line = { 0 };
	int r;

	if (!size)
		return 0;
	if (data[0] == 'd') {
		str_puts(&line, "+ ");
		xmpp_sha1_digest(data + 1, size - 1, digest);
		for (size_t i = 0; i < sizeof(digest); i++)
			str_printf(&line, "%02x", digest[i]);
		str_putc(&line, ' ');
	}
	str_add(&line, (const char *)data + 1, size - 1);
	r = entry_read(line.p ? line.p : "", line.len, &w);
	MUST(r == 0 || r == -EBADMSG);
	MUST(!r == !!w);
	if (w)
		check(w);
	return 0;
}
