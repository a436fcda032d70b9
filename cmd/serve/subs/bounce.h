/* SPDX-License-Identifier: MIT */
#ifndef SERVE_BOUNCE_H
#define SERVE_BOUNCE_H

/*
 * Notifications that come back (XEP-0060 section 12.4): subscriptions of those who cannot be
 * reached any more end.
 *
 * A bounce counts where its id is one that only the recipient of a notification can know
 * (notify.h), and concerns the sender's own subscriptions at the node of that notification, nobody
 * else's (BOUNCE-07). What ends a subscription at once, what is counted and what is passed over
 * stands in a table by condition and type. Counted ones end it once there are --max-bounces of them
 * over that time, with no day without any and no sign of life in between.
 */
#include <stdbool.h>

#include <strophe.h>

struct request;
struct service;

/* Is it the error for a notification that the service has sent? */
bool bounce_is(const struct service *s, xmpp_stanza_t *message);
/* What follows from it. 0 or a negative errno. */
int bounce_take(struct request *r, xmpp_stanza_t *message);

/* s->sender has shown that it is there: what came back from it before does not count any more. */
void bounce_forgive(struct service *s);

#endif
