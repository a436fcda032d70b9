/* SPDX-License-Identifier: MIT */
#ifndef XMPP_REQUESTS_H
#define XMPP_REQUESTS_H

/*
 * Requests that wait for their answer: a table by id, and a queue by deadline (all wait equally
 * long). Ids cannot be guessed; an answer counts only from where the request went (RFC 6120
 * section 8.1.3).
 */
#include "common/xmpp/session.h"

struct requests;

struct requests *requests_new(void);
/* Drops what waits, without a call. */
void requests_free(struct requests *r);

/* @to: NULL for the own account. The id is borrowed and good until the request has ended. */
const char *requests_add(struct requests *r, const char *to, double deadline, session_reply_fn *fn,
			 void *data);
size_t requests_count(const struct requests *r);
/* When the oldest gives up; 0: none waits. */
double requests_next_deadline(const struct requests *r);

/* Hands the answer @iq to its request; false where none of ours waits for it. @own: the session's
 * full JID. */
bool requests_answer(struct requests *r, struct session *s, xmpp_stanza_t *iq, const char *own);
/* SESSION_TIMEOUT to all whose deadline has passed. */
void requests_expire(struct requests *r, struct session *s, double now);
/* SESSION_LOST to all. */
void requests_lose(struct requests *r, struct session *s);

#endif
