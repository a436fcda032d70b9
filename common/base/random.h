/* SPDX-License-Identifier: MIT */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#define RANDOM_ID_LEN 32

/* 128 random bits in hexadecimal: ids that nobody can guess, and that do not come twice. */
void random_id(char ret[static RANDOM_ID_LEN + 1]);

#endif
