/* SPDX-License-Identifier: MIT */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#define RANDOM_ID_LEN 32

/* 128 random bits in hexadecimal: ids that nobody can guess, and that do not come twice. */
void random_id(char ret[static RANDOM_ID_LEN + 1]);
/*
 * The same with the time (milliseconds since 1970) in place of the first 48 bits. Ids that are made
 * one after the other stand side by side in an index, so that few of its pages change.
 */
void random_id_at(int64_t ms, char ret[static RANDOM_ID_LEN + 1]);

#endif
