/* SPDX-License-Identifier: MIT */
#ifndef CTL_FILENAME_H
#define CTL_FILENAME_H

/*
 * The item id that a file name stands for, to be freed: %2F and the like are the bytes that they
 * say, all else is as it is. NULL: a '%' without two hexadecimal digits behind it, or %00.
 */
char *filename_id(const char *name);

#endif
