/* SPDX-License-Identifier: MIT */
#include "common/xmpp/sm.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"

/* Bytes. Several questions may be on their way, so that what is sent has no gap. */
#define ASK_BEHIND ((size_t)128 * 1024)

void sm_end(struct sm *sm)
{
	free(sm->id);
	str_release(&sm->kept);
	*sm = (struct sm){ 0 };
}

void sm_begin(struct sm *sm)
{
	sm_end(sm);
	sm->on = true;
}

size_t sm_waiting(const struct sm *sm)
{
	return sm->kept.len - sm->gone;
}

void sm_sent(struct sm *sm, const char *xml, size_t len)
{
	if (!sm->on)
		return;
	str_add(&sm->kept, xml, len);
	sm->unasked += len;
}

bool sm_must_ask(struct sm *sm, bool idle)
{
	bool due = sm->unasked >= ASK_BEHIND || (idle && sm->unasked && !sm->asked);

	sm->wanted = !due && sm->asked && sm->unasked && (sm->wanted || idle);
	if (!sm->enabled || !due)
		return false;
	sm->asked = true;
	sm->unasked = 0;
	return true;
}

/* Behind the stanza that @xml begins with. In it '>' ends tags and stands for nothing else. */
static const char *behind_stanza(const char *xml, const char *end)
{
	unsigned depth = 0;

	while (xml) {
		const char *open = memchr(xml, '<', (size_t)(end - xml));
		const char *close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;

		if (!close)
			return NULL;
		xml = close + 1;
		if (open[1] == '/')
			depth--;
		else if (close[-1] != '/')
			depth++;
		if (!depth)
			break;
	}
	return xml;
}

static void forget_first(struct sm *sm)
{
	const char *first = sm->kept.p + sm->gone, *end = sm->kept.p + sm->kept.len;
	const char *next = behind_stanza(first, end);
	size_t gone = next ? (size_t)(next - sm->kept.p) : sm->kept.len;

	sm->confirmed += gone - sm->gone;
	sm->gone = gone;
}

/* Not with each answer: the rest would be moved again and again. */
static void tidy(struct sm *sm)
{
	if (sm->gone < sm->kept.len / 2)
		return;
	memmove(sm->kept.p, sm->kept.p + sm->gone, sm_waiting(sm));
	sm->kept.len -= sm->gone;
	sm->gone = 0;
}

bool sm_acked(struct sm *sm, uint32_t h)
{
	sm->asked = false;
	for (; sm->acked != h; sm->acked++) {
		if (!sm_waiting(sm))
			return false;
		forget_first(sm);
	}
	if (sm->kept.p)
		tidy(sm);
	return true;
}

const char *sm_again(struct sm *sm, size_t *ret_len)
{
	sm->asked = false;
	sm->unasked = *ret_len = sm_waiting(sm);
	return sm->kept.p ? sm->kept.p + sm->gone : "";
}

static void take_enabled(struct sm *sm, xmpp_stanza_t *element)
{
	const char *can = stanza_attr(element, "resume");
	bool resumable = false;

	if (!sm->on || sm->enabled)
		return;
	sm->enabled = true;
	if (can && !parse_bool(can, &resumable) && resumable)
		sm->id = mem_strdup(stanza_attr(element, "id"));
}

bool sm_take(struct sm *sm, xmpp_stanza_t *element, bool *ret_answer)
{
	const char *h = stanza_attr(element, "h");
	uint64_t has;

	*ret_answer = stanza_is(element, "r", NULL) && sm->enabled;
	if (stanza_is(element, "enabled", NULL))
		take_enabled(sm, element);
	else if (stanza_is(element, "failed", NULL))
		sm_end(sm); /* it goes on without */
	else if (stanza_is(element, "a", NULL) && sm->enabled)
		return h && !parse_uint(h, 0, UINT32_MAX, &has) && sm_acked(sm, (uint32_t)has);
	return true;
}
