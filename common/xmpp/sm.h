/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SM_H
#define XMPP_SM_H

/*
 * Stream management (XEP-0198) of an account's session: what both sides have taken, what of ours
 * the server may not have, and whether the session can be taken up again on another connection.
 *
 * It knows no stream: it is told what is sent and what comes, and says what follows from it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#include "common/base/str.h"

/* Zero-initialised: there is no session. */
struct sm {
	bool on;	 /* what is sent counts */
	bool enabled;	 /* the server has agreed: what comes counts as well */
	char *id;	 /* by which it can be taken up again; NULL: it cannot */
	uint32_t in;	 /* stanzas that we have taken; after the greatest number comes 0 */
	uint32_t acked;	 /* of ours the server has */
	struct str kept; /* whole stanzas that it may not have, oldest first, ... */
	size_t gone;	 /* ... behind so many bytes that are done with */
	uint64_t confirmed; /* bytes that it has, of all that was sent */
	size_t unasked;	 /* bytes sent since the server was last asked what it has */
	bool asked;	 /* and may not have answered */
	bool wanted;	 /* once it has, it is to be asked about the rest */
};

/* <enable/> has been sent, and all that is sent from now on counts. */
void sm_begin(struct sm *sm);
/* There is no session any more, or none that is managed. */
void sm_end(struct sm *sm);
/*
 * An element of the server's in XEP-0198's namespace. False: it says what cannot be, and the
 * session is worth nothing. @ret_answer: it asks what we have (sm->in).
 */
bool sm_take(struct sm *sm, xmpp_stanza_t *element, bool *ret_answer);

/* Whole stanzas, which are sent or could be if there were a connection. */
void sm_sent(struct sm *sm, const char *xml, size_t len);
/* Bytes that the server may not have. */
size_t sm_waiting(const struct sm *sm);
/*
 * Is the server to be asked what it has, after all that was sent? @idle: nothing more is sent for
 * now. That is said after so many bytes, and of a rest once the server has answered.
 */
bool sm_must_ask(struct sm *sm, bool idle);
/*
 * The server says that it has @h stanzas (<a/>, <resumed/>). False: that cannot be, and the session
 * is worth nothing.
 */
bool sm_acked(struct sm *sm, uint32_t h);
/* After <resumed/>, with its number told by sm_acked(): what is to be sent again. */
const char *sm_again(struct sm *sm, size_t *ret_len);

#endif
