/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PPS_H
#define SERVE_PPS_H

/*
 * Public subscriptions (XEP-0465): who asks for it is listed as a subscriber, at a node that there
 * is only to be read, "urn:xmpp:pps:subscribers:0/" and the name of the node subscribed to.
 */
#include <stdbool.h>
#include <stdint.h>

struct request;

/* Is a subscribe request for a public subscription? */
bool pps_wanted(const struct request *r);
/* A subscription there is already is what the newest request says it is. 0 or a negative errno. */
int pps_update(struct request *r, int64_t subscription);

/* Is the request about such a node? Then it is answered here: PS_* or a negative errno. */
bool pps_concerns(const struct request *r);
int pps_dispatch(struct request *r);

#endif
