/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SCRAM_H
#define XMPP_SCRAM_H

/*
 * The client's side of SCRAM (RFC 5802, RFC 7677), without channel binding: four messages, as
 * plain text. Each proves that it knows the password: the server as well, by the last one.
 */
#include <stdbool.h>

struct scram;

/*
 * For @hash of OpenSSL's ("SHA1", "SHA256", "SHA512") and this account, whose @user is the JID's
 * local part. @nonce, printable and without a comma, must not have been used before. NULL: the name
 * or the password has characters that none may have.
 */
struct scram *scram_new(const char *hash, const char *user, const char *password,
			const char *nonce);
void scram_free(struct scram *s);

/* The client's first message; borrowed. */
const char *scram_first(const struct scram *s);
/*
 * The client's last message, which answers the server's @challenge; borrowed. NULL: it is none
 * that may be answered.
 */
const char *scram_answer(struct scram *s, const char *challenge);
/* Does the server's last message show that it knows the password? */
bool scram_is_server(const struct scram *s, const char *message);

#endif
