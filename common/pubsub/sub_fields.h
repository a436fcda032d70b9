/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_SUB_FIELDS_H
#define PUBSUB_SUB_FIELDS_H

/*
 * The options of a subscription (XEP-0060 section 16.4.2, XEP-0248 section 12), and ours ("x-...").
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/pubsub/field.h"
#include "common/pubsub/vocab.h"

#define EXPIRE_PRESENCE (-1) /* when the subscriber goes offline */

struct sub_options {
	bool deliver, digest, include_body;
	uint64_t digest_frequency; /* milliseconds */
	int64_t expire;		   /* milliseconds since 1970; 0: never; EXPIRE_PRESENCE */
	unsigned shows;		   /* 1 << enum show */
	enum sub_type type;	   /* at collections */
	uint64_t depth;		   /* of nodes below; UINT64_MAX: all */
	char *filter;		   /* an XPath expression; NULL: none */
	char **filter_ns;	   /* its prefixes, "prefix=URI" */
};

extern const struct field sub_fields[];

/* The defaults of the table; what was at @o is not released. */
void sub_options_init(struct sub_options *o);
void sub_options_release(struct sub_options *o);

#endif
