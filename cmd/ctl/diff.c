/* SPDX-License-Identifier: MIT */
/*
 * Nodes against a document that has their settings and affiliations: diff, apply.
 */
#include "cmd/ctl/ctl.h"
#include "cmd/ctl/define.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/log.h"

struct diff {
	unsigned flags;
	bool differs;
};

static int on_node(struct ctl *c, const struct doc_node *n, void *data)
{
	struct diff *d = data;

	return define_node(c, n, d->flags, &d->differs);
}

static int compare(struct ctl *c, struct diff *d)
{
	static const struct doc_handler handler = { .node = on_node };

	return doc_read(c, c->args[0], &handler, d);
}

int verb_diff(struct ctl *c)
{
	struct diff d = { .flags = DEFINE_PRINT };
	int code = compare(c, &d);

	return !code && d.differs ? EXIT_DIFFERS : code;
}

int verb_apply(struct ctl *c)
{
	struct diff d = { .flags = DEFINE_PRINT | (c->o->dry_run ? 0 : DEFINE_APPLY) };
	int code = compare(c, &d);

	if (!code && !d.differs)
		log_info("nothing is to be changed");
	return code;
}

int verb_diff_check(struct ctl *c)
{
	return doc_check(c->args[0]);
}
