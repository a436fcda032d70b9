/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SINCE_H
#define SERVE_SINCE_H

/*
 * What somebody has missed who was away (XEP-0312).
 */
#include <stdint.h>

struct request;

#define SINCE_ITEMS 100		      /* of one node, the newest ones */
#define SINCE_BYTES (1024 * 1024)     /* of all together; then no further node is looked at */

/*
 * Tells @jid (full, normal form) of the items that have been published at @since (milliseconds since
 * 1970) or later to the nodes it is subscribed to, as this resource or as a whole: each as it is now,
 * with the time when it was published, from the oldest of each node. 0 or a negative errno.
 */
int since_replay(struct request *r, const char *jid, int64_t since);

#endif
