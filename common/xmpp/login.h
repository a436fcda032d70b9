/* SPDX-License-Identifier: MIT */
#ifndef XMPP_LOGIN_H
#define XMPP_LOGIN_H

/*
 * The login of an account (RFC 6120 sections 5 to 7), on a raw connection of libstrophe's: TLS,
 * SASL, and then a new session, or an old one that is taken up again (XEP-0198 section 5).
 */
#include <stdbool.h>

#include <strophe.h>

struct login;
struct session_params;
struct sm;

struct login_handler {
	/* Logged in. @resumed: with the session that was there before. */
	void (*done)(bool resumed, void *data);
	/* It will come to nothing; @condition: of SASL's refusal, with @text NULL. */
	void (*failed)(int code, bool final, const char *text, const char *condition, void *data);
};

/*
 * All borrowed. Where params->resume wants it and the server can, stream management has been asked
 * for when it is done, and begins with @sm; a session that @sm has and that can be resumed is tried
 * first.
 */
struct login *login_new(const struct session_params *params, xmpp_conn_t *conn, struct sm *sm,
			const struct login_handler *handler, void *data);
void login_free(struct login *l);

/* The TCP connection stands: begins. Blocks while TLS is negotiated, as login_take() may. */
void login_begin(struct login *l);
/* The server has begun a stream. */
void login_opened(struct login *l);
/* What has arrived before it was done. */
void login_take(struct login *l, xmpp_stanza_t *stanza);

/* The full JID as bound, once it is done. */
const char *login_jid(const struct login *l);
/* The address that params->keep_address had it ask for is another's now; false: it had not. */
bool login_give_way(struct login *l);

#endif
