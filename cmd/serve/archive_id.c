/* SPDX-License-Identifier: MIT */
#include "cmd/serve/archive_id.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "common/base/mem.h"

#define BLOCK 16
_Static_assert(ARCHIVE_ID_LEN == 2 * BLOCK && ARCHIVE_KEY_LEN == 2 * BLOCK, "in hexadecimal");

struct archive_ids {
	EVP_CIPHER_CTX *in, *out;
};

/* Lower case, as we write it: one way of writing for each id. */
static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const char *text, unsigned char ret[static BLOCK])
{
	if (strlen(text) != ARCHIVE_ID_LEN)
		return false;
	for (size_t i = 0; i < BLOCK; i++) {
		int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static void write_hex(const unsigned char block[static BLOCK], char *ret)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < BLOCK; i++) {
		ret[2 * i] = hex[block[i] >> 4];
		ret[2 * i + 1] = hex[block[i] & 15];
	}
	ret[ARCHIVE_ID_LEN] = '\0';
}

/* Each block stands for itself, and no two are the same: the plain cipher is what is wanted. */
static EVP_CIPHER_CTX *cipher_new(const unsigned char *key, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

struct archive_ids *archive_ids_new(const char *key)
{
	unsigned char bytes[BLOCK];
	struct archive_ids *ids;

	if (!read_hex(key, bytes))
		return NULL;
	ids = mem_zalloc(sizeof(*ids));
	ids->in = cipher_new(bytes, 1);
	ids->out = cipher_new(bytes, 0);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (ids->in && ids->out)
		return ids;
	archive_ids_free(ids);
	return NULL;
}

void archive_ids_free(struct archive_ids *ids)
{
	if (!ids)
		return;
	EVP_CIPHER_CTX_free(ids->in);
	EVP_CIPHER_CTX_free(ids->out);
	free(ids);
}

static void run(EVP_CIPHER_CTX *ctx, const unsigned char *from, unsigned char *to)
{
	int len = 0;
	int done = EVP_CipherUpdate(ctx, to, &len, from, BLOCK);

	assert(done == 1 && len == BLOCK);
	(void)done;
}

void archive_id(const struct archive_ids *ids, int64_t node, int64_t seq,
		char ret[static ARCHIVE_ID_LEN + 1])
{
	const uint64_t plain[2] = { htobe64((uint64_t)node), htobe64((uint64_t)seq) };
	unsigned char from[BLOCK], to[BLOCK];

	memcpy(from, plain, BLOCK);
	run(ids->in, from, to);
	write_hex(to, ret);
}

bool archive_id_read(const struct archive_ids *ids, int64_t node, const char *id, int64_t *ret_seq)
{
	unsigned char from[BLOCK], to[BLOCK];
	uint64_t plain[2];

	if (!read_hex(id, from))
		return false;
	run(ids->out, from, to);
	memcpy(plain, to, BLOCK);
	if (be64toh(plain[0]) != (uint64_t)node || be64toh(plain[1]) - 1 >= INT64_MAX - 1)
		return false;
	*ret_seq = (int64_t)be64toh(plain[1]);
	return true;
}
