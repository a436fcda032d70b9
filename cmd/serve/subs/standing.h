/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STANDING_H
#define SERVE_STANDING_H

/*
 * What becomes of subscriptions when somebody stands to a node in another way, through an
 * affiliation, or because the node is open to others (XEP-0060 sections 4.1, 4.2 and 8.9; ACC-21,
 * STATE-09 to STATE-11): those who may not subscribe any more are unsubscribed, requests of those
 * who need no approval any more are approved, and all of them are told. Who has been approved
 * stays so.
 *
 * 0 or a negative errno.
 */
struct node;
struct request;

/* The subscriptions of @bare and all its resources at @n. */
int standing_review(struct request *r, const struct node *n, const char *bare);
/* All subscriptions at @n. */
int standing_review_all(struct request *r, const struct node *n);

#endif
