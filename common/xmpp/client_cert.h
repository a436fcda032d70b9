/* SPDX-License-Identifier: MIT */
#ifndef XMPP_CLIENT_CERT_H
#define XMPP_CLIENT_CERT_H

/*
 * A client certificate and its key, for SASL EXTERNAL (RFC 6120 section 6.3.4), looked at before
 * they are used: libstrophe logs in without them where it cannot read them, and OpenSSL asks for a
 * passphrase on the terminal.
 */

/*
 * Can the PEM files @cert and @key be used together? 0, or EX_CONFIG after a message. One that has
 * expired, or is not valid yet, draws a warning: the server's clock decides.
 */
int client_cert_check(const char *cert, const char *key);

#endif
