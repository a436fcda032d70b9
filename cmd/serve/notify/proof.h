/* SPDX-License-Identifier: MIT */
#ifndef SERVE_PROOF_H
#define SERVE_PROOF_H

/*
 * Does the server have what has been handed over? A session that confirms is asked (XEP-0198), and
 * else the server itself, by a ping (XEP-0199) behind all that: servers work off a stream in order,
 * and whatever is answered, all in front of it has been taken.
 */
#include <stdbool.h>

struct service;

/* Who asks: as long as the service, for any number of questions. */
typedef void proof_fn(struct service *s, bool has);
struct proof {
	struct service *service;
	proof_fn *reply;
};

/*
 * @reply is called once, later: true when the server has all that has been handed to the sink
 * before, false when that will not be known. Answers come in the order of the questions. False,
 * and no call, where it cannot be asked.
 */
bool proof_ask(struct service *s, struct proof *p, proof_fn *reply);

#endif
