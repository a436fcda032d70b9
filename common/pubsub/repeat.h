/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_REPEAT_H
#define PUBSUB_REPEAT_H

/*
 * Client side: notifications that come again. A service that was interrupted may send once more
 * what it had sent shortly before, under the same stanza id. What has the addresses, the id and the
 * content of one of the last REPEAT_LEAST notifications at least, and twice as many at most, is
 * such a one: there are services that use an id again for other things.
 */
#include <stdbool.h>

#include <strophe.h>

#include "common/base/map.h"

#define REPEAT_LEAST 16384

/* Zero-initialised: nothing has come. */
struct repeats {
	struct map young, old;
};

void repeats_release(struct repeats *r);
/* Has @message come before? If not, it has now. */
bool repeats_has(struct repeats *r, xmpp_stanza_t *message);

#endif
