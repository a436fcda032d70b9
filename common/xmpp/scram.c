/* SPDX-License-Identifier: MIT */
#include "common/xmpp/scram.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stringprep.h>

#include "common/base/auto.h"
#include "common/base/base64.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"

#define HASH_MAX EVP_MAX_MD_SIZE
#define ROUNDS_MAX 10000000 /* some seconds */

struct scram {
	const EVP_MD *hash;
	int size; /* of it, in bytes */
	char *password;
	char *first; /* "n,,n=user,r=nonce" */
	char *nonce;
	char *last;
	unsigned char server[HASH_MAX]; /* its signature, once there is @last */
};

AUTO_DEFINE(struct scram *, scram_free);

/* RFC 4013, as both sides must read it the same way. NULL: not allowed. New string. */
static char *prepare(const char *s)
{
	char *out = NULL;

	if (stringprep_profile(s, &out, "SASLprep", 0) != STRINGPREP_OK)
		return NULL;
	return out;
}

/* Section 5.1: "=" and "," stand for something else. */
static void add_name(struct str *out, const char *name)
{
	for (; *name; name++)
		if (*name == '=')
			str_puts(out, "=3D");
		else if (*name == ',')
			str_puts(out, "=2C");
		else
			str_putc(out, *name);
}

struct scram *scram_new(const char *hash, const char *user, const char *password, const char *nonce)
{
	AUTO(scram_free) struct scram *s = mem_zalloc(sizeof(*s));
	AUTO_FREE char *name = prepare(user);
	AUTO_STR first = { 0 };

	s->hash = EVP_get_digestbyname(hash);
	s->password = prepare(password);
	if (!s->hash || !name || !s->password)
		return NULL;
	s->size = EVP_MD_get_size(s->hash);
	s->nonce = mem_strdup(nonce);
	str_puts(&first, "n,,n=");
	add_name(&first, name);
	str_printf(&first, ",r=%s", nonce);
	s->first = str_steal(&first);
	return steal(s);
}

void scram_free(struct scram *s)
{
	if (!s)
		return;
	if (s->password)
		OPENSSL_cleanse(s->password, strlen(s->password));
	free(s->password);
	free(s->first);
	free(s->nonce);
	free(s->last);
	free(s);
}

const char *scram_first(const struct scram *s)
{
	return s->first;
}

/* What the attribute @name of a message is, up to the next; NULL: it has none. New string. */
static char *attribute(const char *message, char name)
{
	for (const char *p = message; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (p[0] == name && p[1] == '=')
			return mem_strndup(p + 2, strcspn(p + 2, ","));
	}
	return NULL;
}

/* The key that the password makes. */
static bool salt_password(const struct scram *s, const char *salt64, int rounds, unsigned char *ret)
{
	size_t len;
	AUTO_FREE char *salt = base64_decode(salt64, &len);

	return salt && len &&
	       PKCS5_PBKDF2_HMAC(s->password, -1, (const unsigned char *)salt, (int)len, rounds,
				 s->hash, s->size, ret) == 1;
}

static bool hmac(const struct scram *s, const unsigned char *key, const char *text,
		 unsigned char *ret)
{
	return HMAC(s->hash, key, s->size, (const unsigned char *)text, strlen(text), ret, NULL);
}

/* Section 3: the client's proof, and the server's signature, of @auth. */
static bool sign(struct scram *s, const unsigned char *salted, const char *auth,
		 unsigned char *ret_proof)
{
	unsigned char key[HASH_MAX], stored[HASH_MAX], signature[HASH_MAX];
	bool ok = hmac(s, salted, "Client Key", key) &&
		  EVP_Digest(key, (size_t)s->size, stored, NULL, s->hash, NULL) &&
		  hmac(s, stored, auth, signature);

	for (int i = 0; ok && i < s->size; i++)
		ret_proof[i] = key[i] ^ signature[i];
	ok = ok && hmac(s, salted, "Server Key", key) && hmac(s, key, auth, s->server);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(stored, sizeof(stored));
	return ok;
}

const char *scram_answer(struct scram *s, const char *challenge)
{
	AUTO_FREE char *nonce = attribute(challenge, 'r');
	AUTO_FREE char *salt = attribute(challenge, 's');
	AUTO_FREE char *rounds_text = attribute(challenge, 'i');
	AUTO_FREE char *bare = NULL;
	AUTO_FREE char *auth = NULL;
	AUTO_FREE char *proof64 = NULL;
	unsigned char salted[HASH_MAX], proof[HASH_MAX];
	uint64_t rounds;
	bool ok;

	/* An extension in front ("m=") must be understood, and none is. */
	if (s->last || strncmp(challenge, "r=", 2) || !nonce || !salt || !rounds_text ||
	    strncmp(nonce, s->nonce, strlen(s->nonce)) || !nonce[strlen(s->nonce)] ||
	    parse_uint(rounds_text, 1, ROUNDS_MAX, &rounds))
		return NULL;
	bare = mem_printf("c=biws,r=%s", nonce);
	auth = mem_printf("%s,%s,%s", s->first + strlen("n,,"), challenge, bare);
	ok = salt_password(s, salt, (int)rounds, salted) && sign(s, salted, auth, proof);
	OPENSSL_cleanse(salted, sizeof(salted));
	if (!ok)
		return NULL;
	proof64 = base64_encode(proof, (size_t)s->size);
	s->last = mem_printf("%s,p=%s", bare, proof64);
	return s->last;
}

bool scram_is_server(const struct scram *s, const char *message)
{
	AUTO_FREE char *signature = attribute(message, 'v');
	AUTO_FREE char *wanted = NULL;

	if (!s->last || !signature)
		return false;
	wanted = base64_encode(s->server, (size_t)s->size);
	return strlen(signature) == strlen(wanted) &&
	       !CRYPTO_memcmp(signature, wanted, strlen(wanted));
}
