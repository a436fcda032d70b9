/* SPDX-License-Identifier: MIT */
#include "common/base/base64.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/base/mem.h"

#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

char *base64_encode(const void *data, size_t len)
{
	char *text = mem_zalloc((len + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	return text;
}

char *base64_decode(const char *text, size_t *ret_len)
{
	size_t len = strlen(text), padding = len - strspn(text, DIGITS);
	char *data;

	if (len % 4 || len > INT_MAX || padding > 2 || strspn(text + len - padding, "=") != padding)
		return NULL;
	data = mem_zalloc(len / 4 * 3 + 1);
	EVP_DecodeBlock((unsigned char *)data, (const unsigned char *)text, (int)len);
	*ret_len = len / 4 * 3 - padding; /* padding is decoded as zeros */
	return data;
}
