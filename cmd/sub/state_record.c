/* SPDX-License-Identifier: MIT */
#include "cmd/sub/state_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/sub/state_line.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static const char *const verbs[] = { "begun", "item",  "retract", "purge",
				     "whole", "place", "number",  "passed" };

static void set_place(struct state_node *n, const char *place)
{
	free(n->place);
	n->place = mem_strdup(place);
}

/* As seen_place_mark(). */
static struct seen_mark place_mark(const struct record *r)
{
	return (struct seen_mark){ seen_id(r->place), r->mark.payload };
}

void record_apply(struct state_node *n, const struct record *r)
{
	n->has = n->has || r->verb != NUMBER; /* which says where, not what is known of it */
	if (r->number || r->verb == NUMBER)
		n->number = r->number;
	switch (r->verb) {
	case BEGUN:
	case NUMBER:
		break;
	case ITEM:
		seen_add_mark(&n->seen, r->mark, 0);
		if (r->place)
			seen_add_mark(&n->places, place_mark(r), 0);
		set_place(n, r->place);
		break;
	case PASSED:
		seen_add_mark(&n->places, r->mark, 0);
		break;
	case PLACE:
		set_place(n, r->place);
		break;
	case RETRACT:
		seen_forget_id(&n->seen, r->mark.id);
		break;
	case PURGE:
		seen_clear(&n->seen);
		seen_clear(&n->places);
		set_place(n, NULL);
		n->whole = true;
		break;
	case WHOLE:
		n->whole = true;
		break;
	}
}

void record_write(struct str *out, const struct record *r)
{
	AUTO_STR text = { 0 };

	str_printf(&text, "%s %zu", verbs[r->verb], r->node);
	if (r->verb == ITEM || r->verb == RETRACT || r->verb == PASSED)
		str_printf(&text, " %016" PRIx64, r->mark.id);
	if (r->verb == ITEM || r->verb == PASSED)
		str_printf(&text, " %016" PRIx64, r->mark.payload);
	/* A place that looks like one is not to be taken for it. */
	if (r->number || r->verb == NUMBER || (r->place && *r->place == '@'))
		str_printf(&text, " @%" PRIu64, r->number);
	if (r->place)
		state_line_write_escaped(out, text.p, r->place);
	else
		state_line_write(out, text.p);
}

bool record_read(const char *text, struct record *ret)
{
	struct record r = { 0 };
	char verb[8];
	int end = 0, more = 0, n = 0, wanted = 0;

	if (sscanf(text, "%7s %zu%n", verb, &r.node, &end) != 2)
		return false;
	while (r.verb <= PASSED && strcmp(verbs[r.verb], verb) != 0)
		r.verb++;
	text += end;
	if (r.verb == ITEM || r.verb == PASSED)
		wanted = 2, n = sscanf(text, " %16" SCNx64 " %16" SCNx64 "%n", &r.mark.id,
				       &r.mark.payload, &more);
	else if (r.verb == RETRACT)
		wanted = 1, n = sscanf(text, " %16" SCNx64 "%n", &r.mark.id, &more);
	text += more;
	if (sscanf(text, " @%" SCNu64 "%n", &r.number, &end) == 1)
		text += end;
	else if (r.verb == NUMBER)
		return false;
	if ((r.verb == ITEM || r.verb == PLACE) && *text == ' ')
		r.place = text + 1;
	else if (*text)
		return false;
	if (r.verb > PASSED || n != wanted)
		return false;
	*ret = r;
	return true;
}
