/* SPDX-License-Identifier: MIT */
#ifndef SERVE_MESSAGE_H
#define SERVE_MESSAGE_H

/*
 * Messages that come in: a table of the kinds that mean something to the service. All others are
 * passed over, and none is answered unless it was one of these and went wrong.
 */
#include <strophe.h>

struct service;

/* @message is borrowed. */
void message_take(struct service *s, xmpp_stanza_t *message);

#endif
