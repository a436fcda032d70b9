/* SPDX-License-Identifier: MIT */
#ifndef CTL_CHANGES_H
#define CTL_CHANGES_H

/*
 * Other affiliations, or states of subscriptions, for any number of people: in requests that are
 * small enough for any server. Zero-initialise it.
 */
#include <stdbool.h>
#include <stddef.h>

struct ctl;

/* Borrowed. */
struct change {
	const char *jid;
	const char *have, *want; /* words of vocab.h; @have: "none" where there is none */
};

struct changes {
	struct change *all;
	size_t n;
};

void changes_add(struct changes *c, const char *jid, const char *have, const char *want);
void changes_release(struct changes *c);

/*
 * After ctl_doing(). Not every affiliation leads to every other (XEP-0060 section 4.1), but all
 * lead to none, and none to all: the way round is taken where the direct one is refused, and back,
 * where it leads nowhere. 0, or an exit code after a message: what comes behind it is not sent.
 */
int changes_send(struct ctl *ctl, const char *node, bool subscriptions, const struct changes *c);

#endif
