/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_ITEM_READER_H
#define PUBSUB_ITEM_READER_H

/*
 * The item stream, inwards (pubsub-items(5)): concatenated elements, each handed out the moment its
 * end tag has been read. No DTD, no entities, no network, UTF-8 only; depth and size are bounded.
 *
 * <item>, <retract>, <purge>, and <items>, <pubsub>, <event> around them are known in the
 * namespaces of XEP-0060 and in none. What is inside a wrapper is handed out as it ends, not with
 * the wrapper, which may go on for ever. (All that grows with it is the parser's list of different
 * element, attribute and namespace names; at some 20 MB it is refused.) Other elements of the
 * pubsub#event namespace, and unknown ones in <pubsub> or <event>, are IN_SKIPPED; any other
 * element is itself a payload: an IN_ITEM without id and node.
 *
 * A payload carries the namespace declarations around it and none of the comments and processing
 * instructions in it: put below any element, its infoset is what it was.
 */
#include <stddef.h>

enum in_kind { IN_ITEM, IN_RETRACT, IN_PURGE, IN_SKIPPED };

/* All strings are borrowed for the time of the call. */
struct in_item {
	enum in_kind kind;   /* IN_SKIPPED: <delete/> and other events, that a mirror passes over */
	const char *node;    /* the element's or its wrapper's; NULL: it names none; never empty */
	const char *id;	     /* NULL: none; never empty, and an IN_RETRACT always has one */
	const char *payload; /* IN_ITEM: markup that stands alone; NULL: empty item */
	size_t payload_len;
	const char *name;   /* IN_SKIPPED: the element's name, without prefix */
	unsigned long line; /* where it began, from 1 */
};

struct item_reader;
/*
 * 0: go on. 1: item taken, but no more now (feed returns with what is left). Negative: an errno,
 * ends it. Must not call back into the reader.
 */
typedef int item_reader_fn(const struct in_item *item, void *data);

/* Elements are measured in the input, from '<' to '>'; attribute values may be of any size. */
#define ITEM_READER_MAX_SIZE (256 * 1024)
#define ITEM_READER_MAX_DEPTH 250		  /* levels in a payload */
#define ITEM_READER_MAX_ATTRIBUTES 256		  /* of one tag, declarations included */
#define ITEM_READER_MAX_COMMENT (8 * 1024 * 1024) /* bytes of a comment between elements */

struct item_reader *item_reader_new(item_reader_fn *fn, void *data);
void item_reader_free(struct item_reader *r);
/*
 * Reads from @buf. *ret_used tells how much of it; less than @len only where the callback said 1 or
 * on error. Returns 0, 1 (the callback said so), -EBADMSG (malformed; see item_reader_error()), the
 * callback's errno, or -ENOMEM.
 *
 * On 1 the bytes used end with the '>' of the item that was taken, inside of a wrapper too: nothing
 * behind it has been looked at. An error is final, later calls return it again.
 */
int item_reader_feed(struct item_reader *r, const char *buf, size_t len, size_t *ret_used);
/* End of input: 0, or -EBADMSG where it ends inside an element; or the earlier error, again. */
int item_reader_end(struct item_reader *r);
/* After -EBADMSG: "line 3, column 7: ..."; one line, borrowed from @r. Else NULL. */
const char *item_reader_error(const struct item_reader *r);

#endif
