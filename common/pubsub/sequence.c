/* SPDX-License-Identifier: MIT */
#include "common/pubsub/sequence.h"

void sequence_open(struct sequence *s)
{
	s->open = true;
}

void sequence_close(struct sequence *s)
{
	s->unsure = s->unsure || s->open;
	s->open = false;
}

void sequence_restart(struct sequence *s, uint64_t number)
{
	*s = (struct sequence){ .last = number };
}

enum sequence_step sequence_take(struct sequence *s, uint64_t number)
{
	struct sequence before = *s;

	if (!number)
		return SEQUENCE_NEXT;
	if (before.last && number == before.last) {
		sequence_restart(s, number);
		return SEQUENCE_REPEAT;
	}
	if (number < before.last && !before.open)
		return SEQUENCE_BACK;
	sequence_restart(s, number);
	if (before.open || number == before.last + 1)
		return SEQUENCE_NEXT;
	return before.unsure || !before.last ? SEQUENCE_UNSURE : SEQUENCE_HOLE;
}
