/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DIGEST_H
#define SERVE_DIGEST_H

/*
 * Digests (pubsub#digest, pubsub#digest_frequency; XEP-0060 section 16.4.2): what is told of items
 * waits for the subscriber. With the first that waits the period begins, of so many milliseconds;
 * at its end all goes in one message, with an <items/> for each node, in which items and retracts
 * are in the order in which they happened. What is larger than a stanza may be goes in several.
 *
 * No digest is made before the last ones have been handed to the server: what cannot be sent yet
 * comes together. With a period of 0 this is all that does; when nothing waits, each item is told
 * at once.
 *
 * What waits is in the store and survives a restart. Of a node that is purged or deleted nothing
 * waits any more: that is told at once, as all else that is not about items.
 */
#include <stdbool.h>
#include <stdint.h>

struct node;
struct request;
struct service;
struct sub_options;

/* The subscription @key at @n has these options from now on. 0 or a negative errno. */
int digest_configure(struct request *r, const struct node *n, int64_t key,
		     const struct sub_options *options);

/* Something has been sent: may digests be made again that had to wait? */
void digest_sent(struct service *s);

/* due.h */
int digest_next(struct service *s, int64_t *ret_time);
int digest_run(struct request *r, void *data);
bool digest_waits(const struct service *s); /* the last ones are still in the queue */

#endif
