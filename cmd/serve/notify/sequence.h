/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SEQUENCE_H
#define SERVE_SEQUENCE_H

/*
 * The events of a node are numbered, in a SHIM header (XEP-0131) named Pubsub-Sequence, so that who
 * is subscribed sees at once where one of them was lost on the way.
 *
 * Numbered is each message that is told to all of a node's subscribers: of items, retractions, a
 * purge, the node's settings, its end, and of nodes that come into a collection or leave it. The
 * first is 1; each next is one more, whether or not anybody is subscribed, also after a restart.
 * What the node's settings suppress is no event and does not count; what it holds back (pace.h)
 * counts when it is told. A node that was deleted and made again begins at 1: a smaller number than
 * before says so. That a node has been made, which its own subscribers cannot be told, has no
 * number, nor has what happens in the root collection, which is no node.
 *
 * Stored items that are sent to one address (the last one on subscribing or with presence, those
 * since a time) have the number of the node's latest event: "you are here". Digests and all that is
 * about one subscriber alone have none.
 *
 * A hole means a loss only to who is told everything. Those who have asked for less - by a filter,
 * a digest, states of presence, or at a collection by kind and depth - get no number at all. Through
 * a collection, the number is that of the node where it happened.
 */
#include <stdbool.h>
#include <stdint.h>

#define SEQUENCE_LEN 20 /* digits, at most */

struct event;
struct node;
struct store;
struct str;
struct sub_options;
struct sub_row;

/* @e, which tells all subscribers of @n, gets the next number. 0 or a negative errno. */
int sequence_next(struct store *s, const struct node *n, struct event *e);
/* @e, which is for one address alone, gets the latest. */
int sequence_latest(struct store *s, const struct node *n, struct event *e);
/* Is the subscription told of everything that happens at the node of @e? */
bool sequence_concerns(const struct event *e, const struct sub_row *row,
		       const struct sub_options *o);

#endif
