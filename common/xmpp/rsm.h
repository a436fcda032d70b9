/* SPDX-License-Identifier: MIT */
#ifndef XMPP_RSM_H
#define XMPP_RSM_H

/*
 * Result set management (XEP-0059), the answering side: what page was asked for, and what page it
 * became.
 */
#include <stdbool.h>
#include <stdint.h>

#include <strophe.h>

struct str;

/* Strings are borrowed from the stanza. */
struct rsm_request {
	bool present;		/* there was a <set/> at all */
	bool has_max, has_index;
	uint64_t max, index;
	const char *after;	/* NULL: not given; an empty <after/> is as none */
	const char *before;	/* NULL: not given; "": the last page */
};

/*
 * The <set/> among the children of @parent. 0, or -EINVAL where a number is none or where more than
 * one place is named to begin at. Numbers beyond the range of uint64_t become its end.
 */
int rsm_parse(xmpp_stanza_t *parent, struct rsm_request *ret);

struct rsm_page {
	const char *first, *last;	/* both NULL: the page is empty */
	uint64_t index;			/* of @first in the full set */
	uint64_t count;			/* of the full set */
};
void rsm_render(struct str *out, const struct rsm_page *page);

#endif
