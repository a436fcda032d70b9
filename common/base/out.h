/* SPDX-License-Identifier: MIT */
#ifndef BASE_OUT_H
#define BASE_OUT_H

/*
 * Writing results to a pipe, a terminal or a file whose reader may be slow, or stuck.
 */
#include <stdbool.h>
#include <stddef.h>

/*
 * Writes all of it: 0, or a negative errno. Where @stop (NULL: none) says true, it waits for no more
 * room: part of it may have been written then, and the answer is -EINTR.
 */
int out_write(int fd, const char *p, size_t len, bool (*stop)(void));

#endif
