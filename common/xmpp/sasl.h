/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SASL_H
#define XMPP_SASL_H

/*
 * Logging in to an account (RFC 6120 section 6): a certificate (EXTERNAL), then a password, by the
 * strongest SCRAM that the server offers, or by PLAIN where it offers none.
 *
 * It knows no stream: it makes the elements that are to be sent, and is told what came.
 */
#include <stdbool.h>

#include <strophe.h>

struct sasl;

struct sasl_account {
	const char *jid;      /* normal form */
	const char *password; /* NULL: a certificate or nothing */
	/* Is there a certificate? It says its name itself; or else the JID has to stand beside it.
	 */
	bool cert, cert_names_itself;
};

enum sasl_state {
	SASL_GOES_ON, /* something is to be sent, or nothing, and the server's turn */
	SASL_DONE,    /* logged in; the server has shown that it knows the password, if asked */
	SASL_NO_WAY,  /* the server offers nothing (more) that can be used */
	SASL_REFUSED, /* sasl_condition() says why */
	SASL_FORGED,  /* the server does not know the password, or does not keep to the rules */
};

/* The strings of @account are borrowed. @mechanisms, of the stream's features, may be NULL. */
struct sasl *sasl_new(const struct sasl_account *account, xmpp_stanza_t *mechanisms);
void sasl_free(struct sasl *s);

/* The first element to send, at @ret_xml: a new string, or NULL. */
enum sasl_state sasl_begin(struct sasl *s, char **ret_xml);
/* The same for an element of the server's, in the namespace of SASL. */
enum sasl_state sasl_take(struct sasl *s, xmpp_stanza_t *element, char **ret_xml);
/* The condition of the last refusal: "undefined-condition" where the server named none. */
const char *sasl_condition(const struct sasl *s);

#endif
