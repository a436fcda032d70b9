/* SPDX-License-Identifier: MIT */
#include "common/xmpp/trust.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"

AUTO_DEFINE(BIO *, BIO_free_all);
AUTO_DEFINE(X509 *, X509_free);

static struct {
	const char *name;
	char *before;
} variables[] = { { "SSL_CERT_FILE", NULL }, { "SSL_CERT_DIR", NULL } };

static bool applied;

void trust_apply(const char *ca_file)
{
	const char *values[] = { ca_file, "/nonexistent" };

	if (!ca_file || applied)
		return;
	applied = true;
	for (size_t i = 0; i < 2; i++) {
		variables[i].before = mem_strdup(getenv(variables[i].name));
		if (setenv(variables[i].name, values[i], 1))
			abort(); /* out of memory */
	}
}

void trust_restore(void)
{
	if (!applied)
		return;
	applied = false;
	for (size_t i = 0; i < 2; i++) {
		if (variables[i].before)
			setenv(variables[i].name, variables[i].before, 1);
		else
			unsetenv(variables[i].name);
		free(variables[i].before);
		variables[i].before = NULL;
	}
}

bool trust_overrules(const char *complaint, const char *pem, const char *domain)
{
	AUTO_FREE char *ascii = domain_to_ascii(domain);
	AUTO(BIO_free_all) BIO *bio = pem ? BIO_new_mem_buf(pem, -1) : NULL;
	AUTO(X509_free) X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	return cert && complaint && strcmp(ascii, domain) &&
	       !strcmp(complaint, X509_verify_cert_error_string(X509_V_ERR_HOSTNAME_MISMATCH)) &&
	       X509_check_host(cert, ascii, 0, 0, NULL) == 1;
}
