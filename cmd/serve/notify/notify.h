/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

/*
 * Events x subscriptions -> messages.
 *
 * Messages are made while they are sent, some kilobytes at a time: however many subscribers an
 * event has, it is in memory once.
 */
#include <stdint.h>

#include "common/pubsub/vocab.h"

struct service;
struct str;

/* To be called once, in a transaction, before anything is sent. 0 or a negative errno. */
int notify_init(struct service *s);

/* The start tag of a message from the service, with an id of its own. @node is what it is about. */
void notify_open(struct service *s, struct str *out, int64_t node, const char *to,
		 enum notification_type type);

/* The same with a number that is given, and the recipient's (0: without), and the id alone. */
void notify_start(const struct service *s, struct str *out, int64_t node, uint64_t number,
		  uint64_t whose, const char *to, enum notification_type type);
void notify_id(const struct service *s, struct str *out, int64_t node, uint64_t number,
	       uint64_t whose);

/* A number, as it stands in them. */
void notify_number(struct str *out, uint64_t n);
/* The number of a recipient in the ids of messages to it; not 0. */
uint64_t notify_whose(const char *jid);

/* Sends from s->out what the sink takes. Only outside of a transaction: it reads subscriptions. */
void notify_flush(struct service *s);

#endif
