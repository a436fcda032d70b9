/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/changes.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/request.h"

#define REQUEST_MAX (32 * 1024) /* bytes, more or less; servers take 64 KiB at least */

void changes_add(struct changes *c, const char *jid, const char *have, const char *want)
{
	if (!(c->n & (c->n - 1))) /* it doubles */
		c->all = mem_realloc(c->all, (c->n ? 2 * c->n : 1) * sizeof(*c->all));
	c->all[c->n++] = (struct change){ jid, have, want };
}

void changes_release(struct changes *c)
{
	free(c->all);
	*c = (struct changes){ 0 };
}

/* Some of them: as many as one request takes. */
struct part {
	struct ctl *ctl;
	const char *node;
	bool subscriptions;
	const struct change *all;
	size_t n;
};

static const char *wanted(const struct change *c)
{
	return c->want;
}

static const char *had(const struct change *c)
{
	return c->have;
}

static const char *none(const struct change *c)
{
	(void)c;
	return "none";
}

static int send_part(const struct part *p, const char *(*value)(const struct change *c),
		     struct answer *ret)
{
	AUTO_STR xml = { 0 };

	if (p->subscriptions)
		request_subscribers_begin(&xml, p->node);
	else
		request_affiliates_begin(&xml, p->node);
	for (size_t i = 0; i < p->n; i++)
		if (p->subscriptions)
			request_subscriber(&xml, p->all[i].jid, value(&p->all[i]), NULL);
		else
			request_affiliate(&xml, p->all[i].jid, value(&p->all[i]));
	if (p->subscriptions)
		request_subscribers_end(&xml);
	else
		request_affiliates_end(&xml);
	return ctl_ask(p->ctl, "set", p->ctl->service, &xml, ret);
}

static bool has_way_round(const struct part *p)
{
	for (size_t i = 0; i < p->n && !p->subscriptions; i++)
		if (strcmp(p->all[i].have, "none") != 0 && strcmp(p->all[i].want, "none") != 0)
			return true;
	return false;
}

/* Nobody is left with nothing. What is refused here has been told of. */
static void go_back(const struct part *p)
{
	AUTO_ANSWER a = { 0 };

	send_part(p, had, &a);
}

static int refused(const struct part *p, const struct answer *a)
{
	int code = ctl_refused(p->ctl, p->ctl->service, a);

	go_back(p); /* a service may have done a part of what it refused */
	return code;
}

static int go_round(const struct part *p)
{
	AUTO_ANSWER reset = { 0 };
	AUTO_ANSWER a = { 0 };
	int code = send_part(p, none, &reset);

	if (code)
		return code;
	if (reset.outcome != SESSION_RESULT)
		return refused(p, &reset);
	code = send_part(p, wanted, &a);
	return code || a.outcome == SESSION_RESULT ? code : refused(p, &a);
}

static int change_part(const struct part *p)
{
	AUTO_ANSWER a = { 0 };
	int code = send_part(p, wanted, &a);

	if (code || a.outcome == SESSION_RESULT)
		return code;
	return has_way_round(p) ? go_round(p) : ctl_refused(p->ctl, p->ctl->service, &a);
}

int changes_send(struct ctl *ctl, const char *node, bool subscriptions, const struct changes *c)
{
	struct part p = { ctl, node, subscriptions, c->all, 0 };
	size_t left = c->n;
	int code = 0;

	for (; left && !code; p.all += p.n, left -= p.n) {
		size_t bytes = 0;

		for (p.n = 0; p.n < left && bytes < REQUEST_MAX; p.n++)
			bytes += strlen(p.all[p.n].jid) +
				 sizeof("<subscription jid='' subscription=''/>") +
				 strlen(p.all[p.n].want);
		code = change_part(&p);
	}
	return code;
}
