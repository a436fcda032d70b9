/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_TARGET_H
#define PUBSUB_TARGET_H

/*
 * Which service and which nodes: --service, PUBSUB_SERVICE, --node and xmpp: URIs in the place of
 * nodes.
 */
#include <stddef.h>

struct target {
	char *service; /* normal form; NULL: to be discovered (discover.h) */
	char **nodes;
	size_t count;
	char *item; /* that a URI named; NULL: none did */
};

/*
 * @service and @nodes (ended by NULL) are what the user gave; either may be NULL. Returns 0, or
 * EX_USAGE or EX_CONFIG after a message: a JID that is none, a node that is empty or not UTF-8,
 * URIs of several services.
 */
int target_resolve(const char *service, const char *const *nodes, struct target *ret);
/* The same for a node (NULL: none) that is an argument, and is called NODE in messages. */
int target_resolve_argument(const char *service, const char *node, struct target *ret);
/* For any number of them, ended by NULL. */
int target_resolve_arguments(const char *service, const char *const *nodes, struct target *ret);
void target_release(struct target *t);

#endif
