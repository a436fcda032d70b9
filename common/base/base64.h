/* SPDX-License-Identifier: MIT */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

/* Base64 (RFC 4648 section 4), in one line and padded. */
#include <stddef.h>

/* New string. */
char *base64_encode(const void *data, size_t len);
/*
 * The *ret_len bytes that @text stands for, and a NUL behind them; NULL: it is not base64. The
 * empty text stands for nothing, 0 bytes. Owned by the caller.
 */
char *base64_decode(const char *text, size_t *ret_len);

#endif
