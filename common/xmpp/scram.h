/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SCRAM_H
#define XMPP_SCRAM_H

/*
 * SCRAM (RFC 5802) with OpenSSL's hashes in place of libstrophe's own, which take thrice as long
 * for the thousands of rounds that make up most of what a login costs.
 *
 * Our program defines the two functions by which libstrophe turns the messages of SCRAM into base64
 * and back. The dynamic linker prefers them (see tap.h); they pass on to the real ones. The number
 * of rounds in the server's challenge reaches libstrophe as 1, and the proof that it then finds is
 * replaced on its way out by the right one. Where the messages are not what is expected, or pass by
 * another way, nothing is changed, and libstrophe computes by itself.
 */

/* For logins from now on: the account's password, borrowed. NULL: libstrophe is left alone. */
void scram_begin(const char *password);
/* Forgets what was kept of the last login. */
void scram_end(void);

#endif
