/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/read.h"

#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/print.h"
#include "common/base/exits.h"
#include "common/pubsub/fetch.h"
#include "common/pubsub/payload_sum.h"

/* Of the last items read: as many as fetch reads again where a page's mark has gone, and more. */
#define RECENT 2048

struct reading {
	struct ctl *c;
	read_fn *fn;
	int (*between)(struct ctl *c, void *data);
	void *data;
	bool waits; /* for between() */
	bool done;
	struct answer answer;
	size_t n; /* items */
	unsigned char recent[RECENT][PAYLOAD_SUM_SIZE];
};

/* Of id and payload. */
static void sum(const struct event *e, unsigned char ret[static PAYLOAD_SUM_SIZE])
{
	AUTO_STR text = { 0 };

	if (e->id)
		str_puts(&text, e->id);
	str_putc(&text, '\0');
	if (e->payload)
		str_add(&text, e->payload, e->payload_len);
	xmpp_sha1_digest((const unsigned char *)text.p, text.len, ret);
}

static void on_item(const struct event *e, void *data)
{
	struct reading *r = data;

	sum(e, r->recent[r->n++ % RECENT]);
	r->waits = r->between != NULL;
	r->fn(r->c, e, r->data);
}

static bool is_known(const struct event *e, void *data)
{
	const struct reading *r = data;
	unsigned char s[PAYLOAD_SUM_SIZE];

	sum(e, s);
	for (size_t i = 0; i < r->n && i < RECENT; i++)
		if (!memcmp(r->recent[i], s, sizeof(s)))
			return true;
	return false;
}

static bool is_ready(void *data)
{
	const struct reading *r = data;

	return !r->waits;
}

static void on_done(enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct reading *r = data;

	r->done = true;
	r->answer.outcome = outcome;
	r->answer.stanza = reply ? xmpp_stanza_clone(reply) : NULL;
}

static int end_reading(struct ctl *c, struct reading *r)
{
	AUTO_ANSWER a = r->answer;

	if (!r->done)
		return session_code(c->session);
	if (a.outcome == SESSION_RESULT)
		return 0;
	if (a.outcome == SESSION_LOST)
		return EX_TEMPFAIL; /* the session tells of it */
	if (a.outcome == SESSION_ERROR && !a.stanza)
		return ctl_fail(c, EX_REFUSED, "an item is larger than can be taken");
	return ctl_refused(c, c->service, &a);
}

/* What has been handed out is dealt with before there is more. */
static int go_on(struct reading *r, struct fetch *f)
{
	int code = r->waits ? r->between(r->c, r->data) : 0;

	if (!r->waits || code)
		return code;
	r->waits = false;
	if (!r->done && session_is_up(r->c->session))
		fetch_go_on(f);
	return 0;
}

int read_items_between(struct ctl *c, const char *node, read_fn *fn,
		       int (*between)(struct ctl *c, void *data), void *data)
{
	static const struct fetch_handler handler = { on_item, is_known, on_done, is_ready };
	struct reading r = { .c = c, .fn = fn, .between = between, .data = data };
	struct fetch *f;
	int code = 0;

	if (!session_is_up(c->session))
		return EX_TEMPFAIL;
	f = fetch_start(
		c->session,
		&(struct fetch_params){ .what = FETCH_ALL, .service = c->service, .node = node },
		&handler, &r);
	while (!code && !r.done && session_step(c->session)) {
		if (c->io_error) /* nobody reads on; fetch lives as long as the session asks */
			session_finish(c->session, print_end(c, 0));
		code = go_on(&r, f);
	}
	fetch_free(f);
	if (code) {
		answer_release(&r.answer);
		return code;
	}
	return end_reading(c, &r);
}

int read_items(struct ctl *c, const char *node, read_fn *fn, void *data)
{
	return read_items_between(c, node, fn, NULL, data);
}
