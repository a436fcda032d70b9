/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ROSTER_H
#define SERVE_ROSTER_H

/*
 * The roster of the service's account (RFC 6121 section 2): fetched at login, then kept up to date
 * by the server's pushes. It says who is subscribed to the service's presence, and is in which
 * group.
 */
#include <stdbool.h>

#include <strophe.h>

struct service;

/* @done is called once, whatever becomes of it. */
void roster_fetch(struct service *s, void (*done)(struct service *s));
/*
 * Is it a push? Then it is obeyed and answered. What does not come from the account itself is none
 * (ACCT-04).
 */
bool roster_take(struct service *s, xmpp_stanza_t *iq);

#endif
