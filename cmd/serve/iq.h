/* SPDX-License-Identifier: MIT */
#ifndef SERVE_IQ_H
#define SERVE_IQ_H

/*
 * A request comes in: what is asked for, may it be, do it.
 */
#include "cmd/serve/service.h"

/*
 * Finds wrapper, action and operation of r->iq, of type get or set (r->op stays NULL where an error
 * comes back). PS_OK; an error to be answered; -ENOMSG where the request is in no namespace of
 * ours.
 */
int iq_unwrap(struct request *r);

/*
 * Carries out r->op: loads or creates the node, checks the privilege, calls the handler. PS_OK with
 * r->result and r->events, an error to be answered, or a negative errno. Store changes of a failed
 * request are the caller's to undo.
 */
int iq_dispatch(struct request *r);

void request_release(struct request *r);

#endif
