/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ARCHIVE_ID_H
#define SERVE_ARCHIVE_ID_H

/*
 * Ids of what is in the archive (XEP-0313 section 3.1, XEP-0359 section 5).
 *
 * An id is (node, seq), one block of AES under a secret of the store's, in hexadecimal. So it cannot
 * be guessed, says nothing about the archive, is never used twice, and is good for that node alone;
 * and still it tells a place, also that of a version that is no longer there. A column of random
 * ids would take an index more for each item, and forget such places.
 */
#include <stdbool.h>
#include <stdint.h>

#define ARCHIVE_ID_LEN 32
#define ARCHIVE_KEY_LEN 32

struct archive_ids;

/* @key: in hexadecimal. NULL: it is none, or there is no cipher. */
struct archive_ids *archive_ids_new(const char *key);
void archive_ids_free(struct archive_ids *ids);

void archive_id(const struct archive_ids *ids, int64_t node, int64_t seq,
		char ret[static ARCHIVE_ID_LEN + 1]);
/* False: it is none of @node's. */
bool archive_id_read(const struct archive_ids *ids, int64_t node, const char *id,
		     int64_t *ret_seq);

#endif
