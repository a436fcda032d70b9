/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUMMARY_H
#define SERVE_SUMMARY_H

/*
 * The <body/> of a notification, for subscribers who have asked for it (pubsub#include_body): the
 * texts of its items (body.h), each made once for an event, whoever gets it.
 */
#include <stdbool.h>

struct event;
struct node;
struct request;
struct service;
struct str;
struct summaries;

/* <body/> for the entries in @picked (NULL: all); nothing where none of them has a text. */
void summary_add(struct service *s, struct event *e, const bool *picked, struct str *out);
void summaries_free(struct summaries *t);

/*
 * Are there texts for the payloads of @n (OPT-27)? As its pubsub#type says or, without it, its last
 * item, where the requester may read that. NULL: any leaf node. 0 or a negative errno.
 */
int summary_offered(struct request *r, const struct node *n, bool *ret);

#endif
