/* SPDX-License-Identifier: MIT */
#include "common/xmpp/pad.h"

#include <string.h>

/* Cut before its last byte, a tag of @len bytes waits for twice as much less two. */
static size_t wanted(size_t len)
{
	return len < 2 ? 0 : 2 * len - 2;
}

void pad_sent(struct pad *p, const char *xml, size_t len)
{
	const char *end = xml + len, *at = xml;

	p->need = p->need > len ? p->need - len : 0;
	while (at < end && (at = memchr(at, '<', (size_t)(end - at)))) {
		const char *close = memchr(at, '>', (size_t)(end - at));
		size_t follows = (size_t)(end - at), want;

		if (!close)
			break;
		want = wanted((size_t)(close + 1 - at));
		if (want > follows && want - follows > p->need)
			p->need = want - follows;
		at = close + 1;
	}
}

size_t pad_take(struct pad *p, size_t max)
{
	size_t blanks = p->need < max ? p->need : max;

	p->need -= blanks;
	return blanks;
}
