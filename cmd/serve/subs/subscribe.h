/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUBSCRIBE_H
#define SERVE_SUBSCRIBE_H

/*
 * The life of a subscription: found, begun, changed, ended, with all that follows from it (XEP-0060
 * sections 4.2, 6.1, 6.2 and 12.14), whoever has caused it: subscriber, owner, time, the server.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/base/random.h"
#include "common/pubsub/vocab.h"

struct node;
struct request;
struct service;
struct sub_options;
struct subscription;

struct sub_ref {
	int64_t key;
	char *jid; /* as subscribed */
	char subid[RANDOM_ID_LEN + 1];
	enum sub_state state;
};
void sub_ref_release(struct sub_ref *sub);
/* From a row of the store's. */
struct sub_ref sub_ref_of(const struct subscription *row);

/*
 * The subscription of @jid at @n. @subid tells several apart and is passed over where ids are not
 * in use (UNSUB-08); NULL: none given. PS_OK; PS_NOT_SUBSCRIBED, PS_SUBID_REQUIRED,
 * PS_INVALID_SUBID or a negative errno.
 */
int sub_lookup(struct request *r, const struct node *n, const char *jid, const char *subid,
	       struct sub_ref *ret);

/* Are subscriptions told apart by their ids? */
bool sub_ids(const struct service *s);

/* Its options. @ret has not been initialised. 0 or a negative errno. */
int sub_options_read(struct request *r, const struct sub_ref *sub, struct sub_options *ret);
/*
 * Gives it @options, whose lease begins now; that it waited for them is over then (STATE-08). PS_OK,
 * PS_CONFLICT (collection_check_options()) or a negative errno.
 */
int sub_configure(struct request *r, const struct node *n, struct sub_ref *sub,
		  const struct sub_options *options);

/*
 * A new one. @options may be NULL: all default. In SUB_UNCONFIGURED it waits for them for a day.
 * PS_OK, PS_TOO_MANY_SUBSCRIPTIONS, PS_CONFLICT (collection_check_options()) or a negative errno.
 */
int sub_begin(struct request *r, const struct node *n, const char *jid, enum sub_state state,
	      const struct sub_options *options, bool is_public, struct sub_ref *ret);

/*
 * Into another state; SUB_NONE ends it. Owners hear of it where the node says so, the subscriber
 * where @tell, and with the beginning of SUB_SUBSCRIBED it gets the last item. 0 or a negative
 * errno.
 */
int sub_enter(struct request *r, const struct node *n, struct sub_ref *sub, enum sub_state state,
	      bool tell);

#endif
