/* SPDX-License-Identifier: MIT */
#include "common/xmpp/pad.h"

#include <string.h>

/* Cut before its last byte, a tag of @len bytes waits for twice as much less two. */
static size_t wanted(size_t len)
{
	return len < 2 ? 0 : 2 * len - 2;
}

/* The tag that @at is in; NULL: none. */
static const char *tag_around(const char *xml, const char *at, const char *end,
			      const char **ret_close)
{
	const char *open = memrchr(xml, '<', (size_t)(at + 1 - xml));

	*ret_close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
	return *ret_close && *ret_close >= at ? open : NULL;
}

/*
 * Of the tags, those alone count that are longer than what follows them: so it is enough to look at
 * places twice as far from the end each time, which no such tag fits between.
 */
void pad_sent(struct pad *p, const char *xml, size_t len)
{
	p->need = p->need > len ? p->need - len : 0;
	for (size_t back = 1; back <= len; back += back + 1) {
		const char *end = xml + len, *close;
		const char *open = tag_around(xml, end - back, end, &close);
		size_t follows, want;

		if (!open)
			continue;
		follows = (size_t)(end - open);
		want = wanted((size_t)(close + 1 - open));
		if (want > follows && want - follows > p->need)
			p->need = want - follows;
	}
}

size_t pad_take(struct pad *p, size_t max)
{
	size_t blanks = p->need < max ? p->need : max;

	p->need -= blanks;
	return blanks;
}
