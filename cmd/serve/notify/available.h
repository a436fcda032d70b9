/* SPDX-License-Identifier: MIT */
#ifndef SERVE_AVAILABLE_H
#define SERVE_AVAILABLE_H

/*
 * Who is available: the resources from which available presence has come to the service, and
 * what each has said in it. In memory alone: after each start and each loss of the connection it
 * is learnt again.
 *
 * Those alone who have a resource: what has none cannot be told from a server that speaks for all
 * of them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pubsub/vocab.h"

struct interest;

#define SHOW_ALL ((1u << SHOW_MAX) - 1)
/* Of one bare JID; more are as if they were not available. */
#define AVAILABLE_MAX_RESOURCES 32

struct resource {
	char *jid; /* full, normal form */
	enum show show;
	int8_t priority;
	/* Its capabilities (XEP-0115) as it named them; NULL: none. */
	char *caps_hash, *caps_node, *caps_ver;
	struct interest *interest; /* NULL: wishes nothing (interest.h) */
};

struct available;

/* At most @max resources. @unref gets the interest of each that goes. */
struct available *available_new(size_t max, void (*unref)(struct interest *i));
void available_free(struct available *a);

/* NULL: not available. */
struct resource *available_find(const struct available *a, const char *jid);
/* One that is not there yet; NULL: there are as many as may be. */
struct resource *available_add(struct available *a, const char *jid);
void available_remove(struct available *a, struct resource *r);
void available_clear(struct available *a);

size_t available_count(const struct available *a);
/* In the order of JIDs. @at: from 0. */
struct resource *available_at(const struct available *a, size_t at);
/* The place of the first behind @jid, which need not be there; NULL: of the first. */
size_t available_behind(const struct available *a, const char *jid);
/* Those of @bare_jid: *ret_n of them, from the place that is returned. */
size_t available_of(const struct available *a, const char *bare_jid, size_t *ret_n);

/*
 * Would a message to @jid reach somebody whose show is one of @shows (1 << enum show)? To a bare
 * JID it goes to resources of no negative priority (RFC 6121 section 8.5.2.1.1).
 */
bool available_reaches(const struct available *a, const char *jid, unsigned shows);

#endif
