/* SPDX-License-Identifier: MIT */
#ifndef SERVE_MAM_QUERY_H
#define SERVE_MAM_QUERY_H

/*
 * What a query to the archive asks for (XEP-0313 section 4): filters, order, page.
 */
#include <stdbool.h>
#include <stddef.h>

#include "cmd/serve/notify/shown.h"
#include "cmd/serve/op/order.h"
#include "cmd/serve/store/store.h"
#include "common/xmpp/rsm.h"

struct config;
struct request;
struct str;

#define MAM_QUERYID_MAX 1024 /* bytes; it comes back with each result */

struct mam_query {
	const char *queryid;	/* NULL: none */
	bool flip;		/* send the page in reverse */
	bool filtered;		/* not all of the archive is asked for */
	bool nobody;		/* nothing can match */
	struct shown shown;
	struct archive_filter filter;
	char *publisher;	/* of the filter */
	struct archive_place *only; /* these alone, @n_only of them, in the order asked for; NULL: all */
	size_t n_only;
	struct order order;
	struct rsm_request rsm;
	struct archive_place from; /* of the page; itself excluded */
	bool backwards;		/* it ends there */
};

/*
 * The query in r->action about r->node. PS_OK; PS_BAD_REQUEST; PS_ITEM_NOT_FOUND: an id that the
 * archive does not have; PS_FEATURE_NOT_IMPLEMENTED: a filter that is not known, an index; or a
 * negative errno. Release it in any case.
 */
int mam_query_parse(struct request *r, struct mam_query *ret);
void mam_query_release(struct mam_query *q);

/* The form of all filters. */
void mam_query_form(const struct config *c, struct str *out);

#endif
