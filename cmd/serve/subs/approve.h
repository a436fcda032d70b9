/* SPDX-License-Identifier: MIT */
#ifndef SERVE_APPROVE_H
#define SERVE_APPROVE_H

/*
 * Subscriptions that wait for approval: owners are asked with a form in a message, and answer with
 * one (XEP-0060 section 8.6). What waits is in the store alone: a form may be answered at any time,
 * and the first answer counts (SREQ-10, SREQ-13).
 */
#include <stdbool.h>

#include <strophe.h>

struct node;
struct request;
struct service;
struct sub_ref;
struct subscription;

#define FORM_AUTHORIZE "http://jabber.org/protocol/pubsub#subscribe_authorization"

/* All owners of @n are asked. 0 or a negative errno. */
int approve_ask(struct request *r, const struct node *n, const struct sub_ref *sub);
/* All that waits at @n is sent to @jid, who may be asked. 0 or a negative errno. */
int approve_ask_again(struct request *r, const struct node *n, const char *jid);

/* Is the message a filled-in form of that kind? One that is cancelled changes nothing (SREQ-08). */
bool approve_is_answer(const struct service *s, xmpp_stanza_t *message);
/*
 * Does what the answer says. PS_ITEM_NOT_FOUND, PS_FORBIDDEN, PS_BAD_REQUEST, PS_SUBID_REQUIRED,
 * PS_NOT_ACCEPTABLE (nothing like that waits) or a negative errno.
 */
int approve_take_answer(struct request *r, xmpp_stanza_t *message);

#endif
