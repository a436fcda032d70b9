/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_PAYLOAD_SUM_H
#define PUBSUB_PAYLOAD_SUM_H

/*
 * A checksum of what a payload says: expanded names, attributes in whatever order, text. Services
 * rename prefixes, move declarations and write references in their own way; the sum stays.
 */
#include <stddef.h>

#define PAYLOAD_SUM_SIZE 20

/* @xml: markup that stands alone; NULL: an item without payload. What cannot be parsed counts as it
 * is. */
void payload_sum(const char *xml, size_t len, unsigned char ret_sum[static PAYLOAD_SUM_SIZE]);

#endif
