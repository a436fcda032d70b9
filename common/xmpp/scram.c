/* SPDX-License-Identifier: MIT */
#include "common/xmpp/scram.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"

#define HASH_MAX EVP_MAX_MD_SIZE

static struct {
	const char *password;
	char *first;	 /* the client's first message, without what stands before "n=" */
	char *challenge; /* as it came */
	const EVP_MD *hash;
} scram;

static void *real_function(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f) {
		fprintf(stderr, "pubsub: the library strophe has no %s\n", name);
		abort();
	}
	return f;
}

static char *real_encode(xmpp_ctx_t *ctx, const unsigned char *data, size_t len)
{
	static __typeof__(xmpp_base64_encode) *real;

	if (!real)
		real = real_function("xmpp_base64_encode");
	return real(ctx, data, len);
}

static char *real_decode(xmpp_ctx_t *ctx, const char *text, size_t len)
{
	static __typeof__(xmpp_base64_decode_str) *real;

	if (!real)
		real = real_function("xmpp_base64_decode_str");
	return real(ctx, text, len);
}

void scram_end(void)
{
	free(scram.first);
	free(scram.challenge);
	scram.first = scram.challenge = NULL;
	scram.hash = NULL;
}

void scram_begin(const char *password)
{
	scram_end();
	scram.password = password;
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

/* RFC 5802 section 3: the key that the password makes. False: it cannot be told. */
static bool salt_password(unsigned char *ret)
{
	AUTO_FREE char *salt64 = attribute(scram.challenge, 's');
	AUTO_FREE char *rounds_text = attribute(scram.challenge, 'i');
	AUTO_FREE unsigned char *salt = NULL;
	size_t len = salt64 ? strlen(salt64) : 0;
	uint64_t rounds;
	int n;

	if (!len || len % 4 || len > INT_MAX || !rounds_text ||
	    parse_uint(rounds_text, 1, INT_MAX, &rounds))
		return false;
	salt = mem_alloc(len);
	n = EVP_DecodeBlock(salt, (const unsigned char *)salt64, (int)len);
	for (; n > 0 && salt64[len - 1] == '='; len--)
		n--;
	return n > 0 && PKCS5_PBKDF2_HMAC(scram.password, -1, salt, n, (int)rounds, scram.hash,
					  EVP_MD_get_size(scram.hash), ret) == 1;
}

static bool hmac(const unsigned char *key, const char *text, size_t len, unsigned char *ret)
{
	return HMAC(scram.hash, key, EVP_MD_get_size(scram.hash), (const unsigned char *)text, len,
		    ret, NULL);
}

/* The proof for @response, the client's final message but for the proof, in base64. */
static bool prove(const char *response, char *ret)
{
	unsigned char salted[HASH_MAX], key[HASH_MAX], stored[HASH_MAX], signature[HASH_MAX];
	AUTO_FREE char *auth = mem_printf("%s,%s,%s", scram.first, scram.challenge, response);
	static const char label[] = "Client Key";
	int len = EVP_MD_get_size(scram.hash);
	bool ok = salt_password(salted) && hmac(salted, label, sizeof(label) - 1, key) &&
		  EVP_Digest(key, (size_t)len, stored, NULL, scram.hash, NULL) &&
		  hmac(stored, auth, strlen(auth), signature);

	for (int i = 0; ok && i < len; i++)
		key[i] ^= signature[i];
	if (ok)
		EVP_EncodeBlock((unsigned char *)ret, key, len);
	OPENSSL_cleanse(salted, sizeof(salted));
	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

/* "n,,n=user,r=..." */
static void take_first(const char *message)
{
	const char *comma = strchr(message, ',');
	const char *bare = comma ? strchr(comma + 1, ',') : NULL;

	if (!strchr("nyp", message[0]) || !bare || strncmp(bare, ",n=", 3) || !strstr(bare, ",r="))
		return;
	scram_end();
	scram.first = mem_strdup(bare + 1);
}

static const EVP_MD *hash_of(size_t len)
{
	const EVP_MD *const all[] = { EVP_sha1(), EVP_sha256(), EVP_sha512() };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if ((size_t)EVP_MD_get_size(all[i]) == len)
			return all[i];
	return NULL;
}

/* "c=biws,r=...,p=...": with the right proof. NULL: it is something else. New string. */
static char *mend_final(const char *message)
{
	const char *end = strstr(message, ",p=");
	AUTO_FREE char *response = NULL;
	char proof[2 * HASH_MAX];

	if (!end || strncmp(message, "c=", 2))
		return NULL;
	response = mem_strndup(message, (size_t)(end - message));
	return prove(response, proof) ? mem_printf("%s,p=%s", response, proof) : NULL;
}

char *xmpp_base64_encode(xmpp_ctx_t *ctx, const unsigned char *data, size_t len)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *mended = NULL;

	if (!scram.password || !data || !len)
		return real_encode(ctx, data, len);
	text = mem_strndup((const char *)data, len);
	if (!scram.challenge) {
		take_first(text);
	} else if (!scram.hash) { /* the proof, which tells the hash by its size */
		scram.hash = hash_of(len);
	} else {
		mended = mend_final(text);
		scram_end();
	}
	return mended ? real_encode(ctx, (const unsigned char *)mended, strlen(mended)) :
			real_encode(ctx, data, len);
}

/* "r=...,s=...,i=4096" */
char *xmpp_base64_decode_str(xmpp_ctx_t *ctx, const char *base64, size_t len)
{
	char *text = real_decode(ctx, base64, len);
	char *rounds = text && scram.first && !scram.challenge ? strstr(text, ",i=") : NULL;

	if (!rounds || strncmp(text, "r=", 2) || rounds[3] < '1' || rounds[3] > '9')
		return text;
	scram.challenge = mem_strdup(text);
	/* Where an extension follows the number, it stays. */
	memmove(rounds + 4, rounds + 3 + strspn(rounds + 3, "0123456789"),
		strlen(rounds + 3 + strspn(rounds + 3, "0123456789")) + 1);
	rounds[3] = '1';
	return text;
}
