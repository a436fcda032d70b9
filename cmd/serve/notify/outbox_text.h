/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OUTBOX_TEXT_H
#define SERVE_OUTBOX_TEXT_H

/*
 * Events, and the subscriptions that they are told to, as the texts that the outbox keeps of them.
 */
#include <stddef.h>

struct event;
struct service;
struct store_event;
struct str;
struct written;

/* How it is told, and to whom, are added to the texts. */
void outbox_write_event(const struct event *e, struct str *traits, struct str *recipients);
/* NULL: this is no such text. It has no farewells yet. */
struct event *outbox_read_event(struct service *s, const struct store_event *row);

void outbox_write_farewell(const struct written *w, struct str *out);
/* NULL: this is no such text. @total: see struct written. */
struct written *outbox_read_farewell(const char *text, size_t len, size_t *total);

#endif
