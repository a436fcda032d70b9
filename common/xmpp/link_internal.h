/* SPDX-License-Identifier: MIT */
#ifndef XMPP_LINK_INTERNAL_H
#define XMPP_LINK_INTERNAL_H

/*
 * What link.c (attempts, the login, what is read, the end) and link_send.c (what is sent once we
 * are logged in, and what of it the server has) share.
 */
#include <stdbool.h>

#include <strophe.h>

#include "common/xmpp/link.h"
#include "common/xmpp/sm.h"
#include "common/xmpp/trust.h"
#include "common/xmpp/writer.h"

struct link {
	const struct session_params *params;
	const struct link_handler *handler;
	void *data;
	xmpp_ctx_t *ctx;
	xmpp_conn_t *conn;
	xmpp_log_t log;
	int fd;
	bool primed, up, closing, aborted, freed;
	bool tcp_up;	   /* the TCP connection has been seen to stand */
	int connect_errno; /* of it */
	enum trust trust;
	char certificate[256]; /* what was wrong with it */
	struct link_failure failure;
	struct login *login; /* of an account */
	struct sm sm;
	xmpp_stanza_t *error; /* by which the server has ended the stream */
	struct writer writer;
};

/* What the server was sent and had not got, after the session was resumed. */
void link_send_again(struct link *l);
/* Tells the server what we have (XEP-0198 section 4). */
void link_acknowledge(struct link *l);
/* An element of the server's in XEP-0198's namespace, after the login. */
void link_manage(struct link *l, xmpp_stanza_t *element);

#endif
