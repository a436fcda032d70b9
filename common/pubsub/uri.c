/* SPDX-License-Identifier: MIT */
#include "common/pubsub/uri.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/xml.h"

#define SCHEME "xmpp:"

bool uri_is_xmpp(const char *text)
{
	return !strncasecmp(text, SCHEME, strlen(SCHEME));
}

void uri_release(struct pubsub_uri *u)
{
	free(u->service);
	free(u->node);
	free(u->item);
	*u = (struct pubsub_uri){ 0 };
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Percent escapes undone; NULL where one is none, or where the result is nothing that XML could
 * carry.
 */
static char *decode(const char *s, size_t len)
{
	AUTO_FREE char *out = mem_alloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] != '%') {
			out[n++] = s[i];
			continue;
		}
		int high = len - i < 3 ? -1 : hex(s[i + 1]);
		int low = high < 0 ? -1 : hex(s[i + 2]);

		if (low < 0)
			return NULL;
		out[n++] = (char)(high << 4 | low);
		i += 2;
	}
	out[n] = '\0';
	if (strlen(out) != n || !xml_valid(out, n))
		return NULL;
	return steal(out);
}

/* One key=value of the query, @len bytes. */
static int take_pair(const char *s, size_t len, struct pubsub_uri *u)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = { { "node=", offsetof(struct pubsub_uri, node) },
		     { "item=", offsetof(struct pubsub_uri, item) } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t n = strlen(keys[i].key);
		char **field = (char **)((char *)u + keys[i].offset);

		if (len < n || strncmp(s, keys[i].key, n))
			continue;
		if (*field) /* twice: which one is meant? */
			return -EINVAL;
		*field = decode(s + n, len - n);
		return *field && **field ? 0 : -EINVAL;
	}
	return 0;
}

int uri_parse(const char *text, struct pubsub_uri *ret)
{
	AUTO_IN_PLACE(uri_release) struct pubsub_uri u = { 0 };
	AUTO_FREE char *jid = NULL;
	const char *query;
	size_t len;

	if (!uri_is_xmpp(text))
		return -EINVAL;
	text += strlen(SCHEME);
	if (!strncmp(text, "//", 2))
		return -EINVAL;
	len = strcspn(text, "?#");
	query = text[len] == '?' ? text + len + 1 : "";
	jid = decode(text, len);
	u.service = jid ? jid_prep(jid) : NULL;
	if (!u.service)
		return -EINVAL;
	query += strcspn(query, ";#"); /* the query type */
	while (*query == ';') {
		len = strcspn(++query, ";#");
		if (take_pair(query, len, &u))
			return -EINVAL;
		query += len;
	}
	*ret = u;
	u = (struct pubsub_uri){ 0 };
	return 0;
}
