/* SPDX-License-Identifier: MIT */
#include "common/xmpp/trust.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"

AUTO_DEFINE(BIO *, BIO_free_all);
AUTO_DEFINE(X509 *, X509_free);

#define NOWHERE "/nonexistent"
#define HASH_DIGITS 8

static struct {
	const char *name;
	char *before;
	bool set;
} variables[] = { { .name = "SSL_CERT_FILE" }, { .name = "SSL_CERT_DIR" } };

static void set(size_t i, const char *value)
{
	if (variables[i].set)
		return;
	variables[i].set = true;
	variables[i].before = mem_strdup(getenv(variables[i].name));
	if (setenv(variables[i].name, value, 1))
		abort(); /* out of memory */
}

/* "1d3472b9.0" */
static bool is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS && name[HASH_DIGITS] == '.';
}

static bool has_hashes(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	bool found = false;

	if (!d)
		return false;
	while (!found && (e = readdir(d)))
		found = is_hashed(e->d_name);
	closedir(d);
	return found;
}

enum trust trust_choose(const char *ca_file)
{
	const char *folder = getenv("SSL_CERT_DIR");

	if (ca_file)
		return TRUST_FILE;
	if (getenv("SSL_CERT_FILE")) /* somebody has something in mind */
		return TRUST_ALL;
	return has_hashes(folder ? folder : X509_get_default_cert_dir()) ? TRUST_FOLDER : TRUST_ALL;
}

void trust_apply(enum trust trust, const char *ca_file)
{
	if (trust == TRUST_ALL)
		return;
	set(0, trust == TRUST_FILE ? ca_file : NOWHERE);
	if (trust == TRUST_FILE)
		set(1, NOWHERE);
}

void trust_restore(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (!variables[i].set)
			continue;
		variables[i].set = false;
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
