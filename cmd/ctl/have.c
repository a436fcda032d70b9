/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/have.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/read.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/event.h"
#include "common/pubsub/payload_sum.h"

struct thing {
	unsigned char sum[PAYLOAD_SUM_SIZE];
	bool wanted;
	char id[];
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct thing *)a)->id, ((const struct thing *)b)->id);
}

static struct thing *thing_new(const char *id)
{
	size_t size = strlen(id) + 1;
	struct thing *t = mem_zalloc(sizeof(*t) + size);

	memcpy(t->id, id, size);
	return t;
}

static struct thing *find(const struct have *h, const char *id)
{
	AUTO_FREE struct thing *key = thing_new(id);
	struct thing **found = tfind(key, &h->tree, by_id);

	return found ? *found : NULL;
}

static struct thing *put(struct have *h, const char *id)
{
	struct thing *t = find(h, id);

	if (!t) {
		t = thing_new(id);
		tsearch(t, &h->tree, by_id);
		h->n++;
	}
	return t;
}

static void note(struct ctl *c, const struct event *e, void *data)
{
	(void)c;
	if (e->id)
		payload_sum(e->payload, e->payload_len, put(data, e->id)->sum);
}

int have_read(struct ctl *c, const char *node, struct have *h)
{
	return read_items(c, node, note, h);
}

void have_release(struct have *h)
{
	tdestroy(h->tree, free);
	*h = (struct have){ 0 };
}

enum have_state have_find(struct have *h, const char *id, const char *payload, size_t len)
{
	unsigned char sum[PAYLOAD_SUM_SIZE];
	struct thing *t = find(h, id);

	if (!t)
		return HAVE_NOT;
	t->wanted = true;
	payload_sum(payload, len, sum);
	return memcmp(sum, t->sum, sizeof(sum)) ? HAVE_OTHER : HAVE_SAME;
}

bool have_is_wanted(const struct have *h, const char *id)
{
	const struct thing *t = find(h, id);

	return t && t->wanted;
}

void have_put(struct have *h, const char *id, const char *payload, size_t len)
{
	struct thing *t = put(h, id);

	t->wanted = true;
	payload_sum(payload, len, t->sum);
}

bool have_drop(struct have *h, const char *id)
{
	struct thing *t = find(h, id);

	if (!t)
		return false;
	tdelete(t, &h->tree, by_id);
	free(t);
	h->n--;
	return true;
}

struct walk {
	void (*fn)(const char *id, void *data);
	void *data;
};

static void visit(const void *at, VISIT when, void *data)
{
	const struct thing *t = *(struct thing *const *)at;
	struct walk *w = data;

	if ((when == postorder || when == leaf) && !t->wanted)
		w->fn(t->id, w->data);
}

void have_each_unwanted(struct have *h, void (*fn)(const char *id, void *data), void *data)
{
	struct walk w = { fn, data };

	twalk_r(h->tree, visit, &w);
}
