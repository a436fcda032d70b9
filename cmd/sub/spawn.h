/* SPDX-License-Identifier: MIT */
#ifndef SUB_SPAWN_H
#define SUB_SPAWN_H

/*
 * One handler of an event: "sh -c COMMAND" in a process group of its own, with @input on its
 * standard input and the event's PUBSUB_EVENT, PUBSUB_SERVICE, PUBSUB_NODE, PUBSUB_ITEM_ID and
 * PUBSUB_PUBLISHER in its environment; those that an event does not have are not set, and neither
 * are our secrets. It has our standard output and error, and no other descriptor of ours.
 */
#include <sys/types.h>

#include "common/base/str.h"

struct event;

/* 0 or a negative errno. */
int spawn_handler(const char *command, const char *service, const struct event *e,
		  const struct str *input, pid_t *ret_pid);

#endif
