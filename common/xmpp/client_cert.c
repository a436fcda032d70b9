/* SPDX-License-Identifier: MIT */
#include "common/xmpp/client_cert.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"

static void close_file(FILE *f)
{
	fclose(f);
}
AUTO_DEFINE(FILE *, close_file);
AUTO_DEFINE(X509 *, X509_free);
AUTO_DEFINE(EVP_PKEY *, EVP_PKEY_free);

/* OpenSSL's own asks on the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *data)
{
	bool *asked = data;

	(void)buf;
	(void)size;
	(void)writing;
	*asked = true;
	return -1;
}

static FILE *open_file(const char *what, const char *name)
{
	FILE *f = fopen(name, "re");

	if (!f)
		log_error("cannot read %s '%s': %s", what, name, strerror(errno));
	return f;
}

static EVP_PKEY *read_key(const char *name)
{
	AUTO(close_file) FILE *f = open_file("the key", name);
	bool encrypted = false;
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, no_passphrase, &encrypted) : NULL;

	ERR_clear_error();
	if (f && !key && encrypted)
		log_error("the key '%s' is encrypted: one without a passphrase is needed, in a "
			  "file that only its owner can read",
			  name);
	else if (f && !key)
		log_error("there is no private key in '%s' (PEM is expected)", name);
	return key;
}

static X509 *read_cert(const char *name)
{
	AUTO(close_file) FILE *f = open_file("the certificate", name);
	bool encrypted = false;
	X509 *cert = f ? PEM_read_X509(f, NULL, no_passphrase, &encrypted) : NULL;

	ERR_clear_error();
	if (f && !cert)
		log_error("there is no certificate in '%s' (PEM is expected)", name);
	return cert;
}

int client_cert_check(const char *cert, const char *key)
{
	AUTO(X509_free) X509 *c = read_cert(cert);
	AUTO(EVP_PKEY_free) EVP_PKEY *k = c ? read_key(key) : NULL;

	if (!k)
		return EX_CONFIG;
	if (X509_check_private_key(c, k) != 1) {
		ERR_clear_error();
		log_error("the key '%s' does not belong to the certificate '%s'", key, cert);
		return EX_CONFIG;
	}
	if (X509_cmp_current_time(X509_get0_notAfter(c)) < 0)
		log_warn("the certificate '%s' has expired", cert);
	else if (X509_cmp_current_time(X509_get0_notBefore(c)) > 0)
		log_warn("the certificate '%s' is not valid yet", cert);
	return 0;
}
