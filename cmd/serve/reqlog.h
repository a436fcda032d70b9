/* SPDX-License-Identifier: MIT */
#ifndef SERVE_REQLOG_H
#define SERVE_REQLOG_H

/*
 * One line in the log for each request, where the level is LOG_INFO or more:
 *
 *	request 2a: from="user@example.com/r" op=publish node="n" outcome=ok us=153
 *
 * Its number counts the requests of this run. Without a node there is no node=, and an error that
 * says more than its condition is "bad-request/nodeid-required".
 */
#include <stdint.h>

#include "common/pubsub/errors.h"

struct request;
struct str;

void reqlog_note(const struct request *r, uint64_t number, enum ps_err outcome, double seconds);

/*
 * Text from the network, in quotes: whatever could drive a terminal, forge a line or a field, or
 * show something in another order than it stands is written as an escape (\", \\, \u202e; \xff for
 * what is not UTF-8).
 */
void reqlog_quote(struct str *out, const char *text);

#endif
