/* SPDX-License-Identifier: MIT */
#ifndef SUB_STATE_RECORD_H
#define SUB_STATE_RECORD_H

/*
 * The records of a state file: what has become of a node or of an item of it, a line (state_line.h)
 * for each; what is written is what is read back. Applied in order, they make of a node what is
 * known of it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/sub/seen.h"

struct str;

/* A node, and what is known of it. */
struct state_node {
	char *name;
	bool whole, has;
	char *place;
	uint64_t number;
	struct seen seen, places;
};

/* BEGUN: there is a position, whether or not an item of it is known. */
enum verb { BEGUN, ITEM, RETRACT, PURGE, WHOLE, PLACE, NUMBER, PASSED };

struct record {
	enum verb verb;
	size_t node;
	struct seen_mark mark; /* ITEM, RETRACT; PASSED: of a place */
	uint64_t number;       /* of any; 0: as before, or, with NUMBER, none */
	const char *place;     /* ITEM, PLACE; NULL: not known */
};

void record_apply(struct state_node *n, const struct record *r);
/* A line; node numbers in the file are those of its own order. */
void record_write(struct str *out, const struct record *r);
/*
 * Of a line's text; false: it is no record. Whether the file has a node of that number is not
 * looked at. The place points into @text, and is escaped (state_line_unescape()).
 */
bool record_read(const char *text, struct record *ret);

#endif
