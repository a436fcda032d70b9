/* SPDX-License-Identifier: MIT */
#ifndef XMPP_TRUST_H
#define XMPP_TRUST_H

/*
 * Which CAs OpenSSL trusts. libstrophe can only add a file to the system's; OpenSSL's own
 * variables, SSL_CERT_FILE and SSL_CERT_DIR, replace them. They are set while a login may start
 * TLS, and only then: other programs that we start are to see the environment as it was.
 */
#include <stdbool.h>

enum trust {
	TRUST_FILE,	/* the given file alone */
	/*
	 * The system's folder of CAs by their hashes, where each is read when it is asked for. The
	 * same CAs in one file, which the system has as well, take longer to read than all the rest
	 * of a login.
	 */
	TRUST_FOLDER,
	TRUST_ALL,	/* whatever OpenSSL trusts by itself: nothing is changed */
};

/* @ca_file may be NULL. Looks into the environment, and for hashes into the system's folder. */
enum trust trust_choose(const char *ca_file);
void trust_apply(enum trust trust, const char *ca_file);
/* Puts back what was there. Does nothing where nothing was applied. */
void trust_restore(void);

/*
 * Is @complaint, about the server's certificate @pem, none? libstrophe has the certificate compared
 * with the domain as it stands in a JID, in Unicode, and certificates name its A-labels (RFC 6125
 * section 6.4.2): where the name alone is in dispute, they decide.
 */
bool trust_overrules(const char *complaint, const char *pem, const char *domain);

#endif
